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

    mutating func addIntegrityRoutes(_ platform: Platform) {
        on(Endpoints.audit) { call in
            var query = AuditQuery(limit: try call.pageLimit())
            (query.actor, query.action, query.object) = (call.text("actor"), call.text("action"), call.text("object"))
            query.since = try call.time("since")
            query.onlyFailures = try call.flag("failures")
            query.before = try call.integer("after")
            return try .json(try await platform.audit.list(query))
        }
        on(Endpoints.startCheck) { call in
            try .json(try platform.checks.start(try await call.json()), status: .created)
        }
        on(Endpoints.getCheck) { call in
            try .json(try await platform.checks.get(waitSeconds: call.waitSeconds()))
        }
        on(Endpoints.cancelCheck) { _ in
            try .json(try platform.checks.cancel())
        }
    }

    mutating func addUserRoutes(_ platform: Platform) {
        on(Endpoints.listUsers) { call in
            try .json(Page(items: try await platform.quotas.list(for: call.identity)))
        }
        on(Endpoints.getUser) { call in
            try .json(try await platform.quotas.get(UserName(parsing: call.parameter("user")), for: call.identity))
        }
        on(Endpoints.changeUser) { call in
            try .json(
                try await platform.quotas.change(UserName(parsing: call.parameter("user")), try await call.json(), by: call.identity))
        }
        on(Endpoints.addUser) { call in
            let user: NewUser = try await call.json()
            call.concerns(user.name)
            return try .json(try await platform.users.add(user, by: call.identity), status: .created)
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
            try await platform.users.removeToken(call.number("token"), of: UserName(parsing: call.parameter("user")), by: call.identity)
            return try .done()
        }
    }
}
