import API
import Foundation
import TestSupport
import Testing

@testable import Supervision

@Suite("what a session in a sandbox can reach", .enabled(if: sandboxes.contains(.bubblewrap)))
struct IsolationTests {
    @Test("bubblewrap is found to work, with the very steps that a session takes")
    func detection() async {
        let (kind, notes) = await Sandbox.detect(userId: geteuid() == 0 ? 720_000 : nil)
        #expect(kind == .bubblewrap, "\(notes)")
    }

    @Test("root without another user for sessions gets no sandbox, and is told", .enabled(if: geteuid() == 0))
    func rootAlone() async {
        let (kind, notes) = await Sandbox.detect(userId: nil)
        #expect(kind == .none)
        #expect(notes.first?.contains("never started as root") == true)
    }

    @Test("neither the machine's files and processes nor the network nor new rights")
    func walls() async throws {
        let script = """
            import ctypes, os, socket
            def attempt(name, action):
                try:
                    print(name, 'yes', action())
                except Exception as error:
                    print(name, 'no')
            attempt('shadow', lambda: open('/etc/shadow').read())
            attempt('data', lambda: os.listdir(os.environ['DATA']) if 'DATA' in os.environ else os.listdir('/var'))
            attempt('home', lambda: [name for name in os.listdir('/root') if name != '.pyenv'][0])
            attempt('usr', lambda: open('/usr/new', 'w'))
            attempt('etc', lambda: open('/etc/passwd', 'a'))
            attempt('library', lambda: open('/nsml/library/new', 'w'))
            attempt('network', lambda: socket.create_connection(('127.0.0.1', 22), 1) or socket.create_connection(('1.1.1.1', 53), 1))
            attempt('interfaces', lambda: len(socket.if_nameindex()) > 1 or 1 / 0)
            attempt('setuid', lambda: os.setuid(0))
            attempt('others', lambda: [int(p) for p in os.listdir('/proc') if p.isdigit() and int(p) > 50][0])
            attempt('namespace', lambda: ctypes.CDLL(None).unshare(0x10000000) == 0 or 1 / 0)
            attempt('keys', lambda: ctypes.CDLL(None).syscall(250, 0, -3, 0, 0, 0) >= 0 or 1 / 0)
            attempt('code', lambda: open('/app/new', 'w').close())
            attempt('tmp', lambda: open('/tmp/new', 'w').close())
            attempt('home-own', lambda: open(os.path.expanduser('~/new'), 'w').close())
            attempt('name', lambda: __import__('pwd').getpwuid(os.getuid()).pw_name)
            attempt('threads', lambda: __import__('threading').Thread(target=int).start())
            attempt('fork', lambda: os.waitpid(os.fork() or os._exit(0), 0)[1])
            size = os.statvfs('/dev/shm')
            print('shm', size.f_blocks * size.f_frsize)
            print('status', [line.split()[1] for line in open('/proc/self/status') if line.startswith(('CapEff', 'NoNewPrivs', 'Seccomp:'))])
            """
        try await withSession(script, sandbox: .bubblewrap) { session in
            try session.supervise()
            #expect(try await session.end().state == .finished, "\(session.output)")
            var found: [String: String] = [:]
            for line in session.output.split(separator: "\n") {
                let words = line.split(separator: " ", maxSplits: 1)
                if words.count == 2 { found[String(words[0])] = String(words[1]) }
            }
            for name in [
                "shadow", "data", "home", "usr", "etc", "library", "network", "interfaces", "setuid", "others", "namespace", "keys",
            ] { #expect(found[name] == "no", "\(name): \(found[name] ?? "")") }
            for name in ["code", "tmp", "home-own", "threads"] { #expect(found[name] == "yes None", "\(name): \(found[name] ?? "")") }
            #expect(found["fork"] == "yes 0")
            #expect(found["name"] == "yes nsml")
            #expect(found["shm"] == "64000000")
            #expect(found["status"] == "['0000000000000000', '1', '2']")
        }
    }

    @Test("one session sees nothing of another, and not its own token")
    func others() async throws {
        let script = """
            import os, sys
            found = []
            for directory, names, files in os.walk('/'):
                if directory in ('/proc', '/sys', '/usr', sys.base_prefix): names.clear()
                found += [os.path.join(directory, name) for name in files if name.startswith('token-') or name in ('plan.json', 'launch.json', 'nsml.sqlite')]
            print(found, [value for value in os.environ.values() if 'secret' in value])
            """
        try await withSession(script, sandbox: .bubblewrap) { session in
            try session.supervise()
            #expect(try await session.end().state == .finished)
            #expect(session.output == "[] []\n")
        }
    }

    @Test("a fork bomb is contained and ended", .enabled(if: geteuid() == 0))
    func forkBomb() async throws {
        let script = """
            import os, signal, time
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            print('boom', flush=True)
            for _ in range(9):
                try:
                    if os.fork() == 0: os.setsid()
                except OSError: time.sleep(0.1)
            time.sleep(600)
            """
        try await withSession(script, sandbox: .bubblewrap) { session in
            try session.supervise()
            try await session.untilOutput(contains: "boom")
            try session.command(SupervisorCommand(number: 1, kind: .stop, stop: StopRequest(graceSeconds: 0.2, save: false)))
            #expect(try await session.end().state == .stopped)
            #expect(session.ownProcesses.isEmpty)
        }
    }
}
