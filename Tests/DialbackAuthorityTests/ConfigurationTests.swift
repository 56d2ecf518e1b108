import Foundation
import ServiceKit
import TestSupport
import Testing

@testable import DialbackAuthority

@Suite("The settings of dialback-authority")
struct ConfigurationTests {
    private func read(_ environment: [String: String]) -> (DialbackAuthority.Configuration, [SettingsMistake]) {
        var reader = SettingsReader(SettingsSource(environment: environment))
        let configuration = DialbackAuthority.Configuration(&reader)
        return (configuration, reader.finish())
    }

    @Test("SPEC §1: dialback-passphrase comes from a file, without the line break at its end")
    func passphrase() throws {
        let scratch = try Scratch("dialback")
        let file = try scratch.write("correct horse battery staple\n", to: "passphrase").path
        let (configuration, mistakes) = self.read(["ISTHMUS_DIALBACK_PASSPHRASE_FILE": file])
        #expect(mistakes.isEmpty)
        guard case .passphrase(let current, previous: nil) = configuration.source else {
            Issue.record("\(configuration.source)")
            return
        }
        #expect(current == Array("correct horse battery staple".utf8))
    }

    static let mistakes: [(variable: String, value: String, problem: String)] = [
        ("ISTHMUS_DIALBACK_PASSPHRASE_FILE", "hunter2\n", "the passphrase has fewer than 16 characters"),
        ("ISTHMUS_DIALBACK_PREVIOUS_PASSPHRASE_FILE", "a passphrase of before\n", "there is no present passphrase"),
    ]

    @Test("A passphrase that can be guessed ends the service before it starts, with a hint", arguments: mistakes)
    func weak(variable: String, value: String, problem: String) throws {
        let scratch = try Scratch("dialback")
        let (_, mistakes) = self.read([variable: try scratch.write(value, to: "passphrase").path])
        #expect(mistakes.map(\.problem) == [problem])
        #expect(mistakes.allSatisfy { !$0.hint.isEmpty })
        #expect(!mistakes.map(\.description).joined().contains("hunter2"))
    }

    @Test("The secret is replaced by its age only if it is told so, and never before the one before has ended")
    func ages() {
        #expect(self.read([:]).0.rules == SecretKeeper.Rules(overlap: 3_600_000, rotatesAfter: 0))
        let (configuration, mistakes) = self.read(["ISTHMUS_DIALBACK_ROTATE_AFTER": "30d"])
        #expect(mistakes.isEmpty)
        #expect(configuration.rules.rotatesAfter == 30 * 86_400_000)
        #expect(
            self.read(["ISTHMUS_DIALBACK_ROTATE_AFTER": "1h"]).1.map(\.problem) == ["shorter than twice the overlap"]
        )
        #expect(self.read(["ISTHMUS_DIALBACK_OVERLAP": "1m"]).1.count == 1, "a stream takes longer to be established")
    }
}
