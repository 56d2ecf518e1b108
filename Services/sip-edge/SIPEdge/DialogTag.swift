/// The tag at our end of a dialog: which life of which edge has it, and 64 random bits.
///
/// The edge is named as in our branches, by the eight characters in which the instances of edges differ.
struct DialogTag: Equatable {
    static let edgeLength = 8
    private static let separator: Character = "."

    let edge: String
    let text: String

    init(edge: String, random: UInt64) {
        self.edge = edge
        self.text = "\(edge)\(Self.separator)\(String(random, radix: 36))"
    }

    /// `nil` for a tag that is none of ours.
    init?(_ text: String) {
        let edge = text.prefix(Self.edgeLength)
        guard edge.utf8.count == Self.edgeLength, text.dropFirst(Self.edgeLength).first == Self.separator else {
            return nil
        }
        self.edge = String(edge)
        self.text = text
    }
}
