"""Every cipher suite through mailtap between OpenSSL and OpenSSL, over one leg and the other, by each cryptography, in
records enough both ways. What tests/tls/interoperability tries of a session alone, with GnuTLS, groups, signatures and
keys, is tried here of the whole.

The suites are those that mailtap's own tables have: tls_interoperability --tables prints them."""

import json
import os
import ssl
import subprocess
import warnings

import harness
from certificates import Authority, openssl
from harness import Process, free_port
from wire import Server, Tls, connect

warnings.simplefilter("ignore", DeprecationWarning)  # Python warns of each use of TLS 1.0
TABLES = os.environ.get("MAILTAP_TLS_TABLES", "")  # the program that prints them
VERSIONS = {"TLSv1.0": ssl.TLSVersion.TLSv1, "TLSv1.1": ssl.TLSVersion.TLSv1_1, "TLSv1.2": ssl.TLSVersion.TLSv1_2}
REQUEST, REPLY = b"q" * 40_000, b"r" * 50_000


def openssl_name(suite):
    """TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 as ECDHE-RSA-AES128-GCM-SHA256."""
    exchange, cipher = suite[4:].split("_WITH_")
    cipher = (cipher.replace("AES_128", "AES128").replace("AES_256", "AES256").replace("3DES_EDE_CBC", "DES-CBC3")
              .replace("CAMELLIA_128", "CAMELLIA128").replace("CAMELLIA_256", "CAMELLIA256").replace("ARIA_128", "ARIA128")
              .replace("ARIA_256", "ARIA256").replace("CCM_8", "CCM8").replace("RC4_128", "RC4").replace("_CBC", "")
              .replace("CHACHA20_POLY1305_SHA256", "CHACHA20_POLY1305"))
    if exchange == "ECDHE_RSA" and "ARIA" in cipher:
        exchange = "ECDHE"  # as OpenSSL has it
    return ("" if exchange == "RSA" else exchange.replace("_", "-") + "-") + cipher.replace("_", "-")


