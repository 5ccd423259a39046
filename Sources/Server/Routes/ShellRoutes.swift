import API
import Hummingbird
import Platform

extension RouteTable {
    mutating func addShellRoutes(_ platform: Platform) {
        on(Endpoints.addShell) { call in
            let (shell, session): (NewShell, SessionName) = (try await call.json(), try call.session)
            call.concerns(ShellService.audited(shell, beside: session))
            return try .json(try await platform.shells.open(shell, beside: session, by: call.identity), status: .created)
        }
        on(Endpoints.typeInShell) { call in
            try .json(try await platform.shells.type(try await call.json(), into: call.shell, beside: call.session, by: call.identity))
        }
        on(Endpoints.shellOutput) { call in
            let offsets = ShellOffsets(offset: try call.integer("offset") ?? 0, errorsOffset: try call.integer("errorsOffset") ?? 0)
            return try .json(
                try await platform.shells.output(
                    of: call.shell, from: offsets, waitSeconds: call.waitSeconds(), beside: call.session, by: call.identity))
        }
        on(Endpoints.closeShell) { call in
            try await platform.shells.close(call.shell, beside: call.session, by: call.identity)
            return try .done()
        }
        on(Endpoints.shellInput) { call in
            let known = (rows: try call.integer("rows").map { Int($0) }, columns: try call.integer("columns").map { Int($0) })
            return try .json(
                try await platform.shells.input(
                    of: call.shell, from: call.integer("offset") ?? 0, known: known, waitSeconds: call.waitSeconds(), beside: call.session))
        }
        on(Endpoints.printInShell) { call in
            try .json(
                try await platform.shells.print(
                    try await call.json(), of: call.shell, waitSeconds: call.waitSeconds(), beside: call.session))
        }
    }
}

extension Call {
    fileprivate var shell: Int64 { get throws { try number("shell") } }
}
