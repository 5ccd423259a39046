import API
import Foundation
import Platform
import TestSupport
import Testing

@Suite("The room that is kept for a full disk")
struct SpaceReserveTests {
    private let full = Failure(.storageFull, "full")

    @Test("is given back when something that makes room fails for want of it, once, and is kept again later")
    func spends() async throws {
        try await withTemporaryDirectory { directory in
            let data = try DataDirectory(directory)
            let reserve = SpaceReserve(data)
            var attempts = 0
            // Nothing was kept yet.
            await #expect(throws: full) {
                try await reserve.making {
                    attempts += 1
                    throw full
                }
            }
            #expect(attempts == 1)
            reserve.fill()
            let size = try FileManager.default.attributesOfItem(atPath: data.reserve.path)[.size] as? Int64
            #expect((size ?? 0) > 0)
            let answer = try await reserve.making {
                attempts += 1
                if attempts == 2 { throw full }
                return attempts
            }
            #expect(answer == 3)
            #expect(!FileManager.default.fileExists(atPath: data.reserve.path))
            reserve.fill()
            #expect(FileManager.default.fileExists(atPath: data.reserve.path))
        }
    }

    @Test("is not touched for anything else")
    func keeps() async throws {
        try await withTemporaryDirectory { directory in
            let data = try DataDirectory(directory)
            let reserve = SpaceReserve(data)
            reserve.fill()
            await #expect(throws: Failure.self) { try await reserve.making { throw Failure(.notFound, "no") } }
            #expect(FileManager.default.fileExists(atPath: data.reserve.path))
        }
    }
}
