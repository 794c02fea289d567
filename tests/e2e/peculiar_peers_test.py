"""Real peers that ask for little or have what few have: small records, hellos with nothing in them, keys of few."""

import json
import pathlib
import ssl
import subprocess

import certificates
import harness
import wire
from certificates import Pki, openssl

VERSIONS = {"TLSv1.2": ssl.TLSVersion.TLSv1_2, "TLSv1.3": ssl.TLSVersion.TLSv1_3}
ANSWER = b"x" * 50_000
FRAGMENT_LENGTHS = (512, 1024, 2048, 4096)
# Of the server: what `openssl genpkey` makes it of, and what it is called in the log.
KEYS = {
    "ed25519": (["-algorithm", "ED25519"], "Ed25519"),
    "ed448": (["-algorithm", "ED448"], "Ed448"),
    "rsa-pss": (["-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"], "RSA-PSS 2048"),
    "rsa-pss of one hash": (["-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048", "-pkeyopt", "rsa_pss_keygen_md:sha256",
                             "-pkeyopt", "rsa_pss_keygen_mgf1_md:sha256", "-pkeyopt", "rsa_pss_keygen_saltlen:32"], "RSA-PSS 2048"),
    "brainpool": (["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:brainpoolP256r1"], "EC brainpoolP256r1"),
}


def self_signed(folder, kind):
    """A certificate for mail.test with a key of this kind."""
    name = kind.replace(" ", "-")
    leaf = certificates.Leaf(folder / f"{name}.pem", folder / f"{name}.key")
    openssl("genpkey", *KEYS[kind][0], "-out", leaf.key)
    certificates.sign_itself(leaf, "/CN=mail.test", "basicConstraints=critical,CA:FALSE", "keyUsage=digitalSignature",
                             "extendedKeyUsage=serverAuth", "subjectAltName=DNS:mail.test")
    return leaf


