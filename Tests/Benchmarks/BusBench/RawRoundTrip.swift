import CZeroMQ
import Glibc
import ZeroMQ

/// A request of 300 bytes and an answer of 60 over DEALER and ROUTER with CURVE, by libzmq's C functions alone.
enum RawRoundTrip {
    private static let requestSize = 300
    private static let answerSize = 60
    private static let warmUpShare = 5

    static func serve(keys: String, endpoint: String) throws {
        let own = try BusKeys(of: "sip-edge", in: keys).own
        let context = zmq_ctx_new()
        let socket = zmq_socket(context, ZMQ_ROUTER)
        Self.set(socket, ZMQ_CURVE_SERVER, 1)
        zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, own.secretKey.z85, 40)
        guard zmq_bind(socket, endpoint) == 0 else { exit(1) }
        let answer = [UInt8](repeating: 0, count: Self.answerSize)
        var identity = zmq_msg_t()
        var request = zmq_msg_t()
        zmq_msg_init(&identity)
        zmq_msg_init(&request)
        while true {
            guard zmq_msg_recv(&identity, socket, 0) >= 0, zmq_msg_recv(&request, socket, 0) >= 0 else { continue }
            zmq_msg_send(&identity, socket, ZMQ_SNDMORE)
            zmq_send(socket, answer, answer.count, 0)
        }
    }

    static func measure(_ server: Server, window: Int, count: Int) throws -> Double {
        let keys = try BusKeys(of: "xmpp-edge", in: server.keys)
        let context = zmq_ctx_new()
        let socket = zmq_socket(context, ZMQ_DEALER)
        Self.set(socket, ZMQ_LINGER, 0)
        zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, keys.peers["sip-edge"]?.z85, 40)
        zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, keys.own.publicKey.z85, 40)
        zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, keys.own.secretKey.z85, 40)
        guard zmq_connect(socket, server.endpoint) == 0 else { exit(1) }
        defer {
            zmq_close(socket)
            zmq_ctx_term(context)
        }
        let request = [UInt8](repeating: 0, count: Self.requestSize)
        var answer = zmq_msg_t()
        zmq_msg_init(&answer)
        for _ in 0..<window { zmq_send(socket, request, request.count, 0) }
        var begin = 0.0
        let warmUp = count / Self.warmUpShare
        for done in 0..<(count + warmUp) {
            if done == warmUp { begin = server.cpuTime }
            zmq_msg_recv(&answer, socket, 0)
            zmq_send(socket, request, request.count, 0)
        }
        return (server.cpuTime - begin) / Double(count)
    }

    private static func set(_ socket: UnsafeMutableRawPointer?, _ option: CInt, _ value: CInt) {
        var value = value
        zmq_setsockopt(socket, option, &value, MemoryLayout<CInt>.size)
    }
}
