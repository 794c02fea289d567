"""What the router made of the certificate that it was shown stands in the log, however it refused."""

import ctypes
import socket

import harness
from certificates import Authority, Pki
from wire import TLS12, VERSIONS, Server, Tls, client_context, connect, echo, server_context, tls_client, tls_script

OPENSSL = {"TLSv1.2": "-tls1_2", "TLSv1.3": "-tls1_3"}
GNUTLS = {"TLSv1.2": "NORMAL:-VERS-ALL:+VERS-TLS1.2", "TLSv1.3": "NORMAL:-VERS-ALL:+VERS-TLS1.3"}


class GnutlsClient:
    """A client that finishes the handshake and sends an alert only then, as .NET does: nobody else lets one."""

    FATAL, UNKNOWN_CA = 2, 48

    def __init__(self, port, priority):
        self.library = ctypes.CDLL("libgnutls.so.30")
        self.tcp = connect(port)
        self.tcp.setblocking(True)
        self.session, self.credentials = ctypes.c_void_p(), ctypes.c_void_p()
        self.call("gnutls_certificate_allocate_credentials", ctypes.byref(self.credentials))
        self.call("gnutls_init", ctypes.byref(self.session), 1 << 1)
        self.call("gnutls_priority_set_direct", self.session, priority.encode(), None)
        self.call("gnutls_credentials_set", self.session, 1, self.credentials)
        self.library.gnutls_transport_set_int2(self.session, self.tcp.fileno(), self.tcp.fileno())
        self.call("gnutls_handshake", self.session)

    def call(self, name, *arguments):
        code = getattr(self.library, name)(*arguments)
        if code < 0:
            raise AssertionError(f"{name} answered {code}")

    def refuse(self):
        self.call("gnutls_alert_send", self.session, self.FATAL, self.UNKNOWN_CA)
        self.tcp.shutdown(socket.SHUT_WR)
        while self.tcp.recv(4096):  # closing with session tickets unread would be a reset
            pass
        self.tcp.close()


