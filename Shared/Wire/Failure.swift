/// Why a service did not do what it was asked: the one failure between processes, `isthmus.v1.Failure`.
public struct Failure: Error, Equatable, Sendable {
    public enum Code: Equatable, Sendable, CaseIterable {
        /// The receiver does not know this method: it is of an older version.
        case unsupported
        /// The caller may not call this method.
        case notAllowed
        /// The request contradicts itself or the state of things.
        case invalid
        /// What the request is about does not exist.
        case notFound
        /// Somebody else was first.
        case conflict
        /// The receiver has too much to do.
        case overloaded
        /// Something the receiver needs is not there.
        case unavailable
        /// The receiver did not finish in time.
        case timeout
        /// A mistake of the receiver, or a code this version does not know.
        case `internal`
    }

    public let code: Code
    /// The same for people; without secrets and personal data.
    public let text: String

    public init(_ code: Code, _ text: String) {
        self.code = code
        self.text = text
    }
}
