import Foundation
import Logging
import ServiceKit
import Synchronization
import TestSupport
import Testing
import Wire

@testable import CertService
@testable import TLS

/// A time that stands still until a test moves it.
final class TestClock: Sendable {
    /// A minute ahead: what `openssl` has just made is valid.
    private let time = Mutex(Int64(Date().timeIntervalSince1970) + 60)

    var now: Int64 { self.time.withLock { $0 } }
    func advance(days: Int64) { self.time.withLock { $0 += days * 86_400 } }
}

/// A state folder, in which keepers live one after the other.
final class Residence: Sendable {
    let scratch: Scratch
    let clock = TestClock()
    private let versions = Mutex<[UInt64]>([])

    init() throws { self.scratch = try Scratch("cert-service") }

    /// The versions that were published.
    var published: [UInt64] { self.versions.withLock { $0 } }

    var masterKeyFile: String { self.scratch.file("secrets/master.key").path }
    var stateDirectory: String { self.scratch.file("state").path }

    func keeper(
        _ settings: IssuingSettings = Residence.settings,
        roots: [UInt8] = [],
        revocation: RevocationSettings = RevocationSettings(),
        metrics: MetricsRegistry? = nil,
        previousMasterKey: String = "",
        acme: ACMESettings? = nil,
        bell: OrderBell? = nil
    ) throws -> Keeper {
        try Keeper(
            Keeper.Parts(
                settings: settings,
                store: CertificateStore(directory: self.stateDirectory),
                masterKeyFile: MasterKeyFile(
                    path: self.masterKeyFile,
                    isMadeWhenMissing: true,
                    previousPath: previousMasterKey
                ),
                configuredRoots: roots,
                revocation: revocation,
                requestDirectory: self.scratch.file("requests").path,
                logger: .silent,
                metrics: nil,
                revocationMetrics: metrics.map { RevocationMetrics($0) },
                acme: acme,
                acmeMetrics: metrics.map { ACMEMetrics($0) },
                bell: bell,
                now: { [clock] in clock.now },
                publish: { [weak self] version in self?.versions.withLock { $0.append(version) } }
            )
        )
    }

    static let settings = IssuingSettings(accessNames: ["xmpp.contoso.test"], keyKind: .ecdsaP256)
}

extension IdentitySet {
    /// Who it is for and from, without what changes: `contoso.test`.
    var leaves: [Certificate] {
        get throws { try self.identities.map { try Certificate.chain(pem: $0.certificateChainPEM)[0] } }
    }
}
