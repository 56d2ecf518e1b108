import Foundation
import NIOCore
import NIOPosix
import TestSupport
import Testing

@testable import PolicyService

@Suite("The API stops in order", .serialized)
struct StopTests {
    /// A request by hand: its parts are sent when the test says so.
    static func connect(to port: Int) async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
        try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture { try NIOAsyncChannel(wrappingChannelSynchronously: channel) }
            }
    }

    @Test("SIGTERM: no new connection, an answer to the request that is on its way, and the exit status is 0")
    func drains() async throws {
        let service = try PolicyServiceProcess()
        let child = try await service.start()
        let body = #"{"host":"slow.example"}"#
        let authority = "Host: localhost\r\nAuthorization: Bearer \(try service.token)\r\n"
        let length = "Content-Length: \(body.utf8.count)\r\n"
        // In one piece with a request before it: when that is answered, this one has begun, and is not whole.
        let begun =
            "GET /v1/hosts HTTP/1.1\r\n\(authority)\r\nPOST /v1/hosts HTTP/1.1\r\n\(authority)\(length)\r\n"
            + String(body.prefix(5))
        let connection = try await Self.connect(to: service.apiPort)
        let answer = try await connection.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: begun))
            var (text, parts) = ("", inbound.makeAsyncIterator())
            while !text.contains("\"next\""), let part = try await parts.next() { text += String(buffer: part) }
            child.terminate()
            try await eventually("the listener to be closed") {
                guard let other = try? await Self.connect(to: service.apiPort) else { return true }
                try await other.executeThenClose { _, _ in }
                return false
            }
            #expect(child.isRunning, "it waits for the request")
            try await outbound.write(ByteBuffer(string: String(body.dropFirst(5))))
            while let part = try await parts.next() { text += String(buffer: part) }
            return text
        }
        #expect(answer.contains("HTTP/1.1 201"), "\(answer)")
        try await child.waitForExit(within: .seconds(20))
        #expect(child.exitStatus == 0)
        let again = try await service.start()
        #expect(try await service.send("GET", "/v1/hosts/slow.example").status == 200, "what was answered is there")
        try await again.stop()
    }

    @Test("Cancelled while connections come in, it closes its listener first, and nothing is left open")
    func cancelled() async throws {
        for _ in 0..<5 {
            var api: RunningAPI? = try await RunningAPI()
            guard let port = api.flatMap({ URL(string: $0.base)?.port }) else { throw URLError(.badURL) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        for _ in 0..<10 {
                            guard let connection = try? await Self.connect(to: port) else { return }
                            try? await connection.executeThenClose { inbound, outbound in
                                try await outbound.write(
                                    ByteBuffer(string: "GET /v1/status HTTP/1.1\r\nHost: a\r\n\r\n")
                                )
                                for try await _ in inbound { break }
                            }
                        }
                    }
                }
                // Its deinitialisation cancels the server.
                api = nil
                try await group.waitForAll()
            }
            try await eventually("the listener to be closed") {
                guard let other = try? await Self.connect(to: port) else { return true }
                try await other.executeThenClose { _, _ in }
                return false
            }
        }
    }
}
