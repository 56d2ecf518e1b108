public import XMPPCore

/// One role of a stream under fuzzing: whom the input plays, and what must hold whatever it says.
public protocol StreamPlayer {
    associatedtype Machine: FuzzedMachine

    /// What a byte of 128 or more stands for, where the input says so: no fuzzer guesses a whole header.
    static var steps: [String] { get }
    /// The machine before anything has happened, and the events with which it begins.
    var beginning: (machine: Machine, events: [Machine.Event]) { get }

    init(_ choices: Choices)

    /// Carries out an action, after it was checked.
    ///
    /// - Returns: what comes of it.
    mutating func perform(_ action: Machine.Action) -> [Machine.Event]
    /// Checks what must hold after each event.
    func check(_ machine: Machine)
}

extension StreamPlayer {
    /// Plays one input: the first byte chooses how long the pieces are in which it is read, the second what ``Choices`` has.
    public static func play(_ start: UnsafePointer<UInt8>, _ count: Int) {
        let bytes = UnsafeBufferPointer(start: start, count: count)
        guard bytes.count > 2 else { return }
        let choices = Choices(bytes[1])
        guard var conversation = Conversation(Self(choices)) else { return }
        let said = choices.isExpanded ? self.expand(bytes[2...]) : Array(bytes[2...])
        let size = Int(bytes[0]) * 4 + 1
        for begin in stride(from: 0, to: said.count, by: size) {
            conversation.says(said[begin..<min(begin + size, said.count)])
        }
    }

    private static func expand(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> [UInt8] {
        bytes.flatMap { $0 < 128 ? [$0] : Array(self.steps[Int($0 - 128) % self.steps.count].utf8) }
    }
}

/// What one byte of an input chooses.
public struct Choices {
    private let bits: UInt8

    init(_ bits: UInt8) { self.bits = bits }

    /// The partner's rules.
    public var rules: StreamRules {
        StreamRules(
            allowsExternal: self.bits & 1 != 0,
            allowsDialbackOverTLS: self.bits & 2 != 0,
            allowsDialbackInClear: self.bits & 4 != 0
        )
    }

    /// The peer's certificate.
    public var certificate: CertificateVerdict {
        self.bits & 8 != 0 ? .valid : self.bits & 16 != 0 ? .invalid("expired") : .absent
    }

    /// Two that mean something else to each role.
    public var first: Bool { self.bits & 32 != 0 }
    public var second: Bool { self.bits & 64 != 0 }
    var isExpanded: Bool { self.bits & 128 != 0 }
}
