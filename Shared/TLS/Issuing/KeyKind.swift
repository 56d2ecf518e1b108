/// The kinds of key a certificate may be asked for with (SPEC §8), by the names the administrator uses.
public enum KeyKind: String, Sendable, CaseIterable {
    case rsa2048 = "rsa-2048"
    case rsa3072 = "rsa-3072"
    case rsa4096 = "rsa-4096"
    case ecdsaP256 = "ecdsa-p256"
    case ecdsaP384 = "ecdsa-p384"
}
