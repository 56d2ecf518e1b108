public import Logging

extension TraceContext {
    /// Puts the `trace.id` of the request that is being worked on into every log line.
    public static let metadataProvider = Logger.MetadataProvider {
        guard let context = TraceContext.current else { return [:] }
        return ["trace.id": "\(context.id)"]
    }
}
