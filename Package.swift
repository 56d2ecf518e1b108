// swift-tools-version: 6.2
import PackageDescription

// The layer table of docs/ARCHITECTURE.md as code: a target may depend only on targets listed above it.
// `make check` builds with `--explicit-target-dependency-import-check error`, so an import that is not
// declared here does not compile.

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),  // SE-0335
    .enableUpcomingFeature("InternalImportsByDefault"),  // SE-0409
    .enableUpcomingFeature("MemberImportVisibility"),  // SE-0444
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),  // SE-0461
]

let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
]
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let mustache = Target.Dependency.product(name: "Mustache", package: "swift-mustache")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

/// A C library of the system, as a module map and a shim.
func system(_ name: String, pkgConfig: String? = nil, apt: String) -> Target {
    .systemLibrary(name: name, path: "Shared/System/\(name)", pkgConfig: pkgConfig, providers: [.apt([apt])])
}

func shared(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: "Shared/\(name)", swiftSettings: settings)
}

func service(_ folder: String, _ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(
        name: name,
        dependencies: dependencies,
        path: "Services/\(folder)/\(name)",
        swiftSettings: settings
    )
}

func command(_ folder: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(
        name: folder,
        dependencies: dependencies,
        path: "Services/\(folder)/Command",
        swiftSettings: settings
    )
}

/// The tests of a module; `vectors` says whether a folder `Vectors` lies beside them, which they read where it is.
func tests(_ name: String, _ dependencies: [Target.Dependency] = [], vectors: Bool = false) -> Target {
    .testTarget(
        name: "\(name)Tests",
        dependencies: [.byName(name: name)] + dependencies,
        path: "Tests/\(name)Tests",
        exclude: vectors ? ["Vectors"] : [],
        swiftSettings: settings
    )
}

