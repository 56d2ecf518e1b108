import Foundation
import TestSupport
import Testing

@testable import PolicyService

/// What a test of the console does with a browser again and again.
extension Browser {
    func signIn(_ base: String, _ token: String) async throws {
        try await self.open(base + "/")
        #expect(try await self.title == "Sign in · Isthmus")
        try await self.type(token, into: "#token")
        try await self.follow("main button")
        #expect(try await self.text("h1") == "Overview")
    }

    /// That nothing is wrong with the page that is shown.
    func checkPage(_ what: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        for script in [PageChecks.structure, PageChecks.safety, PageChecks.contrast] {
            try await self.check(script, what, sourceLocation: sourceLocation)
        }
        try await self.checkWidth(what, sourceLocation: sourceLocation)
        let complaints = try await self.complaints()
        #expect(complaints == [], "\(what): the browser says \(complaints)", sourceLocation: sourceLocation)
    }

    /// One of ``PageChecks``.
    func check(_ script: String, _ what: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let problems = try await self.evaluate(script) as? [String]
        #expect(problems == [], "\(what): \(problems ?? [])", sourceLocation: sourceLocation)
    }

    /// That nobody has to scroll to the side.
    func checkWidth(_ what: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let overflow = try await self.evaluate(PageChecks.overflow) as? Int
        #expect(overflow == 0, "\(what): wider than the screen", sourceLocation: sourceLocation)
    }

    /// Keeps a picture of the page where `ISTHMUS_SCREENSHOTS` says, or below `.build`.
    func picture(_ name: String) async throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let wanted = ProcessInfo.processInfo.environment["ISTHMUS_SCREENSHOTS"].map { URL(filePath: $0) }
        let folder = wanted ?? root.appending(path: ".build/screenshots/console")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try await self.picture(to: folder.appending(path: "\(name).png"))
    }
}
