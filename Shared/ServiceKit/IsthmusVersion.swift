/// The version of the product: one for all services, which are released together.
public enum IsthmusVersion {
    public static let current = "0.1.0"
}
