import Foundation
import TLS
import Wire

/// Key, signature, chain, revocation and usages.
extension UseCheck {
    mutating func checkKey() {
        let key = self.facts.key
        let text = "\(key.algorithm) with \(key.bits) bits"
        if ImportCheck.isWeak(key) {
            self.add("key", .bad, "its key is too weak: \(text)", "Make a new one: isthmusctl certificate request")
        } else if self.needs.use == .sip, key.algorithm != "RSA" {
            self.add(
                "key",
                .warning,
                "\(text): LCS, OCS and Lync 2010 know RSA alone",
                "For those: isthmusctl certificate request --key rsa-2048 --use sip"
            )
        } else {
            self.add("key", .good, text)
        }
    }

    mutating func checkSignature() {
        self.facts.hasWeakSignature
            ? self.add(
                "signature",
                .bad,
                "it is signed with MD5 or SHA-1, which can be forged: peers refuse it",
                "Its CA must sign with SHA-256; then ask again: isthmusctl certificate request"
            )
            : self.add("signature", .good, "it is signed with a digest that holds")
    }

    mutating func checkChain() {
        let use = self.needs.use
        if self.facts.isAuthority {
            self.add(
                "chain",
                .bad,
                "it is the certificate of an authority, not of a server",
                "To trust it: isthmusctl certificate trust add FILE"
            )
        }
        switch (self.facts.chain, use) {
        case (.trusted, _):
            self.add("chain", .good, "it chains to an authority that is trusted here for \(use.rawValue)")
        case (.system, .xmpp): self.add("chain", .good, "it chains to a public authority of the operating system")
        case (.system, .sip):
            self.add(
                "chain",
                .good,
                "it chains to a public authority of the operating system; your SIP servers must trust it as well"
            )
        case (.internalAuthority, .sip):
            self.add(
                "chain",
                .good,
                "it is of the internal CA: good where its root is installed, at each of your SIP servers",
                "isthmusctl certificate trust list --output json shows the root."
            )
        case (.internalAuthority, .xmpp):
            self.add(
                "chain",
                .warning,
                "it is of the internal CA, which no partner outside knows: they need dialback, DANE, or its root",
                "For partners at large get one of a public CA: isthmusctl certificate request --use xmpp"
            )
        case (.untrusted(let reason), _):
            self.add(
                "chain",
                .bad,
                "it does not chain to an authority that is trusted for \(use.rawValue): \(reason)",
                "Send its intermediates along, or trust its root: isthmusctl certificate trust add FILE"
            )
        }
    }

    mutating func checkRevocation() {
        switch self.facts.revocation {
        case .good: self.add("revocation", .good, "no list of its authorities has it")
        case .revoked:
            self.add(
                "revocation",
                .bad,
                "its authority has revoked it: peers refuse it",
                "Make a new key and ask for a new one: isthmusctl certificate request"
            )
        case .unknown(let reason):
            self.add(
                "revocation",
                .skipped,
                "the lists that are held here do not tell: \(reason)",
                "isthmusctl certificate trust add-crl FILE, or ISTHMUS_CERTIFICATES_REVOCATION_URLS"
            )
        }
    }

    mutating func checkUsage() {
        if !self.facts.allowsSignatures {
            self.add(
                "key usage",
                .bad,
                "digitalSignature is missing, so it cannot be used with forward secrecy",
                "Ask for one with it: isthmusctl certificate request does."
            )
        }
        self.facts.allowsServerAuthentication
            ? self.add("server", .good, "it may identify a server")
            : self.add(
                "server",
                .bad,
                "it may not identify a server: the extended key usage serverAuth is missing",
                "Ask for one with it: isthmusctl certificate request does."
            )
        switch (self.facts.allowsClientAuthentication, self.needs.use) {
        case (true, _): self.add("client", .good, "it may identify a client")
        case (false, .xmpp):
            self.add(
                "client",
                .warning,
                "it may not identify a client, as no public CA allows any more: most XMPP servers take it all the same, strict ones use dialback"
            )
        case (false, .sip):
            self.add(
                "client",
                .warning,
                "it may not identify a client: what SIP servers send to us works, but LCS, OCS and Lync refuse our connections with mutual TLS",
                "For SIP take the internal CA (isthmusctl certificate request --immediate --use sip) or your enterprise CA."
            )
        }
    }

    mutating func checkPlace() {
        switch self.facts.keyPlace {
        case .here(let id): self.add("private key", .good, "it is kept here, as \(id)")
        case .along: self.add("private key", .good, "it came with the certificate, and belongs to it")
        case .pending(let id):
            self.add(
                "private key",
                .good,
                "it is kept here: this answers the request \(id)",
                "isthmusctl certificate import FILE"
            )
        case .elsewhere:
            self.add("private key", .skipped, "it is not here: this certificate cannot be served by this gateway")
        }
    }
}

extension Int64 {
    /// The day of a time in seconds since 1970, in UTC: `2026-11-21`.
    var day: String { Date(timeIntervalSince1970: Double(self)).formatted(.iso8601.year().month().day()) }
}
