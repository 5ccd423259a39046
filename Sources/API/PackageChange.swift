/// A package that two environments have in different versions, or only one of them has.
package struct PackageChange: Codable, Sendable, Hashable {
    package var name: String
    /// A version, or an address; nil: it is not there.
    package var old: String?
    package var new: String?

    /// What makes the second list of `NAME==VERSION` and `NAME @ ADDRESS` out of the first, by name.
    package static func between(_ old: [String], _ new: [String]) -> [PackageChange] {
        let (old, new) = (versions(old), versions(new))
        return Set(old.keys).union(new.keys).sorted().compactMap { name in
            old[name] == new[name] ? nil : PackageChange(name: name, old: old[name], new: new[name])
        }
    }

    private static func versions(_ packages: [String]) -> [String: String] {
        Dictionary(
            packages.map { package in
                let name = package.prefix { !"= @".contains($0) }
                return (String(name), String(package.dropFirst(name.count).drop { "= @".contains($0) }))
            }
        ) { first, _ in first }
    }
}
