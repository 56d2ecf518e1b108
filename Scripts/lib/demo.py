"""The demonstration: a user of a real XMPP server and a SIP user talk through the gateway, and both sides are shown.

Its environment names the addresses; see Scripts/demo. Exit 1 when anything did not cross.
"""
import os
import statistics
import sys
import time

from sipp_peer import SIPp, SIPpError
from xmpp_client import CLIENT, XMPPClient, XMPPError

# Whoever else plays, the names of the code are those of the play.
ROMEO = os.environ.get("DEMO_XMPP_USER", "romeo@xmpp.test")
JULIET = os.environ.get("DEMO_SIP_USER", "juliet@sip.test")
BURST = 100


def setting(name):
    return os.environ[name]


class Transcript:
    """Prints who saw what and when, in seconds since the start."""

    def __init__(self):
        self.start = time.time()
        self.scenes = 0

    def scene(self, title):
        self.scenes += 1
        print(f"\n{self.scenes}. {title}")

    def line(self, moment, who, direction, what):
        arrow = {"out": "→", "in": "←"}[direction]
        print(f"   {moment - self.start:8.3f} s  {who:16} {arrow} {what}", flush=True)

    def note(self, text):
        print(f"   {'':10}  {text}", flush=True)


class Demonstration:
    def __init__(self):
        self.show = Transcript()
        self.folder = setting("DEMO_SIPP_DIR")
        self.gateway = f"{setting('EDGE_ADDRESS')}:5060"
        self.romeo = XMPPClient(
            setting("PROSODY_ADDRESS"), int(setting("PROSODY_C2S_PORT")), ROMEO, ROMEO.split("@")[0], setting("PROSODY_CA")
        )
        self.romeo.send_presence()

    def run(self):
        self.message_to_sip()
        self.message_to_xmpp()
        self.burst()
        self.xmpp_user_watches()
        self.sip_user_watches()

    def peer(self, scenario, port, remote=None, **keys):
        return SIPp(scenario, self.folder, setting("SIP_ADDRESS"), port, remote, **keys)

    def message_to_sip(self):
        self.show.scene("A message, XMPP → SIP")
        text = "But, soft! what light through yonder window breaks?"
        juliet = self.peer("receive-message", 5060)
        try:
            # The first message pays for the connections: DNS, TCP, TLS, authentication, SIP.
            for number in (1, 2):
                body = f"{text} ({number})"
                sent = time.time()
                self.romeo.send_message(JULIET, body, f"to-sip-{number}")
                self.show.line(sent, ROMEO, "out", f"<message/> “{body}”")
                arrived = juliet.expect("the MESSAGE", lambda m: m.received and m.method == "MESSAGE" and m.body == body)
                self.show.line(arrived.moment, JULIET, "in", f"{arrived.start} “{arrived.body}”")
                self.show.note(f"crossed in {1000 * (arrived.moment - sent):.1f} ms")
        finally:
            juliet.stop()

    def message_to_xmpp(self):
        self.show.scene("A message, SIP → XMPP")
        for number in (1, 2):
            body = f"O Romeo, Romeo! wherefore art thou Romeo? ({number})"
            juliet = self.peer("send-message", 5070, self.gateway, **{"from": JULIET, "to": ROMEO, "body": body})
            try:
                sent = juliet.expect("its own MESSAGE", lambda m: not m.received)
                self.show.line(sent.moment, JULIET, "out", f"{sent.start} “{sent.body}”")
                moment, stanza = self.romeo.expect("the message", self.is_message(body))
                self.show.line(moment, ROMEO, "in", f"<message from='{stanza.get('from')}'/> “{body}”")
                answer = juliet.expect("the answer", lambda m: m.received)
                self.show.line(answer.moment, JULIET, "in", answer.start)
                juliet.finish()
                self.show.note(f"crossed in {1000 * (moment - sent.moment):.1f} ms")
            finally:
                juliet.stop()

    def burst(self):
        self.show.scene(f"{BURST} messages each way")
        juliet = self.peer("receive-message", 5060)
        try:
            sent = {}
            for number in range(BURST):
                sent[f"burst {number}"] = time.time()
                self.romeo.send_message(JULIET, f"burst {number}", f"burst-{number}")
            juliet.expect("the last one", lambda m: m.received and m.body == f"burst {BURST - 1}")
            arrived = [m for m in juliet.messages() if m.received and m.method == "MESSAGE" and m.body in sent]
            self.check_burst([m.body for m in arrived], list(sent))
            self.report("XMPP → SIP", [m.moment - sent[m.body] for m in arrived])
        finally:
            juliet.stop()
        keys = {"from": JULIET, "to": ROMEO, "body": "burst"}
        juliet = self.peer("send-message", 5070, self.gateway, calls=BURST, rate=500, **keys)
        try:
            arrived = [self.romeo.expect("a message", self.is_message("burst"))[0] for _ in range(BURST)]
            juliet.finish()
            sent = [m.moment for m in juliet.messages() if not m.received]
            self.report("SIP → XMPP", [there - here for here, there in zip(sent, arrived)])
        finally:
            juliet.stop()

    def check_burst(self, arrived, expected):
        if arrived != expected:
            missing = [body for body in expected if body not in arrived]
            raise SIPpError(f"{len(arrived)} of {len(expected)} arrived in order; missing: {missing[:5]}")

    def report(self, way, delays):
        middle, worst = statistics.median(delays), max(delays)
        self.show.note(f"{way}: all arrived, in order; median {1000 * middle:.1f} ms, slowest {1000 * worst:.1f} ms")

    def xmpp_user_watches(self):
        self.show.scene(f"Presence, SIP → XMPP: {ROMEO} watches {JULIET}")
        juliet = self.peer("notify-presence", 5060, who=JULIET)
        try:
            self.romeo.send_presence(JULIET, "subscribe")
            self.show.line(time.time(), ROMEO, "out", "<presence type='subscribe'/>")
            asked = juliet.expect("the SUBSCRIBE", lambda m: m.received and m.method == "SUBSCRIBE")
            self.show.line(asked.moment, JULIET, "in", f"{asked.start} Event: {asked.headers.get('event')}")
            moment, _ = self.romeo.expect("the agreement", self.is_presence("subscribed"))
            self.show.line(moment, ROMEO, "in", "<presence type='subscribed'/>")
            self.state_crosses(juliet, "At my desk", None)
            self.state_crosses(juliet, "Gone for lunch", "away")
        finally:
            juliet.stop()

    def state_crosses(self, juliet, status, show):
        sent = juliet.expect("its NOTIFY", lambda m: not m.received and m.method == "NOTIFY" and status in m.body)
        self.show.line(sent.moment, JULIET, "out", f"NOTIFY PIDF, note “{status}”")
        moment, stanza = self.romeo.expect(
            f"the presence “{status}”",
            lambda s: self.is_presence(None)(s) and s.findtext(CLIENT + "status") == status,
        )
        seen = stanza.findtext(CLIENT + "show")
        self.show.line(moment, ROMEO, "in", f"<presence/> show: {seen or 'available'}, status: “{status}”")
        if seen != show:
            raise XMPPError(f"the presence “{status}” should show {show}, and shows {seen}")

    def sip_user_watches(self):
        self.show.scene(f"Presence, XMPP → SIP: {JULIET} watches {ROMEO}")
        # Of several sip-edges one has the subscription, whichever was asked; it reaches Juliet by her server.
        server = self.peer("receive-notify", 5060)
        juliet = self.peer("watch-presence", 5070, self.gateway, **{"from": JULIET, "to": ROMEO})
        try:
            sent = juliet.expect("its SUBSCRIBE", lambda m: not m.received)
            self.show.line(sent.moment, JULIET, "out", sent.start)
            moment, _ = self.romeo.expect("the question", self.is_presence("subscribe"))
            self.show.line(moment, ROMEO, "in", "<presence type='subscribe'/>")
            self.romeo.send_presence(JULIET, "subscribed")
            self.show.line(time.time(), ROMEO, "out", "<presence type='subscribed'/>")
            self.notified(juliet, server, "open", lambda m: "<basic>open</basic>" in m.body)
            self.romeo.send_presence(show="away", status="With the friar")
            self.show.line(time.time(), ROMEO, "out", "<presence/> show: away, status: “With the friar”")
            self.notified(
                juliet, server, "away, “With the friar”", lambda m: "With the friar" in m.body and "away" in m.body
            )
        finally:
            juliet.stop()
            server.stop()

    def notified(self, juliet, server, what, matches):
        notify = juliet.expect(
            f"a NOTIFY: {what}", lambda m: m.received and m.method == "NOTIFY" and matches(m), beside=[server]
        )
        self.show.line(notify.moment, JULIET, "in", f"NOTIFY PIDF: {what}")

    @staticmethod
    def is_message(body):
        return lambda s: s.tag == CLIENT + "message" and s.findtext(CLIENT + "body") == body

    @staticmethod
    def is_presence(kind):
        return lambda s: s.tag == CLIENT + "presence" and s.get("type") == kind and s.get("from", "").startswith(JULIET)


def main():
    print(f"{ROMEO} is a user of {setting('DEMO_XMPP_SERVER')}; {JULIET} is {setting('DEMO_SIP_PEER')}.")
    try:
        Demonstration().run()
    except (XMPPError, SIPpError, OSError) as error:
        print(f"\nIt did not cross: {error}", file=sys.stderr)
        sys.exit(1)
    print("\nEverything crossed, both ways.")


main()
