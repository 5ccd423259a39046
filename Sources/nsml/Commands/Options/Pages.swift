import API

/// All items of a paged list; `limit` stops early.
func collect<Item>(
    limit: Int = .max, _ page: (_ after: String?) async throws -> Page<Item>
) async throws -> [Item] {
    var items: [Item] = []
    var after: String?
    repeat {
        let next = try await page(after)
        items.append(contentsOf: next.items)
        after = next.next
    } while after != nil && items.count < limit
    return Array(items.prefix(limit))
}
