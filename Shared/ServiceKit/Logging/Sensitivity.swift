public import Logging

/// Marks a metadata value that names a person or carries what one wrote: `"\(jid, sensitivity: .sensitive)"`.
public enum Sensitivity: Int64, Logger.MetadataValueAttributes.Attribute {
    case sensitive = 1
}

extension Logger.MetadataValue.StringInterpolation {
    public mutating func appendInterpolation<Value: CustomStringConvertible & Sendable>(
        _ value: Value,
        sensitivity: Sensitivity
    ) {
        self.appendInterpolation(value, attributes: { $0[Sensitivity.self] = sensitivity })
    }
}
