"""Compares the documents with the code. Prints what differs; exit 1 when something does.

docs/operations/configuration.md is written from `--help` of the services (`--write`); the others are written by people
and must name everything that there is.
"""
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ["ISTHMUS_BIN"])
OPERATIONS = ROOT / "docs/operations"
SERVICES = ["xmpp-edge", "sip-edge", "policy-service", "dialback-authority", "cert-service", "dns-publisher"]
ENTRY = re.compile(r"^  (ISTHMUS_\w+)  \((\S+)\)\n      (.*)\n      (.*); (required|default: .*)$", re.M)
INTRODUCTION = """# Settings

<!-- Written by `Scripts/docs-check --write` from the services' --help; do not edit. -->

A setting is an environment variable, or under its dotted key a value of the YAML file that `ISTHMUS_CONFIG` names; the
environment wins, and an empty variable is not set. Secrets are read from the files that the settings `…_FILE` name and
from nowhere else. A setting that a service does not know, or a value that it cannot use, ends it with status 78 before
a port is bound; every mistake is listed with what would be right. `SERVICE --check-configuration` does only that.

Times are whole numbers with `ms`, `s`, `m`, `h` or `d` (seconds without); lists have commas between their elements and
may be YAML lists.
"""


def settings(service):
    """The settings of a service, from its --help: (variable, key, hint, kind, default)."""
    text = subprocess.run(
        [BIN / service, "--help"], capture_output=True, text=True, check=True, env={"PATH": os.environ["PATH"]}
    ).stdout
    host = os.uname().nodename
    return [
        (variable, key, hint, kind, default.replace(f"default: {host}", "default: the host's name"))
        for variable, key, hint, kind, default in ENTRY.findall(text)
    ]


def table(rows):
    lines = ["| variable | key | value | |", "|---|---|---|---|"]
    for variable, key, hint, kind, default in rows:
        kind, hint = kind.replace("|", "\\|"), hint.replace("|", "\\|")
        lines.append(f"| `{variable}` | `{key}` | {kind}; {default} | {hint} |")
    return "\n".join(lines)


def configuration():
    all_settings = {service: settings(service) for service in SERVICES}
    common = [row for row in all_settings[SERVICES[0]] if all(row in rows for rows in all_settings.values())]
    parts = [INTRODUCTION, "## Every service\n\n" + table(common) + "\n"]
    for service, rows in all_settings.items():
        own = [row for row in rows if row not in common]
        parts.append(f"## {service}\n\n" + table(own) + "\n")
    return "\n".join(parts)


def swift_files():
    for folder in ("Shared", "Services"):
        yield from (ROOT / folder).rglob("*.swift")


def missing_names(pattern, document):
    """What the pattern finds in the code and the document does not name."""
    text = document.read_text() if document.exists() else ""
    found = {}
    for file in swift_files():
        for name in pattern.findall(file.read_text()):
            found.setdefault(name, file.relative_to(ROOT))
    return [
        f"{document.relative_to(ROOT)} does not name `{name}` ({file})"
        for name, file in sorted(found.items())
        if f"`{name}`" not in text
    ]


def documents():
    yield from (ROOT / "docs").rglob("*.md")
    for name in ("README.md", "CONTRIBUTING.md"):
        if (ROOT / name).exists():
            yield ROOT / name


def broken_links(document):
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", document.read_text()):
        if not re.match(r"[a-z]+:", target) and not (document.parent / target).exists():
            yield f"{document.relative_to(ROOT)} points to {target}, which is not there"


def unknown_commands(document):
    """`make X` and `isthmusctl X Y` in code blocks and code words: they must exist."""
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M)
    text = document.read_text()
    code = re.findall(r"```.*?```|`[^`\n]+`", text, re.S)
    for word in sorted({word for part in code for word in re.findall(r"\bmake ([a-z][a-z-]*)", part)}):
        if word not in targets:
            yield f"{document.relative_to(ROOT)} names `make {word}`, which is no target"
    commands = {words for part in code for words in re.findall(r"\bisthmusctl ((?:[a-z-]+ ?)+)", part)}
    for words in sorted(commands):
        path = [word for word in words.split() if not word.startswith("-")][:2]
        if not isthmusctl_knows(path):
            yield f"{document.relative_to(ROOT)} names `isthmusctl {' '.join(path)}`, which is no command"


def isthmusctl_knows(path, known={}):
    key = tuple(path)
    if key not in known:
        result = subprocess.run([BIN / "isthmusctl", "help", *path], capture_output=True, text=True)
        usage = re.search(r"USAGE: isthmusctl (.*)", result.stdout)
        known[key] = result.returncode == 0 and usage is not None and usage[1].startswith(path[0])
    return known[key]


def main():
    problems = []
    page = OPERATIONS / "configuration.md"
    if "--write" in sys.argv:
        page.write_text(configuration())
    elif not page.exists() or page.read_text() != configuration():
        problems.append(f"{page.relative_to(ROOT)} is out of date: Scripts/docs-check --write")
    problems += missing_names(re.compile(r'"((?:isthmus|process)_[a-z_]+)"'), OPERATIONS / "metrics.md")
    problems += missing_names(re.compile(r'"([a-z]+\.[a-z_]+)":'), OPERATIONS / "logging.md")
    for document in documents():
        problems += broken_links(document)
        problems += unknown_commands(document)
    for problem in problems:
        print(problem)
    sys.exit(1 if problems else 0)


main()
