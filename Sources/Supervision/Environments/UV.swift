import Foundation
import Glibc

/// The program `uv`, which installs many times faster than pip.
enum UV {
    /// Its path: the program itself, not a script that starts it, since a sandbox does not show what such a script needs. nil when
    /// there is none.
    static func find(environment: [String: String], python: BasePython) async -> String? {
        let path = environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
        for directory in path.split(separator: ":") where access("\(directory)/uv", X_OK) == 0 {
            let candidate = "\(directory)/uv"
            if isProgram(candidate) { return candidate }
            // A script of a version manager: the Python beside which it was installed knows where it is.
            let question = "import os, sysconfig; print(os.path.join(sysconfig.get_path('scripts'), 'uv'))"
            let settings = Spawning.settings(environment)
            for program in ["\(directory)/python3", python.executable] where access(program, X_OK) == 0 {
                // One that cannot answer has no uv.
                guard
                    let answer = try? await Tool(arguments: [program, "-I", "-c", question], environment: settings).output(
                        limit: .seconds(30))
                else { continue }
                let found = String(decoding: answer, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
                if access(found, X_OK) == 0, isProgram(found) { return found }
            }
        }
        return nil
    }

    private static func isProgram(_ path: String) -> Bool {
        let file = FileHandle(forReadingAtPath: path)
        // What cannot be read is no program for us.
        return (try? file?.read(upToCount: 4)) == Data([0x7F, 0x45, 0x4C, 0x46])
    }
}
