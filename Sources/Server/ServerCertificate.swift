package import API
import Crypto
import Foundation
package import Logging
import NIOSSL
import Synchronization

/// The certificate by which a server is known, and its key, read from two files of PEM, and again when these have changed. New
/// connections get the new one; those that are open keep theirs.
package final class ServerCertificate: Sendable {
    /// A certificate that ends so soon is worth a warning.
    private static let warningDays = 14.0

    private struct Loaded {
        var context: NIOSSLContext
        var fingerprint: CertificateFingerprint
        var marks: [FileMark]
    }

    /// By what a file is known to have changed.
    private struct FileMark: Equatable {
        var inode: UInt64
        var size: UInt64
        var modified: Date

        init(_ path: String) throws {
            let attributes = try FileManager.default.attributesOfItem(atPath: URL(filePath: path).resolvingSymlinksInPath().path)
            inode = (attributes[.systemFileNumber] as? NSNumber)?.uint64Value ?? 0
            size = (attributes[.size] as? NSNumber)?.uint64Value ?? 0
            modified = attributes[.modificationDate] as? Date ?? .distantPast
        }
    }

    private let certificatePath: String
    private let keyPath: String
    private let logger: Logger
    private let loaded: Mutex<Loaded>

    /// Throws what is wrong with the files.
    package init(certificatePath: String, keyPath: String, logger: Logger) throws {
        self.certificatePath = certificatePath
        self.keyPath = keyPath
        self.logger = logger
        loaded = Mutex(try Self.load(certificatePath, keyPath, logger))
    }

    /// Of the first certificate in the file, the server's own.
    package var fingerprint: CertificateFingerprint { loaded.withLock { $0.fingerprint } }

    var context: NIOSSLContext { loaded.withLock { $0.context } }

    /// Takes the files again, if they have changed or `always`. What is wrong with them is logged, and the certificate that was good stays.
    /// Returns whether there is another one now.
    package func reload(always: Bool) -> Bool {
        // Files that are away for a moment, while somebody replaces them, have not changed yet.
        guard always || (try? Self.marks(certificatePath, keyPath)) ?? marks != marks else { return false }
        do {
            let new = try Self.load(certificatePath, keyPath, logger)
            loaded.withLock { $0 = new }
            logger.notice("took the new TLS certificate", metadata: ["fingerprint": "\(new.fingerprint)"])
            return true
        } catch {
            // Once for each change, not once for each look.
            if let now = try? Self.marks(certificatePath, keyPath) { loaded.withLock { $0.marks = now } }
            logger.error("the new TLS certificate is not good, so the old one stays", metadata: ["error": "\(error)"])
            return false
        }
    }

    private var marks: [FileMark] { loaded.withLock { $0.marks } }

    private static func marks(_ paths: String...) throws -> [FileMark] { try paths.map(FileMark.init) }

    private static func load(_ certificatePath: String, _ keyPath: String, _ logger: Logger) throws -> Loaded {
        // Before the files are read: what changes meanwhile is then seen again.
        let marks: [FileMark]
        do { marks = try self.marks(certificatePath, keyPath) } catch {
            throw Failure(
                .localError, "cannot read the TLS certificate '\(certificatePath)' or its key '\(keyPath)'", hint: "do both files exist?")
        }
        let certificates: [NIOSSLCertificate]
        do { certificates = try NIOSSLCertificate.fromPEMFile(certificatePath) } catch {
            throw Failure.invalidValue(
                "tls-certificate", certificatePath, expected: "a readable file of certificates in PEM, the server's first")
        }
        let key: NIOSSLPrivateKey
        do { key = try NIOSSLPrivateKey(file: keyPath, format: .pem) } catch {
            throw Failure.invalidValue("tls-key", keyPath, expected: "a readable private key in PEM without a passphrase")
        }
        guard let own = certificates.first else {
            throw Failure.invalidValue("tls-certificate", certificatePath, expected: "a file with at least one certificate in PEM")
        }
        var tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: certificates.map { .certificate($0) }, privateKey: .privateKey(key))
        tls.minimumTLSVersion = .tlsv12
        tls.applicationProtocols = ["http/1.1"]
        let context: NIOSSLContext
        do { context = try NIOSSLContext(configuration: tls) } catch {
            throw Failure(.localError, "the key '\(keyPath)' is not that of the certificate '\(certificatePath)'")
        }
        warn(own, keyPath: keyPath, logger)
        let digest = Digest(bytes: Array(SHA256.hash(data: try own.toDERBytes())))
        guard let digest else { throw Failure(.internal, "a SHA-256 has 32 bytes") }
        return Loaded(context: context, fingerprint: CertificateFingerprint(digest), marks: marks)
    }

    private static func warn(_ certificate: NIOSSLCertificate, keyPath: String, _ logger: Logger) {
        let days = (Double(certificate.notValidAfter) - Date().timeIntervalSince1970) / 86_400
        if days < warningDays {
            let sentence = days < 0 ? "the TLS certificate is no longer valid" : "the TLS certificate is valid for \(Int(days)) more days"
            logger.warning("\(sentence)")
        }
        // Unknown is not worth a warning.
        let attributes = try? FileManager.default.attributesOfItem(atPath: keyPath)
        if let mode = (attributes?[.posixPermissions] as? NSNumber)?.intValue, mode & 0o077 != 0 {
            logger.warning("others on this machine may read the TLS key", metadata: ["file": "\(keyPath)"])
        }
    }
}
