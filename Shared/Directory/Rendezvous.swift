/// Rendezvous hashing (highest random weight): every process that knows the same set of nodes picks the same node for a
/// key, and a node that joins or leaves moves only the keys it gains or had.
///
/// D. Thaler, C. Ravishankar, “Using Name-Based Mappings to Increase Hit Rates”, IEEE/ACM Transactions on Networking 6(1).
public enum Rendezvous {
    /// FNV-1a over the bytes, then a final mix.
    ///
    /// Its own function and not `Hasher`, whose values differ from process to process. Its values are part of the
    /// contract between edges of two releases: a change of them sends one conversation to two owners for a while.
    public static func hash(_ text: some StringProtocol) -> UInt64 {
        self.mix(self.extend(self.basis, text))
    }

    /// The weight of `node` for `key`, both already hashed.
    public static func weight(key: UInt64, node: UInt64) -> UInt64 { self.mix(key ^ (node &* self.golden)) }

    static let basis: UInt64 = 0xcbf2_9ce4_8422_2325
    private static let prime: UInt64 = 0x100_0000_01b3
    private static let golden: UInt64 = 0x9e37_79b9_7f4a_7c15

    /// FNV-1a, continued.
    static func extend(_ state: UInt64, _ text: some StringProtocol) -> UInt64 {
        var state = state
        for byte in text.utf8 { state = (state ^ UInt64(byte)) &* self.prime }
        return state
    }

    /// Divides two texts, so that (`ab`, `c`) and (`a`, `bc`) differ: a byte that UTF-8 does not have.
    static func divide(_ state: UInt64) -> UInt64 { (state ^ 0xff) &* self.prime }

    /// The finalizer of SplitMix64: every bit of the input reaches every bit of the output.
    static func mix(_ value: UInt64) -> UInt64 {
        var value = value
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
}
