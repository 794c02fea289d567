#!/usr/bin/env python3
"""Measures everything that docs/performance.md's table has, in less than eight minutes on a quiet machine of two
cores, and prints the table in Markdown.

    bench/table.py [--bench build/release/bench/tool/mailtap-bench] [--json FOLDER] [--share 0.1]

Each row's proxies take turns within each round. What fails to be measured is a dash."""

import argparse
import json
import pathlib
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


def row(text, proxies, figure, digits):
    values = {name: proxies.get(name, {}).get(figure) for name in ("mailtap", *PEERS)}
    others = [values[name] for name in PEERS if values[name]]
    own = values["mailtap"]
    shown = [f"{value:.{digits}f}" if value else "-" for value in values.values()]
    ratio = f"{own / min(others):.2f}" if own and others else "-"
    print(f"| {text} | {' | '.join(shown)} | {ratio} |")


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
        full = runs.run("full", "handshake", FULL, PEERS, rounds=5, connections=1000)
        many = runs.run("full-64", "handshake", FULL, PEERS[:2], rounds=3, connections=1200,
                        concurrency=64)
        resumed = runs.run("resumed", "handshake", RESUMED, PEERS[:2], rounds=5, connections=1200)
        libcrypto = runs.run("libcrypto", "handshake", LIBCRYPTO, PEERS[:2], rounds=3, connections=800)
        workers = [runs.run(f"workers-{count}-at-{at_once}", "handshake", ["tls12-ecdsa"], [], rounds=5,
                            connections=2000, workers=count, concurrency=at_once)
                   for count, at_once in ((1, 16), (2, 16), (2, 32))]
        bulk = runs.run("bulk", "bulk", ["tls12-ecdsa", "tls13-ecdsa"], PEERS[:2], rounds=3,
                        mebibytes=256)
        hold = runs.run("hold", "hold", ["tls12-ecdsa", "tls13-ecdsa"], PEERS[:2])

        print("| | mailtap | nginx | HAProxy | stunnel | ratio to the best |\n| --- | --- | --- | --- | --- | --- |")
        for name, text in FULL.items():
            row(text, full.get(name, {}), "cpu_us", 0)
        for name, text in FULL.items():
            row(f"{text}, 64 at once", many.get(name, {}), "cpu_us", 0)
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
        per_connection = [run.get("tls12-ecdsa", {}).get("mailtap", {}).get("cpu_us") for run in workers]
        if all(per_connection):
            one, two, two_at_32 = per_connection
            print(f"\nTLS 1.2 ECDSA: one worker {one:.0f} us; two {two:.0f} at 16 at once ({two / one:.2f} times), "
                  f"{two_at_32:.0f} at 32 ({two_at_32 / one:.2f} times).")
        print(f"all of it: {time.monotonic() - began:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
