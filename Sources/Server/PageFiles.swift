import API
import CAssets
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization

/// The page's files: those inside the program, or those of a directory for somebody who works on them.
final class PageFiles: Sendable {
    /// A file as it is sent.
    struct File: Sendable {
        var type: String
        var tag: String
        var plain: ByteBuffer
        var compressed: ByteBuffer?
    }

    private static let types = [
        "html": "text/html; charset=utf-8", "js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8",
        "svg": "image/svg+xml", "txt": "text/plain; charset=utf-8", "png": "image/png",
    ]

    /// No scripts but our files, nothing from outside, nothing evaluated, nobody's frame.
    static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; frame-ancestors 'none'; "
        + "base-uri 'none'; form-action 'self'"

    /// Files out of memory, of which a browser asks for dozens at once: they count towards nobody's budget.
    static func serves(_ endpoint: Endpoint) -> Bool {
        [Endpoints.page, Endpoints.pageFile, Endpoints.builtPageFile].contains(endpoint)
    }

    private let directory: URL?
    /// Stands in the addresses of the files inside the program, so that a browser keeps them until another program serves others; nil
    /// for a directory, whose files change.
    private let build: String?
    /// Compressed once, when it is first asked for.
    private let ready = Mutex<[String: File]>([:])

    init() {
        directory = nil
        let sums = (0..<nsml_page_count()).map { index in
            let asset = nsml_page_at(index)
            return "\(nsml_checksum(asset.bytes, asset.size))"
        }
        let all = Array(sums.joined(separator: " ").utf8)
        build = String(nsml_checksum(all, all.count), radix: 16)
    }

    init(directory: String) {
        self.directory = URL(filePath: directory, directoryHint: .isDirectory)
        build = nil
    }

    /// The file at `path`, as in `views/sessions.js`; nil when there is none.
    func file(_ path: String) -> File? {
        if let directory { return Self.read(path, below: directory).map { Self.make(path, $0) } }
        if let file = ready.withLock({ $0[path] }) { return file }
        guard var bytes = Self.embedded(path) else { return nil }
        if path == "index.html", let build {
            // Modules name each other relatively, so all that the page loads follows.
            bytes = Array(String(decoding: bytes, as: UTF8.self).replacing("\"/assets/", with: "\"/builds/\(build)/").utf8)
        }
        let file = Self.make(path, bytes)
        ready.withLock { $0[path] = file }
        return file
    }

    /// The answer to a request for it; a browser that has it already is told so. A page that was opened before the program was replaced
    /// still asks with its own `build`: it gets what there is now, but not to keep.
    func response(_ path: String, build named: String? = nil, to request: Request) throws -> Response {
        let isPage = path == "index.html"
        // Without the libraries that it stands on the page would stay white.
        guard let file = file(path), !isPage || self.file("vendor/vue.js") != nil else {
            if isPage {
                throw Failure(.notFound, "this program was built without the page", hint: "run scripts/page-parts.sh and build again")
            }
            throw Failure(.notFound, "there is nothing at \(request.uri.path)")
        }
        var headers: HTTPFields = [
            .contentType: file.type, .eTag: file.tag,
            .cacheControl: named != nil && named == build ? "public, max-age=31536000, immutable" : "no-cache",
            .contentSecurityPolicy: Self.policy,
            .vary: "Accept-Encoding",
        ]
        let known = request.headers[.ifNoneMatch]?.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) } ?? []
        if known.contains(file.tag) || known.contains("W/\(file.tag)") { return Response(status: .notModified, headers: headers) }
        let takes = request.headers[.acceptEncoding]?.lowercased().contains("gzip") ?? false
        if takes, let compressed = file.compressed {
            headers[.contentEncoding] = "gzip"
            return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: compressed))
        }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: file.plain))
    }

    private static func make(_ path: String, _ bytes: [UInt8]) -> File {
        let suffix = path.split(separator: ".").last.map(String.init) ?? ""
        let compressed = gzip(bytes)
        return File(
            type: types[suffix] ?? "application/octet-stream",
            tag: "\"\(String(nsml_checksum(bytes, bytes.count), radix: 16))-\(bytes.count)\"",
            plain: ByteBuffer(bytes: bytes), compressed: compressed.map { ByteBuffer(bytes: $0) })
    }

    private static func embedded(_ path: String) -> [UInt8]? {
        for index in 0..<nsml_page_count() {
            let asset = nsml_page_at(index)
            guard asset.size > 0, String(cString: asset.path) == path else { continue }
            return Array(UnsafeBufferPointer(start: asset.bytes, count: asset.size))
        }
        return nil
    }

    /// Only what a listing of the directory names is read: no string of a client becomes a path.
    private static func read(_ path: String, below directory: URL) -> [UInt8]? {
        var place = directory
        for part in path.split(separator: "/") {
            // A directory that is not there lists nothing.
            let names = (try? FileManager.default.contentsOfDirectory(atPath: place.path)) ?? []
            guard let name = names.first(where: { $0 == String(part) }) else { return nil }
            place.append(path: name)
        }
        // What cannot be read is not there.
        return (try? Data(contentsOf: place)).map(Array.init)
    }

    /// nil when it does not become smaller.
    private static func gzip(_ bytes: [UInt8]) -> [UInt8]? {
        var compressed = [UInt8](repeating: 0, count: bytes.count)
        let count = nsml_gzip(bytes, bytes.count, &compressed, compressed.count)
        guard count > 0, count < bytes.count else { return nil }
        return Array(compressed[..<count])
    }
}
