#!/usr/bin/env python3
"""Holds idle SIP connections or presence subscriptions until standard input ends: siphold.py connections|subscriptions ADDRESS --n COUNT

connections    TCP connections from many addresses, each of which has asked one OPTIONS and had its answer
subscriptions  SUBSCRIBE of so many users over one connection; every NOTIFY is answered

Prints {"setups": …, "failed": …} once all stand, for memory.py.
"""
import json
import re
import resource
import socket
import sys
import threading

SOURCE, PER_ADDRESS = "127.0.0.61", 20_000
# Subscriptions that may be unanswered at a time: an edge has a limit on transactions under way.
WINDOW = 1000


def request(method, number, user, target, more=""):
    return (
        f"{method} sip:{target} SIP/2.0\r\nVia: SIP/2.0/TCP {SOURCE}:5060;branch=z9hG4bKh{number}\r\nMax-Forwards: 70\r\n"
        f"From: <sip:{user}@sip.test>;tag=h{number}\r\nTo: <sip:{target}>\r\nCall-ID: hold{number}\r\nCSeq: 1 {method}\r\n"
        f"Contact: <sip:{user}@{SOURCE}:5060;transport=tcp>\r\n{more}Content-Length: 0\r\n\r\n"
    ).encode()


def connections(server, begin, count):
    held, failed = [], 0
    for number in range(begin, begin + count):
        try:
            # A port is taken per pair of addresses: many sources, for there are 28 000 ports.
            source = (f"127.1.{number // PER_ADDRESS}.1", 0)
            connection = socket.create_connection((server, 5060), source_address=source, timeout=20)
            connection.sendall(request("OPTIONS", number, "a", "sip.test"))
            failed += not connection.recv(2048).startswith(b"SIP/2.0")
            held.append(connection)
        except OSError:
            failed += 1
    return held, len(held), failed


def subscriptions(server, begin, count):
    connection = socket.create_connection((server, 5060), source_address=(SOURCE, 0))
    more = "Event: presence\r\nAccept: application/pidf+xml\r\nExpires: 86000\r\n"
    answers, window = {"200": 0}, threading.Semaphore(WINDOW)

    def read():
        buffer = b""
        while data := connection.recv(1 << 16):
            buffer += data
            while (end := buffer.find(b"\r\n\r\n")) >= 0:
                head = buffer[:end].decode()
                length = int(re.search(r"(?im)^(?:content-length|l) *: *(\d+)", head).group(1))
                if len(buffer) < end + 4 + length:
                    break
                buffer = buffer[end + 4 + length :]
                if head.startswith("SIP/2.0 "):
                    answers[head[8:11]] = answers.get(head[8:11], 0) + 1
                    window.release()
                else:
                    kept = [line for line in head.split("\r\n")[1:] if re.match(r"(?i)(via|from|to|call-id|cseq)\b", line)]
                    connection.sendall(("\r\n".join(["SIP/2.0 200 OK", *kept, "Content-Length: 0"]) + "\r\n\r\n").encode())

    threading.Thread(target=read, daemon=True).start()
    for number in range(begin, begin + count):
        window.acquire(timeout=60)
        connection.sendall(request("SUBSCRIBE", number, f"u{number}", f"v{number % 100}@sink.test", more))
    for _ in range(WINDOW):
        window.acquire(timeout=60)
    taken = answers.get("200", 0) + answers.get("202", 0)
    return connection, taken, count - taken


def main():
    what, server, count = sys.argv[1], sys.argv[2], int(sys.argv[sys.argv.index("--n") + 1])
    _, limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    # Several of these run side by side (memory.py): each has numbers of its own.
    held, made, failed = {"connections": connections, "subscriptions": subscriptions}[what](server, count * 7, count)
    print(json.dumps({"setups": made, "failed": failed}), flush=True)
    sys.stdin.read()
    del held


main()
