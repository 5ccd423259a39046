import API

/// Where a session's process finds things, as it sees them itself.
struct SessionPaths: Sendable, Equatable {
    static let sandboxHome = "/tmp/home"
    static let sandboxCode = "/app"
    static let sandboxShare = "/nsml/session"
    static let sandboxLibrary = "/nsml/library"
    static let sandboxBinaries = "/nsml/bin"
    static let sandboxOutput = "/nsml/output"
    static let sandboxData = "/data"

    var code: String
    var share: String
    var library: String
    /// Of the datasets, in the plan's order.
    var datasets: [String]
    /// The writable directory for large results; empty when the session has none.
    var output: String
    var home: String
    var temporary: String
    /// Where the program `nsml` lies; nil when the session cannot reach it.
    var binaries: String?

    /// In a sandbox everything has its fixed place; without one it is where it lies.
    /// - Parameter trees: where the datasets lie on this node.
    init(plan: SessionPlan, files: SessionFiles, trees: [String], binary: String?) {
        switch plan.sandbox {
        case .bubblewrap:
            code = Self.sandboxCode
            share = Self.sandboxShare
            library = Self.sandboxLibrary
            datasets = plan.datasets.map { "\(Self.sandboxData)/\($0.name)" }
            output = plan.outputDirectory ? Self.sandboxOutput : ""
            home = Self.sandboxHome
            temporary = "/tmp"
            binaries = binary == nil ? nil : Self.sandboxBinaries
        case .none:
            code = files.code
            share = files.share
            library = plan.libraryDirectory
            datasets = trees
            output = plan.outputDirectory ? files.outputDirectory : ""
            home = "\(files.temporary)/home"
            temporary = files.temporary
            binaries = binary.map { String($0[..<($0.lastIndex(of: "/") ?? $0.startIndex)]) }
        }
    }
}
