/// What runs a program: the Python, what it needs beside /usr, and the environment's hash.
struct SessionPython: Sendable {
    var executable: String
    var mounts: [Sandbox.Mount]
    /// nil when it is the machine's own.
    var environment: String?
    /// As it calls itself: `cpython 3.11.2`, `linux-x86_64`.
    var name: String
    var platform: String
    /// What it can import, as `InstalledPackages` lists it.
    var packages: [String]
    /// Keeps the environment from being removed until a process that runs in it holds a lock of its own.
    var held: FileLock?

    init(_ base: BasePython) {
        (executable, mounts) = (base.executable, base.mounts)
        (name, platform) = ("\(base.implementation) \(base.version)", base.platform)
        packages = InstalledPackages.list(in: base.packages)
    }

    init(_ base: BasePython, environment hash: String, of environments: Environments, held: FileLock) {
        self.held = held
        let path = environments.path(of: hash)
        executable = "\(path)/bin/python3"
        mounts = base.mounts + [Sandbox.Mount(source: path, target: path, kind: .readOnly)]
        environment = hash
        (name, platform) = ("\(base.implementation) \(base.version)", base.platform)
        packages = InstalledPackages.list(in: InstalledPackages.directories(ofEnvironment: path))
    }
}
