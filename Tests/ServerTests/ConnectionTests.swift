import API
import Content
import Foundation
import Glibc
import Hummingbird
import HummingbirdTesting
import Logging
import Platform
import Store
import TestSupport
import Testing

@testable import Server

/// A connection that says exactly what a test wants, and hears everything.
private final class Line: Sendable {
    private let descriptor: Int32

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        address.sin_port = in_port_t(port).bigEndian
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(status == 0)
        var patience = timeval(tv_sec: 90, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    /// Whether it could be sent.
    @discardableResult
    func say(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    /// One piece of what the server says; nil when it has closed the connection.
    func piece() -> String? {
        var bytes = [UInt8](repeating: 0, count: 65536)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else {
            if count < 0, errno == EAGAIN { Issue.record("the server neither answers nor hangs up") }
            return nil
        }
        return String(decoding: bytes[..<count], as: UTF8.self)
    }

    /// Everything until the server closes the connection.
    func heard() -> String {
        var text = ""
        while let piece = piece() { text += piece }
        return text
    }
}

/// Blocking calls, beside the tasks.
private func apart<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
    }
}

/// A server on a port of its own, with limits that a test can wait for.
private func withListener(
    _ change: (inout ConnectionLimits) -> Void = { _ in }, _ body: @escaping @Sendable (_ port: Int, _ token: String) async throws -> Void
) async throws {
    var limits = ConnectionLimits()
    (limits.headSeconds, limits.bodySeconds, limits.lingerSeconds) = (0.4, 0.4, 0.4)
    change(&limits)
    try await withServer(limits: limits, as: .live) { client, _, token in
        let port = try #require(client.port)
        try await body(port, token)
        // Whatever was done to it, it serves others.
        let answer = try await apart {
            let line = try Line(port: port)
            line.say(health + "Connection: close\r\n\r\n")
            return line.heard()
        }
        #expect(answer.contains(" 200 "))
    }
}

private let health = "GET /health HTTP/1.1\r\nHost: localhost\r\n"

@Suite("Connections that behave badly") struct ConnectionTests {
    @Test("a head that is never complete is cut off, however steadily it drips")
    func slowHead() async throws {
        try await withListener { port, _ in
            let text = try await apart {
                let line = try Line(port: port)
                line.say("GET /health HTTP/1.1\r\nHost: localhost\r\nX-A: ")
                while line.say("a") { usleep(20_000) }
                return line.heard()
            }
            #expect(text.isEmpty)
        }
    }

    @Test("a body that hardly comes is cut off, and so is one that never does")
    func slowBody() async throws {
        try await withListener { port, token in
            let head =
                "PUT /v1/content/\(String(repeating: "a", count: 64))?offset=0&size=100000 HTTP/1.1\r\nHost: localhost\r\n"
                + "Authorization: Bearer \(token)\r\nContent-Type: application/octet-stream\r\nContent-Length: 100000\r\n\r\n"
            let dripped = try await apart {
                let line = try Line(port: port)
                line.say(head)
                while line.say("a") { usleep(20_000) }
                return line.heard()
            }
            #expect(!dripped.contains(" 200 "))
            let silent = try await apart {
                let line = try Line(port: port)
                line.say(head)
                return line.heard()
            }
            #expect(!silent.contains(" 200 "))
        }
    }

