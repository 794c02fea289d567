"""Peers that break off, stay silent or speak something else than TLS, in every phase: each connection ends once, with
the right reason, and mailtap serves on."""

import os
import socket
import ssl
import time

import harness
from scenes import WithEcho
from wire import (TLS12, VERSIONS, Server, Tls, client_context, connect, how_tcp_ends, reset, server_context,
                  tls_client, tls_script)

SHORT = ("--hello-timeout", "600ms", "--connect-timeout", "600ms", "--handshake-timeout", "600ms")
PATIENT = tuple("60s" if word == "600ms" else word for word in SHORT)


class BrokenPeers(WithEcho):
    def serve(self, script):
        server = Server(script)
        self.addCleanup(server.close)
        return server.port

    def hello(self, version=None):
        return Tls(None, client_context(version=version), "mail.test").first_flight()

    def serves_on(self, tap):
        """A good connection works and is the next in the log."""
        client = tls_client(tap.port, client_context(self.pki.local_ca))
        client.send(b"still there?")
        self.assertEqual(client.receive_exactly(12), b"still there?")
        client.close()
        self.assertEqual(tap.line()["ending"]["reason"], "closed")

    def breaks(self, act, reason, side, detail="^", options=PATIENT):
        """In each presentation mode `act(port)` makes a connection that must end so; then all goes on."""
        for mode in ("own", "issue", "mirror"):
            with self.subTest(mode=mode):
                tap = self.mailtap(*self.pki.present[mode], *options, upstream=self.echo.port)
                act(tap.port)
                ending = tap.line()["ending"]
                self.assertEqual((ending["reason"], ending["side"]), (reason, side), ending)
                self.assertRegex(ending["detail"] or "", detail)
                self.serves_on(tap)
                tap.stop()

    def breaks_at_upstream(self, script, reason, side="upstream", detail="^", options=PATIENT,
                           or_reason=None):
        """The same, with an upstream that misbehaves. The client must be told by an alert, or cut off."""
        port = self.serve(script)
        for mode in ("own", "issue", "mirror"):
            with self.subTest(mode=mode):
                tap = self.mailtap(*self.pki.present[mode], *options, upstream=port)
                for _ in range(2):  # the second shows that it serves on
                    with self.assertRaises((ssl.SSLError, OSError)):
                        client = tls_client(tap.port, client_context(self.pki.local_ca))
                        client.send(b"x").receive_exactly(1)
                    ending = tap.line()["ending"]
                    self.assertIn(ending["reason"], (reason, or_reason), ending)
                    self.assertEqual(ending["side"], side)
                    self.assertRegex(ending["detail"] or "", detail)
                tap.stop()

    # --- the client resets ---

    def test_a_client_that_resets_before_its_hello_said_nothing(self):
        self.breaks(lambda port: reset(connect(port)), "no-data", "downstream")

    def test_a_client_that_resets_in_its_hello_is_a_reset(self):
        def act(port):
            tcp = connect(port)
            tcp.sendall(self.hello()[:100])
            time.sleep(0.2)
            reset(tcp)
        self.breaks(act, "reset", "downstream")

    def test_a_client_that_resets_after_its_hello_is_a_reset(self):
        def act(port):
            tcp = connect(port)
            tcp.sendall(self.hello())
            time.sleep(0.2)
            reset(tcp)
        self.breaks(act, "reset", "downstream")

    def test_a_client_that_resets_in_the_handshake_is_a_reset(self):
        def act(port):
            tcp = connect(port)
            tcp.sendall(self.hello())
            tcp.recv(1)  # the server's flight has come
            reset(tcp)
        self.breaks(act, "reset", "downstream")

    def test_a_client_that_resets_in_the_relay_is_a_reset_for_the_server_too(self):
        heard = []

        def script(tls):
            tls.send(tls.receive_exactly(5))
            heard.append(how_tcp_ends(tls.tcp))
        port = self.serve(tls_script(server_context(self.pki.server), script))
        tap = self.mailtap(*self.pki.present["own"], upstream=port)
        client = tls_client(tap.port, client_context(self.pki.local_ca))
        client.send(b"hello").receive_exactly(5)
        client.reset()
        self.assertEqual(tap.ending(), ("reset", "downstream"))
        harness.wait_until(lambda: heard, "the server to hear of it")
        self.assertEqual(heard, ["reset"])
        tap.stop()

    # --- the client closes, or speaks something else ---

    def test_a_client_that_leaves_without_a_word_is_no_fault(self):
        self.breaks(lambda port: connect(port).close(), "no-data", "downstream")

    def test_a_client_that_leaves_in_its_hello_has_failed_its_handshake(self):
        def act(port):
            tcp = connect(port)
            tcp.sendall(self.hello()[:100])
            tcp.close()
        self.breaks(act, "downstream-handshake-failed", "downstream", "hello")

    def test_a_client_that_leaves_in_the_handshake_has_failed_it(self):
        def act(port):
            tcp = connect(port)
            tcp.sendall(self.hello())
            while b"\x16" not in tcp.recv(65536):
                pass
            tcp.shutdown(socket.SHUT_WR)
            how_tcp_ends(tcp)
        self.breaks(act, "downstream-handshake-failed", "downstream", "closed")

    def says(self, data):
        def act(port):
            tcp = connect(port)
            tcp.sendall(data)
            how_tcp_ends(tcp)
        return act

    def test_garbage_is_not_tls(self):
        self.breaks(self.says(bytes(range(200, 256)) * 20), "not-tls", "downstream", ".")

    def test_plain_http_is_named(self):
        self.breaks(self.says(b"GET /EWS/Exchange.asmx HTTP/1.1\r\nHost: mail.test\r\n\r\n"), "not-tls", "downstream",
                    "(?i)http")

    def test_a_plain_mail_command_is_not_tls(self):
        self.breaks(self.says(b"EHLO router.test\r\n"), "not-tls", "downstream", ".")

    def test_an_sslv2_hello_is_refused_with_what_allows_it(self):
        # RFC 5246 E.2: a two-byte length, CLIENT-HELLO, the version, lengths, three suites, a challenge.
        body = b"\x01\x03\x01\x00\x09\x00\x00\x00\x10" + b"\x00\x00\x2f\x00\x00\x05\x00\x00\x0a" + bytes(range(16))
        self.breaks(self.says(bytes([0x80, len(body)]) + body), "downstream-handshake-failed", "downstream",
                    "^the client speaks TLS 1.0 only: allow it with legacy-tls = true")

    def test_a_record_that_is_no_hello_is_not_tls(self):
        self.breaks(self.says(b"\x17\x03\x03\x00\x05hello"), "not-tls", "downstream", ".")

    def test_half_a_hello_and_silence_runs_into_the_hello_timeout(self):
        def act(port):
            tcp = connect(port)
            tcp.sendall(self.hello()[:100])
            how_tcp_ends(tcp)
        self.breaks(act, "hello-timeout", "downstream", options=SHORT)

    def test_a_hello_that_drips_in_runs_into_the_hello_timeout(self):
        def act(port):
            tcp = connect(port)
            try:
                for byte in self.hello():
                    tcp.sendall(bytes([byte]))
                    time.sleep(0.02)
            except OSError:
                pass
        self.breaks(act, "hello-timeout", "downstream", options=SHORT)

    def test_a_hello_in_single_bytes_is_a_hello(self):
        tap = self.mailtap(*self.pki.present["own"], upstream=self.echo.port)
        client = Tls(connect(tap.port), client_context(self.pki.local_ca), "mail.test")
        for byte in client.first_flight():
            client.tcp.sendall(bytes([byte]))
        client.handshake().send(b"x").receive_exactly(1)
        client.close()
        self.assertEqual(tap.ending()[0], "closed")
        tap.stop()

    def test_silence_from_the_start_runs_into_the_hello_timeout(self):
        self.breaks(lambda port: how_tcp_ends(connect(port)), "hello-timeout", "downstream", options=SHORT)

    def test_silence_in_the_handshake_runs_into_the_handshake_timeout(self):
        def act(port):
            tcp = connect(port)
            tcp.sendall(self.hello())
            how_tcp_ends(tcp)
        self.breaks(act, "downstream-handshake-timeout", "downstream", options=SHORT)

    def test_a_client_that_refuses_our_certificate_says_why(self):
        for version in VERSIONS.values():
            def act(port, version=version):
                with self.assertRaises(ssl.SSLCertVerificationError):
                    tls_client(port, client_context(self.pki.upstream_ca, version))
            self.breaks(act, "downstream-handshake-failed", "downstream", "unknown_ca")

    def test_a_record_that_cannot_be_decrypted_is_a_tls_error(self):
        def act(port):
            client = tls_client(port, client_context(self.pki.local_ca))
            client.tcp.sendall(b"\x17\x03\x03\x00\x20" + os.urandom(32))
            self.assertIn("BAD_RECORD_MAC", client.receive_all()[1])
        self.breaks(act, "tls-error", "downstream", "damaged")

    # --- the server ---

    def test_a_server_that_resets_at_once_is_a_reset_or_a_failed_connect(self):
        """To the kernel it may have been both by the time that mailtap looks."""
        self.breaks_at_upstream(reset, "reset", or_reason="connect-failed", detail="reset|broken pipe")

    def test_a_server_that_resets_after_the_hello_is_a_reset(self):
        def script(tcp):
            tcp.recv(65536)
            reset(tcp)
        self.breaks_at_upstream(script, "reset")

    def test_a_server_that_resets_in_the_handshake_is_a_reset(self):
        def script(tcp):
            tls = Tls(tcp, server_context(self.pki.server, TLS12), server=True)
            tls._incoming.write(tcp.recv(65536))
            tcp.sendall(tls.first_flight()[:200])
            time.sleep(0.1)
            reset(tcp)
        self.breaks_at_upstream(script, "reset")

    def test_a_server_that_resets_in_the_relay_is_a_reset_for_the_client_too(self):
        for version in VERSIONS.values():
            with self.subTest(version=version):
                def script(tls):
                    tls.receive_exactly(5)
                    tls.reset()
                port = self.serve(tls_script(server_context(self.pki.server), script))
                tap = self.mailtap(*self.pki.present["own"], upstream=port)
                client = tls_client(tap.port, client_context(self.pki.local_ca, version))
                client.send(b"hello")
                self.assertEqual(client.receive_all(), (b"", "reset"))
                self.assertEqual(tap.ending(), ("reset", "upstream"))
                tap.stop()

    def test_a_server_that_closes_after_the_hello_has_failed_its_handshake(self):
        def script(tcp):
            tcp.recv(65536)
            tcp.shutdown(socket.SHUT_WR)
            how_tcp_ends(tcp)
        self.breaks_at_upstream(script, "upstream-handshake-failed", detail="closed")

    def test_a_server_that_speaks_plain_text_has_failed_its_handshake(self):
        def script(tcp):
            tcp.sendall(b"220 mail.test ESMTP ready\r\n")
            how_tcp_ends(tcp)
        self.breaks_at_upstream(script, "upstream-handshake-failed", detail=".")

    def test_a_server_that_refuses_our_versions_is_told_by_its_alert(self):
        def script(tcp):
            tcp.recv(65536)
            tcp.sendall(b"\x15\x03\x03\x00\x02\x02\x46")
            how_tcp_ends(tcp)
        self.breaks_at_upstream(script, "upstream-handshake-failed", detail="protocol_version")

    def test_a_server_that_accepts_and_stays_silent_runs_into_the_handshake_timeout(self):
        self.breaks_at_upstream(how_tcp_ends, "upstream-handshake-timeout", options=SHORT)

    def test_a_server_that_stops_in_the_handshake_runs_into_the_handshake_timeout(self):
        def script(tcp):
            tls = Tls(tcp, server_context(self.pki.server, TLS12), server=True)
            tls._incoming.write(tcp.recv(65536))
            tcp.sendall(tls.first_flight()[:200])
            how_tcp_ends(tcp)
        self.breaks_at_upstream(script, "upstream-handshake-timeout", options=SHORT)

    # --- there is no server ---

    def cannot_connect(self, upstream, reason, detail):
        for mode in ("own", "issue", "mirror"):
            with self.subTest(mode=mode):
                tap = self.mailtap(*self.pki.present[mode], *SHORT, "--listen", "127.0.0.1:0", "--upstream", upstream)
                for _ in range(2):
                    with self.assertRaises((ssl.SSLError, OSError)):
                        tls_client(tap.port, client_context(self.pki.local_ca)).send(b"x").receive_exactly(1)
                    ending = tap.line()["ending"]
                    self.assertEqual((ending["reason"], ending["side"]), (reason, "upstream"), ending)
                    self.assertRegex(ending["detail"] or "", detail)
                tap.stop()

    def test_a_port_that_refuses_is_a_failed_connect(self):
        self.cannot_connect(f"127.0.0.1:{harness.free_port()}", "connect-failed", "refused")

    def test_a_name_that_nobody_has_fails_to_resolve(self):
        # RFC 6761 section 6.4: .invalid never resolves. Resolvers that can't be reached take longer than SHORT.
        tap = self.mailtap(*self.pki.present["own"], "--connect-timeout", "60s", "--listen", "127.0.0.1:0",
                           "--upstream", "nobody.invalid:443")
        with self.assertRaises((ssl.SSLError, OSError)):
            tls_client(tap.port, client_context(), seconds=60).send(b"x").receive_exactly(1)
        ending = tap.line(seconds=60)["ending"]
        self.assertEqual((ending["reason"], ending["side"]), ("resolve-failed", "upstream"))
        self.assertIn("nobody.invalid", ending["detail"])
        tap.stop()

    def test_a_server_that_does_not_answer_runs_into_the_connect_timeout(self):
        # A listener whose queue is full drops what comes.
        with socket.socket() as full:
            full.bind(("127.0.0.1", 0))
            full.listen(0)
            waiting = []
            for _ in range(4):
                tcp = socket.socket()
                tcp.setblocking(False)
                tcp.connect_ex(full.getsockname())
                waiting.append(tcp)
            self.cannot_connect(f"127.0.0.1:{full.getsockname()[1]}", "connect-timeout", "^")
            for tcp in waiting:
                tcp.close()


if __name__ == "__main__":
    harness.main(needs=["openssl"])
