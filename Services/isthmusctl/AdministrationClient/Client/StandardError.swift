import Foundation

/// Where remarks go that are no part of the output.
enum StandardError {
    static func print(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

    /// Says what is being waited for, to who sits at a terminal; a log has no use for it.
    static func progress(_ text: String) { if Terminal.showsProgress { self.print(text) } }
}
