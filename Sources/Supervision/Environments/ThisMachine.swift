import CLinux
import Foundation
import Glibc

/// What of this machine may change what numbers come out.
enum ThisMachine {
    static var name: String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "" }
        return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// `AMD EPYC 9654 96-Core Processor`; empty where the kernel does not say.
    static var processor: String {
        let text = String(decoding: FileManager.default.contents(atPath: "/proc/cpuinfo") ?? Data(), as: UTF8.self)
        let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
        return line?.split(separator: ":", maxSplits: 1).last.map { $0.trimmingCharacters(in: .whitespaces) } ?? ""
    }

    /// `550.54.14`; nil without one.
    static var driver: String? {
        let text = String(decoding: FileManager.default.contents(atPath: "/proc/driver/nvidia/version") ?? Data(), as: UTF8.self)
        return text.split(whereSeparator: \.isWhitespace).first { $0.first?.isNumber == true && $0.contains(".") }.map(String.init)
    }

    static var library: String { "glibc \(String(cString: nsml_libc_version()))" }
}
