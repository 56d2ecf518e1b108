extension SIPPeer {
    /// A document as phones publish it: open, with an activity of RPID (RFC 4480) unless it is empty, and a note.
    public static func pidf(_ user: String, activity: String, note: String) -> [UInt8] {
        let rpid = activity.isEmpty ? "" : "<rpid:activities><rpid:\(activity)/></rpid:activities>"
        let text = """
            <?xml version="1.0" encoding="UTF-8"?>
            <presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model"
              xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid" entity="pres:\(user)">
              <tuple id="desk"><status><basic>open</basic></status><note>\(note)</note></tuple>
              <dm:person id="p1">\(rpid)</dm:person>
            </presence>
            """
        return Array(text.utf8)
    }
}
