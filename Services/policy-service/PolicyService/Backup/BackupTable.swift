/// What a backup holds: every table but the live edges, with the columns of this release.
///
/// The file is the same whatever the store, so that it also carries an installation from SQLite to PostgreSQL and back.
struct BackupTable: Sendable {
    enum Kind: Sendable { case text, number, flag }

    struct Column: Sendable {
        let name: String
        let kind: Kind
        let mayBeEmpty: Bool
    }

    let name: String
    /// In which the rows are read and written.
    let order: String
    let columns: [Column]

    /// In the order in which rows may be inserted.
    static let all = [
        BackupTable("configuration", order: "id", "id:number version:number settings:text"),
        BackupTable(
            "partner",
            order: "domain",
            """
            domain:text description:text kind:text tls:text sasl:text dialback:flag keep_alive:flag \
            connection_limit:number proxy_fqdn:text? requires_client_auth:flag is_enabled:flag
            """
        ),
        BackupTable("partner_domain", order: "partner, position", "partner:text position:number domain:text"),
        BackupTable(
            "local_domain",
            order: "domain",
            """
            domain:text description:text xmpp_access:flag? is_directory_complete:flag partition:text presence_profile:text
            """
        ),
        BackupTable(
            "user",
            order: "address",
            "address:text display_name:text home:text xmpp_access:flag? is_on_sba:flag"
        ),
        BackupTable(
            "route",
            order: "id",
            """
            id:text user:text domain:text phone_uri_only:flag next_hop:text port:number transport:text replace_host:flag \
            priority:number is_enabled:flag dialect:text identity:text legacy_tls:flag
            """
        ),
        BackupTable(
            "host",
            order: "host",
            "host:text outbound_only:flag throttle_as_server:flag treat_as_authenticated:flag"
        ),
        BackupTable(
            "audit",
            order: "number",
            "number:number time:number author:text action:text version:number? reason:text changes:text"
        ),
        BackupTable(
            "subscription",
            order: "id",
            """
            id:number direction:text watcher_user:text watcher_domain:text presentity_user:text presentity_domain:text \
            state:text refreshed_at:number
            """
        ),
        BackupTable(
            "contact",
            order: "owner, contact, group_name",
            """
            owner:text contact:text group_name:text owner_user:text owner_domain:text contact_user:text contact_domain:text \
            nickname:text state:text
            """
        ),
        BackupTable(
            "refusal",
            order: "number",
            """
            number:number time:number service:text message_id:text? subject:text sender:text recipient:text peer:text \
            reason:text answer:text text:text direction:text partner:text local_domain:text remote_domain:text \
            peer_port:number? step:text rule:text certificate:text?
            """
        ),
        BackupTable("token", order: "name", "name:text role:text hash:text created_at:number"),
    ]

    /// The columns as `name:kind`, with `?` where a value may be missing.
    private init(_ name: String, order: String, _ columns: String) {
        self.name = name
        self.order = order
        self.columns = columns.split(separator: " ").map { column in
            let parts = column.split(separator: ":")
            let kind: Kind =
                switch parts[1].prefix(4) {
                case "numb": .number
                case "flag": .flag
                default: .text
                }
            return Column(name: String(parts[0]), kind: kind, mayBeEmpty: parts[1].hasSuffix("?"))
        }
    }
}
