import Testing
import Wire

@testable import CertService

@Suite("When a staged assignment is put to use")
struct StagingMachineTests {
    private typealias Event = StagingMachine.Event
    private typealias Action = StagingMachine.Action

    private static func entry(
        _ number: Int64 = 1,
        _ uses: Set<CertificateUse> = [.xmpp],
        isNow: Bool = false,
        publishedAt: Int64? = nil
    ) -> StagingMachine.Entry {
        StagingMachine.Entry(number: number, uses: uses, keys: ["k\(number)"], isNow: isNow, publishedAt: publishedAt)
    }

    /// A scene: what happens, and what is done about it.
    struct Transcript: CustomTestStringConvertible, Sendable {
        let testDescription: String
        var uses: Set<CertificateUse> = []
        fileprivate let steps: [(StagingMachine.Event, [StagingMachine.Action])]
    }

    static let transcripts: [Transcript] = [
        Transcript(
            testDescription: "without edges it is in use at once",
            steps: [(.staged(entry(), at: 0), [.commit(1)])]
        ),
        Transcript(
            testDescription: "each edge of the use is asked, and others are not",
            steps: [
                (.edges([.xmpp: ["a", "b"], .sip: ["c"]], at: 0), []),
                (.staged(entry(), at: 0), [.callEdges]),
                (.tried(1, edge: "a", refusal: nil, at: 1), []),
                (.tried(1, edge: "a", refusal: nil, at: 2), []),
                (.tried(1, edge: "b", refusal: nil, at: 3), [.commit(1)]),
            ]
        ),
        Transcript(
            testDescription: "one refusal is enough, also after another has accepted; a late word changes nothing",
            steps: [
                (.edges([.xmpp: ["a", "b"]], at: 0), []),
                (.staged(entry(), at: 0), [.callEdges]),
                (.tried(1, edge: "a", refusal: nil, at: 1), []),
                (.tried(1, edge: "b", refusal: "no", at: 2), [.rollBack(1, edge: "b", reason: "no"), .callEdges]),
                (.tried(1, edge: "a", refusal: nil, at: 3), []),
                (.time(100), []),
            ]
        ),
        Transcript(
            testDescription: "an edge that says nothing, or goes, is not waited for for ever",
            steps: [
                (.edges([.xmpp: ["a", "b"]], at: 0), []),
                (.staged(entry(), at: 0), [.callEdges]),
                (.time(29), []),
                (.time(30), [.commit(1)]),
                (.staged(entry(2), at: 40), [.callEdges]),
                (.tried(2, edge: "a", refusal: nil, at: 41), []),
                (.edges([.xmpp: ["a"]], at: 42), [.commit(2)]),
            ]
        ),
        Transcript(
            testDescription: "two are tried one after the other, so that it is known which is refused",
            steps: [
                (.edges([.xmpp: ["a"]], at: 0), []),
                (.staged(entry(1), at: 0), [.callEdges]),
                (.staged(entry(2), at: 0), [.callEdges]),
                (.tried(1, edge: "a", refusal: nil, at: 1), [.callEdges, .commit(1)]),
                (.tried(2, edge: "a", refusal: "no", at: 2), [.rollBack(2, edge: "a", reason: "no"), .callEdges]),
            ]
        ),
        Transcript(
            testDescription: "with TLSA records: published, then the time of the caches, then in use",
            uses: [.xmpp],
            steps: [
                (.staged(entry(), at: 0), [.proven(1)]),
                (.time(1_000), []),
                (.published(uses: [.xmpp], keys: [], wait: 100, at: 1_000), []),
                (.published(uses: [.xmpp], keys: ["k1"], wait: 100, at: 1_010), [.remember(1, publishedAt: 1_010)]),
                (.time(1_109), []),
                (.time(1_110), [.commit(1)]),
            ]
        ),
        Transcript(
            testDescription: "somebody takes the record away meanwhile: the time begins anew",
            uses: [.xmpp],
            steps: [
                (.staged(entry(), at: 0), [.proven(1)]),
                (.published(uses: [.xmpp], keys: ["k1"], wait: 100, at: 10), [.remember(1, publishedAt: 10)]),
                (.published(uses: [.xmpp], keys: [], wait: 100, at: 50), [.remember(1, publishedAt: nil)]),
                (.time(110), []),
                (.published(uses: [.xmpp], keys: ["k1"], wait: 100, at: 120), [.remember(1, publishedAt: 120)]),
                (.time(220), [.commit(1)]),
            ]
        ),
        Transcript(
            testDescription: "a restart in the middle: the time goes on, but DNS is asked first",
            uses: [.xmpp],
            steps: [
                (.staged(entry(publishedAt: 10), at: 500), [.proven(1)]),
                (.time(501), []),
                (.published(uses: [.xmpp], keys: ["k1"], wait: 100, at: 502), [.commit(1)]),
            ]
        ),
        Transcript(
            testDescription: "now means now: the edges are asked all the same",
            uses: [.xmpp],
            steps: [
                (.edges([.xmpp: ["a"]], at: 0), []),
                (.staged(entry(isNow: true), at: 0), [.callEdges]),
                (.tried(1, edge: "a", refusal: nil, at: 1), [.commit(1)]),
            ]
        ),
        Transcript(
            testDescription: "records of other uses keep nobody waiting, nor do they once they are switched off",
            uses: [.sip],
            steps: [
                (.staged(entry(1, [.xmpp]), at: 0), [.commit(1)]),
                (.staged(entry(2, [.sip]), at: 0), [.proven(2)]),
                (.published(uses: [], keys: [], wait: 100, at: 5), [.commit(2)]),
            ]
        ),
        Transcript(
            testDescription: "what is withdrawn is forgotten",
            uses: [.xmpp],
            steps: [
                (.staged(entry(), at: 0), [.proven(1)]),
                (.withdrawn(1), []),
                (.published(uses: [.xmpp], keys: ["k1"], wait: 0, at: 10), []),
            ]
        ),
    ]

    @Test("Transcript", arguments: transcripts)
    func transcript(_ transcript: Transcript) {
        var machine = StagingMachine(publishedUses: transcript.uses)
        for (number, (event, actions)) in transcript.steps.enumerated() {
            #expect(machine.handle(event) == actions, "step \(number)")
        }
    }

    @Test("The record of an old key goes when its time is over and no edge serves with it any more")
    func retiring() {
        let key = RetiringKey(association: DNSAssociation(.xmpp, names: [], digest: "k"), version: 7, until: 120)
        #expect(!key.isOver(at: 119, edges: [], versions: [:]))
        #expect(key.isOver(at: 120, edges: [], versions: [:]))
        #expect(!key.isOver(at: 500, edges: ["a", "b"], versions: ["a": 7, "b": 6]))
        #expect(key.isOver(at: 500, edges: ["a", "b"], versions: ["a": 7, "b": 8]))
        #expect(key.isOver(at: 500, edges: ["a", "silent"], versions: ["a": 7]))
    }
}
