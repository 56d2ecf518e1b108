import NIOCore
import NIOPosix
import TestSupport
import Testing
import Wire

@testable import Bus

/// Passes bytes between two sockets, until it is told to stop passing them without closing anything: a cable that is cut.
private final class Relay: Sendable {
    private let server: any Channel
    private let gate: NIOLoopBoundBox<Bool>

    /// Passes on to `endpoint`: `tcp://127.0.0.1:7111`.
    init(to endpoint: String) async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let isOpen = try await loop.submit { NIOLoopBoundBox(true, eventLoop: loop) }.get()
        let port = try #require(endpoint.split(separator: ":").last.flatMap { Int($0) })
        self.gate = isOpen
        self.server = try await ServerBootstrap(group: loop)
            .childChannelInitializer { inbound in
                ClientBootstrap(group: loop)
                    .channelInitializer { outbound in
                        outbound.pipeline.addHandler(Pass(to: inbound, isOpen: isOpen))
                    }
                    .connect(host: "127.0.0.1", port: port)
                    .flatMap { outbound in inbound.pipeline.addHandler(Pass(to: outbound, isOpen: isOpen)) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    var endpoint: String { "tcp://127.0.0.1:\(self.server.localAddress?.port ?? 0)" }

    func cut() async throws {
        try await self.gate.eventLoop.submit { self.gate.value = false }.get()
    }

    func close() async throws { try await self.server.close() }
}

/// Writes what one side says to the other.
private final class Pass: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer

    private let other: any Channel
    private let isOpen: NIOLoopBoundBox<Bool>

    init(to other: any Channel, isOpen: NIOLoopBoundBox<Bool>) {
        self.other = other
        self.isOpen = isOpen
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if self.isOpen.value { self.other.writeAndFlush(self.unwrapInboundIn(data), promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) { self.other.close(promise: nil) }
}

@Suite("A peer that falls silent", .timeLimit(.minutes(5)))
struct SilenceTests {
    @Test("An edge that is cut off without a word is noticed by its missing heartbeats")
    func silence() async throws {
        let world = try BusWorld()
        let sip = TestEdge(try world.bus(.sipEdge), answers: nil)
        let xmpp = TestEdge(try world.bus(.xmppEdge), answers: nil)
        try await running(sip.bus) { endpoints in
            let relay = try await Relay(to: endpoints.requests)
            try await running(xmpp.bus) { _ in
                try await xmpp.meet([sip.bus.record(at: relay.endpoint)])
                try await xmpp.send(["1"], to: sip.bus.instance, timeout: .seconds(600))
                try await eventually("the message has arrived") { sip.received.values.count == 1 }
                try await relay.cut()
                try await eventually("it has failed") { xmpp.answered.values.count == 1 }
                #expect(xmpp.answered.values.map(\.result) == [.failure(.edgeUnavailable)])
            }
            try await relay.close()
        }
    }
}