let package = Package(
    name: "isthmus",
    products: [
        .executable(name: "xmpp-edge", targets: ["xmpp-edge"]),
        .executable(name: "sip-edge", targets: ["sip-edge"]),
        .executable(name: "policy-service", targets: ["policy-service"]),
        .executable(name: "dialback-authority", targets: ["dialback-authority"]),
        .executable(name: "cert-service", targets: ["cert-service"]),
        .executable(name: "dns-publisher", targets: ["dns-publisher"]),
        .executable(name: "isthmusctl", targets: ["isthmusctl"]),
        // The parsers, for Tests/Fuzz.
        .library(name: "XML", targets: ["XML"]),
        .library(name: "XMPPCore", targets: ["XMPPCore"]),
        .library(name: "SIPCore", targets: ["SIPCore"]),
        .library(name: "Messaging", targets: ["Messaging"]),
        .library(name: "Presence", targets: ["Presence"]),
        .library(name: "Interworking", targets: ["Interworking"]),
        .library(name: "Policy", targets: ["Policy"]),
        .library(name: "Wire", targets: ["Wire"]),
        .library(name: "TLS", targets: ["TLS"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: [.defaults, "YAML"]),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
        .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.0"),
        .package(url: "https://github.com/swift-server/async-http-client.git", from: "1.37.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
    ],
    targets: [
        // Layer 0: C
        system("CZeroMQ", pkgConfig: "libzmq", apt: "libzmq3-dev"),
        system("COpenSSL", pkgConfig: "openssl", apt: "libssl-dev"),
        system("CExpat", pkgConfig: "expat", apt: "libexpat1-dev"),
        system("CUnbound", pkgConfig: "libunbound", apt: "libunbound-dev"),
        system("CLDNS", pkgConfig: "ldns", apt: "libldns-dev"),
        system("CIDN2", pkgConfig: "libidn2", apt: "libidn2-dev"),
        // Its pkg-config file asks for headers of Kerberos that the package manager refuses; Debian's path is in the shim.
        system("CPostgres", apt: "libpq-dev"),
        .target(
            name: "CIsthmusProto",
            path: "Shared/CIsthmusProto",
            publicHeadersPath: ".",
            linkerSettings: [.linkedLibrary("protobuf-c")]
        ),
        .target(name: "CXMLCollector", dependencies: ["CExpat"], path: "Shared/CXMLCollector"),

        // Layer 1: Swift over C, and the values everyone speaks in
        shared("Messaging"),
        shared("Policy", ["Messaging"]),
        shared("ZeroMQ", ["CZeroMQ"]),
        shared("Wire", ["CIsthmusProto", "Messaging", "Policy"]),
        shared("TLS", ["COpenSSL"]),
        shared("XML", ["CXMLCollector", "CExpat"]),
        shared("DNS", ["CUnbound", "CLDNS"]),

        // Layer 2: pure cores
        shared("Directory", ["Messaging", "Policy"]),
        shared("XMPPCore", ["XML", "CIDN2"]),
        shared("SIPCore"),
        shared("Presence", ["Messaging", "XML"]),
        shared("Interworking", ["Messaging", "Policy", "XML", "XMPPCore", "SIPCore", "Presence"]),

        // Layer 3: runtime
        shared(
            "ServiceKit",
            nio + [
                logging, lifecycle, hummingbird,
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Yams", package: "Yams"),
            ]
        ),
        shared("Bus", nio + ["ZeroMQ", "Wire", "Messaging", "Policy", "ServiceKit", logging, lifecycle]),
        shared("NetworkKit", nio + ["TLS", "DNS", "ServiceKit", logging]),
        shared(
            "EdgeKit",
            ["Messaging", "Policy", "Wire", "TLS", "ServiceKit", "Bus", logging, lifecycle]
        ),

        // Layer 4: services
        service(
            "xmpp-edge",
            "XMPPEdge",
            nio + [
                "Messaging", "Policy", "Wire", "XML", "TLS", "DNS", "Directory", "XMPPCore", "Presence", "Interworking",
                "ServiceKit", "Bus", "NetworkKit", "EdgeKit", logging, lifecycle,
                .product(name: "Collections", package: "swift-collections"),
            ]
        ),
        service(
            "sip-edge",
            "SIPEdge",
            nio + [
                "Messaging", "Policy", "Wire", "XML", "TLS", "DNS", "Directory", "SIPCore", "Presence", "Interworking",
                "ServiceKit", "Bus", "NetworkKit", "EdgeKit", logging, lifecycle,
                .product(name: "HeapModule", package: "swift-collections"),
            ]
        ),
        service(
            "policy-service",
            "PolicyService",
            nio + [
                "Messaging", "Policy", "Wire", "XML", "TLS", "DNS", "Directory", "XMPPCore", "ServiceKit", "Bus",
                "NetworkKit", "CPostgres", logging,
                lifecycle, hummingbird, .product(name: "HummingbirdCore", package: "hummingbird"), httpTypes, mustache,
                .product(name: "GRDB", package: "GRDB.swift"),
            ]
        ),
        service(
            "dialback-authority",
            "DialbackAuthority",
            nio + ["Messaging", "Wire", "TLS", "ServiceKit", "Bus", logging, lifecycle]
        ),
        service(
            "cert-service",
            "CertService",
            nio + [
                "Messaging", "Policy", "Wire", "TLS", "ServiceKit", "Bus", "NetworkKit", logging, lifecycle,
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "GRDB", package: "GRDB.swift"),
            ]
        ),
        service(
            "dns-publisher",
            "DNSPublisher",
            nio + ["Messaging", "Policy", "Wire", "DNS", "ServiceKit", "Bus", logging, lifecycle]
        ),
        service(
            "isthmusctl",
            "AdministrationClient",
            [
                "Messaging", "Policy", "ZeroMQ", "TLS", "XMPPCore", "SIPCore", "Interworking", argumentParser,
                .product(name: "Yams", package: "Yams"),
            ]
        ),

        // Layer 5: mains
        command("xmpp-edge", ["XMPPEdge", "ServiceKit"]),
        command("sip-edge", ["SIPEdge", "ServiceKit"]),
        command("policy-service", ["PolicyService", "ServiceKit"]),
        command("dialback-authority", ["DialbackAuthority", "ServiceKit"]),
        command("cert-service", ["CertService", "ServiceKit"]),
        command("dns-publisher", ["DNSPublisher", "ServiceKit"]),
        command("isthmusctl", ["AdministrationClient", argumentParser]),
        tests("XML"),
        tests("XMPPCore", ["TestSupport", "XML"], vectors: true),
        tests("Policy", ["Messaging", "TestSupport"]),
        tests("Presence", ["TestSupport", "Messaging", "XML"]),
        tests("Interworking", ["TestSupport", "Messaging", "XML", "XMPPCore", "SIPCore", "Presence"], vectors: true),
        tests("Directory", ["Messaging", "Policy"]),
        tests(
            "ServiceKit",
            ["TestSupport", logging, lifecycle, .product(name: "CoreMetrics", package: "swift-metrics")]
        ),
        .target(
            name: "TestSupport",
            dependencies: nio + [
                "XML", "XMPPCore", "SIPCore", "Policy", "Wire", "ZeroMQ", "Bus", "ServiceKit", "TLS", "NetworkKit",
                logging,
            ],
            path: "Tests/TestSupport",
            swiftSettings: [
                .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
            ]
        ),
        .testTarget(
            name: "FederationTests",
            dependencies: ["TestSupport", "XML", "XMPPCore", "SIPCore"],
            path: "Tests/FederationTests",
            exclude: ["SIPp"],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "bus-bench",
            dependencies: nio + ["CZeroMQ", "ZeroMQ", "Wire", "Messaging", "Policy", "ServiceKit", "Bus", logging],
            path: "Tests/Benchmarks/BusBench",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "core-bench",
            dependencies: ["CExpat", "XML", "XMPPCore", "SIPCore", "Wire", "DialbackAuthority"],
            path: "Tests/Benchmarks/CoreBench",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "policy-bench",
            dependencies: nio + ["ZeroMQ", "Wire", "Messaging", "Policy", "ServiceKit", "Bus", logging],
            path: "Tests/Benchmarks/PolicyBench",
            swiftSettings: settings
        ),
        tests("ZeroMQ", ["TestSupport"]),
        tests("Wire", ["Messaging", "Policy", "TestSupport"], vectors: true),
        tests("Bus", nio + ["ZeroMQ", "Wire", "Messaging", "Policy", "ServiceKit", "TestSupport", logging, lifecycle]),
        tests("DialbackAuthority", nio + ["ZeroMQ", "Wire", "TLS", "ServiceKit", "Bus", "TestSupport", logging]),
        .testTarget(name: "ArchitectureTests", path: "Tests/ArchitectureTests", swiftSettings: settings),
        tests("TLS", ["TestSupport"]),
        tests(
            "XMPPEdge",
            nio + [
                "Messaging", "Policy", "Wire", "TLS", "DNS", "ZeroMQ", "Directory", "XMPPCore", "ServiceKit", "Bus",
                "NetworkKit", "EdgeKit",
                logging, "TestSupport",
            ]
        ),
        tests("DNS", ["TestSupport"]),
        tests(
            "NetworkKit",
            nio + ["TestSupport", "TLS", "DNS", "ServiceKit", .product(name: "NIOEmbedded", package: "swift-nio")]
        ),
        tests(
            "PolicyService",
            nio + [
                "Messaging", "Policy", "Wire", "ZeroMQ", "TLS", "DNS", "ServiceKit", "Bus", "NetworkKit", "TestSupport",
                "policy-service", logging, hummingbird, .product(name: "GRDB", package: "GRDB.swift"),
                // For WebDriver, by which a real browser looks at the console.
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ]
        ),
        tests(
            "AdministrationClient",
            [
                "Messaging", "Policy", "TestSupport", "policy-service", "cert-service", "dns-publisher", "isthmusctl",
                argumentParser,
            ]
        ),
        .testTarget(
            name: "TLSIssuingTests",
            dependencies: ["TLS", "TestSupport"],
            path: "Tests/TLSIssuingTests",
            swiftSettings: settings
        ),
        tests(
            "CertService",
            nio + [
                "TestSupport", "TLS", "Policy", "Wire", "ServiceKit", "Bus", "ZeroMQ", logging, hummingbird,
            ]
        ),
        tests("DNSPublisher", ["TestSupport", "DNS", "Policy", "Wire", "ServiceKit", "Bus", "ZeroMQ", logging]),
        tests("SIPCore", ["TestSupport"], vectors: true),
        tests(
            "SIPEdge",
            nio + [
                "Messaging", "Policy", "Wire", "TLS", "ZeroMQ", "Directory", "SIPCore", "Presence", "ServiceKit", "Bus",
                "NetworkKit",
                "TestSupport", logging, lifecycle,
            ]
        ),
    ],
    swiftLanguageModes: [.v6]
)
