import API
import Foundation
import Store
import Testing

@Suite struct SessionTests {
    @Test("a session comes back as it was asked for")
    func round() async throws {
        try await withStore { store in
            var row = sessionRow(memo: "first", isPrivate: true)
            row.request.label = "red"
            row.request.outputDirectory = true
            row.request.interactive = true
            row.request.type = .fork
            row.request.parent = try CheckpointReference(parsing: "alice/mnist/7/best of/all")
            let inserted = try await store.write { [row] in try $0.insertSession(row) }
            let stored = try #require(try await store.read { try $0.session(inserted.name) })
            let record = stored.record
            #expect(record.name.description == "alice/mnist/1" && record.state == .queued && record.type == .fork)
            #expect(record.arguments == ["--lr", "0.1"] && record.entry == "main.py" && record.memo == "first" && record.label == "red")
            #expect(record.datasets.map(\.description) == ["mnist@3"] && record.workspace == digest(1))
            #expect(record.resources == row.resources && record.priority == 5 && record.isPrivate && record.network)
            #expect(record.keep == Retention(best: 1, last: 2) && record.parent == row.request.parent)
            #expect(record.createdAt == time(10) && record.startedAt == nil && record.placement == nil && record.eventNumber == 1)
            #expect(stored.outputDirectory && stored.interactive && stored.epoch == 0 && stored.exit == nil && stored.stop == nil)
            #expect(try await store.read { try $0.session(id: inserted.id) }?.name == inserted.name)
            #expect(try await store.read { try $0.session(id: 99) } == nil)
        }
    }

    @Test("numbers count up for each user and dataset, and are not given again")
    func numbers() async throws {
        try await withStore { store in
            func insert(_ user: UserName, _ dataset: DatasetName) async throws -> StoredSession {
                try await store.write { try $0.insertSession(sessionRow(user, dataset)) }
            }
            #expect(try await insert(.alice, .mnist).name.number == 1)
            let second = try await insert(.alice, .mnist)
            #expect(try await insert(.bob, .mnist).name.description == "bob/mnist/1")
            #expect(try await insert(.alice, .none).name.description == "alice/None/1")
            try await store.write { try $0.removeSession(id: second.id) }
            let third = try await insert(.alice, .mnist)
            #expect(third.name.number == 3)
            #expect(third.id > second.id)
        }
    }

    @Test("a session goes through its life, and every change is an event")
    func life() async throws {
        try await withStore { store in
            let id = try await store.write { try $0.insertSession(sessionRow()).id }
            let place = Placement(node: "n1", devices: [0, 2])
            let epoch = try await store.write { try $0.place(id: id, placement: place, at: time(11)) }
            #expect(epoch == 1)
            try await store.write { transaction in
                try transaction.setState(id: id, to: .running, at: time(12), actor: "session")
                try transaction.setState(id: id, to: .paused, at: time(13), actor: "session")
                try transaction.setState(id: id, to: .running, at: time(14), actor: "session")
            }
            var stored = try #require(try await store.read { try $0.session(id: id) })
            #expect(stored.record.startedAt == time(12) && stored.record.placement == place && stored.epoch == 1)
            try await store.write { transaction in
                try transaction.requestStop(id: id, StopRequest(graceSeconds: 5, save: false), actor: "alice", at: time(15))
            }
            stored = try #require(try await store.read { try $0.session(id: id) })
            #expect(stored.record.isStopping && stored.stop?.graceSeconds == 5 && stored.stop?.save == false)
            let exit = ProcessExit(signal: 9, outOfMemory: true, memoryPeakBytes: 7)
            let changed = try await store.write {
                try $0.setState(id: id, to: .failed, reason: "killed: out of memory", exit: exit, at: time(16), actor: "session")
            }
            #expect(changed)
            stored = try #require(try await store.read { try $0.session(id: id) })
            #expect(stored.record.state == .failed && stored.record.reason == "killed: out of memory" && stored.exit == exit)
            #expect(stored.record.finishedAt == time(16) && !stored.record.isStopping && stored.stop == nil)
            let events = try await store.read { try $0.events(session: id, after: 0, limit: 99) }
            #expect(events.map(\.event) == ["queued", "preparing", "running", "paused", "running", "stop", "failed"])
            #expect(events.map(\.number) == Array(1...7) && stored.record.eventNumber == 7)
            #expect(events.last?.detail == "killed: out of memory" && events.last?.actor == "session" && events.last?.time == time(16))
            let rest = try await store.read { try $0.events(session: id, after: 5, limit: 1) }
            #expect(rest.map(\.number) == [6])
        }
    }

