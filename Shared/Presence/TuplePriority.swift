/// XMPP's `<priority/>` ⇄ the `priority` of PIDF's `<contact/>`:
/// [RFC 8048 §6.2](https://www.rfc-editor.org/rfc/rfc8048#section-6.2) note 6, as it is computed there by way of example.
public enum TuplePriority {
    /// `0` … `1` with at most three decimals for 0 … 127; `nil` for a negative priority, which MUST NOT be mapped.
    public static func pidf(_ xmpp: Int8) -> String? {
        guard xmpp >= 0 else { return nil }
        let thousandths = Int(xmpp) * 1000 / 127
        guard thousandths > 0 else { return "0" }
        guard thousandths < 1000 else { return "1" }
        var text = "0."
        text.append(thousandths, width: 3)
        return text
    }

    /// The inverse of ``pidf(_:)`` on its values, the nearest priority above for all others; `nil` for what is no decimal
    /// number between 0 and 1 ([RFC 3863 §4.1.5](https://www.rfc-editor.org/rfc/rfc3863#section-4.1.5): ignored).
    public static func xmpp(_ pidf: String) -> Int8? {
        var thousandths = 0
        var weight = 1000
        var sawPoint = false
        var sawDigit = false
        for byte in pidf.utf8 {
            switch byte {
            case UInt8(ascii: "."):
                guard !sawPoint else { return nil }
                sawPoint = true
                weight = 100
            case 0x30...0x39:
                sawDigit = true
                if sawPoint {
                    thousandths += Int(byte - 0x30) * weight
                    weight /= 10
                } else {
                    guard thousandths == 0 else { return nil }
                    thousandths = Int(byte - 0x30) * 1000
                }
            default:
                return nil
            }
        }
        guard sawDigit, thousandths <= 1000 else { return nil }
        return Int8((thousandths * 127 + 999) / 1000)
    }
}
