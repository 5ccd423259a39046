import API
import CLinux
import Content
import Foundation
import Glibc

/// The parent of a session's process: starts it, waits, and writes down how it ended. It is small, has no network and
/// nothing to do with anybody else, so that server and supervisor may come and go while training goes on.
package enum Shim {
    /// What `nsml shim DIRECTORY` does. Returns its exit status: 0 also when the process failed, which `exit.json` tells.
    ///
    /// It does nothing when the session's process of this epoch was started before, by whomever.
    package static func run(directory: String) -> Int32 {
        let files = SessionFiles(directory: directory)
        do {
            guard let lock = try FileLock.tryAcquire(files.shimLock) else { return 0 }
            guard !files.isBeingRemoved else { return 0 }
            return try withExtendedLifetime(lock) { try run(files) }
        } catch {
            // Standard error is the supervisor's log.
            FileHandle.standardError.write(Data("nsml shim: \(error)\n".utf8))
            return 1
        }
    }

    private static func run(_ files: SessionFiles) throws -> Int32 {
        guard let launch = DurableFile.read(LaunchRecord.self, from: files.launch) else {
            throw Failure(.localError, "there is nothing to start in \(files.directory)")
        }
        let earlier = DurableFile.read(ShimRecord.self, from: files.shim)
        if earlier?.epoch == launch.epoch { return 0 }
        ignoreSignals()
        nsml_become_subreaper()
        guard let identity = ProcessIdentity(processId: getpid()) else {
            throw Failure(.localError, "/proc is not there")
        }
        var record = ShimRecord(epoch: launch.epoch, shim: identity, process: nil, startedAt: Date())
        // Not flushed: what names processes of this boot is worth nothing after the next.
        try DurableFile.write(json: record, to: files.shim, flushes: false)
        // The supervisor holds them too until we have said that the process runs, so nothing is removed in between.
        let locks = try launch.locks?.map(FileLock.share)
        defer { withExtendedLifetime(locks) {} }
        var end: ExitRecord
        do {
            let offset = OutputNotes(path: files.output).size
            let reported = OutputNotes(path: "\(files.share)/\(Share.journal)").size
            end = try run(launch, as: &record, files)
            if let plain = launch.plain, ArgumentRefusal.ended(end, files, output: offset, journal: reported, added: plain.without) {
                OutputNotes(path: files.output).say(
                    "nsml: the script does not take \(plain.without.joined(separator: " ")): it is started again without")
                var launch = launch
                launch.arguments = plain.arguments
                end = try run(launch, as: &record, files)
            }
        } catch {
            end = ExitRecord(epoch: launch.epoch, outOfMemory: false, startFailure: "\(error)", endedAt: Date())
        }
        launch.groups?.remove()
        write(end, to: files.exit)
        return 0
    }

    /// Starts the process, says which one it is, and waits until it has ended.
    private static func run(_ launch: LaunchRecord, as record: inout ShimRecord, _ files: SessionFiles) throws -> ExitRecord {
        let child = try launch.start(output: files.output)
        record.process = ProcessIdentity(processId: child)
        try DurableFile.write(json: record, to: files.shim, flushes: false)
        return wait(for: child, launch: launch)
    }

    /// Writes down how it ended. A full disk is waited for: nobody else knows what is in our hands.
    private static func write(_ end: ExitRecord, to path: String) {
        while true {
            do {
                return try DurableFile.write(json: end, to: path)
            } catch {
                FileHandle.standardError.write(Data("nsml shim: \(error)\n".utf8))
                sleep(1)
            }
        }
    }

    /// Whoever wants the session to end asks the supervisor; a stray signal to a whole terminal is not meant for us.
    private static func ignoreSignals() {
        for number in [SIGTERM, SIGINT, SIGHUP, SIGPIPE, SIGQUIT] { signal(number, SIG_IGN) }
    }

    /// Waits for the process and for all that it leaves behind, which is killed.
    private static func wait(for child: pid_t, launch: LaunchRecord) -> ExitRecord {
        var status: Int32 = 0
        while true {
            var found: Int32 = 0
            let ended = waitpid(-1, &found, 0)
            if ended == child {
                status = found
                break
            }
            if ended < 0, errno != EINTR { break }
        }
        let leftovers = Leftovers(groups: launch.groups, ancestor: getpid())
        leftovers.kill()
        while waitpid(-1, nil, WNOHANG) > 0 {}
        return ExitRecord(status: status, launch: launch)
    }
}

extension ExitRecord {
    /// - Parameter status: as `waitpid` gives it.
    init(status: Int32, launch: LaunchRecord) {
        let kills = launch.groups?.outOfMemoryKills() ?? 0
        var signal = status & 0x7F == 0 ? nil : Int(status & 0x7F)
        var exitCode = status & 0x7F == 0 ? Int(status >> 8 & 0xFF) : nil
        // Bubblewrap tells of a signal as shells do.
        if launch.sandbox == .bubblewrap, let code = exitCode, (129...192).contains(code) {
            (exitCode, signal) = (nil, code - 128)
        }
        self.init(
            epoch: launch.epoch, exitCode: exitCode, signal: signal, outOfMemory: kills > 0 && exitCode != 0,
            memoryPeakBytes: launch.groups?.memoryPeakBytes(), endedAt: Date())
    }
}