    @Test("a step that its life does not have is refused; the same state again changes nothing")
    func refused() async throws {
        try await withStore { store in
            let id = try await store.write { try $0.insertSession(sessionRow()).id }
            let early = await failure { try await store.write { try $0.setState(id: id, to: .running, at: time(1), actor: "x") } }
            #expect(early?.code == .wrongState)
            #expect(try await store.write { try $0.setState(id: id, to: .queued, at: time(1), actor: "x") } == false)
            try await store.write { try $0.setState(id: id, to: .stopped, at: time(2), actor: "alice") }
            let late = await failure {
                try await store.write { try $0.place(id: id, placement: Placement(node: "n", devices: []), at: time(3)) }
            }
            #expect(late?.code == .wrongState)
            let stop = await failure { try await store.write { try $0.requestStop(id: id, StopRequest(), actor: "alice", at: time(3)) } }
            #expect(stop?.code == .wrongState)
            #expect(try await store.read { try $0.events(session: id, after: 0, limit: 9) }.count == 2)
        }
    }

    @Test("a session that is queued again has no place, and starts anew in the next epoch")
    func again() async throws {
        try await withStore { store in
            let id = try await store.write { try $0.insertSession(sessionRow()).id }
            try await store.write { transaction in
                _ = try transaction.place(id: id, placement: Placement(node: "n1", devices: [1]), at: time(11))
                try transaction.setState(id: id, to: .running, at: time(12), actor: "session")
                try transaction.setState(id: id, to: .queued, reason: "node lost", at: time(20), actor: "platform")
            }
            var stored = try #require(try await store.read { try $0.session(id: id) })
            #expect(
                stored.record.state == .queued && stored.record.placement == nil && stored.queuedAt < time(20)
                    && stored.waitingSince == time(20))
            let epoch = try await store.write { try $0.place(id: id, placement: Placement(node: "n2", devices: []), at: time(21)) }
            #expect(epoch == 2)
            try await store.write { try $0.setState(id: id, to: .running, at: time(22), actor: "session") }
            stored = try #require(try await store.read { try $0.session(id: id) })
            #expect(stored.record.startedAt == time(22) && stored.record.placement?.node == "n2" && stored.record.reason == nil)
        }
    }

    @Test("sessions are counted and found by their state")
    func states() async throws {
        try await withStore { store in
            let ids = try await store.write { transaction in try (0..<4).map { _ in try transaction.insertSession(sessionRow()).id } }
            try await store.write { transaction in
                _ = try transaction.place(id: ids[2], placement: Placement(node: "n", devices: []), at: time(1))
                try transaction.setState(id: ids[3], to: .stopped, at: time(1), actor: "x")
            }
            let counts = try await store.read { transaction in
                let counts = try transaction.countSessions()
                return [counts.queued, counts.active]
            }
            #expect(counts == [2, 1])
            let found = try await store.read { try $0.sessions(in: [.preparing, .queued, .stopped]).map(\.id) }
            #expect(found == ids)
        }
    }

    @Test("a user's changes are kept, each with an event; what is not named stays")
    func changes() async throws {
        try await withStore { store in
            let id = try await store.write { try $0.insertSession(sessionRow(memo: "a")).id }
            let stored = try await store.write { transaction in
                try transaction.setSummary(id: id, summary: ["loss": MetricValue(.nan), "acc": MetricValue(0.5)], step: 7)
                try transaction.setEnvironment(id: id, "abc")
                try transaction.setOutputBytes(id: id, 77)
                try transaction.setReason(id: id, "waits for 2 GPUs")
                return try transaction.changeSession(id: id, SessionChange(memo: "b", priority: 9), actor: "alice", at: time(20))
            }
            #expect(stored.record.memo == "b" && stored.record.priority == 9 && !stored.record.isPrivate)
            #expect(stored.record.summary["loss"]?.value.isNaN == true && stored.record.summary["acc"]?.value == 0.5)
            #expect(stored.record.step == 7 && stored.record.environment == "abc" && stored.record.outputBytes == 77)
            #expect(stored.record.reason == "waits for 2 GPUs")
            let events = try await store.read { try $0.events(session: id, after: 1, limit: 9) }
            #expect(events.map(\.event) == ["memo", "priority"] && events.map(\.detail) == ["b", "9"])
        }
    }
}
