internal import CIsthmusProto

/// A Swift value that is a protobuf message on the wire.
///
/// Absent texts and numbers are empty and 0 there (`proto/isthmus/v1`).
protocol WireMessage {
    /// The C structure that protobuf-c generates.
    associatedtype Message

    /// Makes a message whose fields are all empty.
    static func initialize(_ message: UnsafeMutablePointer<Message>)

    /// Sets the fields; what they point to lives in `arena`.
    func fill(_ message: inout Message, in arena: Arena)

    /// Copies everything out of `message`.
    init(_ message: Message) throws(WireError)
}

/// A Swift enumeration that has a number on the wire; 0 is none of its cases.
protocol WireEnumeration: CaseIterable, Equatable {
    /// The C enumeration that protobuf-c generates.
    associatedtype Number: RawRepresentable where Number.RawValue: BinaryInteger

    var number: Number { get }
}

extension WireEnumeration {
    /// Reads a number; one that this version does not know is an error.
    init(_ number: Number) throws(WireError) {
        guard let value = Self(ifKnown: number) else {
            throw .unknownValue("\(Self.self) \(number.rawValue)")
        }
        self = value
    }

    /// Reads a number; `nil` for one that this version does not know, and for 0.
    init?(ifKnown number: Number) {
        guard let value = Self.allCases.first(where: { $0.number.rawValue == number.rawValue }) else { return nil }
        self = value
    }
}

// MARK: - C to Swift values

extension String {
    /// Copies a C text; an error when it is not UTF-8.
    init(_ text: UnsafeMutablePointer<CChar>?) throws(WireError) {
        guard let text else {
            self = ""
            return
        }
        guard let string = String(validatingCString: text) else { throw .malformed("text that is not UTF-8") }
        self = string
    }
}

/// A text that is absent when it is empty.
func optionalText(_ text: UnsafeMutablePointer<CChar>?) throws(WireError) -> String? {
    guard let text, text.pointee != 0 else { return nil }
    return try String(text)
}

func texts(
    _ count: Int,
    _ pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) throws(WireError) -> [String] {
    guard let pointers, count > 0 else { return [] }
    var texts: [String] = []
    texts.reserveCapacity(count)
    for index in 0..<count { texts.append(try String(pointers[index])) }
    return texts
}

/// The strings of bytes of a repeated field.
func byteStrings(_ count: Int, _ data: UnsafeMutablePointer<ProtobufCBinaryData>?) -> [[UInt8]] {
    guard let data, count > 0 else { return [] }
    return (0..<count).map { [UInt8](data[$0]) }
}

extension [UInt8] {
    init(_ data: ProtobufCBinaryData) { self.init(UnsafeBufferPointer(start: data.data, count: data.len)) }
}

/// A submessage that has to be there.
func value<Value: WireMessage>(
    _ pointer: UnsafeMutablePointer<Value.Message>?
) throws(WireError) -> Value {
    guard let pointer else { throw .malformed("no \(Value.self)") }
    return try Value(pointer.pointee)
}

/// A submessage that may be absent.
func optionalValue<Value: WireMessage>(
    _ pointer: UnsafeMutablePointer<Value.Message>?
) throws(WireError) -> Value? {
    guard let pointer else { return nil }
    return try Value(pointer.pointee)
}

func values<Value: WireMessage>(
    _ count: Int,
    _ pointers: UnsafeMutablePointer<UnsafeMutablePointer<Value.Message>?>?
) throws(WireError) -> [Value] {
    guard let pointers, count > 0 else { return [] }
    var values: [Value] = []
    values.reserveCapacity(count)
    for index in 0..<count { values.append(try value(pointers[index])) }
    return values
}

func values<Value: WireEnumeration>(
    _ count: Int,
    _ numbers: UnsafeMutablePointer<Value.Number>?
) throws(WireError) -> [Value] {
    guard let numbers, count > 0 else { return [] }
    var values: [Value] = []
    for index in 0..<count { values.append(try Value(numbers[index])) }
    return values
}
