"""What a server asks for when the handshake is over: a client certificate, by renegotiation in TLS 1.2 and by
post-handshake authentication in TLS 1.3. And what is said of one that demands a certificate in vain."""

import socket
import ssl
import subprocess

import harness
from certificates import Authority, Pki, self_signed
from wire import TLS12, TLS13, Server, Tls, client_context, server_context, tls_client, tls_script

KEYS = ("ec", "p384", "p521", "rsa")
ECHO_SIZE = 300_000


class Renegotiating:
    """`openssl s_server` in TLS 1.2, which does as it is told: R renegotiates and asks for a certificate, r renegotiates."""

    def __init__(self, folder, leaf, *arguments):
        self.port = harness.free_port()
        self._file = folder / f"renegotiating.{self.port}"
        with open(self._file, "wb") as output:
            self._popen = subprocess.Popen(
                ["openssl", "s_server", "-accept", f"127.0.0.1:{self.port}", "-cert", leaf.cert, "-key", leaf.key,
                 "-msg", *([] if {"-tls1", "-tls1_3"} & set(arguments) else ["-tls1_2"]), *arguments],
                stdin=subprocess.PIPE, stdout=output, stderr=subprocess.STDOUT)
        harness.wait_until(lambda: b"ACCEPT" in self._file.read_bytes(), "s_server accepts", 30)

    def type(self, text):
        self._popen.stdin.write(text.encode())
        self._popen.stdin.flush()

    def heard(self):
        return self._file.read_bytes().decode("latin-1")

    def wait_for(self, text, count=1):
        harness.wait_until(lambda: self.heard().count(text) >= count, f"s_server to print {text!r}", 30)

    def close(self):
        self._popen.stdin.close()
        self._popen.kill()
        self._popen.wait()


