/// Every endpoint of the HTTP API, once: the server registers from here, the client calls from here, and a test holds
/// `docs/api/openapi.yaml` against it.
package struct Endpoint: Sendable, Hashable {
    package enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"
        case options = "OPTIONS"
    }

    /// Who may call it at all. What a caller may do to which object is decided by `Platform` for each object.
    package enum Audience: String, Sendable {
        case everyone, user, admin
        /// A session with its own token, about itself, and nobody else.
        case session
        /// A user, or a session for its own upload.
        case userOrSession
    }

    /// What the request carries.
    package enum Body: Sendable, Hashable {
        case none
        /// `application/json`, at most `Wire.maximumJSONBytes`.
        case json
        /// Raw bytes of at most this many.
        case bytes(maximum: Int64)
    }

    /// What calls weigh: each of these has a budget of its own for each user.
    package enum Budget: String, Sendable {
        case standard
        /// Lists by patterns, which look at many rows.
        case search
        /// Content in bulk.
        case archive
        /// What makes a session work.
        case compute
    }

    package var method: Method
    /// `:name` stands for one component.
    package var path: String
    package var audience: Audience
    package var body: Body
    package var budget: Budget
    /// What the audit log calls it, in the words of the command line; nil for what changes nothing that has a name.
    package var auditedAs: String?
    /// Whether what was done is written down elsewhere, with more than an endpoint knows; what was refused is not.
    package var auditsOnlyRefusals = false

    /// - Parameter audit: what the audit log calls it. Unless told, everything but GET is written down, by its method and path; an
    ///   empty text keeps it out of the log.
    package init(
        _ method: Method, _ path: String, _ audience: Audience, body: Body = .none, budget: Budget = .standard, audit: String? = nil,
        auditsOnlyRefusals: Bool = false
    ) {
        self.method = method
        self.path = path
        self.audience = audience
        self.body = body
        self.budget = budget
        self.auditsOnlyRefusals = auditsOnlyRefusals
        auditedAs = if let audit { audit.isEmpty ? nil : audit } else { method == .get ? nil : "\(method.rawValue) \(path)" }
    }
}

