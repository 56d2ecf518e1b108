#!/usr/bin/env python3
"""TLS handshakes a server made for `openssl s_time`, and what they cost it: handshakes.py NAME RUNS RUNFILE openssl s_time …

Appends a line to results.jsonl for each run, as bench.py does.
"""
import json
import os
import re
import subprocess
import sys
import time

PEERS = os.environ.get("PEERS", "/tmp/peers")


def cpu(pid):
    """CPU seconds of a process and all that it has started."""
    with open(f"/proc/{pid}/stat") as file:
        own = sum(map(int, file.read().rsplit(")", 1)[1].split()[11:15])) / os.sysconf("SC_CLK_TCK")
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return own + sum(map(cpu, file.read().split()))


def main():
    name, runs, runfile = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    with open(f"{PEERS}/run/{runfile}.pid") as file:
        pid = int(file.read())
    for _ in range(runs):
        before, began = cpu(pid), time.monotonic()
        said = subprocess.run(sys.argv[4:], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout
        seconds, cost = time.monotonic() - began, cpu(pid) - before
        # “123 connections in 5.01 real seconds, …”
        found = re.search(r"(\d+) connections in [\d.]+ real seconds", said)
        made = int(found.group(1)) if found else 0
        row = {"name": name, "t": int(time.time()), "setups": made, "failed": 0 if made else 1, "rate": round(made / seconds, 1)}
        row["srv"] = {"server": {"cpu_per_10k": round(cost * 1e4 / made, 3) if made else None}}
        print(f"{name}: {made} handshakes, {row['rate']}/s, {row['srv']['server']['cpu_per_10k']} CPU-s per 10 000", flush=True)
        if not made:
            print(said[-500:], file=sys.stderr)
        with open(f"{PEERS}/results.jsonl", "a") as out:
            out.write(json.dumps(row) + "\n")


main()
