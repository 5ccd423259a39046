import API
import Foundation
import TestSupport
import Testing

@testable import Hardware

/// A fake driver library in a directory of its own, with the file from which it takes its numbers.
private struct FakeDriver {
    let directory: URL
    var library: URL { directory.appending(path: "libnvidia-ml.so.1") }

    init(in directory: URL, numbers: String) throws {
        self.directory = directory
        let source = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Fixtures/fake_nvml.c").standardized
        let target = directory.appending(path: "libnvidia-ml.so.1").path
        try #require(ChildProcess(["/usr/bin/env", "cc", "-shared", "-fPIC", "-o", target, source.path]).waitUntilExit() == 0)
        try say(numbers)
    }

    func say(_ numbers: String) throws {
        try Data(numbers.utf8).write(to: directory.appending(path: "numbers"), options: .atomic)
    }

    func monitor(visible: String? = nil) -> DeviceMonitor {
        var environment = [DeviceMonitor.libraryVariable: library.path]
        environment["CUDA_VISIBLE_DEVICES"] = visible
        return DeviceMonitor(environment: environment)
    }
}

@Suite("What the GPUs' driver says")
struct DeviceMonitorTests {
    private let two = """
        0
        Tesla P40|GPU-aaaa-1|24000000000|1000000000|37|61|187500
        Tesla V100|GPU-bbbb-2|32000000000|0|0|-|-

        """

    @Test("devices come with name, UUID and memory")
    func devices() async throws {
        try await withTemporaryDirectory { directory in
            let monitor = try FakeDriver(in: directory, numbers: two).monitor()
            #expect(
                monitor.devices() == [
                    Device(index: 0, name: "Tesla P40", uuid: "GPU-aaaa-1", memoryBytes: 24_000_000_000),
                    Device(index: 1, name: "Tesla V100", uuid: "GPU-bbbb-2", memoryBytes: 32_000_000_000),
                ])
            #expect(monitor.notes.isEmpty)
        }
    }

    @Test("usage follows the driver while the program runs; what it does not tell is nil")
    func usage() async throws {
        try await withTemporaryDirectory { directory in
            let driver = try FakeDriver(in: directory, numbers: two)
            let monitor = driver.monitor()
            #expect(
                monitor.usage() == [
                    DeviceUsage(
                        index: 0, memoryUsedBytes: 1_000_000_000, utilizationPercent: 37, temperatureCelsius: 61, powerWatts: 187.5),
                    DeviceUsage(index: 1, memoryUsedBytes: 0, utilizationPercent: 0),
                ])
            try driver.say(two.replacing("1000000000|37|", with: "9000000000|100|"))
            #expect(monitor.usage()[0].memoryUsedBytes == 9_000_000_000)
            #expect(monitor.usage()[0].utilizationPercent == 100)
            try driver.say(two.replacing("Tesla P40", with: "lost"))
            #expect(monitor.usage()[0] == DeviceUsage(index: 0))
            #expect(monitor.usage()[1].utilizationPercent == 0)
        }
    }

    @Test("a device that does not answer at the start is left out, with a note")
    func lost() async throws {
        try await withTemporaryDirectory { directory in
            let monitor = try FakeDriver(in: directory, numbers: two.replacing("Tesla P40", with: "lost")).monitor()
            #expect(monitor.devices().map(\.index) == [1])
            #expect(monitor.notes == ["GPU 0 does not answer and is left out"])
        }
    }

    @Test("a library without a driver means no GPUs, with a note")
    func noDriver() async throws {
        try await withTemporaryDirectory { directory in
            let monitor = try FakeDriver(in: directory, numbers: "9\n").monitor()
            #expect(monitor.devices().isEmpty)
            #expect(monitor.usage().isEmpty)
            #expect(monitor.notes == ["no GPU: NVIDIA's driver says 'Driver Not Loaded'"])
        }
    }

    @Test("no library, or another library, means no GPUs, with a note")
    func noLibrary() {
        let absent = DeviceMonitor(environment: [DeviceMonitor.libraryVariable: "libnvidia-absent.so.1"])
        #expect(absent.notes == ["no GPU: libnvidia-absent.so.1 is not on this machine"])
        let other = DeviceMonitor(environment: [DeviceMonitor.libraryVariable: "libc.so.6"])
        #expect(other.notes == ["no GPU: libc.so.6 is not NVIDIA's management library"])
        #expect(absent.devices().isEmpty && other.devices().isEmpty)
    }

    @Test(
        "devices that are hidden from us are not used",
        arguments: [(nil, [0, 1]), ("1", [1]), ("0,1", [0, 1]), ("GPU-bbbb", [1]), ("", []), ("-1", [])] as [(String?, [Int])])
    func visible(list: String?, indices: [Int]) async throws {
        try await withTemporaryDirectory { directory in
            let monitor = try FakeDriver(in: directory, numbers: two).monitor(visible: list)
            #expect(monitor.devices().map(\.index) == indices)
        }
    }
}
