"""X25519MLKEM768 and SecP256r1MLKEM768 on either leg: Chromium through one mailtap and another to nginx, and OpenSSL from
3.5 on as client and as server. MAILTAP_OPENSSL may name such an openssl where the system's is older."""

import json
import os
import re
import shlex
import shutil
import subprocess

import harness
from browser import Browser
from scenes import WithGoodAndWrong
from wire import Tls, client_context, connect

HYBRID, OTHER = "X25519MLKEM768", "SecP256r1MLKEM768"
OPENSSL = shlex.split(os.environ.get("MAILTAP_OPENSSL", "openssl"))
MISSING = "needs OpenSSL 3.5, as Debian 13 has it; MAILTAP_OPENSSL may name one"


def openssl_has_mlkem():
    said = subprocess.run([*OPENSSL, "version"], capture_output=True, text=True).stdout
    version = re.match(r"OpenSSL (\d+)\.(\d+)", said)
    return bool(version) and tuple(map(int, version.groups())) >= (3, 5)


def mailtap_has_mlkem():
    return "ML-KEM: none" not in subprocess.run([harness.MAILTAP, "--version"], capture_output=True, text=True).stdout


class OpensslServer(harness.Process):
    def __init__(self, folder, leaf, groups):
        self.port = harness.free_port()
        super().__init__(folder, "s_server", [*OPENSSL, "s_server", "-accept", f"127.0.0.1:{self.port}", "-www", "-cert", leaf.cert,
                                              "-key", leaf.key, "-groups", groups])
        self.wait_for_port(self.port)


