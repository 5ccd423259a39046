import Foundation
import Glibc

/// What of this machine's file system a sandbox is made of: looked up once, so that the rest is a pure function.
struct HostLayout: Sendable, Equatable {
    enum Place: Sendable, Equatable {
        case directory
        /// As on systems where /bin is usr/bin.
        case link(String)
    }

    /// The path of `bwrap`.
    var bubblewrap: String
    /// /bin, /lib, /lib64 ... as far as there are any.
    var system: [String: Place]
    /// Files and directories of /etc that programs need; none that tells of users or secrets.
    var settings: [String]
    /// Those needed only with a network.
    var networkSettings: [String]
    /// What every user of a GPU needs beside the GPU's own node.
    var deviceNodes: [String]

    private static let systemPaths = ["/bin", "/lib", "/lib32", "/lib64", "/libx32", "/sbin"]
    private static let settingPaths = [
        "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives", "/etc/localtime", "/etc/timezone",
        "/etc/ssl/certs", "/etc/ssl/openssl.cnf", "/etc/ca-certificates", "/etc/pki/tls/certs", "/etc/pki/ca-trust/extracted", "/etc/fonts",
        "/etc/mime.types", "/etc/magic", "/etc/OpenCL",
    ]
    private static let networkPaths = [
        "/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/host.conf", "/etc/gai.conf", "/etc/services", "/etc/protocols",
    ]
    private static let devicePaths = [
        "/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia-uvm-tools", "/dev/nvidia-modeset", "/dev/nvidia-caps",
    ]

    /// This machine, looked at now.
    static func detect() -> HostLayout {
        let files = FileManager.default
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        let found = path.split(separator: ":").map { "\($0)/bwrap" as String }.first { access($0, X_OK) == 0 }
        var system: [String: Place] = [:]
        for path in systemPaths {
            // Throws for what is no link: then it is a directory, or nothing.
            if let target = try? files.destinationOfSymbolicLink(atPath: path) {
                system[path] = .link(target)
            } else if exists(path) {
                system[path] = .directory
            }
        }
        return HostLayout(
            bubblewrap: found ?? "/usr/bin/bwrap", system: system, settings: settingPaths.filter(exists),
            networkSettings: networkPaths.filter(exists), deviceNodes: devicePaths.filter(exists))
    }

    private static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// The nodes through which a process uses these GPUs; empty when they are only declared.
    func nodes(ofDevices devices: [Int]) -> [String] {
        let own = devices.map { "/dev/nvidia\($0)" as String }.filter(Self.exists)
        return own.isEmpty ? [] : own + deviceNodes
    }
}
