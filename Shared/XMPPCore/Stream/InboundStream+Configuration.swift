extension InboundStream {
    /// What is the same for all streams.
    public struct Configuration: Equatable, Sendable {
        public var timings: StreamTimings
        /// Told to the peer (XEP-0478).
        public var maximumBytes: Int
        /// Keys being verified for one stream at the same time.
        public var pendingVerifications: Int
        /// Domain pairs on one stream.
        public var pairs: Int
        /// Whether bidirectional streams are offered.
        public var allowsBidirectional: Bool
        /// How long the peer may take to acknowledge a stanza.
        public var acknowledgementTimeout: Duration

        public init(
            timings: StreamTimings = StreamTimings(),
            maximumBytes: Int,
            pendingVerifications: Int = 8,
            pairs: Int = 64,
            allowsBidirectional: Bool = true,
            acknowledgementTimeout: Duration = .seconds(15)
        ) {
            self.timings = timings
            self.maximumBytes = maximumBytes
            self.pendingVerifications = pendingVerifications
            self.pairs = pairs
            self.allowsBidirectional = allowsBidirectional
            self.acknowledgementTimeout = acknowledgementTimeout
        }
    }
}
