#!/usr/bin/env python3
"""What idle streams cost a server in memory: memory.py NAME RUNFILE COUNT,COUNT… -- xload --mode hold …

Opens so many streams, lets the server come to rest, reads its memory from /proc, and goes on to the next count. A few streams
are opened and closed first, so that what a server loads for the first of them is not counted. Appends to results.jsonl.
"""
import json
import os
import subprocess
import sys
import time

PEERS = os.environ.get("PEERS", "/tmp/peers")


def children_of(pid):
    """The process and all that it has started."""
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return [pid] + [p for child in file.read().split() for p in children_of(int(child))]


def memory(pid):
    """Resident and proportional memory of the processes, in kB."""
    sums = {"Rss": 0, "Pss": 0}
    for process in children_of(pid):
        with open(f"/proc/{process}/smaps_rollup") as file:
            for line in file:
                key, _, value = line.partition(":")
                if key in sums:
                    sums[key] += int(value.split()[0])
    return sums


def settled(pid):
    """The memory once it has not grown for a second, or after twenty."""
    last = memory(pid)
    for _ in range(20):
        time.sleep(1)
        now = memory(pid)
        if now["Rss"] <= last["Rss"] + 16:
            return now
        last = now
    return last


def opened(command, count):
    """A generator that holds `count` streams, and what it said of them."""
    process = subprocess.Popen(command + ["--n", str(count)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    line = process.stdout.readline()
    return process, json.loads(line or '{"setups": 0, "failed": -1}')


def close(process):
    process.stdin.close()
    process.wait()


def main():
    name, runfile, counts = sys.argv[1:4]
    command = sys.argv[5:]
    with open(f"{PEERS}/run/{runfile}.pid") as file:
        pid = int(file.read())
    close(opened(command, 20)[0])
    empty = settled(pid)
    row = {"name": f"{name}-memory", "t": int(time.time()), "empty": empty, "held": []}
    holders, total, failed = [], 0, 0
    for count in map(int, counts.split(",")):
        holder, said = opened(command, count - total)
        holders.append(holder)
        total += said["setups"]
        failed += said["failed"]
        now = settled(pid)
        each = {key: round((now[key] - empty[key]) / max(total, 1), 2) for key in now}
        row["held"].append({"streams": total, "failed": failed, "memory": now, "each": each})
        print(f"{name}: {total} streams ({failed} failed): {now['Rss'] // 1024} MB resident, {each['Rss']} kB each", flush=True)
        if said["failed"]:
            break
    for holder in holders:
        close(holder)
    with open(f"{PEERS}/results.jsonl", "a") as out:
        out.write(json.dumps(row) + "\n")


main()
