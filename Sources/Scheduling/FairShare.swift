package import API
package import Foundation

/// What each user's sessions used of late, in device-seconds, and so whose turn it is among sessions of one priority.
///
/// A device-second is one GPU for one second; a session without GPUs counts one for each `cpusPerDevice` CPUs. What was used
/// counts half after `halfLife`, a quarter after twice that. Nothing here looks at a clock: every call says what time it is.
package struct FairShare: Sendable {
    /// How long until what was used counts half, in seconds. A day: who had the machines yesterday lets others go first this
    /// morning, and is even with them by the end of the week.
    package static let halfLife: TimeInterval = 86_400

    /// How many CPUs count as one device, for sessions without GPUs.
    package static let cpusPerDevice = 8.0

    /// A session that may not be pushed out counts this often: who keeps others from a place pays for it with later turns.
    package static let protectedFactor = 2.0

    /// Smaller differences than this, in device-seconds, decide nothing: then the older session goes first. What has just
    /// started counts at once as if it had used as much for each of its devices, so that of many that start together, or one
    /// after the other, users take turns.
    package static let grain = 600.0

    /// A user who waits and for whom nothing has started for so long goes first, whatever was used: nobody starves.
    package static let longestTurn: TimeInterval = halfLife

    private struct Account: Sendable {
        var used = 0.0
        var at: Date
        /// Devices that count now.
        var rate = 0.0
    }

    private var accounts: [UserName: Account] = [:]

    /// How many devices a session counts as, for what it loses as for what it uses.
    package static func devices(of resources: Resources) -> Double {
        resources.gpus > 0 ? Double(resources.gpus) : Double(resources.cpus) / cpusPerDevice
    }

    /// Adds what was used until `time`.
    mutating func add(_ deviceSeconds: Double, by owner: UserName, at time: Date, now: Date) {
        settle(owner, at: now)
        let age = max(0, now.timeIntervalSince(time))
        accounts[owner]?.used += max(0, deviceSeconds) * exp2(-age / Self.halfLife)
    }

    /// From now on `devices` more of the owner's count; fewer when negative.
    mutating func change(by devices: Double, of owner: UserName, now: Date) {
        settle(owner, at: now)
        accounts[owner]?.rate += devices
    }

    /// What counts of what the owner has used.
    func used(by owner: UserName, now: Date) -> Double {
        accounts[owner].map { Self.used($0, at: now) } ?? 0
    }

    /// What counts, and what runs now as if it had run for some minutes already.
    func level(of owner: UserName, now: Date) -> Double {
        guard let account = accounts[owner] else { return 0 }
        return Self.used(account, at: now) + account.rate * Self.grain
    }

    /// Everybody's, for keeping.
    func all(now: Date) -> [UserName: Double] { accounts.mapValues { Self.used($0, at: now) } }

    private mutating func settle(_ owner: UserName, at now: Date) {
        var account = accounts[owner] ?? Account(at: now)
        account.used = Self.used(account, at: now)
        account.at = max(account.at, now)
        accounts[owner] = account
    }

    /// The decay of what was there, and what a constant rate has added since, itself decaying. A clock set back adds nothing.
    private static func used(_ account: Account, at now: Date) -> Double {
        let elapsed = max(0, now.timeIntervalSince(account.at))
        let kept = exp2(-elapsed / halfLife)
        return account.used * kept + account.rate * (halfLife / log(2)) * (1 - kept)
    }
}
