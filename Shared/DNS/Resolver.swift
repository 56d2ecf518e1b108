/// Looks up DNS records, with a cache and DNSSEC validation by libunbound.
///
/// A thread of its own does the work; nobody else is ever blocked.
public final class Resolver: Sendable {
    private let thread: ResolverThread
    private let overloaded: @Sendable () -> Void
    /// Whether it validates by DNSSEC; else no answer is secure.
    public let isValidating: Bool

    /// Starts the thread; `overloaded` is called, on any thread, for each lookup that fails because there are too many.
    public init(
        _ configuration: ResolverConfiguration,
        overloaded: @escaping @Sendable () -> Void = {}
    ) throws(ResolverFailure) {
        self.overloaded = overloaded
        self.isValidating = configuration.trustAnchorFile != nil
        self.thread = try ResolverThread.start(configuration)
    }

    deinit { self.thread.close() }

    /// Lets lookups under way fail with `LookupError.closed`, and ends the thread.
    public func close() { self.thread.close() }

    /// Looks `name` up, an absolute name in A-label form.
    ///
    /// `completion` is called once, on the resolver's thread, or at once if the lookup is not even begun. It must not block.
    public func lookup(
        _ name: String,
        _ type: RecordType,
        completion: @escaping @Sendable (Result<LookupAnswer<RecordData>, LookupError>) -> Void
    ) {
        guard Self.isName(name) else { return completion(.failure(.invalidName(name))) }
        self.thread.submit(name, type) { [overloaded] result in
            if case .failure(.overloaded) = result { overloaded() }
            completion(result)
        }
    }

    /// Whether `name` has labels of 1 to 63 printable characters each, and maybe a final dot.
    private static func isName(_ name: String) -> Bool {
        let bytes = name.utf8.last == UInt8(ascii: ".") ? name.utf8.dropLast() : name.utf8[...]
        let labels = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return bytes.count <= 253 && bytes.allSatisfy { (0x21...0x7E).contains($0) }
            && labels.allSatisfy { (1...63).contains($0.count) }
    }

    /// The same, for a task.
    public func lookup(_ name: String, _ type: RecordType) async throws(LookupError) -> LookupAnswer<RecordData> {
        try await withCheckedContinuation { continuation in
            self.lookup(name, type) { continuation.resume(returning: $0) }
        }.get()
    }
}

extension Resolver {
    /// The SRV records of `name` (`_xmpp-server._tcp.example.com`), in no order.
    public func services(_ name: String) async throws(LookupError) -> LookupAnswer<ServiceRecord> {
        try await self.lookup(name, .srv).compactMap { ServiceRecord($0) }
    }

    /// The texts of the TXT records of `name`.
    public func texts(_ name: String) async throws(LookupError) -> LookupAnswer<String> {
        try await self.lookup(name, .txt).compactMap { RecordText.text($0) }
    }

    /// The addresses of the host `name`: IPv6 first, both kinds looked up at once.
    ///
    /// It is enough that one of the two lookups has records, unless the other one's answer is forged.
    public func addresses(_ name: String) async throws(LookupError) -> LookupAnswer<String> {
        async let six = self.outcome(name, .aaaa)
        async let four = self.outcome(name, .a)
        switch (await six, await four) {
        case (.success(let six), .success(let four)):
            return LookupAnswer(
                records: six.records + four.records,
                isSecure: six.isSecure && four.isSecure,
                timeToLive: min(six.timeToLive, four.timeToLive)
            )
        case (.success(let answer), .failure(let error)), (.failure(let error), .success(let answer)):
            if case .bogus = error { throw error }
            return answer
        case (.failure(let six), .failure(let four)):
            throw six.isAbsence ? four : six
        }
    }

    private func outcome(_ name: String, _ type: RecordType) async -> Result<LookupAnswer<String>, LookupError> {
        do {
            return .success(try await self.lookup(name, type).compactMap { RecordText.address($0) })
        } catch {
            return .failure(error)
        }
    }
}
