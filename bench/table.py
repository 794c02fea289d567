#!/usr/bin/env python3
"""Measures everything that docs/performance.md's table has, in less than eight minutes on a quiet machine of two
cores, and prints the table in Markdown.

    bench/table.py [--bench build/release/bench/tool/mailtap-bench] [--json FOLDER] [--share 0.1]

Each row's proxies take turns within each round. What fails to be measured is a dash."""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

PEERS = ("nginx", "haproxy", "stunnel")
FULL = {"tls12-ecdsa": "TLS 1.2 ECDSA P-256, full", "tls12-rsa": "TLS 1.2 RSA-2048, full",
        "tls13-ecdsa": "TLS 1.3 ECDSA, X25519, full"}
RESUMED = {"tls12-resumed": "TLS 1.2 resumed", "tls13-resumed": "TLS 1.3 resumed"}
LIBCRYPTO = {f"{name}-libcrypto": f"{text}, `--crypto libcrypto`" for name, text in FULL.items()}


class Runs:
    def __init__(self, bench, folder, share):
        self.bench, self.folder, self.share = bench, folder, share

    def run(self, name, command, scenarios, peers, **options):
        """{scenario: {proxy: its figures}} of one run of mailtap-bench, whose progress goes to standard error."""
        for amount in {"connections", "mebibytes"} & options.keys():
            options[amount] = max(1, int(options[amount] * self.share))
        options = [text for option, value in options.items() for text in (f"--{option}", str(value))]
        file = self.folder / f"{name}.json"
        began = time.monotonic()
        done = subprocess.run([self.bench, command, "--scenario", ",".join(scenarios), "--peers", ",".join(peers),
                               "--json", file, *options], stdout=subprocess.DEVNULL, check=False)
        print(f"{name}: {time.monotonic() - began:.0f} s" + (", WITH FAILURES" if done.returncode else ""),
              file=sys.stderr)
        if not file.exists():
            return {}
        return {scenario["name"]: {proxy["name"]: proxy for proxy in scenario["proxies"]}
                for scenario in json.loads(file.read_text())["scenarios"]}


def ratio(proxies, peer, figure):
    """The median of the rounds' ratios, where rounds were kept: what changes on the machine meets both."""
    of, to = (proxies.get(name, {}).get(f"{figure}_rounds") for name in ("mailtap", peer))
    if of and to:
        return statistics.median(a / b for a, b in zip(of, to) if b)
    return proxies["mailtap"][figure] / proxies[peer][figure]


def row(text, proxies, figure, digits):
    values = {name: proxies.get(name, {}).get(figure) for name in ("mailtap", *PEERS)}
    others = [name for name in PEERS if values[name]]
    shown = [f"{value:.{digits}f}" if value else "-" for value in values.values()]
    best = f"{ratio(proxies, min(others, key=values.get), figure):.2f}" if values["mailtap"] and others else "-"
    print(f"| {text} | {' | '.join(shown)} | {best} |")


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--bench", default="build/release/bench/tool/mailtap-bench")
    options.add_argument("--share", type=float, default=1, help="of the connections and bytes: less is faster and worse")
    options.add_argument("--json", type=pathlib.Path, help="keep each run's figures in this folder")
    arguments = options.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.json or pathlib.Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        began = time.monotonic()
        runs = Runs(arguments.bench, folder, arguments.share)
        fast = PEERS[:2]
        many = runs.run("full-64", "handshake", FULL, fast, rounds=25, connections=250, concurrency=64)
        full = runs.run("full", "handshake", FULL, fast, rounds=25, connections=200)
        for name, proxies in runs.run("stunnel", "handshake", FULL, PEERS[2:], rounds=3, connections=200).items():
            full.get(name, {}).update({"stunnel": proxies.get("stunnel", {})})
        resumed = runs.run("resumed", "handshake", RESUMED, fast, rounds=20, connections=300)
        libcrypto = runs.run("libcrypto", "handshake", LIBCRYPTO, fast, rounds=15, connections=200)
        workers = {at_once: runs.run(f"workers-at-{at_once}", "handshake", ["tls12-ecdsa"], ["mailtap-two"], rounds=20,
                                     connections=400, concurrency=at_once).get("tls12-ecdsa", {})
                   for at_once in (16, 64, 128, 200)}
        bulk = runs.run("bulk", "bulk", ["tls12-ecdsa", "tls13-ecdsa"], fast, rounds=3, mebibytes=256)
        hold = runs.run("hold", "hold", ["tls12-ecdsa", "tls13-ecdsa"], fast)

        print("| | mailtap | nginx | HAProxy | stunnel | ratio to the best |\n| --- | --- | --- | --- | --- | --- |")
        for name, text in FULL.items():
            row(f"{text}, 64 at once", many.get(name, {}), "cpu_us", 0)
        for name, text in FULL.items():
            row(text, full.get(name, {}), "cpu_us", 0)
        for name, text in RESUMED.items():
            row(text, resumed.get(name, {}), "cpu_us", 0)
        for name, text in LIBCRYPTO.items():
            row(text, libcrypto.get(name, {}), "cpu_us", 0)
        for name, text in (("tls12-ecdsa", "TLS 1.2"), ("tls13-ecdsa", "TLS 1.3")):
            row(f"bulk, {text}, CPU s per GiB", bulk.get(name, {}), "cpu_s_per_gib", 2)
        for name, text in (("tls12-ecdsa", "TLS 1.2"), ("tls13-ecdsa", "TLS 1.3")):
            row(f"idle memory, {text}, KiB", hold.get(name, {}), "kib_per_connection", 1)
        for name, text in {**FULL, **RESUMED}.items():
            row(f"{text}: answer's first byte, 99th percentile, us", {**full, **resumed}.get(name, {}),
                "response_p99_us", 0)
        shared_out = [f"{1 / ratio(proxies, 'mailtap-two', 'cpu_us'):.2f} at {at_once} at once"
                      for at_once, proxies in workers.items() if len(proxies) == 2]
        print(f"\nTLS 1.2 ECDSA, what two workers cost for one's: {', '.join(shared_out)}.")
        print(f"all of it: {time.monotonic() - began:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
