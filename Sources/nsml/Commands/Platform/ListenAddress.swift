import API
import Foundation
import Glibc

/// Where a server listens: `127.0.0.1:7777`, `0.0.0.0:80`, `[::1]:7777`; port 0 means any free one.
struct ListenAddress: CustomStringConvertible {
    var host: String
    var port: Int

    init(parsing text: String) throws {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]), (0...65535).contains(port) else {
            throw Failure.invalidValue("listen", text, expected: "ADDRESS:PORT, as in 127.0.0.1:7777")
        }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        guard !host.isEmpty else { throw Failure.invalidValue("listen", text, expected: "ADDRESS:PORT, as in 127.0.0.1:7777") }
        self.host = host
        self.port = port
    }

    var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }

    var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// How programs on this machine reach it.
    var reachable: String {
        switch host {
        case "0.0.0.0": "127.0.0.1:\(port)"
        case "::": "[::1]:\(port)"
        default: description
        }
    }

    /// Throws unless one may listen there now: said early, it is one clear line instead of a server that breaks off.
    func checkFree() throws {
        var hints = addrinfo()
        hints.ai_flags = AI_NUMERICSERV | AI_PASSIVE
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, "\(port)", &hints, &found) == 0, let address = found?.pointee else {
            throw Failure.invalidValue("listen", description, expected: "an address of this machine, as in 127.0.0.1:7777")
        }
        defer { freeaddrinfo(found) }
        let descriptor = socket(address.ai_family, address.ai_socktype, 0)
        guard descriptor >= 0 else { throw Failure(.localError, "cannot open a socket: \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        var reuse: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<Int32>.size))
        guard bind(descriptor, address.ai_addr, address.ai_addrlen) == 0 else {
            let reason = errno == EADDRINUSE ? "another program listens there" : String(cString: strerror(errno))
            throw Failure(
                .localError, "cannot listen on \(self): \(reason)", hint: "choose another place with --listen, as in --listen 127.0.0.1:0")
        }
    }

    /// The same with a free port in place of 0: the one of `url`, where the server listened before, if nobody has it now, so that
    /// who knows the server finds it again. Sessions are told the address before the server listens, so it must be known
    /// early; that somebody else takes it in between makes the start fail, and no more.
    func resolved(before url: String?) throws -> ListenAddress {
        guard port == 0 else { return self }
        if let port = url.flatMap(URL.init(string:))?.port {
            var known = self
            known.port = port
            // Taken by somebody else: then any other is as good.
            if (try? known.checkFree()) != nil { return known }
        }
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(.localError, "cannot open a socket: \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(descriptor, pointer, length) == 0 && getsockname(descriptor, pointer, &length) == 0
            }
        }
        guard isBound else { throw Failure(.localError, "cannot find a free port: \(String(cString: strerror(errno)))") }
        var found = self
        found.port = Int(UInt16(bigEndian: address.sin_port))
        return found
    }
}
