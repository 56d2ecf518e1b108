internal import NIOCore
internal import Synchronization
internal import Wire
internal import ZeroMQ

/// What the rest of the process wants of the bus thread.
enum Command: Sendable {
    case request(OutgoingRequest)
    case cancel(UInt64)
    /// A request is done; without an envelope when nobody awaits an answer.
    case done(Route, [UInt8]?)
    /// An envelope without its number.
    case publish([UInt8])
    /// A large frame was read aside.
    case decoded(LargeFrames.Source, Result<Envelope, WireError>)
    case subscribe(ServiceName, @Sendable (Publication) -> Void)
    case attach(TrafficInbox)
    case peers([TrafficPeer])
    case traffic([TrafficParcel])
    /// Ends the thread; first it finishes the requests that are being handled, if told so.
    case stop(finishing: Bool)
}

/// A request on its way to the bus thread.
struct OutgoingRequest: Sendable {
    let number: UInt64
    let destination: Destination
    let envelope: [UInt8]
    let deadline: NIODeadline
    let continuation: CheckedContinuation<Result<Body, BusFailure>, Never>
}

/// Where a request goes.
struct Destination: Hashable, Sendable {
    let service: ServiceName
    /// `nil` for the address in the configuration.
    let endpoint: String?
}

/// The commands that wait for the bus thread, in order, and the bell that wakes it.
///
/// Whoever appends rings only when the thread sleeps: at load a batch costs a lock and no system call.
final class CommandQueue: Sendable {
    private struct State {
        var commands: [Command] = []
        var isAsleep = false
        var isClosed = false
    }

    private let state = Mutex(State())
    private let bell = Bell()

    /// Readable when somebody has rung.
    var fileDescriptor: CInt { self.bell.fileDescriptor }

    /// Appends `command`; `false` when the bus thread has ended.
    @discardableResult
    func append(_ command: Command) -> Bool {
        let (isOpen, mustRing) = self.state.withLock { state in
            guard !state.isClosed else { return (false, false) }
            state.commands.append(command)
            defer { state.isAsleep = false }
            return (true, state.isAsleep)
        }
        if mustRing { self.bell.ring() }
        return isOpen
    }

    /// Moves all commands to `taken`, which is empty.
    func take(_ taken: inout [Command]) {
        self.state.withLock { swap(&$0.commands, &taken) }
    }

    /// Says that the thread is about to wait for the bell; `false` when there is something to do.
    func fallAsleep() -> Bool {
        self.state.withLock { state in
            state.isAsleep = state.commands.isEmpty
            return state.isAsleep
        }
    }

    /// Says that the thread is awake, and silences the bell.
    func wakeUp() {
        self.state.withLock { $0.isAsleep = false }
        self.bell.silence()
    }

    /// Takes no more commands.
    ///
    /// - Returns: Those that nobody will carry out.
    func close() -> [Command] {
        self.state.withLock { state in
            state.isClosed = true
            defer { state.commands = [] }
            return state.commands
        }
    }
}