def context_of(version, suite, leaf=None, dh_params=None):
    """That of a server with `leaf`, or of a client; None where this OpenSSL doesn't have the suite."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if leaf else ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.set_ciphers(f"{openssl_name(suite)}:@SECLEVEL=0")
    except ssl.SSLError:
        return None
    context.minimum_version = context.maximum_version = VERSIONS[version]
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if leaf:
        context.load_cert_chain(leaf.cert, leaf.key)
        context.load_dh_params(dh_params)
    return context


class ChangingServer:
    """Speaks what it is told before each connection: `context`."""

    def __init__(self):
        self.context = None
        self.server = Server(self._serve, seconds=20 * harness.PATIENCE)
        self.port = self.server.port

    def _serve(self, tcp):
        tls = Tls(tcp, self.context, server=True).handshake()
        tls.receive_exactly(len(REQUEST))
        tls.send(REPLY)
        while tls.receive():
            pass
        tls.close()


class Interoperability(harness.Claims):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        tables = subprocess.run([TABLES, "--tables"], stdout=subprocess.PIPE, check=True).stdout
        cls.tables = json.loads(tables)
        cls.ca = Authority(cls.folder, "ca", key="rsa")
        cls.dh_params = cls.folder / "dh.pem"
        openssl("genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt", "group:ffdhe2048", "-out", cls.dh_params)
        cls.leaves = {"ECDSA": cls.ca.leaf("mail.test", key="ec"), "RSA": cls.ca.leaf("mail.test", key="rsa")}

    def cryptographies(self):
        for crypto in ("portable", "libcrypto", "multibuffer"):
            said = subprocess.run([harness.MAILTAP, "run", "--crypto", crypto, "--listen", "127.0.0.1:0", "--upstream",
                                   "127.0.0.1:x"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            if "auto takes the best" in said.stdout:
                print(f"\n*** NOT TESTED: {said.stdout.strip()} ***\n")
            else:
                yield crypto

    def taps(self, crypto, port, *options):
        """In front of `port`, presenting a certificate of either kind."""
        return {kind: self.mailtap("--crypto", crypto, "--trust", self.ca.cert, "--name", "mail.test", "--present", "own",
                                   "--cert", leaf.cert, "--key", leaf.key, "--workers", "1", *options, upstream=port)
                for kind, leaf in self.leaves.items()}

    def speaks(self, tap, server, version, suite, leaf):
        server.context = context_of(version, suite, leaf, self.dh_params)
        try:
            client = Tls(connect(tap.port, seconds=20 * harness.PATIENCE), context_of(version, suite), "mail.test").handshake()
            self.assertEqual(client.send(REQUEST).receive_exactly(len(REPLY)), REPLY)
            client.close()
        finally:
            line = tap.line()
        for leg in ("downstream", "upstream"):
            self.assertEqual((line[leg]["tls"], line[leg]["cipher"]), (version, suite))
        self.assertEqual(line["bytes"], {"to_upstream": len(REQUEST), "to_downstream": len(REPLY)})
        self.assertEqual(line["ending"]["reason"], "closed")

    def test_every_suite_of_tls12_over_both_legs(self):
        suites = [suite for suite in self.tables["cipher_suites"] if "_WITH_" in suite]
        lacking = [suite for suite in suites if not context_of("TLSv1.2", suite)]
        # OpenSSL has none of these; the matrix speaks them with GnuTLS.
        self.assertEqual([suite for suite in lacking if "_CAMELLIA_" not in suite or "_GCM_" not in suite], [])
        suites = [suite for suite in suites if suite not in lacking]
        self.assertGreater(len(suites), 50)
        server = ChangingServer()
        self.addCleanup(server.server.close)
        for crypto in self.cryptographies():
            taps = self.taps(crypto, server.port)
            for suite in suites:
                kind = "ECDSA" if "ECDSA" in suite else "RSA"
                with self.subTest(crypto=crypto, suite=suite):
                    self.speaks(taps[kind], server, "TLSv1.2", suite, self.leaves[kind])
            for tap in taps.values():
                tap.stop()

    def test_every_suite_of_the_old_engine_over_both_legs(self):
        """Those that OpenSSL still has: legacy_test.py has GnuTLS speak the others."""
        server = ChangingServer()
        self.addCleanup(server.server.close)
        for version in ("TLSv1.0", "TLSv1.1"):
            suites = [suite for suite in self.tables["legacy_cipher_suites"] if context_of(version, suite)]
            self.assertGreaterEqual(len(suites), 2)
            for crypto in self.cryptographies():
                tap = self.mailtap("--crypto", crypto, "--trust", self.ca.cert, "--name", "mail.test", "--present", "own",
                                   "--cert", self.leaves["RSA"].cert, "--key", self.leaves["RSA"].key, "--legacy-tls",
                                   "--workers", "1", upstream=server.port)
                tap.expected_besides.add("client-gone")
                for suite in suites:
                    with self.subTest(version=version, crypto=crypto, suite=suite):
                        self.speaks(tap, server, version, suite, self.leaves["RSA"])
                tap.stop()

    def test_every_suite_of_tls13_over_both_legs(self):
        suites = [suite for suite in self.tables["cipher_suites"] if "_WITH_" not in suite]
        self.assertEqual(len(suites), 5)
        (self.folder / "reply").write_bytes(REPLY)
        for suite in suites:
            # OpenSSL 3.5 leaves out CCM with tags of 8 bytes above level 0, in TLS 1.3 too.
            spoken = ["-tls1_3", "-ciphersuites", suite, "-cipher", "DEFAULT:@SECLEVEL=0", "-quiet"]
            port = free_port()
            leaf = self.leaves["ECDSA"]
            server = self.started(Process(self.folder, "s_server", ["openssl", "s_server", "-accept", port, *spoken, "-WWW", "-cert",
                                                                    leaf.cert, "-key", leaf.key], cwd=self.folder))
            server.wait_for_port(port)
            for crypto in self.cryptographies():
                with self.subTest(crypto=crypto, suite=suite):
                    tap = self.mailtap("--crypto", crypto, "--trust", self.ca.cert, "--name", "mail.test", "--present", "own",
                                       "--cert", leaf.cert, "--key", leaf.key, "--workers", "1", upstream=port)
                    printed = self.run_program("openssl", "s_client", "-connect", f"127.0.0.1:{tap.port}", *spoken, "-ign_eof",
                                               "-servername", "mail.test", input="GET /reply HTTP/1.0\r\n\r\n")
                    self.assertEqual(printed.count("r" * 1000), len(REPLY) // 1000)
                    line = tap.line()
                    for leg in ("downstream", "upstream"):
                        self.assertEqual((line[leg]["tls"], line[leg]["cipher"]), ("TLSv1.3", suite))
                    tap.stop()


if __name__ == "__main__":
    harness.main(needs=["openssl"])
