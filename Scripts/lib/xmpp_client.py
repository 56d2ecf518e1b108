"""A small XMPP client for the demonstration: one user of a real server, standard library only.

It does what a person's client does (RFC 6120, RFC 6121): STARTTLS, SASL PLAIN, resource binding, presence, messages.
"""
import base64
import socket
import ssl
import threading
import time
import xml.etree.ElementTree as ET
from xml.sax.saxutils import quoteattr

CLIENT = "{jabber:client}"
STREAMS = "{http://etherx.jabber.org/streams}"
SASL = "urn:ietf:params:xml:ns:xmpp-sasl"
TLS = "urn:ietf:params:xml:ns:xmpp-tls"
BIND = "urn:ietf:params:xml:ns:xmpp-bind"


class XMPPError(Exception):
    """The server refused something, or did not answer in time."""


class XMPPClient:
    """A connected and authenticated user.

    Stanzas are collected by a thread with the moment of their arrival; `expect` waits for one of them.
    """

    def __init__(self, host, port, jid, password, ca=None, resource="demo", timeout=15):
        self.jid, self.timeout = jid, timeout
        user, self.domain = jid.split("@")
        self.inbox, self.changed, self.closed = [], threading.Condition(), None
        self.socket = socket.create_connection((host, port), timeout=timeout)
        self._open_stream()
        features = self._next()
        if features.find(f"{{{TLS}}}starttls") is not None:
            self._write(f"<starttls xmlns='{TLS}'/>")
            if self._next().tag != f"{{{TLS}}}proceed":
                raise XMPPError("STARTTLS was refused")
            context = ssl.create_default_context(cafile=ca)
            self.socket = context.wrap_socket(self.socket, server_hostname=self.domain)
            self._open_stream()
            self._next()
        secret = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
        self._write(f"<auth xmlns='{SASL}' mechanism='PLAIN'>{secret}</auth>")
        if self._next().tag != f"{{{SASL}}}success":
            raise XMPPError(f"{jid} could not log in")
        self._open_stream()
        self._next()
        self._write(f"<iq type='set' id='bind'><bind xmlns='{BIND}'><resource>{resource}</resource></bind></iq>")
        answer = self._next()
        self.full_jid = answer.findtext(f"{{{BIND}}}bind/{{{BIND}}}jid")
        if self.full_jid is None:
            raise XMPPError("no resource was bound")
        # Who has asked for the roster is told of subscriptions (RFC 6121 §2.1.6 calls it an interested resource).
        self._write("<iq type='get' id='roster'><query xmlns='jabber:iq:roster'/></iq>")
        self._next()
        self.socket.settimeout(None)
        threading.Thread(target=self._receive, daemon=True).start()

    def send(self, stanza):
        """Sends a stanza as it is written."""
        self._write(stanza)

    def send_message(self, to, body, identifier):
        message = ET.Element("message", {"to": to, "type": "chat", "id": identifier})
        ET.SubElement(message, "body").text = body
        self._write(ET.tostring(message, encoding="unicode"))

    def send_presence(self, to=None, kind=None, show=None, status=None):
        presence = ET.Element("presence")
        if to:
            presence.set("to", to)
        if kind:
            presence.set("type", kind)
        for name, text in (("show", show), ("status", status)):
            if text:
                ET.SubElement(presence, name).text = text
        self._write(ET.tostring(presence, encoding="unicode"))

    def expect(self, what, matches, timeout=None):
        """The first stanza for which `matches` holds, with its time of arrival; it is taken out of the inbox."""
        deadline = time.monotonic() + (timeout or self.timeout)
        with self.changed:
            while True:
                for index, (moment, stanza) in enumerate(self.inbox):
                    if matches(stanza):
                        del self.inbox[index]
                        return moment, stanza
                rest = deadline - time.monotonic()
                if rest <= 0 or self.closed:
                    seen = [ET.tostring(stanza, encoding="unicode") for _, stanza in self.inbox]
                    raise XMPPError(f"{self.jid} waited for {what}; {self.closed or 'in vain'}; what came: {seen}")
                self.changed.wait(rest)

    def close(self):
        try:
            self._write("</stream:stream>")
            self.socket.close()
        except OSError:
            pass

    def _open_stream(self):
        self.parser = ET.XMLPullParser(("start", "end"))
        self.depth, self.root = 0, None
        self._write(
            f"<?xml version='1.0'?><stream:stream to={quoteattr(self.domain)} version='1.0' xml:lang='en' "
            "xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
        )

    def _write(self, text):
        self.socket.sendall(text.encode())

    def _next(self):
        """The next element below the stream's root."""
        while True:
            for event, element in self.parser.read_events():
                if event == "start":
                    self.depth += 1
                    self.root = self.root if self.root is not None else element
                else:
                    self.depth -= 1
                    if self.depth == 1:
                        self.root.clear()
                        if element.tag == STREAMS + "error":
                            raise XMPPError(ET.tostring(element, encoding="unicode"))
                        return element
                    if self.depth == 0:
                        raise XMPPError("the server closed the stream")
            data = self.socket.recv(65536)
            if not data:
                raise XMPPError("the server closed the connection")
            self.parser.feed(data)

    def _receive(self):
        try:
            while True:
                stanza = self._next()
                with self.changed:
                    self.inbox.append((time.time(), stanza))
                    self.changed.notify_all()
        except (OSError, XMPPError, ET.ParseError) as error:
            with self.changed:
                self.closed = str(error)
                self.changed.notify_all()
