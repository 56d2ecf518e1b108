import ServiceKit
import TLS

/// How much of FIPS 140 is wanted (SPEC §5).
public enum FIPSMode: String, Sendable, CaseIterable {
    case off = "false"
    /// Approved protocols and algorithms only; computed by OpenSSL's FIPS provider where it is installed.
    case on = "true"
    /// The same, and nothing runs without the provider.
    case required

    /// Which protocols and algorithms are good enough.
    var profile: TLSProfile { self == .off ? .standard : .fips }

    init(_ settings: inout SettingsReader) {
        let key = "tls.fips"
        self = settings.value(
            key,
            kind: "true, false or required",
            default: FIPSMode.off.rawValue,
            fallback: .off,
            hint:
                "whether only FIPS-approved protocols, ciphers, curves and digests are used; required: only with OpenSSL's FIPS provider"
        ) { text in
            switch text.lowercased() {
            case "false", "no", "off", "0": .off
            case "true", "yes", "on", "1": .on
            case "required": .required
            default: nil
            }
        }
        guard self == .required else { return }
        do throws(TLSError) {
            try FIPSProvider.activate()
        } catch {
            settings.reject(
                key,
                problem: "OpenSSL's FIPS provider cannot be used: \(error)",
                hint:
                    "install it and let openssl.cnf include what “openssl fipsinstall” wrote, or set true for approved algorithms without it"
            )
        }
    }
}
