import Foundation
import Glibc

/// Sockets that are files.
package enum UnixSocket {
    /// The kernel takes 107 bytes and a zero.
    private static let maximumPathBytes = 107

    /// `http+unix://` and the path.
    package static func url(of path: String) -> String {
        "http+unix://" + (path.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? path)
    }

    /// The socket's path as the kernel takes it: one that is too long leads over an open descriptor of its directory, which stays
    /// open as long as this process.
    package static func reachable(_ path: String) -> String {
        guard path.utf8.count > maximumPathBytes else { return path }
        let file = URL(filePath: path)
        let descriptor = open(file.deletingLastPathComponent().path(percentEncoded: false), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        // Whoever uses it then says that it is not there.
        guard descriptor >= 0 else { return path }
        return "/proc/self/fd/\(descriptor)/\(file.lastPathComponent)"
    }

    /// The same for a URL; every other URL is given back as it is.
    static func reachable(url: String) -> String {
        guard url.hasPrefix("http+unix://"), let path = String(url.dropFirst("http+unix://".count)).removingPercentEncoding,
            path.utf8.count > maximumPathBytes
        else { return url }
        return self.url(of: reachable(path))
    }
}
