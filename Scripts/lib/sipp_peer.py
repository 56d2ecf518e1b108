"""Runs SIPp as a SIP user and reads what crossed its wire, with times, from its message log."""
import datetime
import pathlib
import re
import subprocess
import time

SCENARIOS = pathlib.Path(__file__).parent / "sipp"
BLOCK = re.compile(r"^-{20,} (\S+ \S+)\n\w+ message (received|sent) [\[(](\d+)\]? bytes[\])]? ?:\n\n", re.M)


class SIPpError(Exception):
    """The scenario failed, or what was waited for did not come."""


class SIPMessage:
    """One request or response as it stood in the log."""

    def __init__(self, moment, received, text):
        self.moment, self.received, self.text = moment, received, text
        head, _, self.body = text.replace("\r", "").partition("\n\n")
        self.start, *lines = head.split("\n")
        self.headers = {}
        for line in lines:
            name, _, value = line.partition(":")
            self.headers.setdefault(name.strip().lower(), value.strip())
        self.body = self.body.rstrip("\n")

    @property
    def method(self):
        return None if self.start.startswith("SIP/2.0") else self.start.split(" ")[0]


class SIPp:
    """One SIPp process: a scenario on a local address.

    With `remote` it calls that address and ends by itself; without, it waits for calls until `stop`.
    """

    def __init__(self, scenario, folder, address, port, remote=None, calls=1, rate=10, **keys):
        self.scenario = scenario
        self.log = pathlib.Path(folder) / f"{scenario}-{time.monotonic_ns()}.messages"
        self.output = self.log.with_suffix(".output")
        command = ["sipp"] + ([remote] if remote else [])
        command += ["-sf", str(SCENARIOS / f"{scenario}.xml"), "-t", "t1", "-i", address, "-p", str(port), "-nostdin"]
        command += ["-trace_msg", "-message_file", str(self.log), "-aa"]
        command += ["-m", str(calls), "-r", str(rate), "-timeout", "60", "-timeout_error"] if remote else []
        for name, value in keys.items():
            command += ["-key", name, value]
        with open(self.output, "w") as output:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        if not remote:
            self._wait_until_listening(address, port)

    def messages(self):
        """Everything that was sent and received so far."""
        try:
            text = self.log.read_text(errors="replace")
        except FileNotFoundError:
            return []
        found, blocks = [], list(BLOCK.finditer(text))
        for index, block in enumerate(blocks):
            end = blocks[index + 1].start() if index + 1 < len(blocks) else len(text)
            moment = datetime.datetime.strptime(block[1], "%Y-%m-%d %H:%M:%S.%f").timestamp()
            found.append(SIPMessage(moment, block[2] == "received", text[block.end():end]))
        return found

    def expect(self, what, matches, timeout=15, beside=()):
        """The first message for which `matches` holds, here or at one of the processes `beside` this one."""
        deadline = time.monotonic() + timeout
        while True:
            messages = [message for peer in (self, *beside) for message in peer.messages()]
            for message in messages:
                if matches(message):
                    return message
            if time.monotonic() > deadline:
                seen = [message.start for message in messages]
                raise SIPpError(f"SIPp ({self.scenario}) waited {timeout} s for {what}; what crossed its wire: {seen}")
            if self.process.poll() not in (None, 0):
                raise SIPpError(f"SIPp ({self.scenario}) failed: {[message.start for message in messages]}")
            time.sleep(0.005)

    def _wait_until_listening(self, address, port, timeout=10):
        octets = [int(octet) for octet in address.split(".")]
        local = "{3:02X}{2:02X}{1:02X}{0:02X}:{4:04X}".format(*octets, port)
        deadline = time.monotonic() + timeout
        while not any(
            line.split()[1] == local and line.split()[3] == "0A"
            for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]
        ):
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise SIPpError(f"SIPp ({self.scenario}) does not listen: {self.output.read_text()[-500:]}")
            time.sleep(0.01)

    def finish(self, timeout=20):
        """Waits until the scenario has ended well."""
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            code = None
        if code != 0:
            self.stop()
            raise SIPpError(f"SIPp ({self.scenario}) failed: {[message.start for message in self.messages()]}")

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
