// swift-tools-version: 6.2
import PackageDescription

/// The settings that every Swift target shares.
let settings: [SwiftSetting] = {
    var settings: [SwiftSetting] = [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    ]
    if Context.environment["CI"] != nil {
        settings.append(.treatAllWarnings(as: .error))
    }
    return settings
}()

/// For what is tried in a hundred thousand steps, which would take a minute as it is built for debugging.
let optimized = settings + [.unsafeFlags(["-O"], .when(configuration: .debug))]

let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let hummingbirdTesting = Target.Dependency.product(name: "HummingbirdTesting", package: "hummingbird")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let httpClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioHTTPTypes = Target.Dependency.product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")

let package = Package(
    name: "nsml",
    products: [.executable(name: "nsml", targets: ["nsml"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.34.1"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .target(name: "API", swiftSettings: settings),
        .target(name: "CLinux", cSettings: [.define("_GNU_SOURCE")]),
        .target(name: "CAssets", linkerSettings: [.linkedLibrary("z")]),
        .target(name: "CSQLite"),
        .target(name: "Content", dependencies: ["API", "CLinux", crypto], swiftSettings: settings),
        .target(name: "Scheduling", dependencies: ["API"], swiftSettings: optimized),
        .target(name: "Store", dependencies: ["API", "CSQLite", grdb, crypto, logging], swiftSettings: settings),
        .target(name: "Hardware", dependencies: ["API"], swiftSettings: settings),
        .target(
            name: "Client", dependencies: ["API", "Content", httpClient, nioCore, nioHTTP1, nioPosix, nioSSL], swiftSettings: settings),
        .target(
            name: "Supervision", dependencies: ["API", "CAssets", "CLinux", "Content", "Client", "Hardware", logging],
            swiftSettings: settings),
        .target(
            name: "Platform",
            dependencies: ["API", "CLinux", "Content", "Scheduling", "Store", "Hardware", crypto, lifecycle, logging],
            swiftSettings: settings),
        .target(
            name: "Server",
            dependencies: [
                "API", "CAssets", "Platform", hummingbird, hummingbirdCore, httpTypes, crypto, lifecycle, logging, nioCore, nioHTTP1,
                nioHTTPTypes, nioSSL,
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "nsml",
            dependencies: [
                "API", "CAssets", "CLinux", "Content", "Scheduling", "Store", "Hardware", "Client", "Supervision", "Platform", "Server",
                arguments,
                hummingbird, lifecycle, logging, signals, nioCore, nioPosix,
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "store-benchmark", dependencies: ["API", "Store", "Platform", grdb, logging], path: "benchmarks/store",
            exclude: ["README.md"],
            swiftSettings: settings),
        .target(name: "TestSupport", dependencies: ["API", "CLinux"], path: "Tests/TestSupport", swiftSettings: settings),
        .testTarget(name: "APITests", dependencies: ["API"], swiftSettings: settings),
        .testTarget(name: "ContentTests", dependencies: ["API", "Content", "TestSupport"], swiftSettings: settings),
        .testTarget(
            name: "ClientTests",
            dependencies: ["API", "Content", "Client", "TestSupport", hummingbird, hummingbirdTesting, httpTypes, nioCore],
            swiftSettings: settings),
        .testTarget(name: "SchedulingTests", dependencies: ["API", "Scheduling"], swiftSettings: optimized),
        .testTarget(
            name: "StoreTests", dependencies: ["API", "Store", "TestSupport", "store-benchmark", grdb, logging], exclude: ["Fixtures"],
            swiftSettings: settings),
        .testTarget(name: "HardwareTests", dependencies: ["API", "Hardware", "TestSupport"], swiftSettings: settings),
        .executableTarget(
            name: "SupervisionTestProgram", dependencies: ["API", "Content", "Supervision"], path: "Tests/SupervisionTestProgram",
            swiftSettings: settings),
        .testTarget(
            name: "SupervisionTests",
            dependencies: ["API", "CLinux", "Content", "Supervision", "SupervisionTestProgram", "TestSupport", logging],
            swiftSettings: settings),
        .testTarget(
            name: "PlatformTests", dependencies: ["API", "Content", "Store", "Platform", "TestSupport", logging], swiftSettings: settings),
        .testTarget(
            name: "ServerTests", dependencies: ["API", "Platform", "Server", "TestSupport", hummingbirdTesting, hummingbird],
            swiftSettings: settings),
        .testTarget(name: "CommandLineTests", dependencies: ["API", "Client", "nsml", "TestSupport", arguments], swiftSettings: settings),
        .testTarget(name: "EndToEndTests", dependencies: ["API", "TestSupport"], swiftSettings: settings),
    ],
    cLanguageStandard: .gnu2x
)