class Hybrid(WithGoodAndWrong):
    def setUp(self):
        if not mailtap_has_mlkem():
            self.not_tested("needs a mailtap with ML-KEM: scripts/setup, then a build")

    def not_tested(self, why):
        harness.tell(f"NOT TESTED: {self.id().rpartition('.')[2]} {why}")
        self.skipTest(why)

    def tap(self, upstream, *arguments):
        return self.mailtap(*self.pki.present["own"], "--name", "mail.test", "--trust", self.pki.upstream_ca.cert, *arguments,
                            upstream=upstream)

    def groups(self, tap):
        line = tap.line()
        return line["downstream"]["group"], line["upstream"]["group"]

    def openssl_client(self, port, groups):
        """The group that it says it has agreed on."""
        run = subprocess.run([*OPENSSL, "s_client", "-connect", f"127.0.0.1:{port}", "-servername", "mail.test", "-groups", groups,
                              "-tls1_3"], input="", capture_output=True, text=True, timeout=60 * harness.PATIENCE)
        self.assertIn("Cipher is TLS_", run.stdout, run.stderr)
        agreed = re.search(r"(?:Negotiated TLS1.3 group|Peer Temp Key): ([^\s,]+)", run.stdout)
        return agreed and agreed[1]

    def test_a_client_without_hybrid_groups_is_given_none_on_either_leg(self):
        server = self.tap(self.good)
        tap = self.tap(server.port, "--trust", self.pki.local_ca.cert)
        self.curl(tap.port, self.pki.local_ca, "--curves", "X25519")  # of OpenSSL 3.5 curl has hybrid ones too
        self.assertEqual(self.groups(tap), ("x25519", "x25519"))
        self.assertEqual(self.groups(server), ("x25519", "x25519"))

    def test_chromium_has_one_with_mailtap_and_mailtap_with_a_server_that_has_it(self):
        missing = [name for name in ("chromium", "chromedriver") if not shutil.which(name)]
        if missing:
            self.not_tested(harness.not_tested(missing))
        server = self.tap(self.good)
        tap = self.tap(server.port, "--trust", self.pki.local_ca.cert)
        browser = Browser(self, ["--host-resolver-rules=MAP * 127.0.0.1", "--ignore-certificate-errors",
                                 "--disable-features=LocalNetworkAccessChecks"])
        browser.open(f"https://mail.test:{tap.port}/")
        browser.open("data:,")
        browser.close()
        self.assertEqual(self.groups(tap), (HYBRID, HYBRID))
        # nginx with an older OpenSSL has none, and takes the second share.
        downstream, upstream = self.groups(server)
        self.assertEqual(downstream, HYBRID)
        self.assertIn(upstream, ("x25519", HYBRID))

    def test_openssl_agrees_on_either_group_with_mailtap_and_mailtap_with_openssl(self):
        if not openssl_has_mlkem():
            self.not_tested(MISSING)
        for group in (HYBRID, OTHER):
            with self.subTest(group):
                server = self.started(OpensslServer(self.folder, self.pki.server, group))
                tap = self.tap(server.port)
                self.assertEqual(self.openssl_client(tap.port, f"{group}:X25519"), group)
                self.assertEqual(self.groups(tap), (group, group))

    def test_openssl_server_without_them_takes_the_second_share_or_asks_for_another(self):
        if not openssl_has_mlkem():
            self.not_tested(MISSING)
        for group, named in (("X25519", "x25519"), ("P-384", "secp384r1")):
            with self.subTest(group):
                server = self.started(OpensslServer(self.folder, self.pki.server, group))
                tap = self.tap(server.port)
                self.openssl_client(tap.port, f"{HYBRID}:X25519")
                self.assertEqual(self.groups(tap), (HYBRID, named))

    def test_openssl_is_asked_for_another_share_where_its_own_is_not_known(self):
        if not openssl_has_mlkem():
            self.not_tested(MISSING)
        tap = self.tap(self.good)
        # It sends a share of the first alone, which mailtap doesn't have.
        self.assertEqual(self.openssl_client(tap.port, f"*SecP384r1MLKEM1024:{HYBRID}"), HYBRID)
        self.assertEqual(self.groups(tap)[0], HYBRID)

    def test_a_hello_as_large_as_theirs_in_two_segments_comes_through_however_mailtap_stands_between(self):
        intercepts, observes = self.pki.present["issue"], ["--mode", "observe"]
        server = f"127.0.0.1:{self.good}"
        ways = {"a route": ["--upstream", server], "by name": ["--sni-route", f"mail.test={server}"],
                "CONNECT": ["--connect-proxy", "--connect-allow", f":{self.good}"]}
        for mode in (intercepts, observes):
            for way, arguments in ways.items():
                with self.subTest(way, mode=mode[:2]):
                    tap = self.mailtap("--listen", "127.0.0.1:0", *mode, *arguments, "--trust", self.pki.upstream_ca.cert)
                    tcp = connect(tap.port)
                    if way == "CONNECT":
                        tcp.sendall(f"CONNECT {server} HTTP/1.1\r\nHost: {server}\r\n\r\n".encode())
                        self.assertIn(b" 200 ", tcp.recv(4096))
                    # Padded by protocols that nobody has, as this Python's OpenSSL may be an old one.
                    context = client_context(alpn=[*(f"{n:0>200}" for n in range(7)), "http/1.1"])
                    tls = Tls(tcp, context, "mail.test")
                    hello = tls.first_flight()
                    self.assertGreater(len(hello), 1460 + 200)
                    tcp.sendall(hello[:1460])
                    tcp.sendall(hello[1460:])
                    tls.handshake().send(b"GET / HTTP/1.1\r\nHost: mail.test\r\nConnection: close\r\n\r\n")
                    self.assertIn(b"200 OK", tls.receive_all()[0])
                    tls.close()
                    tap.line()
                    tap.stop()

    def test_check_says_whether_a_server_has_it(self):
        with_it = self.tap(self.good)
        cases = [(with_it.port, self.pki.local_ca, True)]
        if openssl_has_mlkem():
            cases.append((self.started(OpensslServer(self.folder, self.pki.server, "P-256:X25519MLKEM768")).port,
                          self.pki.upstream_ca, True))
        cases.append((self.started(OpensslServer(self.folder, self.pki.server, "P-256")).port, self.pki.upstream_ca, False))
        for port, ca, has_it in cases:
            with self.subTest(port):
                report = self.run_check(port, ca, "--protocols")["protocols"]
                groups = next(one["groups"] for one in report["versions"] if one["version"] == "TLSv1.3")
                self.assertEqual(HYBRID in groups, has_it)
                self.assertEqual(report["post_quantum"], [group for group in groups if "MLKEM" in group])

    def run_check(self, port, ca, *arguments):
        return json.loads(self.run_program(harness.MAILTAP, "check", f"127.0.0.1:{port}", "--name", "mail.test", "--trust", ca.cert,
                                           "--json", *arguments))["targets"][0]


if __name__ == "__main__":
    harness.main(needs=["nginx", "curl", "openssl"])
