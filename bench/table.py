#!/usr/bin/env python3
"""Measures everything that docs/performance.md's table has, in less than ten minutes on two cores, and writes it there,
with the commit, the machine and each peer's version and TLS library.

    bench/table.py --haproxy PATH [--mailtap build/profiled/proxy/mailtap] [--bench build/release/bench/tool/mailtap-bench]
                   [--write docs/performance.md]
    bench/table.py --check docs/performance.md

Each row's proxies take turns within each round. --check fails if a row is missing or incomplete, or if a ratio isn't what
the figures beside it come to."""

import argparse
import datetime
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BEGIN, END = "<!-- figures: written by bench/table.py -->", "<!-- /figures -->"
PEERS = ("haproxy", "nginx")
SHOWN = {"haproxy": "HAProxy", "nginx": "nginx", "mailtap-two": "two workers"}
FULL = {"tls12-ecdsa": "TLS 1.2 ECDSA P-256", "tls12-rsa": "TLS 1.2 RSA-2048", "tls13-ecdsa": "TLS 1.3 ECDSA, X25519"}
RESUMED = {"tls12-resumed": "TLS 1.2 resumed", "tls13-resumed": "TLS 1.3 resumed"}
ALL = {**FULL, **RESUMED}
LIBCRYPTO = {f"{name}-libcrypto": f"{text}, `--crypto libcrypto`, 16 at once" for name, text in ALL.items()}
VERSIONS = {"tls12-ecdsa": "TLS 1.2", "tls13-ecdsa": "TLS 1.3"}
AT_ONCE = (16, 64, 200)
MANY = 2000
RATES = (300, 1000)


class Row:
    """Of a table: mailtap's figure, then the others'; the ratio is mailtap's to the least of theirs, or (`inverse`) the
    other's to mailtap's."""

    def __init__(self, text, key, scenario, figure, digits=0, scale=1.0, peers=PEERS, inverse=False):
        self.text, self.key, self.scenario, self.figure, self.digits = text, key, scenario, figure, digits
        self.scale, self.peers, self.inverse = scale, peers, inverse

    def cells(self, runs):
        proxies = runs.get(self.key, {}).get(self.scenario, {})
        values = [proxies.get(name, {}).get(self.figure) for name in ("mailtap", *self.peers)]
        return [f"{value * self.scale:.{self.digits}f}" if value else "-" for value in values]

    def line(self, runs):
        cells = self.cells(runs)
        return f"| {self.text} | {' | '.join(cells)} | {ratio_of(cells, self.inverse)} |"


def ratio_of(cells, inverse):
    """As a cell, of cells with figures."""
    try:
        own, *others = [float(cell) for cell in cells]
        return f"{others[0] / own if inverse else own / min(others):.2f}"
    except (ValueError, ZeroDivisionError):
        return "-"


def tables():
    """Each table's head and rows."""
    saturated = [Row(f"{text}, {at_once} at once", f"at-{at_once}", name, "cpu_us")
                 for name, text in ALL.items() for at_once in AT_ONCE]
    saturated += [Row(f"{text}, {MANY:,} at once", f"at-{MANY}", name, "cpu_us") for name, text in VERSIONS.items()]
    saturated += [Row(text, "libcrypto", name, "cpu_us") for name, text in LIBCRYPTO.items()]
    rated = [Row(f"{text}, {rate:,} a second, {what}", f"rate-{rate}", name, figure, digits, scale)
             for rate in RATES for name, text in VERSIONS.items()
             for what, figure, digits, scale in (("CPU us", "cpu_us", 0, 1), ("handshake p50, ms", "handshake_p50_us", 2, 0.001),
                                                 ("handshake p99, ms", "handshake_p99_us", 2, 0.001))]
    other = [Row(f"bulk, {text}, CPU s per GiB", "bulk", name, "cpu_s_per_gib", 2) for name, text in VERSIONS.items()]
    other += [Row(f"idle connection, {text}, KiB", "hold", name, "kib_per_connection", 1) for name, text in VERSIONS.items()]
    workers = [Row(f"{text}, {at_once} at once", f"workers-at-{at_once}", name, "cpu_us", peers=("mailtap-two",), inverse=True)
               for name, text in VERSIONS.items() for at_once in AT_ONCE]
    peers = " | ".join(SHOWN[name] for name in PEERS)
    return [(f"| As many as go through one worker: CPU us per connection | mailtap | {peers} | ratio to the best |", saturated),
            (f"| At a rate | mailtap | {peers} | ratio to the best |", rated),
            (f"| Bytes, and memory | mailtap | {peers} | ratio to the best |", other),
            ("| CPU us per connection | one worker | two workers | ratio |", workers)]


