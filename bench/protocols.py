#!/usr/bin/env python3
"""`mailtap check --protocols` beside sslscan and testssl.sh, on servers started here.

    MAILTAP_BINARY=build/release/proxy/mailtap bench/protocols.py [--only NAME]... [--without testssl] [--testssl-limit SECONDS]

For each server: the time of each tool, how many times mailtap's the others take, and each finding of theirs that mailtap
lacks: versions, suites by version, groups, DH sizes, signature algorithms, order, resumption, extensions, keys, weaknesses.
Whether that finding is right, a person then looks at. testssl.sh is ended after 45 seconds a server, which makes all of it eight
to nine minutes; what it has found by then counts, and its ratio is then one that it has at least. sslscan and testssl.sh are Debian's packages.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import signal
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


# What testssl.sh does of what it does by default: without HTTP's headers and the simulation of clients.
SECTIONS = ["-p", "-s", "-f", "-P", "-S", "-U", "-E"]
TESTSSL_VERSIONS = {"ssl2": "SSLv2", "ssl3": "SSLv3", "tls1": "TLSv1.0", "tls1_1": "TLSv1.1", "tls1_2": "TLSv1.2", "tls1_3": "TLSv1.3"}
# The groups' names by others, all in lower case, as mailtap's are compared.
GROUPS = {"prime256v1": "secp256r1", "prime192v1": "secp192r1", "nist p-256": "secp256r1", "nist p-384": "secp384r1", "nist p-521": "secp521r1", "nist k-163": "sect163k1",
          "ecp_256_prime": "secp256r1", "ecp_384_prime": "secp384r1", "ecp_521_prime": "secp521r1", "ecdh_x25519": "x25519", "ecdh_x448": "x448"}


def group(name):
    name = re.sub(r" \(.*", "", name).strip().lower().removeprefix("rfc7919/")
    return GROUPS.get(name, name)


class Run:
    """A program until its end, or until `limit` seconds."""

    def __init__(self, command, limit=1800):
        began = time.monotonic()
        self.is_whole = True
        with subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True, errors="replace", start_new_session=True) as process:
            try:
                self.output, _ = process.communicate(timeout=limit)
            except subprocess.TimeoutExpired:
                self.is_whole = False
                os.killpg(process.pid, signal.SIGKILL)  # it is a script with children
                self.output, _ = process.communicate()
        self.seconds = time.monotonic() - began


class Found:
    """What a tool says of a server: each finding as (topic, value), in mailtap's names."""

    def __init__(self, run, findings, detail=None):
        self.seconds, self.is_whole, self.findings, self.detail = run.seconds, run.is_whole, findings, detail


def of_mailtap(target):
    run = Run([harness.MAILTAP, "check", target, "--name", "mail.test", "--protocols", "--json"])
    report = json.loads(run.output)["targets"][0]["protocols"]
    found = {("weakness", one["name"]) for one in report["weaknesses"] if one["state"] in ("yes", "potential")}
    for version in report["versions"]:
        if not version["spoken"]:
            continue
        found.add(("version", version["version"]))
        found |= {("suite", version["version"], suite["name"]) for suite in version["suites"]}
        found |= {("group", group(each)) for each in version["groups"]}
        found |= {("group", group(suite[key])) for suite in version["suites"] for key in ("group", "dh_group") if suite[key]}
        found |= {("dh bits", suite["dh_bits"]) for suite in version["suites"] if suite["dh_bits"]}
        found |= {("signature algorithm", version["version"], each) for each in version["signature_algorithms"]}
        found |= {("resumes", True)} if version["resumes"] else set()
        found |= {("ticket lifetime", version["ticket_lifetime"])} if version["ticket_lifetime"] else set()
        found |= {("order", version["order"])} if version["order"] else set()
    found |= {("able", key) for key in ("secure_renegotiation", "client_renegotiation", "extended_main_secret", "encrypt_then_mac", "tickets",
                                        "session_ids", "staple", "fallback_scsv", "compression", "client_certificate") if report[key]}
    found |= {("alpn", protocol) for protocol in report["alpn"]}
    found |= {("key", each["key"]) for each in report["certificates"]} | {("signature", each["signature"]) for each in report["certificates"]}
    return Found(run, found, (sum(each[0] == "suite" for each in found), report["questions"]))


def of_sslscan(host, options, names):
    with tempfile.TemporaryDirectory() as folder:
        file = f"{folder}/scan.xml"
        run = Run(["sslscan", "--no-colour", "--show-sigs", "--sni-name=mail.test", f"--xml={file}", *options, host])
        root = xml.etree.ElementTree.parse(file).getroot()
    found = set()
    for protocol in root.iter("protocol"):
        if protocol.get("enabled") == "1":
            found.add(("version", {"ssl": "SSLv", "tls": "TLSv"}[protocol.get("type")] + protocol.get("version")))
    for cipher in root.iter("cipher"):
        found.add(("suite", cipher.get("sslversion"), names.get(cipher.get("cipher"), cipher.get("cipher"))))
        if cipher.get("dhebits"):
            found.add(("dh bits", int(cipher.get("dhebits"))))
    found |= {("group", group(each.get("name"))) for each in root.iter("group")}
    # What stands for any of them is no finding.
    found |= {("signature algorithm", each.get("sslversion"), each.get("name")) for each in root.iter("connection-signature-algorithm")
              if each.get("name").lower() != "any"}
    for each in root.iter("renegotiation"):
        found |= {("able", "secure_renegotiation")} if each.get("secure") == "1" else set()
    for each in root.iter("compression"):
        found |= {("able", "compression")} if each.get("supported") == "1" else set()
    for each in root.iter("fallback"):
        found |= {("able", "fallback_scsv")} if each.get("supported") == "1" else set()
    for each in root.iter("heartbleed"):
        found |= {("weakness", "Heartbleed")} if each.get("vulnerable") == "1" else set()
    for certificate in root.iter("certificate"):
        if (kind := certificate.find("signature-algorithm")) is not None:
            found.add(("signature", kind.text))
    return Found(run, found)


