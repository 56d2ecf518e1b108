import Foundation
import NIOCore
import ServiceKit
import TestSupport
import Testing

@testable import PolicyService

@Suite("Connections to the API")
struct APIConnectionsTests {
    private static let request = ByteBuffer(string: "GET /v1/status HTTP/1.1\r\nHost: a\r\n\r\n")

    @Test("When there is no room another connection waits, unanswered, until one ends")
    func noRoom() async throws {
        let api = try await RunningAPI(connections: 2)
        let port = try #require(URL(string: api.base)?.port)
        let open = api.metrics.gauge("isthmus_api_connections", help: "")
        let first = try await StopTests.connect(to: port)
        let second = try await StopTests.connect(to: port)
        try await eventually("both are taken") { open.value == 2 }
        let third = try await StopTests.connect(to: port)
        let answer = try await third.executeThenClose { answers, questions in
            try await questions.write(Self.request)
            try await second.executeThenClose { inbound, outbound in
                var parts = inbound.makeAsyncIterator()
                for _ in 0..<20 {
                    try await outbound.write(Self.request)
                    var text = ""
                    while !text.contains("}"), let part = try await parts.next() { text += String(buffer: part) }
                }
                #expect(open.value == 2, "the third was there all the while")
            }
            // The end of the second makes room.
            var text = ""
            for try await part in answers {
                text += String(buffer: part)
                if text.contains("}") { break }
            }
            return text
        }
        #expect(answer.hasPrefix("HTTP/1.1 401"), "\(answer)")
        try await first.executeThenClose { _, _ in }
        try await eventually("all have ended") { open.value == 0 }
    }
}
