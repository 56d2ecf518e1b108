/// Writes the [text format](https://prometheus.io/docs/instrumenting/exposition_formats/) of Prometheus, version 0.0.4.
struct PrometheusText {
    private(set) var text = ""

    mutating func append(_ name: String, _ family: Family) {
        self.text += "# HELP \(name) \(Self.escape(family.help, quotes: false))\n"
        self.text += "# TYPE \(name) \(family.type ?? "untyped")\n"
        let series = family.series.map { (labels: Self.format($0.key.pairs), instrument: $0.value) }
        for (labels, instrument) in series.sorted(by: { $0.labels < $1.labels }) {
            switch instrument {
            case .counter(let counter): self.sample(name, labels, "\(counter.value)")
            case .gauge(let gauge): self.sample(name, labels, Self.format(gauge.value))
            case .observedCounter(let read), .observedGauge(let read): self.sample(name, labels, Self.format(read()))
            case .histogram(let histogram): self.append(name, labels, histogram)
            }
        }
    }

    private mutating func append(_ name: String, _ labels: String, _ histogram: Histogram) {
        let (cumulative, sum) = histogram.snapshot
        for (bound, count) in zip(histogram.bounds.map(Self.format) + ["+Inf"], cumulative) {
            let bucket = "le=\"\(bound)\""
            self.sample(name + "_bucket", labels.isEmpty ? bucket : "\(labels),\(bucket)", "\(count)")
        }
        self.sample(name + "_sum", labels, Self.format(sum))
        self.sample(name + "_count", labels, "\(cumulative.last ?? 0)")
    }

    private mutating func sample(_ name: String, _ labels: String, _ value: String) {
        self.text += labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(labels)} \(value)\n"
    }

    /// A name that Prometheus takes: letters, digits and underscores, no digit first.
    static func name(_ text: String) -> String {
        let name = String(text.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
        return name.first?.isNumber ?? true ? "_" + name : name
    }

    private static func format(_ pairs: [Labels.Pair]) -> String {
        pairs.map { "\($0.name)=\"\(self.escape($0.value, quotes: true))\"" }.joined(separator: ",")
    }

    private static func format(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return Int64(exactly: value).map(String.init) ?? "\(value)"
    }

    private static func escape(_ text: String, quotes: Bool) -> String {
        var escaped = ""
        for character in text.unicodeScalars {
            switch character {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }
}
