import Foundation
import TestSupport

/// SIPp in the part of one SIP user: it plays its scenario by itself, and its log tells what it sent and received.
final class SIPpRun {
    /// A message in its log.
    struct Entry {
        let isReceived: Bool
        let text: String
    }

    private let process: ChildProcess
    private let files: (messages: URL, errors: URL)
    private let name: String
    /// How many entries have been looked at.
    private var position = 0

    /// Starts it; a server listens when this returns.
    init(_ scenario: SIPpScenario, name: String, port: Int, in world: World) async throws {
        let folder = world.scratch
        let file = try folder.write(scenario.text, to: "scenes/\(name).xml")
        self.name = name
        self.files = (folder.file("scenes/\(name).messages"), folder.file("scenes/\(name).errors"))
        self.process = try ChildProcess(
            "/usr/bin/sipp",
            (scenario.isClient ? ["\(world.edgeAddress):5060"] : []) + [
                "-sf", file.path, "-t", "t1", "-nostdin", "-i", world.sipAddress, "-p", "\(port)", "-m", "1",
                "-timeout", "40", "-timeout_error", "-trace_msg", "-message_file", self.files.messages.path,
                "-trace_err", "-error_file", self.files.errors.path,
            ],
            log: folder.file("scenes/\(name).out")
        )
        guard !scenario.isClient else { return }
        try await eventually("\(name): SIPp to listen") {
            try self.isListening(world.sipAddress, port) || !self.process.isRunning
        }
    }

    func kill() { self.process.kill() }

    /// The next message it sent or received; provisional responses to what it sent are passed over.
    func next(_ what: String) async throws -> Entry {
        do {
            return try await eventually("\(self.name): \(what)") { () -> Entry? in
                // Looked at first: what it wrote before it ended is still to be read.
                let isRunning = self.process.isRunning
                while let entry = try self.entries().dropFirst(self.position).first {
                    self.position += 1
                    if !entry.text.hasPrefix("SIP/2.0 1") { return entry }
                }
                guard isRunning else {
                    throw SceneError(description: "SIPp has ended: \(self.complaint)")
                }
                return nil
            }
        } catch {
            throw SceneError(description: "\(error) \(self.complaint)")
        }
    }

    /// Waits until it has ended, content with all that came.
    func finish() async throws {
        try await self.process.waitForExit(within: .seconds(20))
        guard self.process.exitStatus == 0 else {
            throw SceneError(description: "SIPp is not content: \(self.complaint)")
        }
    }

    /// What SIPp has to complain of.
    private var complaint: String {
        String((try? String(contentsOf: self.files.errors, encoding: .utf8))?.suffix(3_000) ?? "")
    }

    /// Its log: a line of dashes, `TCP message received [187] bytes :`, an empty line, the message.
    private func entries() throws -> [Entry] {
        guard let data = try? Data(contentsOf: self.files.messages) else { return [] }
        var entries: [Entry] = []
        var rest = data[...]
        let end = Data("\n\n".utf8)
        while let mark = rest.range(of: Data(" message ".utf8)), let start = rest[mark.upperBound...].range(of: end) {
            let heading = String(decoding: rest[mark.upperBound..<start.lowerBound], as: UTF8.self)
            guard let count = heading.firstMatch(of: /\d+/).flatMap({ Int($0.output) }),
                let stop = rest.index(start.upperBound, offsetBy: count, limitedBy: rest.endIndex)
            else { break }
            let text = String(decoding: rest[start.upperBound..<stop], as: UTF8.self)
            entries.append(Entry(isReceived: heading.hasPrefix("received"), text: text))
            rest = rest[stop...]
        }
        return entries
    }

    /// Whether somebody listens there, by the kernel's table: a connection made to find out would be taken for a peer's.
    private func isListening(_ address: String, _ port: Int) throws -> Bool {
        let bytes = address.split(separator: ".").compactMap { UInt8($0) }.reversed()
        let local = bytes.map { String(format: "%02X", $0) }.joined() + ":" + String(format: "%04X", port)
        let table = try String(contentsOf: URL(filePath: "/proc/net/tcp"), encoding: .utf8)
        return table.split(separator: "\n").contains { line in
            let cells = line.split(separator: " ")
            return cells.count > 3 && cells[1] == local && cells[3] == "0A"
        }
    }
}