# --- measuring -----------------------------------------------------------------------------------------------------

class Runs:
    def __init__(self, arguments, folder):
        self.arguments, self.folder, self.said, self.found = arguments, folder, {}, {}

    def run(self, key, command, scenarios, peers=PEERS, **options):
        """Keeps {scenario: {proxy: its figures}} of one run of mailtap-bench, whose progress goes to a log."""
        for amount in {"connections", "mebibytes"} & options.keys():
            options[amount] = max(1, int(options[amount] * self.arguments.share))
        words = [text for option, value in options.items() for text in (f"--{option}", str(value))]
        if self.arguments.mailtap:
            words += ["--mailtap", self.arguments.mailtap]
        for peer in PEERS:
            if peer in peers and (binary := getattr(self.arguments, peer)):
                words += [f"--{peer}", binary]
        file = self.folder / f"{key}.json"
        began = time.monotonic()
        prefix = ["chrt", "--rr", "1"] if self.arguments.real_time else []
        with open(self.folder / f"{key}.log", "w", encoding="utf-8") as log:
            done = subprocess.run([*prefix, self.arguments.bench, command, "--scenario", ",".join(scenarios), "--peers",
                                   ",".join(peers), "--json", file, *words], stdout=log, stderr=log, check=False)
        print(f"{key}: {time.monotonic() - began:.0f} s" + (", WITH FAILURES" if done.returncode else ""), file=sys.stderr)
        if not file.exists():
            return
        figures = json.loads(file.read_text())
        if not self.said or set(PEERS) <= set(peers):
            self.said = figures
        self.found[key] = {scenario["name"]: {proxy["name"]: proxy for proxy in scenario["proxies"] if not proxy["failed"]}
                           for scenario in figures["scenarios"]}


def measure(runs):
    # Several times as many as there are at once: in the first and the last of them nothing is full yet, or any more.
    for at_once in AT_ONCE:
        runs.run(f"at-{at_once}", "handshake", ALL, rounds=7, connections=max(400, 6 * at_once), concurrency=at_once)
    runs.run(f"at-{MANY}", "handshake", VERSIONS, rounds=3, connections=4 * MANY, concurrency=MANY)
    runs.run("libcrypto", "handshake", LIBCRYPTO, rounds=7, connections=250)
    for rate in RATES:
        runs.run(f"rate-{rate}", "handshake", VERSIONS, rounds=9, connections=rate, rate=rate)
    for at_once in AT_ONCE:
        runs.run(f"workers-at-{at_once}", "handshake", VERSIONS, ["mailtap-two"], rounds=9, connections=400,
                 concurrency=at_once)
    runs.run("bulk", "bulk", VERSIONS, rounds=3, mebibytes=128)
    runs.run("hold", "hold", VERSIONS)


