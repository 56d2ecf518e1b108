import ServiceKit

/// Which store is used.
enum StoreConfiguration: Sendable {
    /// The file.
    case sqlite(path: String)
    case postgresql(PostgresConfiguration)

    private enum Kind: String, CaseIterable {
        case sqlite
        case postgresql
    }

    init(_ settings: inout SettingsReader) {
        let kind = settings.choice(
            "store.kind",
            default: Kind.sqlite,
            hint: "sqlite is embedded; postgresql is a server, which several policy-services may share"
        )
        let path = settings.path(
            "store.path",
            default: "/var/lib/isthmus/policy.sqlite",
            hint: "the file of the embedded store; its folder must be writable"
        )
        let server = PostgresConfiguration(&settings)
        switch kind {
        case .sqlite: self = .sqlite(path: path)
        case .postgresql:
            if server.servers.isEmpty {
                settings.reject(
                    "store.servers",
                    problem: "no server is named",
                    hint: "set HOST:PORT of PostgreSQL; several, with commas between, are tried in their order"
                )
            }
            if server.certificate.isEmpty != server.key.isEmpty {
                settings.reject(
                    server.certificate.isEmpty ? "store.tls-certificate" : "store.tls-key",
                    problem: "of the certificate and its key only one is named",
                    hint: "name both, or none when PostgreSQL asks for no certificate"
                )
            }
            if server.password != nil, server.password?.text == nil {
                settings.reject("store.password-file", problem: "not UTF-8", hint: "write the password as text")
            }
            self = .postgresql(server)
        }
    }
}

extension PostgresConfiguration {
    init(_ settings: inout SettingsReader) {
        self.init(
            servers: settings.endpoints(
                "store.servers",
                default: [],
                hint:
                    "PostgreSQL, as HOST:PORT; several are tried in their order, and the one that takes writes is used"
            ),
            database: settings.string("store.database", default: "isthmus", hint: "the database in PostgreSQL"),
            user: settings.string("store.user", default: "isthmus", hint: "the role that owns the database"),
            password: settings.secret("store.password", hint: "the file with that role's password"),
            tls: settings.choice(
                "store.tls",
                default: TLSMode.verifyFull,
                hint:
                    "TLS to PostgreSQL as libpq names it; all but verify-full can be listened to by somebody in between"
            ),
            authorities: settings.path(
                "store.tls-authorities",
                default: "/etc/ssl/certs/ca-certificates.crt",
                hint: "the certificates of the authorities that PostgreSQL's certificate is checked with, PEM"
            ),
            certificate: settings.optionalPath(
                "store.tls-certificate",
                hint: "the certificate that policy-service shows to PostgreSQL, where that asks for one, PEM"
            ) ?? "",
            key: settings.optionalPath(
                "store.tls-key",
                hint: "its private key, PEM, which only policy-service may read (0600)"
            ) ?? "",
            connectTimeout: settings.duration(
                "store.connect-timeout",
                default: .seconds(5),
                in: .seconds(2) ... .seconds(60),
                hint: "how long each server of PostgreSQL has to answer; whole seconds"
            ),
            statementTimeout: settings.duration(
                "store.statement-timeout",
                default: .seconds(30),
                in: .seconds(1) ... .seconds(600),
                hint: "how long a statement, or a lock, may take in PostgreSQL"
            )
        )
    }
}
