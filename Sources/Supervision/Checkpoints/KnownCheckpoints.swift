import API
import Content
import Foundation

/// Which checkpoints of a session the server has, as its supervisor knows it: `checkpoints.json` in the session's directory. With it
/// `nsml.load` works while the server is away, as far as the content lies on this node.
struct KnownCheckpoints: Sendable {
    let files: SessionFiles

    /// The manifests by the names of the checkpoints.
    private var all: [String: Digest] { DurableFile.read([String: Digest].self, from: files.checkpoints) ?? [:] }

    subscript(name: CheckpointName) -> Digest? { all[name.rawValue] }

    /// Only the supervisor's one shipper calls it.
    func add(_ name: CheckpointName, manifest: Digest) throws {
        var known = all
        known[name.rawValue] = manifest
        try DurableFile.write(json: known, to: files.checkpoints, flushes: false)
    }

    /// The manifest of a checkpoint of this session, or of another one of the same user on this node. Whether one may read what is
    /// somebody else's only the server can say.
    static func manifest(of reference: CheckpointReference, for plan: SessionPlan) -> Digest? {
        if reference.session == plan.session {
            return KnownCheckpoints(files: SessionFiles(directory: plan.sessionDirectory))[reference.checkpoint]
        }
        guard reference.session.user == plan.session.user else { return nil }
        let sessions = (plan.sessionDirectory as NSString).deletingLastPathComponent
        // Unreadable is as good as empty: then nothing is known.
        for name in (try? FileManager.default.contentsOfDirectory(atPath: sessions)) ?? [] {
            let files = SessionFiles(directory: "\(sessions)/\(name)")
            guard let known = KnownCheckpoints(files: files)[reference.checkpoint], !files.isBeingRemoved,
                DurableFile.read(SessionPlan.self, from: files.plan)?.session == reference.session
            else { continue }
            return known
        }
        return nil
    }
}
