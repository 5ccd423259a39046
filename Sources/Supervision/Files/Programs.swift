import Foundation
import Glibc

/// Programs by their names.
package enum Programs {
    /// The first of that name in the directories of `PATH`, and in `more` behind them; nil when there is none.
    package static func find(_ name: String, more: [String] = []) -> String? {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
        return (path.split(separator: ":").map(String.init) + more).map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
    }
}
