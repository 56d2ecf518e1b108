import DNS

/// A plan for people.
extension Plan {
    var text: String {
        var lines: [String] = []
        for zone in self.zones where !zone.isEmpty {
            lines.append("zone \(zone.zone)")
            lines += zone.deletions.map { "  - \($0)" } + zone.additions.map { "  + \($0)" }
        }
        if lines.isEmpty && !self.zones.isEmpty { lines.append("Nothing to do: DNS says what it should.") }
        if !self.byHand.isEmpty {
            lines.append("To be entered by hand, for they lie in no zone that is managed here:")
            lines += self.byHand.map { "    \($0)" }
        }
        lines += self.warnings.map { "! \($0)" }
        if self.needsForce { lines.append("! a large deletion: it has to be forced") }
        lines.append("checksum \(self.checksum)")
        return lines.joined(separator: "\n") + "\n"
    }
}
