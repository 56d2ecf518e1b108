// swift-tools-version: 6.2
import PackageDescription

// A package of its own: libFuzzer brings the main function, and everything is built with its instrumentation.
// `./run` builds and runs it; `make fuzz` calls that.

func fuzzer(_ name: String, _ modules: [String], _ own: [Target.Dependency] = []) -> Target {
    .executableTarget(
        name: name,
        dependencies: modules.map { .product(name: $0, package: "isthmus") } + own,
        path: name,
        swiftSettings: [.unsafeFlags(["-parse-as-library"])]
    )
}

let package = Package(
    name: "fuzz",
    dependencies: [.package(name: "isthmus", path: "../..")],
    targets: [
        fuzzer("XMLStream", ["XML", "XMPPCore"]),
        // What both roles of a stream share: the parser, the loop, and what must always hold.
        .target(
            name: "StreamFuzzing",
            dependencies: ["XML", "XMPPCore"].map { .product(name: $0, package: "isthmus") },
            path: "StreamFuzzing"
        ),
        fuzzer("InboundStreams", ["XMPPCore"], ["StreamFuzzing"]),
        fuzzer("OutboundStreams", ["XML", "XMPPCore"], ["StreamFuzzing"]),
        fuzzer("JIDs", ["XMPPCore"]),
        fuzzer("SIPMessages", ["SIPCore"]),
        fuzzer("SIPAddresses", ["SIPCore"]),
        fuzzer("SessionDescriptions", ["SIPCore"]),
        fuzzer("SIPBodies", ["Interworking", "Messaging", "SIPCore"]),
        fuzzer("PresenceDocuments", ["Messaging", "Presence"]),
        fuzzer("Envelopes", ["Wire"]),
        fuzzer("Certificates", ["TLS"]),
        fuzzer("JSONDocuments", ["Policy"]),
    ],
    swiftLanguageModes: [.v6]
)
