internal import Synchronization

/// The TLS context in use.
///
/// Certificates are swapped by storing a new context: connections that begin later use it.
public final class TLSContextHolder: Sendable {
    private let stored: Mutex<TLSContext>

    public init(_ context: TLSContext) { self.stored = Mutex(context) }

    public var current: TLSContext {
        get { self.stored.withLock { $0 } }
        set { self.stored.withLock { $0 = newValue } }
    }
}
