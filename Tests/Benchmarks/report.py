#!/usr/bin/env python3
"""Turns results.jsonl into the tables of docs/performance.md: report.py RESULTS DOCUMENT

Replaces what stands between the markers `<!-- measured GROUP: begin -->` and `<!-- measured GROUP: end -->` for each group that was
measured; the others stay. Every figure is the median of the runs, with the least and the greatest in brackets; ratios are between
medians of one and the same call of `make bench`.
"""
import json
import statistics
import sys

GATEWAYS = {
    "isthmus": "Isthmus: s2s with TLS, both edges and the bus",
    "kamailio-ejabberd": "Kamailio xmpp module + ejabberd component, no TLS",
    "kamailio-prosody": "Kamailio xmpp module + Prosody component, no TLS",
}
SERVERS = {"isthmus": "Isthmus", "prosody": "Prosody", "ejabberd": "ejabberd"}
GATEWAY_LOADS = {
    "tcp-xmpp2sip-max-win200": "IM XMPP → SIP, 200 outstanding",
    "tcp-sip2xmpp-max-win200": "IM SIP → XMPP, 200 outstanding",
    "tcp-xmpp2sip-500ps": "IM XMPP → SIP, paced 500/s",
    "tcp-sip2xmpp-500ps": "IM SIP → XMPP, paced 500/s",
}
SERVER_LOADS = {
    "s2s-in": "Stanzas in over one s2s stream with TLS, 200 outstanding",
    "s2s-out": "Stanzas out over one s2s stream with TLS, 200 outstanding",
    "s2s-pair": "Stanzas from server to server of a kind, 200 outstanding: both servers",
}
SIP_SYSTEMS = {"isthmus": "Isthmus: sip-edge", "kamailio": "Kamailio, stateful relay"}
HANDSHAKE_SYSTEMS = {**SIP_SYSTEMS, "openssl": "openssl s_server, nothing but handshakes"}
SIP_LOADS = {
    "sip-message-tcp": "MESSAGE over TCP, 200 outstanding",
    "sip-message-tls": "MESSAGE over TLS, 200 outstanding",
}
SIP_HELD = {"sip-connections": "TCP connections", "sip-subscriptions": "presence subscriptions"}
SETUPS = {
    "setup-external": "Stream set-ups: TCP, STARTTLS, SASL EXTERNAL",
    "setup-dialback": "Stream set-ups: TCP, STARTTLS, dialback",
}


def spread(values, digits):
    if not values:
        return "–"
    middle = statistics.median(values)
    return f"{middle:.{digits}f} [{min(values):.{digits}f}…{max(values):.{digits}f}]"


def cost(run):
    """CPU-s per 10 000 of the servers that are charged; those whose label begins with a dash are not."""
    parts = [s["cpu_per_10k"] for label, s in run["srv"].items() if not label.startswith("-")]
    return None if None in parts else sum(parts)


def ratio(costs, own):
    return f"{statistics.median(costs) / statistics.median(own):.1f}×" if costs and own and min(own) > 0 else "–"


def field(group, key, digits):
    return spread([run[key] for run in group if run.get(key) is not None], digits)


def table(runs, load, title, systems, columns, row):
    out = [f"### {title}", "", f"| system | CPU-s per 10 000 | ratio | {' | '.join(columns)} |"]
    out += ["|---" * (3 + len(columns)) + "|"]
    costs = {s: [c for c in map(cost, runs.get(f"{s}-{load}", [])) if c is not None] for s in systems}
    for system, name in systems.items():
        group = runs.get(f"{system}-{load}", [])
        own = ratio(costs[system], costs["isthmus"])
        out.append(f"| {name} | {spread(costs[system], 3)} | {own} | {' | '.join(row(group))} |")
    return out + [""]


def stanza_row(group):
    counts = " / ".join(str(sum(run.get(key, 0) for run in group)) for key in ("sent", "recv", "bounced"))
    return [field(group, "p50_ms", 2), field(group, "p99_ms", 1), field(group, "rate", 0), counts]


def stanza_tables(runs, loads, systems):
    columns = ["p50 ms", "p99 ms", "rate /s", "sent / received / refused"]
    return [line for load, title in loads.items() for line in table(runs, load, title, systems, columns, stanza_row)]


def setup_row(group):
    counts = " / ".join(str(sum(run.get(key, 0) for run in group)) for key in ("setups", "failed"))
    return [field(group, "p50_ms", 2), field(group, "rate", 0), counts]


