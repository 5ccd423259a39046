import Server
import ServiceLifecycle
import UnixSignals

/// Takes a renewed certificate: at once on SIGHUP, and else when somebody has replaced the files.
struct CertificateReload: Service {
    /// Certificates are renewed days before they end.
    private static let interval = Duration.seconds(10)

    let certificate: ServerCertificate
    /// Called when there is another one.
    let onChange: @Sendable () -> Void

    func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await watchSignal() }
            group.addTask { await watchFiles() }
        }
    }

    private func watchSignal() async {
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
            if certificate.reload(always: true) { onChange() }
        }
    }

    private func watchFiles() async {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                // Cancelled is over, which the loop sees.
                try? await Task.sleep(for: Self.interval)
                if certificate.reload(always: false) { onChange() }
            }
        }
    }
}
