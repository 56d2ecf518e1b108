import Logging
import ServiceKit
import Testing

@Suite("W3C Trace Context")
struct TraceContextTests {
    static let example = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    @Test("A traceparent is read and written as it was")
    func example() throws {
        let context = try #require(TraceContext(parsing: Self.example))
        #expect(context.traceparent == Self.example)
        #expect(context.id == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(context.isSampled)
    }

    @Test("A later version is read by what it has in common with ours")
    func laterVersion() throws {
        let text = "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00-what-the-future-adds"
        let context = try #require(TraceContext(parsing: text))
        #expect(context.traceparent == "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00")
    }

    @Test(
        "What §3.2.2 says to ignore is ignored",
        arguments: [
            "", "00", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
        ]
    )
    func ignored(_ text: String) {
        #expect(TraceContext(parsing: text) == nil)
    }

    @Test("A step further is the same trace with another parent")
    func next() throws {
        var generator = SystemRandomNumberGenerator()
        let first = TraceContext(using: &generator)
        let second = first.next(using: &generator)
        #expect(second.id == first.id && second.parentID != first.parentID)
        #expect(TraceContext(parsing: second.traceparent) == second)
        #expect(TraceContext(using: &generator).id != first.id)
    }

    @Test("What is logged while a request is worked on bears its trace.id")
    func logged() throws {
        let context = try #require(TraceContext(parsing: Self.example))
        #expect(TraceContext.metadataProvider.get().isEmpty)
        TraceContext.$current.withValue(context) {
            #expect(TraceContext.metadataProvider.get() == ["trace.id": "4bf92f3577b34da6a3ce929d0e0e4736"])
        }
    }
}
