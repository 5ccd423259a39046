import API
import Hummingbird
import Platform

extension RouteTable {
    mutating func addPlatformRoutes(_ platform: Platform) {
        on(Endpoints.health) { _ in
            try .json(["status": "ok", "version": Version.current])
        }
        on(Endpoints.status) { _ in
            try .json(try await platform.nodes.status())
        }
        on(Endpoints.whoami) { call in
            try .json(try call.identity)
        }
        on(Endpoints.queue) { call in
            try .json(Page(items: try await platform.sessions.queue(for: call.identity)))
        }
        on(Endpoints.devices) { call in
            try .json(Page(items: try await platform.nodes.devices(for: call.identity)))
        }
    }

    mutating func addUserRoutes(_ platform: Platform) {
        on(Endpoints.listUsers) { _ in
            try .json(Page(items: try await platform.users.list()))
        }
        on(Endpoints.addUser) { call in
            try .json(try await platform.users.add(try await call.json(), by: call.identity), status: .created)
        }
        on(Endpoints.removeUser) { call in
            try await platform.users.remove(UserName(parsing: call.parameter("user")), by: call.identity)
            return try .done()
        }
        on(Endpoints.listTokens) { call in
            try .json(Page(items: try await platform.users.tokens(of: UserName(parsing: call.parameter("user")), by: call.identity)))
        }
        on(Endpoints.addToken) { call in
            let issued = try await platform.users.addToken(
                try await call.json(), of: UserName(parsing: call.parameter("user")), by: call.identity)
            return try .json(issued, status: .created)
        }
        on(Endpoints.removeToken) { call in
            let text = try call.parameter("token")
            guard let id = Int64(text) else { throw Failure.invalidValue("token", text, expected: "the token's number") }
            try await platform.users.removeToken(id, of: UserName(parsing: call.parameter("user")), by: call.identity)
            return try .done()
        }
    }
}