def provenance(runs, seconds):
    said, arguments = runs.said, runs.arguments
    commit = re.search(r"\(([0-9a-f]+)", said["versions"]["mailtap"])
    build = "optimised by a profile (`scripts/profiled`)" if said["versions"]["mailtap"].endswith(", by profile") \
        else "the preset `release`"
    names = "; ".join(f"{said['versions'][name]} with {said['tls_libraries'][name]}" for name in PEERS
                      if name in said["versions"])
    machine = said["machine"]
    priority = ", under a real-time policy (`chrt --rr 1`) so that what else the machine does doesn't preempt them" \
        if arguments.real_time else ""
    return (f"Commit {commit.group(1) if commit else 'unknown'}, {build}, {datetime.date.today():%d %B %Y}, in {seconds:.0f} seconds: "
            f"{machine['processor']}, {machine['cores']} cores, Linux {machine['kernel']}{priority}, load average "
            f"{machine['load_average_before']:.0f} meanwhile. {said['tls_libraries']['mailtap']} in mailtap; {names}. "
            f"The load: {said['load']}. Medians of rounds; a ratio is that of the medians.")


def written(runs, seconds):
    parts = [BEGIN, provenance(runs, seconds)]
    for head, rows in tables():
        columns = head.count("|") - 1
        parts.append("\n".join([head, "|" + " --- |" * columns, *(row.line(runs.found) for row in rows)]))
    return "\n\n".join([*parts, END])


# --- checking ------------------------------------------------------------------------------------------------------

def faults(text):
    """What is wrong with the figures in a document."""
    begin, end = text.find(BEGIN), text.find(END)
    if begin < 0 or end < begin:
        return [f"there is no table between {BEGIN} and {END}"]
    block = text[begin:end]
    found = [] if re.search(r"^Commit [0-9a-f]{7,}, (the preset|optimised by) .* with ", block, re.M) else \
        ["the commit, how it was built and the peers' versions are missing"]
    lines = {cells[0]: cells[1:] for cells in ([cell.strip() for cell in line.strip("|").split("|")]
                                              for line in block.splitlines() if line.startswith("|"))}
    for head, rows in tables():
        if head not in block:
            found.append(f"there is no table with the head {head}")
        for row in rows:
            cells = lines.pop(row.text, None)
            if cells is None or len(cells) != len(row.peers) + 2:
                found.append(f"{row.text}: there is no such row, or not all of it")
            elif "-" in cells:
                found.append(f"{row.text}: a figure is missing")
            elif ratio_of(cells[:-1], row.inverse) != cells[-1]:
                found.append(f"{row.text}: the ratio {cells[-1]} isn't {ratio_of(cells[:-1], row.inverse)}, which the figures "
                             "beside it come to")
    return found


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--bench", default="build/release/bench/tool/mailtap-bench")
    options.add_argument("--mailtap", help="its binary, if not that of mailtap-bench's build")
    options.add_argument("--haproxy", help="its binary, if not the installed one")
    options.add_argument("--nginx", help="as --haproxy")
    options.add_argument("--share", type=float, default=1, help="of the connections and bytes: less is faster and worse")
    options.add_argument("--real-time", action="store_true", help="run it all under chrt --rr 1, on a machine that isn't quiet")
    options.add_argument("--json", type=pathlib.Path, help="keep each run's figures in this folder")
    options.add_argument("--write", type=pathlib.Path, metavar="DOCUMENT", help="put the table there, not on standard output")
    options.add_argument("--check", type=pathlib.Path, metavar="DOCUMENT", help="only look whether its table is in order")
    arguments = options.parse_args()
    if arguments.check:
        found = faults(arguments.check.read_text(encoding="utf-8"))
        for fault in found:
            print(f"{arguments.check}: {fault}", file=sys.stderr)
        sys.exit(1 if found else 0)
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.json or pathlib.Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        began = time.monotonic()
        runs = Runs(arguments, folder)
        measure(runs)
        text = written(runs, time.monotonic() - began)
    if not arguments.write:
        print(text)
        return
    document = arguments.write.read_text(encoding="utf-8")
    begin, end = document.find(BEGIN), document.find(END)
    if begin < 0 or end < begin:
        sys.exit(f"{arguments.write}: there is no place between {BEGIN} and {END}\n{text}")
    arguments.write.write_text(document[:begin] + text + document[end + len(END):], encoding="utf-8")


if __name__ == "__main__":
    main()
