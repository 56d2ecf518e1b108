/// The parts of a multipart body ([RFC 2046 §5.1](https://www.rfc-editor.org/rfc/rfc2046#section-5.1)).
enum Multipart {
    /// Parts of one body; more are an attack, not a message.
    static let maximumParts = 16

    /// `nil` for a body that is not what its boundary promises.
    static func parts(of body: ArraySlice<UInt8>, boundary: String) -> [MIMEEntity]? {
        guard (1...70).contains(boundary.utf8.count) else { return nil }
        let delimiter = Array("--\(boundary)".utf8)
        var rest = body
        var parts: [MIMEEntity] = []
        var start: Int?
        while !rest.isEmpty {
            let lineStart = rest.startIndex
            let line = rest.takeLine()
            guard line.starts(with: delimiter) else { continue }
            let tail = line.dropFirst(delimiter.count).trimmedRight
            let isClosing = tail.elementsEqual([UInt8(ascii: "-"), UInt8(ascii: "-")])
            guard tail.isEmpty || isClosing else { continue }
            if let start {
                guard parts.count < self.maximumParts,
                    let part = MIMEEntity(parsing: body[start..<lineStart].withoutLineEnd)
                else { return nil }
                parts.append(part)
            }
            if isClosing { return parts }
            start = rest.startIndex
        }
        return nil
    }
}

extension ArraySlice<UInt8> {
    fileprivate var trimmedRight: Self {
        var slice = self
        while let last = slice.last, last == 0x20 || last == 0x09 { slice.removeLast() }
        return slice
    }

    /// The line end before a boundary belongs to the boundary.
    fileprivate var withoutLineEnd: Self {
        var slice = self
        if slice.last == 0x0A { slice.removeLast() }
        if slice.last == 0x0D { slice.removeLast() }
        return slice
    }
}
