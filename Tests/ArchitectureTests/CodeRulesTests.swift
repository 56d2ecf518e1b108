import Foundation
import Testing

/// The habits of CONTRIBUTING.md that a machine can check.
@Suite("Habits")
struct CodeRulesTests {
    static let sources =
        Repository.files(below: "Shared", endingIn: ".swift") + Repository.files(below: "Services", endingIn: ".swift")

    /// What a peer's input must never reach, and what needs a proof beside it.
    static let forbidden = ["try!", "as! ", "fatalError(", "Thread.sleep", "usleep("]

    @Test("Nothing a peer sends can end the process", arguments: forbidden)
    func noTraps(_ word: String) throws {
        for source in Self.sources {
            let found = try Repository.code(of: source).contains(word)
            #expect(!found, "\(Repository.path(of: source)) contains `\(word)`")
        }
    }

    @Test("Each escape from the compiler's data-race checks has its proof in a comment beside it")
    func uncheckedIsProved() throws {
        for source in Self.sources {
            let lines = try String(contentsOf: source, encoding: .utf8).split(
                separator: "\n",
                omittingEmptySubsequences: false
            )
            for (index, line) in lines.enumerated() {
                guard line.contains("@unchecked Sendable") || line.contains("nonisolated(unsafe)") else { continue }
                if line.trimmingPrefix(while: \.isWhitespace).hasPrefix("//") { continue }
                let before = lines[max(0, index - 8)...index].joined(separator: "\n")
                #expect(before.contains("//"), "\(Repository.path(of: source)):\(index + 1)")
            }
        }
    }

    @Test("A file is short enough to hold one type")
    func filesAreShort() throws {
        for source in Self.sources {
            let count = try String(contentsOf: source, encoding: .utf8).split(
                separator: "\n",
                omittingEmptySubsequences: false
            ).count
            #expect(count <= 500, "\(Repository.path(of: source)) has \(count) lines")
        }
    }

    @Test("An executable is a few lines around its service")
    func mainsAreThin() throws {
        let mains = Repository.files(below: "Services", endingIn: ".swift").filter {
            Repository.path(of: $0).contains("/Command/")
        }
        #expect(mains.count == 7)
        for main in mains {
            let count = try String(contentsOf: main, encoding: .utf8).split(separator: "\n").count
            #expect(count < 30, "\(Repository.path(of: main)) has \(count) lines")
        }
    }

    /// The compiler wraps a function when it takes it out of a generic place and again when it puts it back, and `withLock` does both: after
    /// some ten thousand looks a call takes milliseconds, and in the end more stack than there is.
    @Test("No lock holds a bare function: one in a struct is not wrapped anew each time that it is looked at")
    func locksHoldNoFunctions() throws {
        let code = try Self.sources.map { (Repository.path(of: $0), try Repository.code(of: $0)) }
        let names = code.flatMap { $0.1.matches(of: /typealias (\w+)\s*=[^\n]*->/).map { String($0.1) } }
        #expect(names.contains("Handler"))
        for (path, text) in code {
            for held in text.matches(of: /(?:Mutex|LockedValueBox)<([^\n]*)/).map({ String($0.1) }) {
                let type = held.prefix { $0 != ">" && $0 != "?" }
                #expect(!names.contains(String(type)) && !held.contains("->"), "\(path): \(held)")
            }
        }
    }

    @Test("Tests do not sleep")
    func noSleepsInTests() throws {
        for source in Repository.files(below: "Tests", endingIn: ".swift") {
            let path = Repository.path(of: source)
            if path.hasPrefix("Tests/ArchitectureTests/") || path.hasPrefix("Tests/TestSupport/") { continue }
            let code = try Repository.code(of: source)
            #expect(!code.contains("Task.sleep(") && !code.contains("Thread.sleep"), "\(path)")
        }
    }
}
