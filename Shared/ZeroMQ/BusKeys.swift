internal import CZeroMQ
internal import Glibc

/// The keys of the bus: a folder with `<service>.secret` (mode 0600) and `<service>.public` for each service.
///
/// A service reads its own secret key and everybody's public ones; that is all there is to set up.
public struct BusKeys: Sendable {
    /// The services that have keys: `ServiceName` of Wire, which stands above this module.
    public static let services = [
        "xmpp-edge", "sip-edge", "policy-service", "dialback-authority", "cert-service", "dns-publisher",
    ]

    /// The service's own pair.
    public let own: CurveKeyPair
    /// The public keys of all services that have one.
    public let peers: [String: CurveKey]

    public init(own: CurveKeyPair, peers: [String: CurveKey]) {
        self.own = own
        self.peers = peers
    }

    /// Reads the keys that `service` needs.
    public init(of service: String, in directory: String) throws(BusKeysError) {
        let secretPath = "\(directory)/\(service).secret"
        guard let secret = CurveKey(z85: try readText(secretPath)), let own = CurveKeyPair(secretKey: secret) else {
            throw BusKeysError(path: secretPath, problem: "is not a CURVE key in Z85")
        }
        var peers: [String: CurveKey] = [:]
        for name in Self.services {
            let path = "\(directory)/\(name).public"
            guard access(path, F_OK) == 0 else { continue }
            guard let key = CurveKey(z85: try readText(path)) else {
                throw BusKeysError(path: path, problem: "is not a CURVE key in Z85")
            }
            peers[name] = key
        }
        self.init(own: own, peers: peers)
    }

    /// Makes a new pair of keys for every service; the old ones, if any, are replaced.
    ///
    /// Each file is replaced at once, so a service that starts meanwhile reads a whole key. Services that run keep their
    /// keys until they are restarted, all of them.
    ///
    /// - Parameters:
    ///   - directory: The folder; it is made when it is missing.
    ///   - onlyMissing: Whether keys that are there are left alone.
    /// - Returns: The services that got new keys.
    /// - Throws: ``BusKeysError`` when a file cannot be written.
    @discardableResult
    public static func generate(in directory: String, onlyMissing: Bool = false) throws(BusKeysError) -> [String] {
        try makeDirectory(directory)
        var made: [String] = []
        for service in Self.services {
            let secretPath = "\(directory)/\(service).secret"
            let publicPath = "\(directory)/\(service).public"
            if onlyMissing, access(secretPath, F_OK) == 0, access(publicPath, F_OK) == 0 { continue }
            let pair: CurveKeyPair
            do throws(ZeroMQError) {
                pair = try CurveKeyPair.generate()
            } catch {
                throw BusKeysError(path: secretPath, problem: error.description)
            }
            try writeText(pair.secretKey.z85 + "\n", to: secretPath, mode: 0o600)
            try writeText(pair.publicKey.z85 + "\n", to: publicPath, mode: 0o644)
            made.append(service)
        }
        return made
    }
}

/// A key file that cannot be read or written.
public struct BusKeysError: Error, Equatable, Sendable, CustomStringConvertible {
    public let path: String
    public let problem: String

    public var description: String { "\(self.path): \(self.problem)" }

    static func last(_ path: String) -> BusKeysError {
        BusKeysError(path: path, problem: String(cString: strerror(errno)))
    }
}

/// Makes a folder, and those that it is in.
private func makeDirectory(_ path: String) throws(BusKeysError) {
    if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
    guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex else { throw .last(path) }
    try makeDirectory(String(path[..<slash]))
    guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw .last(path) }
}

/// The text of a short file, without white space around it.
private func readText(_ path: String) throws(BusKeysError) -> String {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw .last(path) }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 256)
    let count = read(file, &bytes, bytes.count)
    guard count >= 0 else { throw .last(path) }
    return String(decoding: bytes[..<count].filter { $0 > 0x20 }, as: UTF8.self)
}

/// Writes a file beside its old version and puts it in its place.
private func writeText(_ text: String, to path: String, mode: mode_t) throws(BusKeysError) {
    let draft = "\(path).new"
    unlink(draft)
    let file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
    guard file >= 0 else { throw .last(draft) }
    var text = text
    let written = text.withUTF8 { write(file, $0.baseAddress, $0.count) }
    let isComplete = written == text.utf8.count && fchmod(file, mode) == 0 && fsync(file) == 0
    close(file)
    guard isComplete, rename(draft, path) == 0 else { throw .last(draft) }
}
