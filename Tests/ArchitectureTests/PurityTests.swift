import Foundation
import Testing

/// The layer table of docs/ARCHITECTURE.md, as far as the package manifest cannot express it.
@Suite("Layers")
struct PurityTests {
    static let pureModules = [
        "Messaging", "Policy", "Directory", "XMPPCore", "SIPCore", "Presence", "Interworking",
    ]

    /// What would make a core do I/O, start a task, read a clock, log or roll a die.
    static let impureWords = [
        "await", "async", "Task", "Date", "ContinuousClock", "SuspendingClock", "SystemRandomNumberGenerator",
        "import Dispatch", "import Foundation", "import FoundationEssentials", "import Glibc", "import Logging",
        "import NIO", "import ZeroMQ", "import Synchronization",
    ]

    @Test("A core is a pure function of its inputs", arguments: pureModules)
    func coreIsPure(_ module: String) throws {
        let sources = Repository.files(below: "Shared/\(module)", endingIn: ".swift")
        #expect(!sources.isEmpty)
        for source in sources {
            let code = try Repository.code(of: source)
            for word in Self.impureWords {
                let mentions = try Regex("\\b\(word)\\b(?![:\"])").firstMatch(in: code) != nil
                #expect(!mentions, "\(Repository.path(of: source)) mentions `\(word)`")
            }
        }
    }

    /// Which module alone may import a C library.
    static let owners = [
        "CZeroMQ": ["ZeroMQ"], "COpenSSL": ["TLS"], "CExpat": ["CXMLCollector", "XML"], "CUnbound": ["DNS"],
        "CLDNS": ["DNS"], "CIDN2": ["XMPPCore"], "CIsthmusProto": ["Wire"], "CXMLCollector": ["XML"],
    ]

    @Test("A C library has one Swift module in front of it", arguments: owners.keys.sorted())
    func cLibrariesAreWrapped(_ library: String) throws {
        let allowed = Self.owners[library] ?? []
        for source in Repository.files(below: "Shared", endingIn: ".swift")
            + Repository.files(below: "Services", endingIn: ".swift")
        {
            let path = Repository.path(of: source)
            if allowed.contains(where: { path.hasPrefix("Shared/\($0)/") }) { continue }
            let imports = try Regex("import \(library)\\b").firstMatch(in: try Repository.code(of: source)) != nil
            #expect(!imports, "\(path) imports \(library)")
        }
    }

    @Test("Only isthmusctl uses the toolchain's HTTP client")
    func foundationNetworking() throws {
        for source in Repository.files(below: "Shared", endingIn: ".swift")
            + Repository.files(below: "Services", endingIn: ".swift")
        {
            let path = Repository.path(of: source)
            if path.hasPrefix("Services/isthmusctl/") { continue }
            #expect(!(try Repository.code(of: source).contains("import FoundationNetworking")), "\(path)")
        }
    }
}
