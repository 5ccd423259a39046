import API
import Foundation
import Glibc

/// Which packages lie in directories of Python, read from the names of what installers leave there. No Python is asked.
enum InstalledPackages {
    /// What its own installer is not part of what the code needs.
    private static let installers: Set = ["pip"]

    private struct DirectAddress: Decodable {
        struct Version: Decodable {
            var vcs: String
            var commit_id: String
        }
        var url: String
        var vcs_info: Version?
    }

    /// `numpy==1.26.4`, or `NAME @ ADDRESS` for what came from an address; sorted. A directory that is not there has none.
    static func list(in directories: [String]) -> [String] {
        var found: [String: String] = [:]
        // Of two of the same name the first directory's is the one that is imported.
        for directory in directories {
            // Not there, or not ours to read: then nothing is imported from it either.
            for name in (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? [] {
                guard let (package, version) = parse(name), !installers.contains(package), found[package] == nil else { continue }
                found[package] = address(in: "\(directory)/\(name)").map { "\(package) @ \($0)" } ?? "\(package)==\(version)"
            }
        }
        return found.values.sorted()
    }

    /// Where a virtual environment has its packages.
    static func directories(ofEnvironment path: String) -> [String] {
        // Not there: then it has none.
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: "\(path)/lib")) ?? []
        return versions.filter { $0.hasPrefix("python") }.sorted().map { "\(path)/lib/\($0)/site-packages" }
    }

    /// `ruamel.yaml-0.18.5.dist-info`, `PyYAML-6.0.egg-info`, `six-1.16.0-py3.11.egg-info`.
    static func parse(_ name: String) -> (package: String, version: String)? {
        guard let suffix = [".dist-info", ".egg-info"].first(where: name.hasSuffix) else { return nil }
        let parts = name.dropLast(suffix.count).split(separator: "-")
        guard parts.count >= 2, parts[1].first?.isNumber == true else { return nil }
        return (Requirements.normalName(parts[0]), String(parts[1]))
    }

    /// Where a package was installed from that is not from an index.
    private static func address(in directory: String) -> String? {
        // Strangers' installers have written this: no link is followed, and no pipe waited for.
        guard let file = try? OpenDirectory(trusted: directory).openFile("direct_url.json") else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 64 << 10)
        let count = read(file, &bytes, bytes.count)
        guard count > 0,
            // By an installer that we do not know: then the version has to do.
            let address = try? JSONDecoder().decode(DirectAddress.self, from: Data(bytes[..<count]))
        else { return nil }
        return address.vcs_info.map { "\($0.vcs)+\(address.url)@\($0.commit_id)" } ?? address.url
    }
}
