package import API
package import Content
import Foundation
package import Logging
package import ServiceLifecycle
package import Store

/// What the platform does, as calls: one service for each noun, put together.
package final class Platform: Sendable {
    package let configuration: PlatformConfiguration
    package let directory: DataDirectory
    package let users: UserService
    package let quotas: QuotaService
    package let signIns: SignInService
    package let contents: ContentService
    package let datasets: DatasetService
    package let sessions: SessionService
    package let pauses: PauseService
    package let lineage: LineageService
    package let reproductions: Reproductions
    package let output: SessionOutputService
    package let live: LiveService
    package let media: MediaService
    package let files: SessionFileService
    package let checkpoints: CheckpointService
    package let inference: InferenceService
    package let tensorBoards: TensorBoardService
    package let submissions: SubmissionService
    package let boards: BoardService
    package let questions: QuestionService
    package let shells: ShellService
    package let supervision: SupervisionService
    package let nodes: NodeService
    package let audit: AuditService
    package let checks: CheckService
    package let scrub: Scrub
    package let housekeeping: Housekeeping

    private let store: Store
    private let reserve: SpaceReserve
    package let removal: SessionRemoval

    private let feed: Feed
    private let dispatcher: Dispatcher
    private let logger: Logger

    package init(
        configuration: PlatformConfiguration, store: Store, content: ContentStore, directory: DataDirectory, executor: any Executor,
        deviceUsage: @escaping @Sendable () -> [DeviceUsage], logger: Logger
    ) {
        self.configuration = configuration
        self.directory = directory
        self.store = store
        self.logger = logger
        let feed = Feed()
        let reserve = SpaceReserve(directory)
        self.reserve = reserve
        let board = CommandBoard(feed: feed)
        let disk = DiskGuard(directory: directory, reservedBytes: configuration.reservedDiskBytes)
        let rerun = RerunArguments(content: content)
        let starter = SessionStarter(
            store: store, rerun: rerun, configuration: configuration, directory: directory, executor: executor, logger: logger)
        let dispatcher = Dispatcher(store: store, starter: starter, feed: feed, board: board, logger: logger)
        self.feed = feed
        self.dispatcher = dispatcher
        users = UserService(store: store)
        quotas = QuotaService(store: store, dispatcher: dispatcher)
        let quota = StorageQuota(store: store, graceSeconds: configuration.contentGraceSeconds)
        signIns = SignInService(store: store, users: users)
        contents = ContentService(store: store, content: content, disk: disk, quota: quota)
        let creation = SessionCreation(store: store, contents: contents, rerun: rerun, dispatcher: dispatcher, quota: quota)
        datasets = DatasetService(store: store, contents: contents, content: content, quota: quota, reserve: reserve, feed: feed)
        removal = SessionRemoval(
            store: store, dispatcher: dispatcher, feed: feed, board: board, directory: directory, executor: executor, logger: logger,
            reserve: reserve)
        let attendance = Attendance()
        sessions = SessionService(
            store: store, contents: contents, dispatcher: dispatcher, feed: feed, removal: removal, creation: creation, reserve: reserve)
        pauses = PauseService(store: store, dispatcher: dispatcher, feed: feed, board: board)
        lineage = LineageService(store: store, creation: creation)
        reproductions = Reproductions(store: store, creation: creation)
        output = SessionOutputService(store: store, feed: feed, directory: directory, attendance: attendance)
        live = LiveService(store: store, feed: feed, directory: directory)
        files = SessionFileService(store: store, directory: directory)
        checkpoints = CheckpointService(
            store: store, contents: contents, dispatcher: dispatcher, feed: feed, quota: quota, reserve: reserve)
        inference = InferenceService(
            store: store, creation: creation, feed: feed, board: board, configuration: configuration)
        tensorBoards = TensorBoardService(
            store: store, content: content, users: users, creation: creation, feed: feed, board: board, files: files,
            answerSeconds: configuration.inferAnswerSeconds)
        submissions = SubmissionService(store: store, content: content, creation: creation, feed: feed, directory: directory)
        boards = BoardService(store: store)
        let settlement = SubmissionSettlement(store: store, creation: creation, feed: feed, logger: logger)
        media = MediaService(store: store, content: content)
        supervision = SupervisionService(
            store: store, dispatcher: dispatcher, feed: feed, board: board, directory: directory, disk: disk, settlement: settlement,
            media: media)
        nodes = NodeService(
            store: store, configuration: configuration, directory: directory, content: content, deviceUsage: deviceUsage)
        audit = AuditService(store: store, reserve: reserve)
        checks = CheckService(check: PlatformCheck(store: store, content: content, directory: directory))
        scrub = Scrub(store: store, content: content, directory: directory, logger: logger)
        questions = QuestionService(store: store, feed: feed, board: board)
        shells = ShellService(store: store, feed: feed, board: board)
        housekeeping = Housekeeping(
            store: store, content: content, directory: directory, executor: executor, dispatcher: dispatcher, feed: feed, board: board,
            settlement: settlement, removal: removal, attendance: attendance, configuration: configuration, logger: logger, reserve: reserve
        )
    }

    /// Whether changes are taken; else `status` says why not.
    package var isWritable: Bool { store.fault == nil }

    /// What runs beside the answering of requests; nothing while nothing may be written.
    package var chores: [any Service] { isWritable ? [housekeeping, scrub] : [] }

    /// Takes up what the server before left: sessions that run are adopted, those that wait are queued.
    ///
    /// A platform whose database is damaged is read-only: nothing is started or ended. Sessions go on by themselves.
    package func begin() async throws {
        if let fault = store.fault { return logger.critical("\(fault)") }
        reserve.fill()
        try await datasets.begin()
        do {
            try await audit.record(action: "start", object: "version \(Version.current)")
        } catch {
            // A disk that is full must not keep the platform down: it is needed to make room.
            logger.error("the start is not in the audit log", metadata: ["error": "\(error)"])
        }
        try await dispatcher.begin(on: configuration.node)
    }

    /// Ends all waiting requests, so that the server can go down.
    package func beginShutdown() {
        feed.close()
    }

    /// Closes the databases; nothing may be called after it.
    package func close() throws {
        try store.close()
    }
}
