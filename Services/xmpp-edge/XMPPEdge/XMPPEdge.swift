/// xmpp-edge
public final class XMPPEdge {}
