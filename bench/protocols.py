#!/usr/bin/env python3
"""`mailtap check --protocols` beside sslscan and testssl.sh, on servers started here.

    MAILTAP_BINARY=build/release/proxy/mailtap bench/protocols.py [--only NAME]... [--without testssl]

For each server: the time of each tool, and what the others found that mailtap did not (suites by version, groups, weaknesses),
which a person then looks at. sslscan and testssl.sh are Debian's packages.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "tests" / "e2e"))
import harness  # noqa: E402
from certificates import Authority  # noqa: E402
from check_test import SServer  # noqa: E402
from protocols_test import OPEN, GnutlsServer  # noqa: E402
from servers import Dovecot, Nginx, certified  # noqa: E402

VERSIONS = {"SSLv3": "SSLv3", "TLSv1.0": "TLSv1.0", "TLSv1.1": "TLSv1.1", "TLSv1.2": "TLSv1.2", "TLSv1.3": "TLSv1.3"}
OLD = "+ARCFOUR-128:+3DES-CBC:+AES-128-CBC:+AES-256-CBC:+RSA:+DHE-RSA:+ECDHE-RSA:+SHA1:+MD5:+COMP-NULL:+SIGN-ALL:" \
      "+GROUP-ALL:+CTYPE-X509:%VERIFY_ALLOW_SIGN_WITH_SHA1"
# testssl.sh's names of what mailtap names otherwise.
WEAKNESSES = {"heartbleed": "Heartbleed", "CCS": "CCS-injection", "ROBOT": "Bleichenbacher-oracle", "DROWN": "DROWN",
              "FREAK": "FREAK", "LOGJAM": "LOGJAM", "POODLE_SSL": "POODLE", "CRIME_TLS": "CRIME", "RC4": "RC4",
              "SWEET32": "SWEET32", "BEAST": "BEAST", "LUCKY13": "LUCKY13", "secure_renego": "insecure-renegotiation"}


def names_by_openssl():
    """IANA's names by OpenSSL's."""
    listed = subprocess.check_output(["openssl", "ciphers", "-stdname", OPEN], text=True)
    rows = [line.split() for line in listed.splitlines()]
    return {row[2]: row[0] for row in rows}


class Run:
    def __init__(self, command):
        began = time.monotonic()
        done = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              errors="replace", timeout=1800)
        self.seconds = time.monotonic() - began
        self.output = done.stdout


def of_mailtap(target):
    run = Run([harness.MAILTAP, "check", target, "--name", "mail.test", "--protocols", "--json"])
    report = json.loads(run.output)["targets"][0]["protocols"]
    suites = {(version["version"], suite["name"]) for version in report["versions"] for suite in version["suites"]}
    weak = {one["name"] for one in report["weaknesses"] if one["state"] in ("yes", "potential")}
    return run.seconds, suites, weak, report["questions"]


def of_sslscan(host, options, names):
    with tempfile.TemporaryDirectory() as folder:
        file = f"{folder}/scan.xml"
        run = Run(["sslscan", "--no-colour", "--sni-name=mail.test", f"--xml={file}", *options, host])
        found = xml.etree.ElementTree.parse(file).getroot().iter("cipher")
        suites = {(cipher.get("sslversion"), names.get(cipher.get("cipher"), cipher.get("cipher"))) for cipher in found}
    return run.seconds, suites


def of_testssl(host, options):
    with tempfile.TemporaryDirectory() as folder:
        file = f"{folder}/scan.json"
        program = shutil.which("testssl") or "testssl.sh"
        run = Run([program, "--quiet", "--warnings", "batch", "--color", "0", "--mapping", "iana", "--jsonfile", file, *options,
                   host])
        findings = json.loads(pathlib.Path(file).read_text())
    weak = {WEAKNESSES[one["id"]] for one in findings
            if one["id"] in WEAKNESSES and re.search("vulnerable|VULNERABLE|offered", one["finding"])
            and not re.search("not vulnerable|not offered|no RC4|supported", one["finding"])}
    suites = set()
    for one in findings:
        if match := re.match(r"cipher-(tls1(?:_[123])?|ssl3)_x", one["id"]):
            version = {"ssl3": "SSLv3", "tls1": "TLSv1.0", "tls1_1": "TLSv1.1", "tls1_2": "TLSv1.2",
                       "tls1_3": "TLSv1.3"}[match[1]]
            suites |= {(version, word) for word in one["finding"].split() if word.startswith("TLS_")}
    return run.seconds, suites, weak


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--only", action="append", default=[], metavar="NAME")
    options.add_argument("--without", action="append", default=[], choices=["sslscan", "testssl"])
    options = options.parse_args()
    harness.check_binary()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="mailtap-protocols."))
    folder.chmod(0o755)  # dovecot is another user's
    ca = Authority(folder, "ca")
    rsa, ecdsa = ca.leaf("mail.test", key="rsa2048"), ca.leaf("mail.test", file="ecdsa")
    nginx = f"listen {{port}} ssl; {certified(rsa)}"
    servers = {
        "openssl, everything": lambda: SServer(folder, rsa, "-cipher", OPEN, "-serverpref"),
        "openssl, default": lambda: SServer(folder, rsa),
        "openssl, RSA key exchange": lambda: SServer(folder, rsa, "-tls1_2", "-cipher", "AES128-SHA:AES256-GCM-SHA384"),
        "gnutls, TLS 1.0": lambda: GnutlsServer(folder, rsa, "NONE:+VERS-TLS1.0:" + OLD),
        "gnutls, SSL 3.0 to TLS 1.1": lambda: GnutlsServer(
            folder, rsa, "NONE:+VERS-SSL3.0:+VERS-TLS1.0:+VERS-TLS1.1:" + OLD),
        "gnutls, default": lambda: GnutlsServer(folder, rsa, "NORMAL"),
        "nginx, default": lambda: Nginx(folder, nginx),
        "nginx, modern, both keys": lambda: Nginx(
            folder, f"{nginx} {certified(ecdsa)} ssl_prefer_server_ciphers on; ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20;"),
        "dovecot, imaps": lambda: Dovecot(folder, rsa, []),
        "dovecot, imap by STARTTLS": lambda: Dovecot(folder, rsa, []),
    }
    names = names_by_openssl()
    rows, sums = [], [0.0, 0.0, 0.0]
    for name, start in servers.items():
        if options.only and name not in options.only:
            continue
        server = start()
        try:
            starttls = "STARTTLS" in name
            port = server.ports[0] if isinstance(server, Nginx) else server.port if not isinstance(server, Dovecot) else \
                server.imap if starttls else server.imaps
            host = f"127.0.0.1:{port}"
            mine, suites, weak, questions = of_mailtap(f"imap://{host}" if starttls else host)
            scan = testssl = float("nan")
            missed = set()
            if "sslscan" not in options.without:
                scan, theirs = of_sslscan(host, ["--starttls-imap"] if starttls else [], names)
                missed |= {("sslscan", *one) for one in theirs - suites}
            if "testssl" not in options.without:
                testssl, theirs, theirs_weak = of_testssl(host, ["--starttls", "imap"] if starttls else [])
                missed |= {("testssl", *one) for one in theirs - suites} | {("testssl", one) for one in theirs_weak - weak}
        finally:
            server.kill()
        rows.append(f"| {name} | {len(suites)} | {questions} | {mine:.2f} | {scan:.2f} | {testssl:.1f} | {testssl / mine:.0f} |")
        sums = [a + b for a, b in zip(sums, (mine, scan, testssl))]
        print(rows[-1], "missed:" if missed else "nothing missed", sorted(missed), flush=True)
    print("\n| server | suites | questions | mailtap, s | sslscan, s | testssl, s | testssl / mailtap |\n| --- " + "| --- " * 6 + "|")
    print("\n".join(rows))
    print(f"| all | | | {sums[0]:.2f} | {sums[1]:.2f} | {sums[2]:.1f} | {sums[2] / sums[0]:.0f} |")
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    os.environ.setdefault("TESTSSL_INSTALL_DIR", "/etc/testssl")
    main()
