internal import CZeroMQ

/// A failed libzmq call: which one, and the `errno` it left.
public struct ZeroMQError: Error, Equatable, Sendable {
    /// The libzmq function that failed, for example `zmq_bind`, and on what.
    public let function: String

    /// The error number, as `zmq_errno(3)` reported it.
    public let code: CInt

    /// Captures the error of the libzmq call that has just failed on this thread.
    static func last(in function: String) -> ZeroMQError {
        ZeroMQError(function: function, code: zmq_errno())
    }
}

extension ZeroMQError: CustomStringConvertible {
    /// The failed call and libzmq's text for the error number.
    public var description: String {
        "\(self.function): \(String(cString: zmq_strerror(self.code)))"
    }
}
