import API
import Foundation
import Glibc

/// Where all threads of a session's process are, asked from outside, as `python/nsml/stacks.py` describes it: the library's own answer
/// where it can give one, also after it was reached from outside; what `faulthandler` writes where C code holds the interpreter; py-spy for code without the library.
struct Stacks: Sendable {
    /// The library answers this at once, unless C code holds the interpreter.
    private static let answerLimit = Duration.seconds(2)
    /// `SIGRTMAX` - 5: nothing else of ours uses it, and hardly anything of others does.
    private static let signal = __libc_current_sigrtmax() - 5
    private static let file = "stacks.txt"
    private static let maximumBytes = 1 << 20
    private static let writeLimit = Duration.seconds(2)
    private static let reachSeconds = 2
    private static let spyLimit = Duration.seconds(20)

    let process: SessionProcess
    let control: ControlClient
    let reaching: Reaching

    /// A `QuestionAnswer` as JSON.
    func answer() async -> InferenceAnswer {
        var isDeaf = false
        do {
            if let answer = try await told() { return answer }
        } catch let error as SystemError where error.meansNobodyListens {
            isDeaf = await reaching.reach(seconds: Self.reachSeconds) != .reached
            // Where it does not answer now, the other ways are left.
            if !isDeaf, let answer = try? await told() { return answer }
        } catch {
            isDeaf = false
        }
        guard let processId = process.mainProcessId else {
            return InferenceAnswer(failure: "the session's process is not there (any more)")
        }
        if !isDeaf, let text = await written(by: processId) {
            return Self.told(text, "the interpreter is held by C code; this is what faulthandler wrote, the most recent call first")
        }
        // Where 'uv tool install' puts it.
        let own = ProcessInfo.processInfo.environment["HOME"].map { ["\($0)/.local/bin"] } ?? []
        guard let program = Programs.find("py-spy", more: own) else {
            return InferenceAnswer(
                failure:
                    isDeaf
                    ? "the code does not use the nsml library, and there is no py-spy on the node: 'uv tool install py-spy' brings it"
                    : "the interpreter does not answer, and there is no py-spy on the node: 'uv tool install py-spy' brings it")
        }
        do {
            let text = try await Tool(
                arguments: [program, "dump", "--pid", "\(processId)"],
                environment: Spawning.settings(ProcessInfo.processInfo.environment)
            ).output(limit: Self.spyLimit)
            return Self.told(String(decoding: text, as: UTF8.self), "by py-spy, the most recent call first")
        } catch {
            return InferenceAnswer(failure: "py-spy cannot look into the process: \(error)")
        }
    }

    /// The library's own answer; nil when it says that it has none.
    private func told() async throws -> InferenceAnswer? {
        let answer = try await control.request("stack", limit: Self.answerLimit)
        return answer.failure == nil ? InferenceAnswer(contentType: "application/json", body: Data(answer.body)) : nil
    }

    /// What the process writes when it is sent the signal; nil when it does not catch it, which would end it, or writes nothing.
    private func written(by processId: Int32) async -> String? {
        guard Self.catches(Self.signal, processId) else { return nil }
        let before = size() ?? 0
        guard kill(processId, Self.signal) == 0 else { return nil }
        let end = ContinuousClock.now + Self.writeLimit
        var last = before
        while ContinuousClock.now < end {
            // Cancelled with everything else.
            try? await Task.sleep(for: .milliseconds(50))
            let now = size() ?? before
            if now > before, now == last { break }
            last = now
        }
        return last > before ? read(from: before) : nil
    }

    private static func catches(_ signal: Int32, _ processId: Int32) -> Bool {
        // One that is gone catches nothing.
        guard let status = try? String(contentsOfFile: "/proc/\(processId)/status", encoding: .utf8),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("SigCgt:") }),
            let mask = line.split(whereSeparator: \.isWhitespace).last.flatMap({ UInt64($0, radix: 16) })
        else { return false }
        return mask >> (UInt64(signal) - 1) & 1 == 1
    }

    private func size() -> Int? {
        // Absent until the first time.
        guard let descriptor = try? control.share.openFile(Self.file) else { return nil }
        defer { close(descriptor) }
        var status = stat()
        return fstat(descriptor, &status) == 0 ? Int(status.st_size) : nil
    }

    private func read(from offset: Int) -> String? {
        // It was there a moment ago; one that is gone says nothing.
        guard let descriptor = try? control.share.openFile(Self.file) else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: Self.maximumBytes)
        let count = pread(descriptor, &bytes, bytes.count, off_t(offset))
        return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
    }

    private static func told(_ text: String, _ how: String) -> InferenceAnswer {
        var answer = QuestionAnswer(state: .done)
        answer.text = text
        answer.notes = [how]
        do {
            return InferenceAnswer(contentType: "application/json", body: try Wire.encoder().encode(answer))
        } catch {
            return InferenceAnswer(failure: "\(error)")
        }
    }
}
