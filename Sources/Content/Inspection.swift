package import API
import Foundation
import Glibc
import Synchronization

/// A look through stored content that reads it and compares it with its hash, one small step at a time: a scrub rests between the
/// steps, a check shows progress. What is damaged is put aside.
package final class Inspection: Sendable {
    /// What one step did.
    package struct Step: Sendable {
        /// Pieces that were read to their end.
        package var checkedCount = 0
        package var checkedBytes: Int64 = 0
        package var damaged: [Digest] = []
        /// The disk could not read these; they stay where they are.
        package var unreadable: [Digest] = []
        /// The last piece that is done: where a later look may go on.
        package var place: Digest?
        package var isOver = false
    }

    private struct State {
        /// The portion of the store that is listed next.
        var portion: Int
        var waiting: ArraySlice<StoredContent> = []
        var current: (digest: Digest, file: OpenFile, size: Int64)?
        var offset: Int64 = 0
        var hash = RunningHash()
        /// The last piece that is done.
        var place: Digest?
    }

    /// A step reads no more than this, nor more pieces than that.
    private static let stepBytes: Int64 = 4 << 20
    private static let stepPieces = 256

    private let store: ContentStore
    private let includes: @Sendable (Digest) -> Bool
    private let state: Mutex<State>

    /// - Parameters:
    ///   - place: where an earlier look ended; nil begins at the beginning.
    ///   - includes: which pieces to read; the others are passed over.
    package init(
        _ store: ContentStore, after place: Digest? = nil, including includes: @escaping @Sendable (Digest) -> Bool = { _ in true }
    ) {
        self.store = store
        self.includes = includes
        state = Mutex(State(portion: place.map { Int($0.firstByte) } ?? 0, place: place))
    }

    /// Reads on. After a step that says that it was the last, there is nothing more.
    package func step() async throws -> Step {
        try await store.workers.run { [self] in
            try state.withLock { state in
                var step = Step()
                while step.checkedBytes < Self.stepBytes, step.checkedCount < Self.stepPieces {
                    guard try state.current != nil || next(&state) else {
                        step.isOver = true
                        break
                    }
                    read(&state, &step)
                }
                step.place = state.place
                return step
            }
        }
    }

    /// Opens the next piece; false when there is none.
    private func next(_ state: inout State) throws -> Bool {
        while true {
            while let content = state.waiting.popFirst() {
                if let place = state.place, content.digest <= place { continue }
                // What went away meanwhile is no damage.
                guard includes(content.digest), store.contains(content.digest), let file = try? store.open(content.digest) else {
                    state.place = content.digest
                    continue
                }
                state.current = (content.digest, file, try file.status().size)
                state.offset = 0
                state.hash = RunningHash()
                return true
            }
            guard state.portion <= 255 else { return false }
            state.waiting = try store.list(firstByte: UInt8(state.portion))[...]
            state.portion += 1
        }
    }

    /// Reads some of the current piece, and judges it at its end.
    private func read(_ state: inout State, _ step: inout Step) {
        guard let (digest, file, size) = state.current else { return }
        let wanted = Int(min(Int64(ContentStore.blockBytes), size - state.offset))
        do {
            let count = try withScratch(ContentStore.blockBytes) { buffer in
                let count = try file.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted]), at: state.offset)
                state.hash.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                return count
            }
            state.offset += Int64(count)
            step.checkedBytes += Int64(count)
            guard count < wanted || state.offset == size else { return }
            if count < wanted || state.hash.finish() != digest {
                store.quarantine(digest, reading: file)
                step.damaged.append(digest)
            }
        } catch {
            step.unreadable.append(digest)
        }
        // Read once and not soon again: others need the memory more.
        posix_fadvise(file.descriptor, 0, 0, CInt(POSIX_FADV_DONTNEED))
        step.checkedCount += 1
        state.place = digest
        state.current = nil
    }
}