def setup_tables(runs):
    columns = ["p50 ms", "rate /s", "made / failed"]
    return [line for load, title in SETUPS.items() for line in table(runs, load, title, SERVERS, columns, setup_row)]


def memory_table(runs):
    out = ["### Memory of idle streams with TLS", ""]
    out += ["| system | without streams, MB | streams | resident, MB | kB a stream (proportional) | ratio |", "|---" * 6 + "|"]
    own = {}
    for system, name in SERVERS.items():
        for run in runs.get(f"{system}-memory", [])[-1:]:
            for place, held in enumerate(run["held"]):
                each = held["each"]
                own.setdefault(place, each["Rss"])
                out.append(
                    f"| {name} | {run['empty']['Rss'] / 1024:.0f} | {held['streams']} | {held['memory']['Rss'] / 1024:.0f} "
                    f"| {each['Rss']:.1f} ({each['Pss']:.1f}) | {each['Rss'] / own[place]:.1f}× |"
                )
    return out + [""]


def sip_tables(runs):
    lines = stanza_tables(runs, SIP_LOADS, SIP_SYSTEMS)
    row = lambda group: setup_row(group)[1:]
    return lines + table(runs, "sip-handshake", "TLS handshakes with certificates on both sides", HANDSHAKE_SYSTEMS, ["rate /s", "made / failed"], row)


def sip_memory_table(runs):
    out = ["### Memory of sip-edge, idle", "", "| what | without, MB | how many | resident, MB | kB each (proportional) |", "|---" * 5 + "|"]
    for name, what in SIP_HELD.items():
        for run in runs.get(f"{name}-memory", [])[-1:]:
            for held in run["held"]:
                each = held["each"]
                out.append(
                    f"| {what} | {run['empty']['Rss'] / 1024:.0f} | {held['streams']} | {held['memory']['Rss'] / 1024:.0f} "
                    f"| {each['Rss']:.1f} ({each['Pss']:.1f}) |"
                )
    return out + [""]


def bus_table(run):
    out = ["### Bus round trip, CURVE on", "", "| what | CPU µs per round trip, both ends |", "|---|---|"]
    return out + [f"| {name} | {value:.2f} |" for name, value in run["figures"].items()] + [""]


def core_table(run):
    out = ["### XML, SIP and dialback keys, one core", "", "| what | figure | cost, relative to the library alone |", "|---|---|---|"]
    for row in run["figures"]:
        amount = f"{row['value']:.0f} {row['unit']}" if row["unit"] != "/s" else f"{row['value']:,.0f} {row['unit']}".replace(",", " ")
        times = f"{row['ratio']:.2f}×" if row["ratio"] is not None else "–"
        out.append(f"| {row['what']} | {amount} | {times} |")
    return out + [""]


def policy_table(run):
    out = ["### 10 000 partners and 100 000 users", "", "| what | figure |", "|---|---|"]
    return out + [f"| {row['what']} | {row['value']:.4g} {row['unit']} |" for row in run["figures"]] + [""]


def sections(runs):
    """The lines of each group that was measured."""
    measured = lambda suffixes: any(name.endswith(suffix) for name in runs for suffix in suffixes)
    if measured(GATEWAY_LOADS):
        yield "gateway", stanza_tables(runs, GATEWAY_LOADS, GATEWAYS)
    if measured(SERVER_LOADS):
        yield "s2s", stanza_tables(runs, SERVER_LOADS, SERVERS)
    if measured(SETUPS):
        yield "setup", setup_tables(runs)
    if measured(SIP_LOADS):
        yield "sip", sip_tables(runs)
    if any(f"{name}-memory" in runs for name in SIP_HELD):
        yield "sipmemory", sip_memory_table(runs)
    if any(f"{name}-memory" in runs for name in SERVERS):
        yield "memory", memory_table(runs)
    if "core" in runs:
        yield "core", core_table(runs["core"][-1])
    if "policy" in runs:
        yield "policy", policy_table(runs["policy"][-1])
    if "bus" in runs:
        yield "bus", bus_table(runs["bus"][-1])


def main(results, document):
    runs = {}
    with open(results) as lines:
        for line in lines:
            run = json.loads(line)
            runs.setdefault(run["name"], []).append(run)
    with open(document) as file:
        text = file.read()
    for group, lines in sections(runs):
        begin, end = f"<!-- measured {group}: begin -->", f"<!-- measured {group}: end -->"
        head, _, rest = text.partition(begin)
        _, _, tail = rest.partition(end)
        text = head + "\n".join([begin, "", *lines, end]) + tail
    with open(document, "w") as file:
        file.write(text)


main(*sys.argv[1:])
