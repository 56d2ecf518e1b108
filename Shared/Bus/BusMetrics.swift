internal import ServiceKit

/// What the bus counts.
struct BusMetrics: Sendable {
    let requests: Counter
    let failures: Counter
    let served: Counter
    let lateReplies: Counter
    let malformed: Counter
    let refusedConnections: Counter
    let refusedMethods: Counter
    let overloaded: Counter
    let lostConnections: Counter
    let gaps: Counter
    let trafficSent: Counter
    let trafficReceived: Counter
    let misdirected: Counter
    let givenBack: Counter
    let unwantedAnswers: Counter
    let errors: Counter

    init(_ registry: MetricsRegistry) {
        func counter(_ name: String, _ help: String) -> Counter {
            registry.counter("isthmus_bus_\(name)_total", help: help)
        }
        self.requests = counter("requests", "Requests to other services.")
        self.failures = counter("request_failures", "Requests to other services that had no answer.")
        self.served = counter("served_requests", "Requests of other services that were handled.")
        self.lateReplies = counter("late_replies", "Answers that came when nobody waited for them any more.")
        self.malformed = counter("malformed_frames", "Frames that were not understood and dropped.")
        self.refusedConnections = counter("refused_connections", "Connections without a known key.")
        self.refusedMethods = counter("refused_methods", "Requests for methods that the caller may not call.")
        self.overloaded = counter("overloaded", "Requests and messages refused because a limit was reached.")
        self.lostConnections = counter("lost_connections", "Connections to other services that were lost.")
        self.gaps = counter("publication_gaps", "Times that publications of another service were missed.")
        self.trafficSent = counter("traffic_sent", "Messages handed to other edges.")
        self.trafficReceived = counter("traffic_received", "Messages taken from other edges.")
        self.misdirected = counter(
            "misdirected_traffic",
            "Messages refused because they were meant for the edge that had the address before."
        )
        self.givenBack = counter(
            "given_back_traffic",
            "Messages that another edge was not given, or gave back: they may go to another one."
        )
        self.errors = counter("errors", "Calls that libzmq refused: a mistake of this program, or a malformed address.")
        self.unwantedAnswers = counter("unwanted_answers", "Answers whose asker was gone.")
    }
}