def of_testssl(host, options, limit):
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder, "scan.json")
        program = shutil.which("testssl") or "testssl.sh"
        run = Run([program, "--quiet", "--warnings", "batch", "--color", "0", "--mapping", "iana", "--jsonfile", file, *SECTIONS, *options,
                   host], limit)
        text = file.read_text() if file.exists() else ""
    # One that was ended has no end.
    findings = [json.loads(one) for one in re.findall(r"\{[^{}]*\}", text)]
    found = set()
    for one in findings:
        name, says = one["id"], one["finding"]
        is_offered = re.match(r"(offered|supported|yes)", says, re.IGNORECASE) is not None
        if name in WEAKNESSES and re.search("vulnerable|offered", says, re.IGNORECASE) and not re.search("not vulnerable|not offered|no RC4|supported", says, re.IGNORECASE):
            found.add(("weakness", WEAKNESSES[name]))
        elif match := re.match(r"cipher-(\w+?)_x", name):
            found |= {("suite", TESTSSL_VERSIONS.get(match[1], match[1]), word) for word in says.split() if word.startswith(("TLS_", "SSL_"))}
        elif name in ("SSLv2", "SSLv3", "TLS1", "TLS1_1", "TLS1_2", "TLS1_3") and is_offered:
            found.add(("version", TESTSSL_VERSIONS[name.lower().replace("sslv", "ssl")]))
        elif name in ("PFS_ECDHE_curves", "FS_ECDHE_curves"):
            found |= {("group", group(word)) for word in says.split()}
        elif name == "DH_groups":
            found |= {("group", group(word)) for word in says.split() if "ffdhe" in word}
        elif name == "cipher_order" and says.startswith("server"):
            found.add(("order", "server"))
        elif name == "TLS_session_ticket" and (lifetime := re.search(r"(\d+) seconds", says)):
            found.add(("ticket lifetime", int(lifetime[1])))
        elif name.startswith("sessionresumption_") and says.startswith("supported"):
            found.add(("resumes", True))
        elif name == "OCSP_stapling" and says.startswith("offered"):
            found.add(("able", "staple"))
        elif name == "fallback_SCSV" and says.startswith("supported"):
            found.add(("able", "fallback_scsv"))
        elif name == "secure_client_renego" and says.startswith("VULNERABLE"):
            found.add(("able", "client_renegotiation"))
        elif name == "ALPN" and says:
            found |= {("alpn", word.strip(",")) for word in says.split() if "/" in word or word.startswith("h2")}
        elif name.startswith("cert_keySize") and (size := re.match(r"(\w+) (\d+) bits", says)):
            found.add(("key bits", int(size[2])))
    return Found(run, found, len(findings))


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--only", action="append", default=[], metavar="NAME")
    options.add_argument("--without", action="append", default=[], choices=["sslscan", "testssl"])
    options.add_argument("--testssl-limit", type=float, default=45, metavar="SECONDS")
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
    rows, began = [], time.monotonic()
    chosen = [name for name in servers if not options.only or name in options.only]
    for number, name in enumerate(chosen, 1):
        server = servers[name]()
        try:
            starttls = "STARTTLS" in name
            port = server.ports[0] if isinstance(server, Nginx) else server.port if not isinstance(server, Dovecot) else \
                server.imap if starttls else server.imaps
            host = f"127.0.0.1:{port}"
            mine = of_mailtap(f"imap://{host}" if starttls else host)
            others = {}
            if "sslscan" not in options.without:
                others["sslscan"] = of_sslscan(host, ["--starttls-imap"] if starttls else [], names)
            if "testssl" not in options.without:
                others["testssl"] = of_testssl(host, ["--starttls", "imap"] if starttls else [], options.testssl_limit)
        finally:
            server.kill()
        have = mine.findings | {("key bits", int(bits)) for each in mine.findings if each[0] == "key" for bits in re.findall(r"\d+", each[1])[:1]}
        print(f"{number}/{len(chosen)} {name}, {time.monotonic() - began:.0f} s so far: mailtap {mine.seconds:.2f} s, {len(mine.findings)} findings", flush=True)
        cells = [name, str(mine.detail[0]), str(mine.detail[1]), f"{mine.seconds:.2f}"]
        for tool in ("sslscan", "testssl"):
            if tool not in others:
                cells += ["", ""]
                continue
            theirs = others[tool]
            ratio = f"{'' if theirs.is_whole else '> '}{theirs.seconds / mine.seconds:.0f}"
            missed = sorted(theirs.findings - have, key=str)
            print(f"  {tool} {theirs.seconds:.2f} s{'' if theirs.is_whole else ', ended before its end'}, {ratio} times mailtap's, {len(theirs.findings)} findings; "
                  + (f"{len(missed)} that mailtap lacks:" if missed else "none that mailtap lacks"), flush=True)
            for each in missed:
                print("    " + " ".join(map(str, each)), flush=True)
            cells += [f"{theirs.seconds:.2f}", ratio]
        rows.append(cells)
    print("\n| server | suites | questions | mailtap, s | sslscan, s | times | testssl, s | times |\n| --- " + "| --- " * 7 + "|")
    for cells in rows:
        print(f"| {' | '.join(cells)} |")
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    os.environ.setdefault("TESTSSL_INSTALL_DIR", "/etc/testssl")
    main()
