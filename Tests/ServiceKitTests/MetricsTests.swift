import CoreMetrics
import ServiceKit
import Testing

@Suite struct MetricsTests {
    @Test func `The page of Prometheus is golden`() {
        let registry = MetricsRegistry()
        registry.counter("isthmus_messages_total", help: "Messages.", labels: ["direction": "outbound"]).increment()
        registry.counter("isthmus_messages_total", help: "Messages.", labels: ["direction": "inbound"]).increment(
            by: 41
        )
        registry.gauge("isthmus_streams", help: "Open streams.").set(2.5)
        registry.observe("isthmus_queue", help: "Waiting.") { 7 }
        let times = registry.histogram("isthmus_seconds", help: "How long.", bounds: [0.1, 1], labels: ["to": "sip"])
        times.record(0.05)
        times.record(.seconds(3))
        #expect(
            registry.prometheusText() == """
                # HELP isthmus_messages_total Messages.
                # TYPE isthmus_messages_total counter
                isthmus_messages_total{direction="inbound"} 41
                isthmus_messages_total{direction="outbound"} 1
                # HELP isthmus_queue Waiting.
                # TYPE isthmus_queue gauge
                isthmus_queue 7
                # HELP isthmus_seconds How long.
                # TYPE isthmus_seconds histogram
                isthmus_seconds_bucket{to="sip",le="0.1"} 1
                isthmus_seconds_bucket{to="sip",le="1"} 1
                isthmus_seconds_bucket{to="sip",le="+Inf"} 2
                isthmus_seconds_sum{to="sip"} 3.05
                isthmus_seconds_count{to="sip"} 2
                # HELP isthmus_streams Open streams.
                # TYPE isthmus_streams gauge
                isthmus_streams 2.5

                """
        )
    }

    @Test func `The same name and labels give the same counter`() {
        let registry = MetricsRegistry()
        registry.counter("x_total", help: "X.", labels: ["a": "1"]).increment()
        #expect(registry.counter("x_total", help: "X.", labels: ["a": "1"]).value == 1)
    }

    @Test func `The number of series of a name is bounded, and nothing is lost in the count`() {
        let registry = MetricsRegistry()
        for number in 0..<(MetricsRegistry.seriesLimit + 50) {
            registry.counter("x_total", help: "X.", labels: ["peer": "\(number)"]).increment()
        }
        let lines = registry.prometheusText().split(separator: "\n").filter { $0.hasPrefix("x_total{") }
        #expect(lines.count == MetricsRegistry.seriesLimit + 1)
        #expect(lines.contains(#"x_total{peer="other"} 50"#))
    }

    @Test func `Labels and names cannot break the page`() {
        let registry = MetricsRegistry()
        registry.counter("9 bad-name", help: "Two\nlines.", labels: ["the label": "a\"b\\c\nd"]).increment()
        #expect(
            registry.prometheusText() == #"""
                # HELP _9_bad_name Two\nlines.
                # TYPE _9_bad_name counter
                _9_bad_name{the_label="a\"b\\c\nd"} 1

                """#
        )
    }

    @Test func `Counts of several threads all arrive`() async {
        let registry = MetricsRegistry()
        let counter = registry.counter("x_total", help: "X.")
        let gauge = registry.gauge("x", help: "X.")
        await withTaskGroup { group in
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<1_000 {
                        counter.increment()
                        gauge.increment()
                    }
                }
            }
        }
        #expect(counter.value == 4_000)
        #expect(gauge.value == 4_000)
    }

    @Test func `Measurements of libraries appear`() {
        let registry = MetricsRegistry()
        let backend = MetricsBackend(registry)
        backend.makeCounter(label: "hb.requests", dimensions: [("status", "200")]).increment(by: 3)
        backend.makeTimer(label: "hb.request.duration", dimensions: []).recordNanoseconds(2_000_000_000)
        backend.makeMeter(label: "hb.active", dimensions: []).set(Int64(4))
        let text = registry.prometheusText()
        #expect(text.contains("hb_requests_total{status=\"200\"} 3\n"))
        #expect(text.contains("hb_request_duration_seconds_sum 2\n"))
        #expect(text.contains("hb_active 4\n"))
    }

    @Test func `A process measures itself`() throws {
        let registry = MetricsRegistry()
        ProcessMetrics.register(in: registry, service: "xmpp-edge", version: "1.2.3")
        let text = registry.prometheusText()
        for name in [
            "process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds", "process_max_fds",
            "process_start_time_seconds",
        ] {
            let line = try #require(text.split(separator: "\n").first { $0.hasPrefix(name + " ") })
            #expect(Double(line.dropFirst(name.count + 1)).map { $0 > 0 } == true, "\(line)")
        }
        #expect(text.contains(#"isthmus_build_info{service="xmpp-edge",version="1.2.3"} 1"#))
    }
}
