internal import NIOPosix
internal import Wire
internal import ZeroMQ

/// Encodes and decodes what is large on a thread of its own, one after the other.
///
/// A whole policy of a hundred thousand users takes a tenth of a second. The bus thread has the messages of users to carry meanwhile.
enum LargeFrames {
    /// What is no longer than this, in bytes, is decoded in half a millisecond at most, where it arrives.
    static let threshold = 64 << 10

    /// Where a frame came from.
    enum Source: Sendable {
        case request(Destination)
        /// A link to a publisher; its frames stay in their order.
        case subscription(ObjectIdentifier)
    }

    private static let thread: NIOThreadPool = {
        let thread = NIOThreadPool(numberOfThreads: 1)
        thread.start()
        return thread
    }()

    /// Does the work after what was submitted before.
    static func submit(_ work: @escaping @Sendable () -> Void) { self.thread.submit { _ in work() } }

    /// Reads an envelope, and hands it back to the bus thread.
    static func decode(_ frame: consuming Frame, from source: Source, for queue: CommandQueue) {
        let box = Box(frame)
        self.submit { queue.append(.decoded(source, box.envelope)) }
    }

    /// A frame that goes from one thread to another.
    private final class Box: Sendable {
        private let frame: Frame

        init(_ frame: consuming Frame) { self.frame = frame }

        var envelope: Result<Envelope, WireError> {
            do throws(WireError) {
                return .success(
                    try self.frame.withUnsafeBytes { bytes throws(WireError) in try Envelope(decoding: bytes) }
                )
            } catch {
                return .failure(error)
            }
        }
    }
}

extension Body {
    /// Whether it may take long to encode.
    var isLarge: Bool {
        if case .policyDelta(let delta) = self { delta.changes.count > 100 } else { false }
    }
}
