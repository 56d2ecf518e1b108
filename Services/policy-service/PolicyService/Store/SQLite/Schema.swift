import GRDB

/// The tables, and how each release's come from those before.
///
/// A migration that was released is never changed.
enum Schema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1: configuration", migrate: self.configuration)
        migrator.registerMigration("1: audit, subscriptions, refusals, edges, tokens", migrate: self.records)
        migrator.registerMigration("2: refusals in full", migrate: self.refusalsInFull)
        migrator.registerMigration("2: client certificates of partners", migrate: self.clientCertificates)
        migrator.registerMigration("2: dialects of routes") { database in
            try database.execute(sql: "ALTER TABLE route ADD COLUMN dialect TEXT NOT NULL DEFAULT 'auto'")
        }
        migrator.registerMigration("3: split domains") { database in
            try database.execute(
                sql: """
                    ALTER TABLE local_domain ADD COLUMN partition TEXT NOT NULL DEFAULT 'off';
                    ALTER TABLE edge ADD COLUMN attached_domains TEXT NOT NULL DEFAULT '';
                    """
            )
        }
        migrator.registerMigration("3: certificates and TLS of routes") { database in
            try database.execute(sql: "ALTER TABLE route ADD COLUMN identity TEXT NOT NULL DEFAULT ''")
            try database.execute(sql: "ALTER TABLE route ADD COLUMN legacy_tls INTEGER NOT NULL DEFAULT 0")
        }
        migrator.registerMigration("3: presence profiles of domains") { database in
            try database.execute(
                sql: "ALTER TABLE local_domain ADD COLUMN presence_profile TEXT NOT NULL DEFAULT 'rfc8048'"
            )
        }
        migrator.registerMigration("4: contact lists") { database in
            try database.execute(
                sql: """
                    CREATE TABLE contact (
                        owner TEXT NOT NULL,
                        contact TEXT NOT NULL,
                        group_name TEXT NOT NULL,
                        owner_user TEXT NOT NULL,
                        owner_domain TEXT NOT NULL,
                        contact_user TEXT NOT NULL,
                        contact_domain TEXT NOT NULL,
                        nickname TEXT NOT NULL,
                        state TEXT NOT NULL,
                        PRIMARY KEY (owner, contact, group_name)
                    ) STRICT, WITHOUT ROWID;
                    """
            )
        }
        return migrator
    }

    private static func configuration(_ database: Database) throws {
        // One row: the version of the configuration and the global settings, as a document.
        try database.execute(
            sql: """
                CREATE TABLE configuration (
                    id INTEGER PRIMARY KEY CHECK (id = 1),
                    version INTEGER NOT NULL,
                    settings TEXT NOT NULL
                ) STRICT;
                CREATE TABLE partner (
                    domain TEXT PRIMARY KEY,
                    description TEXT NOT NULL,
                    kind TEXT NOT NULL,
                    tls TEXT NOT NULL,
                    sasl TEXT NOT NULL,
                    dialback INTEGER NOT NULL,
                    keep_alive INTEGER NOT NULL,
                    connection_limit INTEGER NOT NULL,
                    proxy_fqdn TEXT,
                    is_enabled INTEGER NOT NULL
                ) STRICT, WITHOUT ROWID;
                CREATE TABLE partner_domain (
                    partner TEXT NOT NULL REFERENCES partner (domain) ON DELETE CASCADE,
                    position INTEGER NOT NULL,
                    domain TEXT NOT NULL,
                    PRIMARY KEY (partner, position)
                ) STRICT, WITHOUT ROWID;
                CREATE TABLE local_domain (
                    domain TEXT PRIMARY KEY,
                    description TEXT NOT NULL,
                    xmpp_access INTEGER,
                    is_directory_complete INTEGER NOT NULL
                ) STRICT, WITHOUT ROWID;
                CREATE TABLE user (
                    address TEXT PRIMARY KEY,
                    display_name TEXT NOT NULL,
                    home TEXT NOT NULL,
                    xmpp_access INTEGER,
                    is_on_sba INTEGER NOT NULL
                ) STRICT, WITHOUT ROWID;
                CREATE TABLE route (
                    id TEXT PRIMARY KEY,
                    user TEXT NOT NULL,
                    domain TEXT NOT NULL,
                    phone_uri_only INTEGER NOT NULL,
                    next_hop TEXT NOT NULL,
                    port INTEGER NOT NULL,
                    transport TEXT NOT NULL,
                    replace_host INTEGER NOT NULL,
                    priority INTEGER NOT NULL,
                    is_enabled INTEGER NOT NULL
                ) STRICT, WITHOUT ROWID;
                CREATE TABLE host (
                    host TEXT PRIMARY KEY,
                    outbound_only INTEGER NOT NULL,
                    throttle_as_server INTEGER NOT NULL,
                    treat_as_authenticated INTEGER NOT NULL
                ) STRICT, WITHOUT ROWID;
                """
        )
        try database.execute(sql: "INSERT INTO configuration (id, version, settings) VALUES (1, 0, '{}')")
    }

    private static func clientCertificates(_ database: Database) throws {
        try database.execute(sql: "ALTER TABLE partner ADD COLUMN requires_client_auth INTEGER NOT NULL DEFAULT 0")
    }

    private static func records(_ database: Database) throws {
        try database.execute(
            sql: """
                CREATE TABLE audit (
                    number INTEGER PRIMARY KEY AUTOINCREMENT,
                    time INTEGER NOT NULL,
                    author TEXT NOT NULL,
                    action TEXT NOT NULL,
                    version INTEGER UNIQUE,
                    reason TEXT NOT NULL,
                    changes TEXT NOT NULL
                ) STRICT;
                CREATE TABLE subscription (
                    id INTEGER PRIMARY KEY AUTOINCREMENT,
                    direction TEXT NOT NULL,
                    watcher_user TEXT NOT NULL,
                    watcher_domain TEXT NOT NULL,
                    presentity_user TEXT NOT NULL,
                    presentity_domain TEXT NOT NULL,
                    state TEXT NOT NULL,
                    refreshed_at INTEGER NOT NULL,
                    UNIQUE (direction, watcher_user, watcher_domain, presentity_user, presentity_domain)
                ) STRICT;
                CREATE TABLE refusal (
                    number INTEGER PRIMARY KEY AUTOINCREMENT,
                    time INTEGER NOT NULL,
                    service TEXT NOT NULL,
                    message_id TEXT,
                    subject TEXT NOT NULL,
                    sender TEXT NOT NULL,
                    recipient TEXT NOT NULL,
                    peer TEXT NOT NULL,
                    reason TEXT NOT NULL,
                    answer TEXT NOT NULL,
                    text TEXT NOT NULL
                ) STRICT;
                CREATE TABLE edge (
                    instance TEXT PRIMARY KEY,
                    kind TEXT NOT NULL,
                    endpoint TEXT NOT NULL,
                    public_addresses TEXT NOT NULL,
                    is_draining INTEGER NOT NULL
                ) STRICT, WITHOUT ROWID;
                CREATE TABLE token (
                    name TEXT PRIMARY KEY,
                    role TEXT NOT NULL,
                    hash TEXT NOT NULL UNIQUE,
                    created_at INTEGER NOT NULL
                ) STRICT, WITHOUT ROWID;
                """
        )
    }

    /// What a refusal says beyond the reason: empty in records of before.
    private static func refusalsInFull(_ database: Database) throws {
        try database.execute(
            sql: """
                ALTER TABLE refusal ADD COLUMN direction TEXT NOT NULL DEFAULT '';
                ALTER TABLE refusal ADD COLUMN partner TEXT NOT NULL DEFAULT '';
                ALTER TABLE refusal ADD COLUMN local_domain TEXT NOT NULL DEFAULT '';
                ALTER TABLE refusal ADD COLUMN remote_domain TEXT NOT NULL DEFAULT '';
                ALTER TABLE refusal ADD COLUMN peer_port INTEGER;
                ALTER TABLE refusal ADD COLUMN step TEXT NOT NULL DEFAULT '';
                ALTER TABLE refusal ADD COLUMN rule TEXT NOT NULL DEFAULT '';
                -- A document; NULL when no certificate was shown.
                ALTER TABLE refusal ADD COLUMN certificate TEXT;
                """
        )
    }
}