    @Test("a request that goes on for ever after its answer is cut off")
    func endlessBody() async throws {
        try await withListener({ $0.bodySeconds = 20 }) { port, _ in
            let text = try await apart {
                let line = try Line(port: port)
                line.say(
                    "POST /v1/users HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
                // Not logged in: the answer comes at once.
                let answer = line.piece() ?? ""
                while line.say("10000\r\n" + String(repeating: "x", count: 65536) + "\r\n") {}
                return answer
            }
            #expect(text.hasPrefix("HTTP/1.1 401 "))
        }
    }

    @Test("what comes after a request that is no HTTP is not served, and the connection ends")
    func afterAnError() async throws {
        try await withListener { port, _ in
            for bad in [
                "GARBAGE\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
                "POST /v1/users HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
                "GET /health HTTP/1.1\r\nHost : localhost\r\n\r\n", "GET /health HTTP/1.1\r\nHost: local\u{0}host\r\n\r\n",
            ] {
                let text = try await apart {
                    let line = try Line(port: port)
                    line.say(bad + health + "\r\n" + health + "\r\n")
                    return line.heard()
                }
                #expect(!text.contains(" 200 "), "\(bad): \(text)")
            }
        }
    }

    @Test("pipelined requests are answered in their order")
    func pipelining() async throws {
        try await withListener { port, _ in
            let text = try await apart {
                let line = try Line(port: port)
                line.say(health + "\r\n" + "GET /v1/whoami HTTP/1.1\r\nHost: localhost\r\n\r\n" + health + "Connection: close\r\n\r\n")
                return line.heard()
            }
            let answers = text.components(separatedBy: "HTTP/1.1 ").dropFirst().map { $0.prefix(3) }
            #expect(answers == ["200", "401", "200"])
        }
    }

    @Test("two Host headers, foreign ones and none are refused")
    func hosts() async throws {
        try await withListener { port, _ in
            for hosts in [
                "Host: localhost\r\nHost: localhost\r\n", "Host: localhost\r\nhost: evil.example\r\n", "Host: evil.example\r\n", "",
            ] {
                let text = try await apart {
                    let line = try Line(port: port)
                    line.say("GET /health HTTP/1.1\r\n" + hosts + "Connection: close\r\n\r\n")
                    return line.heard()
                }
                #expect(text.hasPrefix("HTTP/1.1 400 ") || text.hasPrefix("HTTP/1.1 403 "), "\(hosts): \(text)")
            }
        }
    }

    @Test("heads beyond reason are refused while they come")
    func largeHeads() async throws {
        try await withListener { port, _ in
            let long = String(repeating: "a", count: 1 << 20)
            let heads = [
                "GET /\(long) HTTP/1.1\r\nHost: localhost\r\n\r\n", health + "X-A: \(long)\r\n\r\n", health + "\(long): a\r\n\r\n",
                health + String(repeating: "X-A: a\r\n", count: 200_000) + "\r\n", String(repeating: "\r\n", count: 500_000) + "x",
                long,
            ]
            for head in heads {
                let text = try await apart {
                    let line = try Line(port: port)
                    line.say(head)
                    return line.heard()
                }
                #expect(!text.contains(" 200 "), "\(head.prefix(60)): \(text)")
            }
        }
    }

    @Test("one address gets so many connections and no more, and gets them back when it has closed some")
    func manyConnections() async throws {
        try await withListener({ ($0.perAddress, $0.countsLoopback, $0.headSeconds) = (20, true, 20) }) { port, _ in
            try await apart {
                // Open at both ends only when the server has answered; the test's own client has one or none.
                var lines: [Line] = []
                var refused = 0
                for _ in 0..<40 {
                    let line = try Line(port: port)
                    if line.say(health + "\r\n"), line.piece() != nil { lines.append(line) } else { refused += 1 }
                }
                #expect(lines.count == 20 || lines.count == 19)
                #expect(refused >= 20)
                lines.removeAll()
                // The server sees their end when it comes to it.
                let end = Date() + 10
                var isBack = false
                while !isBack, Date() < end {
                    let line = try Line(port: port)
                    isBack = line.say(health + "\r\n") && line.piece() != nil
                }
                #expect(isBack)
            }
        }
    }

    @Test("connections that say nothing are closed, and hinder nobody meanwhile")
    func idleConnections() async throws {
        try await withListener({ $0.idleSeconds = 1 }) { port, _ in
            try await apart {
                let lines = try (0..<50).map { _ in try Line(port: port) }
                let busy = try Line(port: port)
                busy.say(health + "Connection: close\r\n\r\n")
                #expect(busy.heard().contains(" 200 "))
                for line in lines { #expect(line.heard().isEmpty) }
            }
        }
    }

    @Test("time counts only while the server waits, and a fast client is never too slow")
    func pace() {
        var pace = RequestPace(ConnectionLimits())
        pace.wantsToRead(at: 0)
        #expect(pace.verdict(at: 50) == nil)
        pace.received(10, at: 50)
        pace.wantsToRead(at: 50)
        #expect(pace.verdict(at: 59) == nil)
        #expect(pace.verdict(at: 61)?.contains("head") == true)
        pace.received(10, at: 59)
        pace.headIsComplete()
        // The server is busy and does not read.
        #expect(pace.verdict(at: 500) == nil)
        pace.wantsToRead(at: 500)
        pace.received(5000, at: 505)
        pace.wantsToRead(at: 505)
        #expect(pace.verdict(at: 514) == nil)
        #expect(pace.verdict(at: 516)?.contains("body") == true)
        pace.bodyIsComplete()
        #expect(pace.verdict(at: 1000) == nil)
        pace.toBeSent(100, at: 1000)
        pace.toBeSent(90, at: 1050)
        pace.toBeSent(95, at: 1100)
        #expect(pace.verdict(at: 1109) == nil)
        #expect(pace.verdict(at: 1111)?.contains("read") == true)
        pace.toBeSent(0, at: 1112)
        #expect(pace.verdict(at: 1200) == nil)
    }
}