def answer(tls):
    """Reads a request in HTTP and answers it at length."""
    request = b""
    while b"\r\n\r\n" not in request:
        data = tls.receive()
        if not data:
            return
        request += data
    tls.send(b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n" % len(ANSWER) + ANSWER)
    tls.close()


class PeculiarPeers(harness.Claims):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pki = Pki(cls.folder)
        # Two more certificates, so that a server's first flight is longer than any small record.
        cls.long_chain = cls.folder / "long-chain.pem"
        rsa = cls.pki.local_ca.leaf("mail.test", key="rsa")
        cls.rsa = rsa
        cls.long_chain.write_text(pathlib.Path(rsa.cert).read_text() + pathlib.Path(cls.pki.local_ca.cert).read_text() * 5)

    def server(self, leaf, version=None):
        server = wire.Server(wire.tls_script(wire.server_context(leaf, VERSIONS.get(version)), answer))
        self.addCleanup(server.close)
        return server

    def behind(self, leaf, *arguments, version=None):
        return self.mailtap(*arguments, upstream=self.server(leaf, version).port)

    def with_long_chain(self):
        return self.behind(self.pki.server, "--present", "own", "--cert", self.long_chain, "--key", self.rsa.key)

    def test_openssl_gets_no_record_longer_than_it_asked_for_and_resumes_so(self):
        tap = self.with_long_chain()
        for length in FRAGMENT_LENGTHS:
            with self.subTest(length=length):
                session = self.folder / f"session.{length}"
                for more in (["-sess_out", session], ["-sess_in", session]):
                    printed = self.s_client(tap.port, self.pki.local_ca, "-tls1_2", "-maxfraglen", length, *more)
                    self.assertEqual(printed.count("x" * 1000), len(ANSWER) // 1000)
                    self.assertEqual(tap.line()["ending"]["reason"], "closed")
                self.assertIn("Reused, TLSv1.2", printed)
                # Not asked for again: not answered either.
                self.s_client(tap.port, self.pki.local_ca, "-tls1_2", "-sess_in", session)
                tap.line()
        tap.stop()

    def gnutls(self, port, size, version):
        arguments = ["gnutls-cli", "--port", str(port), "--recordsize", str(size), "--no-ca-verification", "--priority",
                               f"NORMAL:-VERS-ALL:+VERS-{version.replace('v', '')}:%ALLOW_SMALL_RECORDS", "--logfile", "/dev/null",
                     "127.0.0.1", "--sni-hostname", "mail.test"]
        with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as client:
            client.stdin.write(b"GET / HTTP/1.0\r\n\r\n")
            client.stdin.flush()
            # It ends when the server does; the end of what is said to it would end it too early.
            return client.stdout.read()

    def test_gnutls_gets_no_record_longer_than_it_asked_for(self):
        tap = self.with_long_chain()
        for version in ("TLSv1.2", "TLSv1.3"):
            for size in FRAGMENT_LENGTHS:
                with self.subTest(version=version, size=size):
                    printed = self.gnutls(tap.port, size, version)
                    self.assertIn(ANSWER, printed, printed[-300:])
                    self.assertEqual(tap.line()["downstream"]["tls"], version)
        tap.stop()

    def test_a_gnutls_server_gets_no_record_longer_than_it_asked_for(self):
        for version in ("TLS1.2", "TLS1.3"):
            with self.subTest(version=version):
                port = harness.free_port()
                server = self.started(harness.Process(self.folder, "gnutls-serv", [
                    "gnutls-serv", "--port", port, "--echo", "--recordsize", 512, "--x509certfile", self.pki.server.cert,
                    "--x509keyfile", self.pki.server.key, "--priority", f"NORMAL:-VERS-ALL:+VERS-{version}"]))
                server.wait_for_port(port)
                tap = self.mailtap(*self.pki.present["own"], upstream=port)
                tap.expected_besides = {"no-data"}
                client = wire.tls_client(tap.port, wire.client_context(self.pki.local_ca))
                said = b"y" * 1000 + b"\n"
                for _ in range(20):
                    client.send(said)
                    heard = b""
                    while len(heard) < len(said):
                        heard += client.receive()
                    self.assertEqual(heard, said)
                client.close()
                tap.line()
                tap.stop()

    def test_servers_with_keys_that_few_have_are_connected_to_and_judged(self):
        for kind, (_, name) in KEYS.items():
            leaf = self_signed(self.folder, kind)
            for version in ("TLSv1.2", "TLSv1.3"):
                if kind == "brainpool" and version == "TLSv1.3":
                    continue  # OpenSSL 3.0 has it under TLS 1.2 alone
                with self.subTest(kind=kind, version=version):
                    upstream = self.server(leaf, version)
                    for mode in ("mirror", "issue", "own"):
                        tap = self.mailtap(*self.pki.present[mode], "--trust", leaf.cert, upstream=upstream.port)
                        self.curl(tap.port, self.pki.local_ca)
                        line = tap.line()
                        self.assertEqual(line["upstream"]["tls"], version)
                        self.assertEqual((line["verdict"]["trust"], line["verdict"]["name"]), ("trusted", "match"))
                        self.assertEqual(line["chain"][0]["key"], name)
                        tap.stop()
                    report = self.run_program(harness.MAILTAP, "check", f"127.0.0.1:{upstream.port}", "--name", "mail.test",
                                              "--trust", leaf.cert, "--json", status=0)
                    self.assertEqual(json.loads(report)["targets"][0]["verdict"]["trust"], "trusted")

    def test_a_changed_signature_of_such_a_certificate_is_a_fault(self):
        leaf = self_signed(self.folder, "ed25519")
        openssl("x509", "-in", leaf.cert, "-outform", "DER", "-out", self.folder / "changed.der")
        der = bytearray((self.folder / "changed.der").read_bytes())
        der[-1] ^= 1
        (self.folder / "changed.der").write_bytes(der)
        openssl("x509", "-inform", "DER", "-in", self.folder / "changed.der", "-out", leaf.cert)
        tap = self.behind(leaf, *self.pki.present["issue"])
        self.curl(tap.port, self.pki.local_ca)
        self.assertNotEqual(tap.line()["verdict"]["trust"], "trusted")
        tap.stop()

    def test_a_certificate_with_such_a_key_is_presented(self):
        for kind in KEYS:
            own = self_signed(self.folder, kind)
            tap = self.behind(self.pki.server, "--present", "own", "--cert", own.cert, "--key", own.key)
            for version in ("-tls1_2", "-tls1_3"):
                if kind == "brainpool" and version == "-tls1_3":
                    continue
                with self.subTest(kind=kind, version=version):
                    groups = ["-groups", "X25519:P-256:brainpoolP256r1"] if kind == "brainpool" else []
                    printed = self.s_client(tap.port, own, version, *groups)
                    self.assertIn("Verify return code: 0 (ok)", printed)
                    self.assertEqual(tap.line()["presented"]["sha256"], own.sha256())
            tap.stop()

    def test_of_several_certificates_the_client_gets_one_that_it_can_verify(self):
        own = self_signed(self.folder, "ed25519")
        tap = self.behind(self.pki.server, "--present", "own", "--cert", own.cert, "--key", own.key,
                          "--cert", self.rsa.cert, "--key", self.rsa.key)
        self.s_client(tap.port, self.pki.local_ca, "-sigalgs", "rsa_pss_rsae_sha256:rsa_pkcs1_sha256")
        self.assertEqual(tap.line()["presented"]["sha256"], self.rsa.sha256())
        self.s_client(tap.port, own, "-sigalgs", "ed25519")
        self.assertEqual(tap.line()["presented"]["sha256"], own.sha256())
        tap.stop()

    def test_a_server_that_signs_with_sha1_alone_is_connected_to(self):
        leaf = self.pki.upstream_ca.leaf("mail.test", key="rsa")
        port = harness.free_port()
        server = self.started(harness.Process(self.folder, "s_server", [
            "openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-cert", leaf.cert, "-key", leaf.key, "-www", "-quiet", "-tls1_2",
            "-sigalgs", "RSA+SHA1", "-cipher", "ECDHE-RSA-AES256-SHA@SECLEVEL=0"]))
        server.wait_for_port(port)
        tap = self.mailtap(*self.pki.present["own"], upstream=port)
        tap.expected_besides = {"no-data"}
        self.curl(tap.port, self.pki.local_ca)
        self.assertEqual(tap.line()["upstream"]["tls"], "TLSv1.2")
        tap.stop()


if __name__ == "__main__":
    harness.main(needs=["curl", "openssl", "gnutls-cli", "gnutls-serv"])