package enum Endpoints {
    /// No single piece of content is larger.
    package static let maximumContentBytes: Int64 = 1 << 40
    /// One pack of small content.
    package static let maximumPackBytes: Int64 = 64 << 20
    /// One piece of a session's stream.
    package static let maximumStreamBytes: Int64 = 4 << 20
    /// One question to a model, or its answer.
    package static let maximumInferenceBytes: Int64 = 32 << 20

    /// What TensorBoard's page sends at most: which series it wants.
    package static let maximumTensorBoardBytes: Int64 = 4 << 20

    // MARK: The platform
    package static let health = Endpoint(.get, "/health", .everyone)
    package static let status = Endpoint(.get, "/v1/status", .user)
    package static let whoami = Endpoint(.get, "/v1/whoami", .userOrSession)
    package static let queue = Endpoint(.get, "/v1/queue", .user)
    package static let devices = Endpoint(.get, "/v1/devices", .user)
    /// `?actor=&action=&object=&since=&failures=true&limit=&after=NUMBER`, newest first.
    package static let audit = Endpoint(.get, "/v1/audit", .admin, budget: .search)

    // MARK: The check of what is kept
    package static let startCheck = Endpoint(.post, "/v1/check", .admin, body: .json, audit: "check")
    /// `?waitSeconds=S`: answers when it has got on, or the wait is over.
    package static let getCheck = Endpoint(.get, "/v1/check", .admin)
    package static let cancelCheck = Endpoint(.delete, "/v1/check", .admin, audit: "check stop")

    // MARK: The page
    package static let page = Endpoint(.get, "/", .everyone)
    package static let pageFile = Endpoint(.get, "/assets/:folder/:file", .everyone)
    /// The same, named with the build that it belongs to, so that a browser may keep it.
    package static let builtPageFile = Endpoint(.get, "/builds/:build/:folder/:file", .everyone)
    package static let addSignInCode = Endpoint(.post, "/v1/sign-in-codes", .user, audit: "sign-in code")
    /// Answers who it is, and gives the browser its cookie.
    package static let signIn = Endpoint(.post, "/v1/sign-in", .everyone, body: .json, audit: "sign-in")
    package static let signOut = Endpoint(.post, "/v1/sign-out", .user, audit: "sign-out")
    /// Server-sent events: `changed` when something about any session did.
    package static let changes = Endpoint(.get, "/v1/changes", .user)

    // MARK: TensorBoard
    /// Finds or starts the one of some sessions.
    package static let openTensorBoard = Endpoint(.post, "/v1/tensorboards", .user, body: .json, budget: .compute, audit: "tensorboard")
    /// What TensorBoard itself answers. The key stands for who was let in; the browser says nothing more, because to it this is another place.
    package static let tensorBoard = Endpoint(.get, "/tensorboard/:key", .everyone)
    package static let tensorBoardFile = Endpoint(.get, "/tensorboard/:key/**", .everyone)
    package static let askTensorBoard = Endpoint(
        .post, "/tensorboard/:key/**", .everyone, body: .bytes(maximum: maximumTensorBoardBytes), audit: "")
    package static let askBeforeTensorBoard = Endpoint(.options, "/tensorboard/:key/**", .everyone, audit: "")

    // MARK: Users
    package static let listUsers = Endpoint(.get, "/v1/users", .user)
    package static let addUser = Endpoint(.post, "/v1/users", .admin, body: .json, audit: "user add")
    package static let getUser = Endpoint(.get, "/v1/users/:user", .user)
    package static let changeUser = Endpoint(.patch, "/v1/users/:user", .admin, body: .json, audit: "user quota")
    package static let removeUser = Endpoint(.delete, "/v1/users/:user", .admin, audit: "user rm")
    package static let listTokens = Endpoint(.get, "/v1/users/:user/tokens", .user)
    package static let addToken = Endpoint(.post, "/v1/users/:user/tokens", .user, body: .json, audit: "token add")
    package static let removeToken = Endpoint(.delete, "/v1/users/:user/tokens/:token", .user, audit: "token rm")

    // MARK: Content
    package static let missingContent = Endpoint(.post, "/v1/content/missing", .userOrSession, body: .json, audit: "")
    /// What is missing of a tree whose manifest was sent before.
    package static let missingOfManifest = Endpoint(.get, "/v1/content/:digest/missing", .userOrSession)
    package static let contentUpload = Endpoint(.get, "/v1/content/:digest/upload", .userOrSession)
    /// `?offset=N&size=TOTAL`: bytes from `offset` on; complete, and checked against the digest, when `size` is reached.
    package static let putContent = Endpoint(
        .put, "/v1/content/:digest", .userOrSession, body: .bytes(maximum: maximumContentBytes), audit: "")
    /// Many small ones in one body: for each 32 bytes of digest, 8 bytes of length (little endian), the bytes.
    package static let putPack = Endpoint(
        .post, "/v1/content", .userOrSession, body: .bytes(maximum: maximumPackBytes), audit: "")

    // MARK: Datasets
    package static let listDatasets = Endpoint(.get, "/v1/datasets", .user)
    package static let getDataset = Endpoint(.get, "/v1/datasets/:dataset", .user)
    package static let changeDataset = Endpoint(.patch, "/v1/datasets/:dataset", .user, body: .json, audit: "dataset change")
    package static let removeDataset = Endpoint(.delete, "/v1/datasets/:dataset", .user, audit: "dataset rm")
    package static let listVersions = Endpoint(.get, "/v1/datasets/:dataset/versions", .user)
    package static let addVersion = Endpoint(
        .post, "/v1/datasets/:dataset/versions", .user, body: .json, audit: "dataset push")
    /// `?version=N&limit=100`; a limit of 0 lists all.
    package static let listDatasetFiles = Endpoint(.get, "/v1/datasets/:dataset/files", .user)
    /// The manifest's bytes, `?version=N`.
    package static let datasetManifest = Endpoint(.get, "/v1/datasets/:dataset/manifest", .user)
    /// A pack of the content asked for, `?version=N`.
    package static let datasetContent = Endpoint(
        .post, "/v1/datasets/:dataset/content", .user, body: .json, budget: .archive, audit: "")

    // MARK: Boards and submissions
    /// `?limit=N`; a limit of 0 lists all.
    package static let board = Endpoint(.get, "/v1/datasets/:dataset/board", .user)
    package static let boardHistory = Endpoint(.get, "/v1/datasets/:dataset/board/history", .user)
    /// Newest first, `?dataset=NAME&session=U/D/N&limit=&after=`: the caller's own; `?everyone=true`: all of a dataset that is the caller's.
    package static let listSubmissions = Endpoint(.get, "/v1/submissions", .user)
    /// `?afterChange=N&waitSeconds=S`: answers when something newer than change N has happened, or the wait is over.
    package static let getSubmission = Endpoint(.get, "/v1/submissions/:number", .user)
    /// What it printed; for the dataset's owner and administrators.
    package static let submissionOutput = Endpoint(.get, "/v1/submissions/:number/output", .user)

    // MARK: Sessions
    package static let listSessions = Endpoint(.get, "/v1/sessions", .user)
    package static let addSession = Endpoint(.post, "/v1/sessions", .user, body: .json, audit: "run")
    private static let one = "/v1/sessions/:user/:dataset/:number"
    /// `?afterEvent=N&waitSeconds=S`: answers when something newer than event N has happened, or the wait is over.
    package static let getSession = Endpoint(.get, one, .userOrSession)
    package static let changeSession = Endpoint(.patch, one, .user, body: .json, audit: "session change")
    /// `?force=true` also when it runs.
    package static let removeSession = Endpoint(.delete, one, .user, audit: "session rm")
    package static let stopSession = Endpoint(.post, "\(one)/stop", .user, body: .json, audit: "stop")
    package static let pauseSession = Endpoint(.post, "\(one)/pause", .user, body: .json, audit: "pause")
    package static let resumeSession = Endpoint(.post, "\(one)/resume", .user, audit: "resume")
    package static let forkSession = Endpoint(.post, "\(one)/fork", .user, body: .json, budget: .compute, audit: "fork")
    /// Where it comes from and what came of it.
    package static let sessionFamily = Endpoint(.get, "\(one)/family", .user)
    package static let reproduceSession = Endpoint(
        .post, "\(one)/reproduce", .user, body: .json, budget: .compute, audit: "reproduce")
    /// What its code ran with.
    package static let sessionEnvironment = Endpoint(.get, "\(one)/environment", .user)
    /// `?with=USER/DATASET/N`: whether both reported the same, and what else differs.
    package static let compareSessions = Endpoint(.get, "\(one)/comparison", .user)
    package static let sessionEvents = Endpoint(.get, "\(one)/events", .user)
    /// `?offset=N&limit=BYTES&waitSeconds=S`, or `?tailLines=N`: raw bytes; `nsml-offset` and `nsml-next-offset` are in the head, and
    /// `nsml-end: true` once there will be no more.
    package static let sessionOutput = Endpoint(.get, "\(one)/output", .user)
    /// Server-sent events: `session`, `metrics`, `output` from `?output=OFFSET` on, `end`.
    package static let liveSession = Endpoint(.get, "\(one)/live", .user)
    package static let listMetrics = Endpoint(.get, "\(one)/metrics", .user)
    /// `?name=train/loss&fromStep=&toStep=&points=1500`.
    package static let series = Endpoint(.get, "\(one)/series", .user)
    /// What it used of its node over time, `?points=300`.
    package static let sessionUsage = Endpoint(.get, "\(one)/usage", .user)
    /// Images, sounds, histograms and tables, in the order in which they came: `?name=&limit=&after=`.
    package static let listMedia = Endpoint(.get, "\(one)/media", .user)
    /// The bytes of one, `?number=N`.
    package static let mediaContent = Endpoint(.get, "\(one)/media/content", .user)
    package static let codeManifest = Endpoint(.get, "\(one)/code/manifest", .user)
    package static let codeContent = Endpoint(.post, "\(one)/code/content", .user, body: .json, budget: .archive, audit: "")
    /// What lies in the session's directory now.
    package static let listSessionFiles = Endpoint(.get, "\(one)/files", .user)
    /// `?path=out/a.png`.
    package static let sessionFile = Endpoint(.get, "\(one)/files/content", .user)

    // MARK: Checkpoints; `?checkpoint=NAME`, which may be a pattern for removal
    package static let listCheckpoints = Endpoint(.get, "\(one)/checkpoints", .userOrSession)
    package static let addCheckpoint = Endpoint(.post, "\(one)/checkpoints", .session, body: .json, audit: "save")
    package static let removeCheckpoints = Endpoint(.delete, "\(one)/checkpoints", .user, audit: "model rm")
    package static let checkpointManifest = Endpoint(.get, "\(one)/checkpoints/manifest", .userOrSession)
    package static let checkpointContent = Endpoint(
        .post, "\(one)/checkpoints/content", .userOrSession, body: .json, budget: .archive, audit: "")
    /// `?limit=N`; a limit of 0 lists all.
    package static let listCheckpointFiles = Endpoint(.get, "\(one)/checkpoints/files", .user)
    /// The bytes of one file, `?path=model/weights.pt`.
    package static let checkpointFile = Endpoint(.get, "\(one)/checkpoints/files/content", .user)
    package static let submit = Endpoint(.post, "\(one)/submissions", .user, body: .json, audit: "submit")
    package static let infer = Endpoint(
        .post, "\(one)/infer", .user, body: .bytes(maximum: maximumInferenceBytes), budget: .compute, audit: "")

    // MARK: Questions to the living code
    /// `?waitSeconds=S`: the answer, if there is one by then.
    package static let addQuestion = Endpoint(
        .post, "\(one)/questions", .user, body: .json, audit: "session question", auditsOnlyRefusals: true)
    /// `?waitSeconds=S`. An answer stays for some minutes, so that one that was lost on the way can be had again.
    package static let getQuestion = Endpoint(.get, "\(one)/questions/:question", .user)
    /// Ends the evaluation, or takes the question back while it waits.
    package static let endQuestion = Endpoint(.delete, "\(one)/questions/:question", .user, audit: "session question end")
    /// What was changed by hand, oldest first; `?limit=N&after=NEXT`.
    package static let listChanges = Endpoint(.get, "\(one)/changes", .user)

    // MARK: Shells beside the process
    package static let addShell = Endpoint(.post, "\(one)/shells", .user, body: .json, budget: .compute, audit: "session sh")
    package static let typeInShell = Endpoint(.post, "\(one)/shells/:shell/input", .user, body: .json, audit: "")
    /// `?offset=N&errorsOffset=M&waitSeconds=S`.
    package static let shellOutput = Endpoint(.get, "\(one)/shells/:shell/output", .user)
    package static let closeShell = Endpoint(.delete, "\(one)/shells/:shell", .user, audit: "session sh end")

    // MARK: What supervisors say and ask
    /// `?offset=N&epoch=E`.
    package static let putStream = Endpoint(
        .put, "\(one)/streams/:stream", .session, body: .bytes(maximum: maximumStreamBytes), audit: "")
    package static let progress = Endpoint(.post, "\(one)/progress", .session, body: .json, audit: "")
    /// `?after=N&waitSeconds=S&epoch=E`.
    package static let commands = Endpoint(.get, "\(one)/commands", .session)
    /// `?failure=TEXT` when the session could not answer; the body is the answer, or the traceback.
    package static let answerCommand = Endpoint(
        .post, "\(one)/commands/:command/answer", .session, body: .bytes(maximum: maximumInferenceBytes), audit: "")

    /// `?offset=N&rows=R&columns=C&waitSeconds=S`: what was typed from there on, or that the window has another size than that.
    package static let shellInput = Endpoint(.get, "\(one)/shells/:shell/input", .session)
    /// `?waitSeconds=S`: for room.
    package static let printInShell = Endpoint(.post, "\(one)/shells/:shell/output", .session, body: .json, audit: "")

    package static let all: [Endpoint] = [
        health, status, whoami, queue, devices, audit, startCheck, getCheck, cancelCheck,
        page, pageFile, builtPageFile, addSignInCode, signIn, signOut, changes,
        openTensorBoard, tensorBoard, tensorBoardFile, askTensorBoard, askBeforeTensorBoard,
        listUsers, addUser, getUser, changeUser, removeUser, listTokens, addToken, removeToken,
        missingContent, missingOfManifest, contentUpload, putContent, putPack,
        listDatasets, getDataset, changeDataset, removeDataset, listVersions, addVersion, listDatasetFiles, datasetManifest, datasetContent,
        board, boardHistory, listSubmissions, getSubmission, submissionOutput,
        listSessions, addSession, getSession, changeSession, removeSession, stopSession, pauseSession, resumeSession,
        forkSession, sessionFamily, reproduceSession, sessionEnvironment, compareSessions, sessionEvents,
        sessionOutput, liveSession, listMetrics, series, sessionUsage, listMedia, mediaContent,
        codeManifest, codeContent, listSessionFiles, sessionFile,
        listCheckpoints, addCheckpoint, removeCheckpoints, checkpointManifest, checkpointContent,
        listCheckpointFiles, checkpointFile, submit, infer,
        addQuestion, getQuestion, endQuestion, listChanges, addShell, typeInShell, shellOutput, closeShell,
        putStream, progress, commands, answerCommand, shellInput, printInShell,
    ]
}

extension Endpoints {
    /// What can be done at a path, whoever asks; empty for a path that is none.
    package static func methods(at path: String) -> [String] {
        let components = path.split(separator: "/")
        let matching = all.filter { endpoint in
            let pattern = endpoint.path.split(separator: "/")
            return pattern.count == components.count && zip(pattern, components).allSatisfy { $0.hasPrefix(":") || $0 == $1 }
        }
        // A path that is written out counts before one with a parameter in the same place.
        let parameters = matching.map { $0.path.split(separator: ":").count }.min()
        return matching.filter { $0.path.split(separator: ":").count == parameters }.map(\.method.rawValue).sorted()
    }
}
