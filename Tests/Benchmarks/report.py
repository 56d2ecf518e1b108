#!/usr/bin/env python3
"""Turns results.jsonl into the tables of docs/performance.md: report.py RESULTS DOCUMENT

Replaces what stands between the two markers of the document. Every figure is the median of the runs, with the least and the
greatest in brackets; ratios are between medians of one and the same call of `make bench`.
"""
import json
import statistics
import sys

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
SYSTEMS = ["isthmus", "kamailio-ejabberd", "kamailio-prosody"]
NAMES = {
    "isthmus": "Isthmus: s2s with TLS, both edges and the bus",
    "kamailio-ejabberd": "Kamailio xmpp module + ejabberd component, no TLS",
    "kamailio-prosody": "Kamailio xmpp module + Prosody component, no TLS",
}
LOADS = {
    "tcp-xmpp2sip-max-win200": "IM XMPP → SIP, 200 outstanding",
    "tcp-sip2xmpp-max-win200": "IM SIP → XMPP, 200 outstanding",
    "tcp-xmpp2sip-500ps": "IM XMPP → SIP, paced 500/s",
    "tcp-sip2xmpp-500ps": "IM SIP → XMPP, paced 500/s",
}


def spread(values, digits):
    if not values:
        return "–"
    middle = statistics.median(values)
    return f"{middle:.{digits}f} [{min(values):.{digits}f}…{max(values):.{digits}f}]"


def cost(run):
    parts = [s["cpu_per_10k"] for s in run["srv"].values()]
    return None if None in parts else sum(parts)


def main(results, document):
    runs = {}
    bus = None
    with open(results) as lines:
        for line in lines:
            run = json.loads(line)
            if run["name"] == "bus":
                bus = run
            else:
                runs.setdefault(run["name"], []).append(run)
    out = [BEGIN, ""]
    for load, title in LOADS.items():
        out += [f"### {title}", "", "| system | CPU-s per 10 000 | ratio | p50 ms | p99 ms | rate /s | sent / received / refused |"]
        out += ["|---|---|---|---|---|---|---|"]
        own = [c for c in map(cost, runs.get(f"isthmus-{load}", [])) if c is not None]
        for system in SYSTEMS:
            group = runs.get(f"{system}-{load}", [])
            costs = [c for c in map(cost, group) if c is not None]
            ratio = f"{statistics.median(costs) / statistics.median(own):.1f}×" if costs and own else "–"
            out.append(
                f"| {NAMES[system]} | {spread(costs, 3)} | {ratio} | {spread([r['p50_ms'] for r in group if 'p50_ms' in r], 2)} "
                f"| {spread([r['p99_ms'] for r in group if 'p99_ms' in r], 1)} | {spread([r['rate'] for r in group if 'rate' in r], 0)} "
                f"| {sum(r.get('sent', 0) for r in group)} / {sum(r.get('recv', 0) for r in group)} / {sum(r.get('bounced', 0) for r in group)} |"
            )
        out.append("")
    if bus:
        out += ["### Bus round trip, CURVE on", "", "| what | CPU µs per round trip, both ends |", "|---|---|"]
        out += [f"| {name} | {value:.2f} |" for name, value in bus["figures"].items()]
        out.append("")
    out.append(END)
    text = open(document).read()
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    open(document, "w").write(head + "\n".join(out) + tail)


main(*sys.argv[1:])
