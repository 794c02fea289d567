#!/usr/bin/env python3
"""Runs tlsfuzzer's scripts against mailtap, and compares with what runs.tsv expects.

    MAILTAP_TLSFUZZER=DIR MAILTAP_TLSLITE=DIR run.py MAILTAP [--only REGEX] [--legacy] [--results FILE]

DIR are working trees of the public repositories tlsfuzzer/tlsfuzzer and tlsfuzzer/tlslite-ng, which need python3-ecdsa; neither is part of
mailtap. Without them the exit status is 77: skipped.

runs.tsv has a script and its arguments a line; to whom it speaks: `rsa` or `ecdsa`, the key that mailtap shows, or `asks`, where mailtap asks for a
client certificate; how many of its conversations may fail; and why. More is an error, and so is a script that doesn't end. Which
conversations a script takes of its own is drawn by lot where it is given -n, so that fewer may fail too. A server that answers GET
stands behind mailtap.
"""

import argparse
import csv
import http.server
import os
import re
import shlex
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SKIPPED = 77


class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        # In one record, as the scripts expect.
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n\r\nhello\n")

    def log_message(self, *_):
        pass


class Upstream(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, certificate, key, asks):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        self.context.set_alpn_protocols(["http/1.1"])
        if asks:
            self.context.verify_mode = ssl.CERT_OPTIONAL
        super().__init__(("127.0.0.1", 0), Answer)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def finish_request(self, request, address):
        request.settimeout(60)
        with self.context.wrap_socket(request, server_side=True) as secured:
            super().finish_request(secured, address)
            secured.unwrap()  # close_notify, which scripts wait for

    def handle_error(self, request, address):
        pass  # peers that leave in the middle are what this is about


def python_with_ecdsa():
    """The system's Python has the packages of Debian's; another that is first in the path hasn't."""
    for candidate in (sys.executable, "/usr/bin/python3"):
        if subprocess.run([candidate, "-c", "import ecdsa"], stderr=subprocess.DEVNULL, check=False).returncode == 0:
            return candidate
    return sys.exit("no Python here has ecdsa: apt-get install python3-ecdsa")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make_key(folder, name, algorithm):
    certificate, key = f"{folder}/{name}.pem", f"{folder}/{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-nodes", "-newkey", *algorithm, "-keyout", key, "-out", certificate, "-days", "30",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"], check=True, stderr=subprocess.DEVNULL)
    return certificate, key


class Mailtap:
    def __init__(self, program, folder, name, identity, asks, legacy):
        self.port = free_port()
        upstream = Upstream(*identity, asks)
        more = ["--ask-client-cert"] if asks else []
        more += ["--legacy-tls"] if legacy else []
        self.log = f"{folder}/{name}.log"
        self.process = subprocess.Popen(
            [program, "run", "--listen", f"127.0.0.1:{self.port}", "--upstream", f"localhost:{upstream.server_port}", "--cert", identity[0],
             "--key", identity[1], "--workers", "1", "--drain-timeout", "0s", "--log", self.log, *more],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.1)
        sys.exit(f"{program} doesn't listen")


def run(python, script, arguments, port, tlsfuzzer, tlslite):
    """(conversations, failed, their names); None for what the script didn't come to say."""
    environment = dict(os.environ, PYTHONPATH=f"{tlsfuzzer}:{tlslite}")
    command = [python, f"scripts/{script}.py", "-h", "localhost", "-p", str(port), *shlex.split(arguments)]
    try:
        done = subprocess.run(command, cwd=tlsfuzzer, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace", timeout=300)
    except subprocess.TimeoutExpired:
        return None, None, []
    number = lambda word: (re.findall(rf"^{word}: (\d+)", done.stdout, re.M) or [None])[-1]
    total, failed = number("TOTAL"), number("FAIL")
    names = re.findall(r"^\t'(.*)'$", done.stdout.rsplit("FAILED:", 1)[1], re.M) if "FAILED:" in done.stdout else []
    if total is None:
        return None, None, []
    return int(total), int(failed) if done.returncode else 0, names


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("mailtap")
    parser.add_argument("--only", default=".")
    parser.add_argument("--legacy", action="store_true", help="mailtap runs with --legacy-tls")
    parser.add_argument("--results")
    options = parser.parse_args()
    tlsfuzzer, tlslite = os.environ.get("MAILTAP_TLSFUZZER"), os.environ.get("MAILTAP_TLSLITE")
    if not tlsfuzzer or not tlslite:
        print("SKIPPED: no conversation of tlsfuzzer's was held. MAILTAP_TLSFUZZER and MAILTAP_TLSLITE name the working trees of tlsfuzzer and "
              "tlslite-ng (docs/conformance.md)")
        return SKIPPED

    python = python_with_ecdsa()
    worse, served = [], {}
    results = open(options.results, "w") if options.results else None
    with tempfile.TemporaryDirectory() as folder:
        rsa, ecdsa = make_key(folder, "rsa", ["rsa:2048"]), make_key(folder, "ecdsa", ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"])
        for name, identity, asks in (("rsa", rsa, False), ("ecdsa", ecdsa, False), ("asks", rsa, True)):
            served[name] = Mailtap(options.mailtap, folder, name, identity, asks, options.legacy)
        try:
            with open(f"{HERE}/runs.tsv", encoding="utf-8") as lines:
                for row in csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t"):
                    if not re.search(options.only, row["script"] + " " + row["arguments"]):
                        continue
                    total, failed, names = run(python, row["script"], row["arguments"], served[row["server"]].port, tlsfuzzer,
                                               tlslite)
                    is_worse = failed is None or failed > int(row["may_fail"])
                    line = f"{row['script']} {row['arguments']}: {failed} of {total} failed, {row['may_fail']} may"
                    print(("WORSE " if is_worse else "") + line + (f": {'; '.join(names[:10])}" if is_worse else ""), flush=True)
                    if results:
                        print("\t".join([row["script"], row["arguments"], str(total), str(failed)]), file=results, flush=True)
                    if is_worse:
                        worse.append(line)
        finally:
            for each in served.values():
                each.process.terminate()
                if each.process.wait(20) not in (0, -15):
                    worse.append(f"mailtap ended with {each.process.returncode}")
    print(f"{len(worse)} runs are worse than expected")
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
