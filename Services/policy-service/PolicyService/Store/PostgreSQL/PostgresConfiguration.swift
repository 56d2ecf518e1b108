internal import ServiceKit

/// How the store in PostgreSQL is reached.
struct PostgresConfiguration: Sendable {
    /// What is asked of TLS; the names are those of libpq.
    enum TLSMode: String, Sendable, CaseIterable {
        case disable
        case require
        case verifyCA = "verify-ca"
        case verifyFull = "verify-full"
    }

    /// Tried in their order; the first that takes writes is used.
    var servers: [Endpoint]
    var database: String
    var user: String
    var password: Secret?
    var tls: TLSMode
    /// The certificates of the authorities, PEM.
    var authorities: String
    /// The certificate that policy-service shows, and its key, PEM; empty: none is shown.
    var certificate = ""
    var key = ""
    var connectTimeout: Duration
    var statementTimeout: Duration

    /// What libpq is given; [its names](https://www.postgresql.org/docs/15/libpq-connect.html#LIBPQ-PARAMKEYWORDS).
    var parameters: [(name: String, value: String)] {
        let milliseconds = Self.milliseconds(self.statementTimeout)
        return [
            ("host", self.servers.map(\.host).joined(separator: ",")),
            ("port", self.servers.map { String($0.port) }.joined(separator: ",")),
            ("dbname", self.database), ("user", self.user), ("password", self.password?.text ?? ""),
            ("sslmode", self.tls.rawValue), ("sslrootcert", self.authorities),
            ("sslcert", self.certificate), ("sslkey", self.key),
            ("connect_timeout", String(max(2, self.connectTimeout.components.seconds))),
            ("target_session_attrs", "read-write"), ("client_encoding", "UTF8"),
            ("application_name", "isthmus policy-service"),
            // A server that is gone without a word is noticed while a statement waits, and while nothing is said.
            ("tcp_user_timeout", String(milliseconds)),
            ("keepalives_idle", "10"), ("keepalives_interval", "5"), ("keepalives_count", "3"),
            ("options", "-c statement_timeout=\(milliseconds) -c lock_timeout=\(milliseconds) -c timezone=UTC"),
        ]
    }

    private static func milliseconds(_ duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        return seconds * 1_000 + attoseconds / 1_000_000_000_000_000
    }
}
