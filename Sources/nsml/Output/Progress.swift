import Foundation
import Synchronization

/// Decides when progress is worth a line and what it says. Time comes from outside, in seconds of any steady clock.
struct ProgressMeter: Sendable {
    /// No redraw sooner than this: ten a second.
    static let redrawSeconds = 0.1
    /// Where lines cannot be redrawn: one each ten seconds.
    static let lineSeconds = 10.0

    let title: String
    let redraws: Bool
    private let start: Double
    private var last: Double?
    private var lastBytes: Int64 = 0
    /// Bytes that were there before we began, so that the rate is ours.
    private var resumedBytes: Int64?

    init(title: String, redraws: Bool, now: Double) {
        self.title = title
        self.redraws = redraws
        start = now
    }

    /// The line to show now, if it is time for one.
    mutating func update(doneBytes: Int64, totalBytes: Int64, now: Double) -> String? {
        if resumedBytes == nil { resumedBytes = doneBytes }
        lastBytes = doneBytes
        guard now - (last ?? (redraws ? -.infinity : start)) >= (redraws ? Self.redrawSeconds : Self.lineSeconds) else { return nil }
        last = now
        return line(doneBytes: doneBytes, totalBytes: totalBytes, now: now)
    }

    private func line(doneBytes: Int64, totalBytes: Int64, now: Double) -> String {
        let seconds = max(now - start, 0.001)
        let rate = Double(doneBytes - (resumedBytes ?? 0)) / seconds
        let percent = totalBytes > 0 ? Int(100 * doneBytes / totalBytes) : 100
        var parts = [
            "\(title)  \(ByteSize.format(doneBytes)) of \(ByteSize.format(totalBytes))", "\(percent)%", "\(ByteSize.format(Int64(rate)))/s",
        ]
        if rate > 0, doneBytes < totalBytes {
            parts.append("\(TimeSpan.format(Double(totalBytes - doneBytes) / rate)) left")
        }
        return parts.joined(separator: "  ")
    }
}

/// Progress on standard error: a line redrawn on a terminal, now and then a line elsewhere, nothing when all is quick.
final class ProgressLine: Sendable {
    private struct State {
        var meter: ProgressMeter
        var isDrawn = false
    }

    private let state: Mutex<State>
    private let width: Int

    init(_ title: String, terminal: Terminal) {
        width = terminal.width ?? 80
        state = Mutex(State(meter: ProgressMeter(title: title, redraws: terminal.errorIsTerminal, now: Self.now())))
    }

    func update(doneBytes: Int64, totalBytes: Int64) {
        state.withLock { state in
            guard let line = state.meter.update(doneBytes: doneBytes, totalBytes: totalBytes, now: Self.now()) else { return }
            guard state.meter.redraws else { return Output.note(line) }
            draw("\r\u{1B}[K\(DisplayWidth.truncate(line, to: width - 1))")
            state.isDrawn = true
        }
    }

    /// Takes the line away again.
    func finish() {
        state.withLock { state in
            if state.isDrawn { draw("\r\u{1B}[K") }
            state.isDrawn = false
        }
    }

    private func draw(_ text: String) {
        // Progress that cannot be shown is no reason to fail.
        try? Output.write(Array(text.utf8), to: STDERR_FILENO)
    }

    private static func now() -> Double { ProcessInfo.processInfo.systemUptime }
}
