/// How a next hop likes its MESSAGE requests.
public struct SIPMessageOptions: Equatable, Sendable {
    /// Whether a text whose sender wants a receipt is wrapped in CPIM, so that it can ask for one
    /// ([RFC 5438 §7.1](https://www.rfc-editor.org/rfc/rfc5438#section-7.1)).
    ///
    /// Off: many servers answer CPIM with 415, and a 2xx is receipt enough.
    public var usesCPIM: Bool
    /// Whether the Request-URI names the device that was written to.
    ///
    /// Off: what an XMPP client takes for a device may be the id of a presence tuple, which a registrar with GRUUs
    /// would not find ([RFC 7247 §6.5](https://www.rfc-editor.org/rfc/rfc7247#section-6.5) step 8 is optional).
    public var addressesDevice: Bool
    /// Bytes of the request: ``InterworkingLimits/messageOverUnsafePath`` for UDP, and for any next hop behind which there
    /// may be some.
    public var sizeLimit: Int

    public init(
        usesCPIM: Bool = false,
        addressesDevice: Bool = false,
        sizeLimit: Int = InterworkingLimits.messageBody
    ) {
        self.usesCPIM = usesCPIM
        self.addressesDevice = addressesDevice
        self.sizeLimit = sizeLimit
    }
}