class LateQuestions(harness.Claims):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pki = Pki(cls.folder)
        cls.clients = Authority(cls.folder, "clients-ca")
        cls.routes = {key: cls.clients.leaf(f"{key}.test", key=key) for key in KEYS}
        cls.router = cls.clients.leaf("router.test")

    def renegotiating(self, *arguments):
        server = Renegotiating(self.folder, self.pki.server, *arguments)
        self.addCleanup(server.close)
        return server

    def tap(self, upstream, *arguments, key=None):
        shown = ["--client-cert", self.routes[key].cert, "--client-key", self.routes[key].key] if key else []
        return self.mailtap(*self.pki.present["own"], *arguments, *shown, upstream=upstream)

    def post_handshake(self, times=1):
        """A TLS 1.3 server that asks after each request, and tells whose certificate it has; then it echoes."""
        context = server_context(self.pki.server, TLS13)
        context.load_verify_locations(self.clients.cert)
        context.post_handshake_auth = True
        context.verify_mode = ssl.CERT_OPTIONAL

        def ask(tls):
            tls.receive_exactly(5)
            for _ in range(times):
                tls.object.verify_client_post_handshake()
                tls.send(b"asked")
                tls.receive_exactly(3)
            shown = tls.object.getpeercert() or {}
            tls.send(str([value for part in shown.get("subject", ()) for _, value in part]).encode())
            tls.send(tls.receive_exactly(ECHO_SIZE)).close_notify()
        server = Server(tls_script(context, ask))
        self.addCleanup(server.close)
        return server.port

    def talk(self, tap, context, times=1):
        """What the server says of the certificate that it was shown, and the log's line."""
        client = tls_client(tap.port, context)
        client.send(b"hello")
        for _ in range(times):
            client.receive_exactly(5)
            client.send(b"yes")
        bulk = b"b" * ECHO_SIZE
        client.send(bulk)
        said, how = client.receive_all()
        client.close()
        self.assertEqual((len(said) > len(bulk), how), (True, "close_notify"), said[:100])
        return said[:-len(bulk)].decode(), tap.line()

    # --- TLS 1.3 ---

    def test_a_tls13_server_that_asks_after_the_handshake_gets_the_routes_certificate(self):
        for key in (None, *KEYS):
            for times in (1, 3):
                with self.subTest(key=key, times=times):
                    tap = self.tap(self.post_handshake(times), key=key)
                    said, line = self.talk(tap, client_context(self.pki.local_ca), times)
                    self.assertEqual(said, f"['{key}.test']" if key else "[]")
                    seen = line["client_certificate"]
                    self.assertTrue(seen["asked_by_server"])
                    self.assertEqual(seen["shown_sha256"], self.routes[key].sha256() if key else None)
                    self.assertFalse(seen["asked_of_client"])
                    self.assertEqual(line["ending"]["reason"], "closed")
                    tap.stop()

    def test_the_router_is_asked_too_where_its_tls_can_be(self):
        """By post-handshake authentication if it offers it, or by renegotiation, whatever the server does."""
        for version, offers in ((TLS13, True), (TLS13, False), (TLS12, True)):
            with self.subTest(version=version, offers=offers):
                tap = self.tap(self.post_handshake(), "--ask-client-cert", key="ec")
                context = client_context(self.pki.local_ca, version)
                context.load_cert_chain(self.router.cert, self.router.key)
                context.post_handshake_auth = offers
                for _ in range(20):
                    said, line = self.talk(tap, context)
                    seen = line["client_certificate"]
                    # A client that renegotiates may have read all that it waits for, and be gone, before it has answered.
                    if version != TLS12 or seen["chain"]:
                        break
                self.assertEqual(said, "['ec.test']")
                self.assertTrue(seen["asked_by_server"])
                self.assertEqual(seen["asked_of_client"], offers)
                self.assertEqual([each["sha256"] for each in seen["chain"]], [self.router.sha256()] if offers else [])
                self.assertEqual(line["ending"]["reason"], "closed")
                tap.stop()

    # --- TLS 1.2 ---

    def renegotiate(self, tap, server, context=None, times=1):
        client = tls_client(tap.port, context or client_context(self.pki.local_ca))
        client.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        server.wait_for("ET / HTTP/1.1")  # TLS 1.0: after a record of one byte
        finished = server.heard().count(", Finished")
        for i in range(times):
            server.type("R\n")
            server.wait_for(", Finished", finished + 2 * (i + 1))
        server.type("HTTP/1.1 200 OK\n")
        # All of it: libssl can't write in a renegotiation while it holds data that wasn't read.
        self.assertEqual(client.receive_exactly(16), b"HTTP/1.1 200 OK\n")
        # Data both ways after it.
        client.send(b"GET /again")
        server.wait_for("ET /again")
        client.close()
        return tap.line()

    def test_a_renegotiation_that_asks_for_a_certificate_is_answered_and_recorded(self):
        for key in (None, *KEYS):
            for times in (1, 2):
                with self.subTest(key=key, times=times):
                    server = self.renegotiating()
                    tap = self.tap(server.port, key=key)
                    line = self.renegotiate(tap, server, times=times)
                    seen = line["client_certificate"]
                    self.assertTrue(seen["asked_by_server"])
                    self.assertEqual(seen["shown_sha256"], self.routes[key].sha256() if key else None)
                    # Who has shown one isn't asked again (SSL_VERIFY_CLIENT_ONCE).
                    self.assertEqual(server.heard().count(", CertificateVerify"), 1 if key else 0)
                    tap.stop()

    def test_a_certificate_is_signed_as_the_server_asks_or_not_shown(self):
        for key, algorithms, is_shown in (("rsa", "RSA+SHA512", True), ("rsa", "RSA+SHA384", True),
                                          ("rsa", "RSA+SHA1", True), ("rsa", "rsa_pss_rsae_sha384", True),
                                          ("rsa", "ECDSA+SHA256", False), ("ec", "ECDSA+SHA512", True),
                                          ("p521", "ECDSA+SHA384", True), ("p384", "ECDSA+SHA1", True),
                                          ("ec", "RSA+SHA256", False)):
            for cipher in ("ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384"):
                with self.subTest(key=key, algorithms=algorithms, cipher=cipher):
                    server = self.renegotiating("-verify", "2", "-CAfile", self.clients.cert, "-client_sigalgs",
                                                algorithms, "-cipher", cipher + ":@SECLEVEL=0")
                    tap = self.tap(server.port, key=key)
                    client = tls_client(tap.port, client_context(self.pki.local_ca))
                    client.send(b"GET /")
                    server.wait_for("GET /")
                    client.close()
                    seen = tap.line()["client_certificate"]
                    self.assertTrue(seen["asked_by_server"])
                    self.assertEqual(seen["shown_sha256"], self.routes[key].sha256() if is_shown else None)
                    self.assertEqual(server.heard().count(", CertificateVerify"), 1 if is_shown else 0)
                    tap.stop()

    def test_in_tls13_a_certificate_that_fits_no_algorithm_is_not_shown(self):
        server = self.renegotiating("-tls1_3", "-verify", "2", "-client_sigalgs", "RSA-PSS+SHA256")
        tap = self.tap(server.port, key="ec")
        client = tls_client(tap.port, client_context(self.pki.local_ca))
        client.send(b"GET /")
        server.wait_for("GET /")
        client.close()
        seen = tap.line()["client_certificate"]
        self.assertTrue(seen["asked_by_server"])
        self.assertIsNone(seen["shown_sha256"])
        tap.stop()

    def test_the_router_is_asked_by_renegotiation_when_the_server_renegotiates(self):
        for version in (TLS12, TLS13):
            with self.subTest(version=version):
                server = self.renegotiating()
                tap = self.tap(server.port, "--ask-client-cert", key="rsa")
                context = client_context(self.pki.local_ca, version)
                context.load_cert_chain(self.router.cert, self.router.key)
                context.post_handshake_auth = True
                seen = self.renegotiate(tap, server, context)["client_certificate"]
                self.assertTrue(seen["asked_by_server"] and seen["asked_of_client"])
                self.assertEqual([each["sha256"] for each in seen["chain"]], [self.router.sha256()])
                tap.stop()

    def test_a_renegotiation_for_its_own_sake_asks_nobody(self):
        server = self.renegotiating()
        tap = self.tap(server.port, "--ask-client-cert", key="ec")
        client = tls_client(tap.port, client_context(self.pki.local_ca))
        client.send(b"GET /")
        server.wait_for("GET /")
        finished = server.heard().count(", Finished")
        server.type("r\n")
        server.wait_for(", Finished", finished + 2)
        server.type("reply\n")
        client.receive_exactly(5)
        client.close()
        self.assertEqual(tap.line()["client_certificate"], {"asked_by_server": False, "shown_sha256": None,
                                                            "asked_of_client": False, "chain": []})
        tap.stop()

    def test_an_old_server_may_ask_by_renegotiation_too(self):
        old = self_signed(self.folder, "old.test", key="rsa")
        for key in (None, "rsa"):
            with self.subTest(key=key):
                server = self.renegotiating("-tls1", "-cipher", "AES128-SHA:@SECLEVEL=0", "-cert", old.cert, "-key",
                                            old.key)
                tap = self.tap(server.port, "--legacy-tls", key=key)
                seen = self.renegotiate(tap, server)["client_certificate"]
                self.assertTrue(seen["asked_by_server"])
                self.assertEqual(seen["shown_sha256"], self.routes[key].sha256() if key else None)
                tap.stop()

    # --- refusals ---

    def refusing(self, version, how):
        """A server that demands a certificate and ends the connection without an alert when it is shown none."""
        context = server_context(self.pki.server, version)
        context.load_verify_locations(self.clients.cert)
        context.verify_mode = ssl.CERT_REQUIRED

        def refuse(tcp):
            tls = Tls(tcp, context, server=True)
            try:
                while True:
                    try:
                        tls.object.do_handshake()
                        break
                    except ssl.SSLWantReadError:
                        tls.flush()
                        tls._incoming.write(tcp.recv(65536))
            except ssl.SSLError:
                pass
            tls.reset() if how == "reset" else tcp.shutdown(socket.SHUT_WR)
        server = Server(refuse)
        self.addCleanup(server.close)
        return server.port

    def test_a_server_that_demands_one_and_hangs_up_is_told_of(self):
        for version in (TLS12, TLS13):
            for how in ("close", "reset"):
                with self.subTest(version=version, how=how):
                    tap = self.tap(self.refusing(version, how))
                    try:
                        tls_client(tap.port, client_context(self.pki.local_ca)).receive_all()
                    except (OSError, ssl.SSLError):
                        pass
                    line = tap.line()
                    self.assertIn("had asked for a client certificate and was shown none", line["ending"]["detail"])
                    self.assertTrue(line["client_certificate"]["asked_by_server"])
                    tap.stop()


if __name__ == "__main__":
    harness.main(needs=["openssl"])
