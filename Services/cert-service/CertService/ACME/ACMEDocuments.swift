import Foundation

/// What a CA answers, as it is written: read into values of ours, and then forgotten.
enum ACMEDocument {
    /// Where everything is: [RFC 8555 §7.1.1](https://www.rfc-editor.org/rfc/rfc8555#section-7.1.1).
    struct Directory: Decodable, Sendable, Equatable {
        struct Meta: Decodable, Sendable, Equatable {
            var termsOfService: String?
            var externalAccountRequired: Bool?
        }

        var newNonce: String
        var newAccount: String
        var newOrder: String
        var revokeCert: String?
        var keyChange: String?
        /// Where renewal information is: [RFC 9773 §4](https://www.rfc-editor.org/rfc/rfc9773#section-4).
        var renewalInfo: String?
        var meta: Meta?
    }

    /// An account: [RFC 8555 §7.1.2](https://www.rfc-editor.org/rfc/rfc8555#section-7.1.2).
    struct Account: Decodable {
        var status: String
        var contact: [String]?
    }

    struct Problem: Decodable {
        struct Subproblem: Decodable {
            var detail: String?
            var identifier: Identifier?
        }

        var type: String?
        var detail: String?
        var subproblems: [Subproblem]?

        /// With the words of all its parts ([RFC 8555 §6.7.1](https://www.rfc-editor.org/rfc/rfc8555#section-6.7.1)).
        func value(retryAfter: Int64? = nil) -> ACMEProblem {
            let prefix = "urn:ietf:params:acme:error:"
            let type = self.type ?? "malformed"
            let parts = (self.subproblems ?? []).map { part in
                [part.identifier?.value, part.detail].compactMap(\.self).joined(separator: ": ")
            }
            return ACMEProblem(
                type.hasPrefix(prefix) ? String(type.dropFirst(prefix.count)) : type,
                ([self.detail ?? "The CA does not say why."] + parts).joined(separator: "; ").printable,
                retryAfter: retryAfter
            )
        }
    }

    struct Identifier: Decodable {
        var value: String
    }

    struct Order: Decodable {
        var status: ACMEOrder.Status
        var authorizations: [String]
        var finalize: String
        var certificate: String?
        var error: Problem?
    }

    struct Authorization: Decodable {
        struct Challenge: Decodable {
            var type: String
            var url: String
            var status: String
            var token: String?
            var error: Problem?
        }

        var identifier: Identifier
        var status: ACMEAuthorization.Status
        var challenges: [Challenge]

        func value(retryAfter: Int64?) -> ACMEAuthorization {
            ACMEAuthorization(
                name: self.identifier.value,
                status: self.status,
                challenges: self.challenges.compactMap { challenge in
                    // A token is Base64 for addresses (RFC 8555 §8.3): with anything else it could be a path or markup.
                    guard let kind = ChallengeKind(rawValue: challenge.type), let token = challenge.token,
                        !token.isEmpty, token.utf8.allSatisfy(\.isBase64URL)
                    else { return nil }
                    return ACMEChallenge(
                        kind: kind,
                        name: self.identifier.value,
                        address: challenge.url,
                        token: token,
                        isAnswered: challenge.status != "pending",
                        problem: challenge.error?.value()
                    )
                },
                retryAfter: retryAfter
            )
        }
    }

    /// Renewal information: [RFC 9773 §4.2](https://www.rfc-editor.org/rfc/rfc9773#section-4.2).
    struct Renewal: Decodable {
        struct Window: Decodable {
            var start: String
            var end: String
        }

        var suggestedWindow: Window
        var explanationURL: String?

        var window: RenewalSchedule.Window? {
            guard let start = Self.seconds(self.suggestedWindow.start), let end = Self.seconds(self.suggestedWindow.end)
            else { return nil }
            return RenewalSchedule.Window(start: start, end: end)
        }

        /// A time of [RFC 3339](https://www.rfc-editor.org/rfc/rfc3339), with or without parts of a second.
        private static func seconds(_ text: String) -> Int64? {
            let styles = [Date.ISO8601FormatStyle(), Date.ISO8601FormatStyle(includingFractionalSeconds: true)]
            return styles.lazy.compactMap { try? $0.parse(text) }.first.map { Int64($0.timeIntervalSince1970) }
        }
    }

    /// - Throws: ``ACMEProblem`` when it is not such a document.
    static func read<Document: Decodable>(
        _ type: Document.Type,
        _ answer: HTTPSClient.Answer
    ) throws(ACMEProblem) -> Document {
        do {
            return try JSONDecoder().decode(type, from: Data(answer.body))
        } catch {
            throw .unreachable("The CA's answer cannot be read.")
        }
    }
}

extension HTTPSClient.Answer {
    var isSuccess: Bool { 200...299 ~= self.status }

    /// What the CA objects to.
    var problem: ACMEProblem {
        let document = try? JSONDecoder().decode(ACMEDocument.Problem.self, from: Data(self.body))
        if let document, document.type != nil { return document.value(retryAfter: self.retryAfter) }
        // Whatever stands before the CA answers without words.
        let isTemporary = self.status >= 500 || self.status == 429
        return ACMEProblem(
            self.status == 429 ? "rateLimited" : isTemporary ? "serverInternal" : "malformed",
            "The CA answered \(self.status).",
            retryAfter: self.retryAfter
        )
    }

    /// When to come again, in seconds from now: a number, or a date ([RFC 9110 §10.2.3](https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3)).
    var retryAfter: Int64? {
        guard let text = self.headers["retry-after"] else { return nil }
        if let seconds = Int64(text) { return max(0, seconds) }
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(identifier: "GMT")
        format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss zzz"
        guard let date = format.date(from: text) else { return nil }
        return max(0, Int64(date.timeIntervalSinceNow.rounded(.up)))
    }
}

extension UInt8 {
    fileprivate var isBase64URL: Bool {
        switch UnicodeScalar(self) {
        case "A"..."Z", "a"..."z", "0"..."9", "-", "_": true
        default: false
        }
    }
}

extension String {
    /// Without what could upset a terminal or a log, and not longer than anybody reads.
    fileprivate var printable: String {
        String(
            String.UnicodeScalarView(
                self.unicodeScalars.prefix(1000).map { $0.value < 0x20 || $0.value == 0x7F ? " " : $0 }
            )
        )
    }
}