class Reactions(harness.Claims):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pki = Pki(cls.folder)
        cls.stranger = Authority(cls.folder, "stranger-ca")

    def tap(self, mode="issue", *options, version=None):
        server = Server(tls_script(server_context(self.pki.server, version), echo))
        self.addCleanup(server.close)
        return self.mailtap(*self.pki.present[mode], *options, upstream=server.port)

    def rejected(self, tap, *names):
        """The next line's reaction, which is a rejection with one of these alerts."""
        line = tap.line()
        reaction = line["reaction"]
        self.assertEqual(reaction["kind"], "rejected", line)
        self.assertIn(reaction["alert_name"], names)
        self.assertIn(f"The router rejected the presented certificate ({reaction['alert_name']}): ", reaction["advice"])
        return reaction

    def test_openssl_refuses_in_the_handshake_and_the_advice_names_the_ca(self):
        for version, option in OPENSSL.items():
            with self.subTest(version):
                tap = self.tap()
                self.s_client(tap.port, self.stranger, option, status=1)
                reaction = self.rejected(tap, "unknown_ca")
                self.assertEqual(reaction["alert"], 48)
                self.assertIn("issuer", reaction["meaning"])
                self.assertIn(f"import the CA with `certutil -addstore -f Root {self.pki.local_ca.cert}`",
                              reaction["advice"])
                tap.stop()

    def test_curl_refuses_in_the_handshake(self):
        for version in VERSIONS:
            with self.subTest(version):
                tap = self.tap()
                self.run_program("curl", "-sS", "--noproxy", "*", "--cacert", self.stranger.cert, "--tlsv1.2", "--tls-max",
                                 version[-3:], "--resolve", f"mail.test:{tap.port}:127.0.0.1", f"https://mail.test:{tap.port}/",
                                 status=60)
                self.rejected(tap, "unknown_ca")
                tap.stop()

    def test_gnutls_refuses_in_the_handshake(self):
        for version, priority in GNUTLS.items():
            with self.subTest(version):
                tap = self.tap()
                self.run_program("gnutls-cli", "--x509cafile", self.stranger.cert, "--priority", priority,
                                 "--sni-hostname", "mail.test", "--verify-hostname", "mail.test", "--port", tap.port,
                                 "127.0.0.1", status=1)
                self.rejected(tap, "unknown_ca", "bad_certificate", "certificate_unknown")
                tap.stop()

    def test_an_alert_after_the_handshake_is_a_rejection_too(self):
        for version, priority in GNUTLS.items():
            for mode in ("own", "mirror"):
                with self.subTest(version, mode=mode):
                    tap = self.tap(mode)
                    GnutlsClient(tap.port, priority).refuse()
                    line = tap.line()
                    self.assertEqual(line["reaction"]["kind"], "rejected", line)
                    self.assertEqual(line["reaction"]["alert_name"], "unknown_ca")
                    self.assertIsNotNone(line["timing_us"]["downstream_handshake"])
                    tap.stop()

    def test_a_client_that_closes_right_after_the_certificate_is_noticed(self):
        for version, number in VERSIONS.items():
            with self.subTest(version):
                tap = self.tap()
                client = Tls(connect(tap.port), client_context(version=number), "mail.test")
                client.tcp.sendall(client.first_flight())
                self.assertTrue(client.tcp.recv(65536))  # the certificate among it
                client.tcp.close()
                reaction = tap.line()["reaction"]
                self.assertEqual(reaction["kind"], "left-at-certificate")
                self.assertIsNone(reaction["alert"])
                self.assertIn("import the CA", reaction["advice"])
                tap.stop()

    def test_a_client_that_finishes_the_handshake_and_asks_for_nothing_is_noticed(self):
        for version, number in VERSIONS.items():
            for leave in (Tls.close, Tls.reset, lambda tls: tls.tcp.close()):
                with self.subTest(version):
                    tap = self.tap("mirror")
                    leave(tls_client(tap.port, client_context(version=number)))
                    reaction = tap.line()["reaction"]
                    self.assertEqual(reaction["kind"], "no-request")
                    self.assertIn("without a request", reaction["advice"])
                    tap.stop()

    def test_a_client_that_goes_on_has_accepted_the_certificate(self):
        for version, number in VERSIONS.items():
            with self.subTest(version):
                tap = self.tap()
                tls_client(tap.port, client_context(self.pki.local_ca, number)).send(b"a").close()
                line = tap.line()
                self.assertEqual(line["reaction"], {"kind": "accepted", "alert": None, "alert_name": None,
                                                    "meaning": None, "advice": None})
                tap.stop()

    def test_a_server_that_leaves_first_says_nothing_of_the_client(self):
        server = Server(tls_script(server_context(self.pki.server), Tls.close))
        self.addCleanup(server.close)
        tap = self.mailtap(*self.pki.present["own"], upstream=server.port)
        client = tls_client(tap.port, client_context(self.pki.local_ca))
        self.assertEqual(client.receive_all(), (b"", "close_notify"))
        client.close()
        self.assertIsNone(tap.line()["reaction"])
        tap.stop()

    def test_a_resumed_client_was_shown_no_certificate(self):
        tap = self.tap("own")
        context = client_context(self.pki.local_ca, TLS12)
        first = tls_client(tap.port, context)
        first.send(b"a").receive_exactly(1)
        session = first.object.session
        first.close()
        self.assertEqual(tap.line()["reaction"]["kind"], "accepted")
        Tls(connect(tap.port), context, "mail.test", session=session).handshake().close()
        line = tap.line()
        self.assertTrue(line["downstream"]["resumed"])
        self.assertIsNone(line["reaction"])
        tap.stop()

    def test_an_untrusted_mirrored_certificate_is_refused_for_the_servers_own_fault(self):
        server = Server(tls_script(server_context(self.pki.server), echo))
        self.addCleanup(server.close)
        tap = self.mailtap("--present", "mirror", "--trust", self.stranger.cert, upstream=server.port)
        self.s_client(tap.port, self.pki.local_ca, status=1)
        self.assertIn("the server's own certificate", self.rejected(tap, "unknown_ca")["advice"])
        tap.stop()

    def test_the_text_log_tells_a_person_how_to_import_the_ca(self):
        log = self.folder / "text.log"
        server = Server(tls_script(server_context(self.pki.server), echo))
        self.addCleanup(server.close)
        port = harness.free_port()
        process = self.started(harness.Process(
            self.folder, "mailtap", [harness.MAILTAP, "run", "--listen", f"127.0.0.1:{port}", "--upstream",
                                     f"127.0.0.1:{server.port}", "--name", "mail.test", *self.pki.present["issue"],
                                     "--log", log, "--log-format", "text"]))
        process.wait_for(lambda: "listening" in process.output(), "listening")
        self.s_client(port, self.stranger, status=1)
        text = harness.wait_until(lambda: "router" in log.read_text() and log.read_text(), "the text log")
        self.assertIn("router  The router rejected the presented certificate (unknown_ca): import the CA with `certutil",
                      text)
        process.popen.terminate()
        self.assertEqual(process.wait(), 0)


if __name__ == "__main__":
    harness.main(needs=["openssl", "curl", "gnutls-cli"])
