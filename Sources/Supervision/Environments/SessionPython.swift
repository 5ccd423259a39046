/// What runs a program: the Python, what it needs beside /usr, and the environment's hash.
struct SessionPython: Sendable {
    var executable: String
    var mounts: [Sandbox.Mount]
    /// nil when it is the machine's own.
    var environment: String?

    init(_ base: BasePython) { (executable, mounts) = (base.executable, base.mounts) }

    init(_ base: BasePython, environment hash: String, of environments: Environments) {
        let path = environments.path(of: hash)
        executable = "\(path)/bin/python3"
        mounts = base.mounts + [Sandbox.Mount(source: path, target: path, kind: .readOnly)]
        environment = hash
    }
}
