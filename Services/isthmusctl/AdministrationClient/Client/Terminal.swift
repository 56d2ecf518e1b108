import Glibc

/// What is known of who reads along: a person at a terminal, or a pipe, a file, a job.
enum Terminal {
    /// So many columns a line may have on standard output; `nil` where nobody looks at it.
    static var width: Int? {
        guard isatty(STDOUT_FILENO) == 1 else { return nil }
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }

    /// Whether somebody sees what goes to standard error while it happens.
    static var showsProgress: Bool { isatty(STDERR_FILENO) == 1 }
}

extension Character {
    /// How many columns it takes: two for those of East Asian scripts and for emoji.
    fileprivate var columns: Int {
        guard let value = self.unicodeScalars.first?.value else { return 0 }
        let wide: [ClosedRange<UInt32>] = [
            0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
            0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD,
        ]
        return value >= 0x1100 && wide.contains { $0.contains(value) } ? 2 : 1
    }
}

extension String {
    /// How many columns of a terminal it takes.
    var columns: Int { self.utf8.allSatisfy { $0 < 0x80 } ? self.utf8.count : self.reduce(0) { $0 + $1.columns } }

    /// With blanks behind it, `width` columns wide.
    func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - self.columns)) }
}
