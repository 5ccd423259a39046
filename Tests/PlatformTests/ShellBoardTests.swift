import API
import Foundation
import Testing

@testable import Platform

@Suite("What is typed and printed on its way") struct ByteWindowTests {
    @Test("repeats are taken once, gaps are refused, and what is read from an offset on makes room for more")
    func offsets() throws {
        var window = ByteWindow(limit: 4)
        #expect(try window.append([1, 2, 3], at: 0) == 3)
        #expect(try window.append([1, 2, 3], at: 0) == 3)
        #expect(throws: Failure.self) { try window.append([9], at: 4) }
        // As much as there is room for.
        #expect(try window.append([3, 4, 5, 6], at: 2) == 4)
        #expect(window.isFull)
        #expect(try Array(window.read(from: 0, count: 2)) == [1, 2])
        // The answer was lost on its way: the same again.
        #expect(try Array(window.read(from: 0, count: 2)) == [1, 2])
        #expect(try Array(window.read(from: 2, count: 9)) == [3, 4])
        #expect(throws: Failure.self) { try window.read(from: 1, count: 9) }
        #expect(throws: Failure.self) { try window.read(from: 5, count: 9) }
        #expect(try window.append([5, 6], at: 4) == 6)
        #expect(try Array(window.read(from: 6, count: 9)) == [])
        #expect(window.isEmpty && window.start == 6)
    }
}

@Suite("Shells, between who types and who runs them") struct ShellBoardTests {
    private let alice: UserName
    private let bob: UserName
    private let start = ContinuousClock.now
    private let board = ShellBoard()

    init() throws {
        alice = try UserName(parsing: "alice")
        bob = try UserName(parsing: "bob")
        try board.open(SupervisorCommand(number: 5, kind: .shell), rows: 24, columns: 80, of: 7, by: alice, now: start)
    }

    private func read(_ offset: Int64, now: ContinuousClock.Instant? = nil) throws -> ShellOutput? {
        try board.read(5, from: ShellOffsets(offset: offset, errorsOffset: 0), of: 7, by: alice, now: now ?? start)
    }

    @Test("its supervisor gets it until it has come for input, the size of the window, and what was typed")
    func input() throws {
        #expect(board.commands(of: 7).map(\.number) == [5] && board.commands(of: 8).isEmpty)
        let first = try board.input(5, from: 0, known: (nil, nil), of: 7, now: start)
        #expect(first?.rows == 24 && first?.columns == 80)
        #expect(board.commands(of: 7).isEmpty)
        #expect(try board.input(5, from: 0, known: (24, 80), of: 7, now: start) == nil)
        _ = try board.type(ShellInput(offset: 0, bytes: Data("ls\n".utf8)), into: 5, of: 7, by: alice, now: start)
        #expect(try board.input(5, from: 0, known: (24, 80), of: 7, now: start)?.bytes == Data("ls\n".utf8))
        _ = try board.type(ShellInput(offset: 3, isEnd: true, rows: 30, columns: 90), into: 5, of: 7, by: alice, now: start)
        let last = try board.input(5, from: 3, known: (24, 80), of: 7, now: start)
        #expect(last?.isEnd == true && last?.rows == 30)
    }

    @Test("it is of whoever opened it, and of its session")
    func foreign() throws {
        #expect(throws: Failure.self) { try board.type(ShellInput(offset: 0), into: 5, of: 7, by: bob, now: start) }
        #expect(throws: Failure.self) { try board.type(ShellInput(offset: 0), into: 5, of: 8, by: alice, now: start) }
        #expect(throws: Failure.self) { try board.input(5, from: 0, known: (nil, nil), of: 8, now: start) }
    }

    @Test("the end is told after the last byte, and stays for who asks again")
    func end() throws {
        _ = try board.print(
            ShellOutput(offset: 0, output: Data("a".utf8), errorsOffset: 0, errors: Data("b".utf8), exitStatus: 3), of: 5, of: 7, now: start
        )
        for _ in 0..<2 {
            let piece = try read(0)
            #expect(piece?.output == Data("a".utf8) && piece?.errors == Data("b".utf8) && piece?.exitStatus == 3)
        }
        #expect(board.sweep(now: start + .seconds(60)).isEmpty)
        #expect(board.sweep(now: start + .seconds(3600)) == [5])
        #expect(throws: Failure.self) { try read(0) }
    }

    @Test("who prints more than is read waits for room")
    func room() throws {
        let much = Data(repeating: 1, count: ShellOutput.maximumBytes)
        var offset: Int64 = 0
        while let taken = try board.print(ShellOutput(offset: offset, output: much, errorsOffset: 0), of: 5, of: 7, now: start) {
            offset = taken.offset
        }
        #expect(offset == 256 << 10)
        let piece = try read(0)
        _ = try read(Int64(piece?.output.count ?? 0))
        #expect(try board.print(ShellOutput(offset: offset, output: much, errorsOffset: 0), of: 5, of: 7, now: start) != nil)
    }

    @Test("one whose supervisor does not come is lost; one that nobody reads is told to end; the session's end is theirs")
    func abandoned() throws {
        board.noticeLost(now: start + .seconds(39))
        #expect(try board.input(5, from: 0, known: (24, 80), of: 7, now: start + .seconds(39)) == nil)
        #expect(try board.input(5, from: 0, known: (24, 80), of: 7, now: start + .seconds(100))?.isOver == true)
        board.noticeLost(now: start + .seconds(150))
        #expect(try read(0, now: start + .seconds(150))?.failure?.contains("lost") == true)
        try board.open(SupervisorCommand(number: 6, kind: .shell), rows: nil, columns: nil, of: 7, by: alice, now: start)
        #expect(board.ended(7, reason: "it has ended", now: start) == [6])
        #expect(throws: Failure.self) {
            for number in 10..<100 {
                try board.open(
                    SupervisorCommand(number: Int64(number), kind: .shell), rows: nil, columns: nil, of: 7, by: alice, now: start)
            }
        }
    }
}
