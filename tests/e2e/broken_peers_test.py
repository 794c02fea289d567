"""Peers that end, break off, stay silent or speak something else than TLS: each connection ends once, with the right
reason, and mailtap serves on. Every phase and every way is in tests/proxy/connection, as transcripts; here some of each
kind are before the whole program."""

import contextlib
import os
import socket
import ssl
import subprocess
import time

import harness
from certificates import Pki
from scenes import WithEcho
from wire import (VERSIONS, Server, client_context, connect, echo, how_tcp_ends, reset, server_context, tls_client,
                  tls_script)

SHORT = ("--hello-timeout", "600ms", "--connect-timeout", "600ms", "--handshake-timeout", "600ms")
PATIENT = tuple("60s" if word == "600ms" else word for word in SHORT)


class BrokenPeers(WithEcho):
    def serve(self, script):
        server = Server(script)
        self.addCleanup(server.close)
        return server.port

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

    def says(self, data):
        def act(port):
            tcp = connect(port)
            tcp.sendall(data)
            how_tcp_ends(tcp)
        return act

    def test_plain_http_is_named(self):
        self.breaks(self.says(b"GET /EWS/Exchange.asmx HTTP/1.1\r\nHost: mail.test\r\n\r\n"), "not-tls", "downstream",
                    "(?i)http")

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

    def test_a_server_that_accepts_and_stays_silent_runs_into_the_handshake_timeout(self):
        self.breaks_at_upstream(how_tcp_ends, "upstream-handshake-timeout", options=SHORT)

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


class Endings(harness.Claims):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pki = Pki(cls.folder)

    def converse(self, server_script, client_script, *options):
        """For each pair of TLS versions: `server_script(tls)` at the upstream's side, `client_script(tls)` at the
        client's. Gives the lines of the log."""
        lines = []
        for client_version, server_version in ((c, s) for c in VERSIONS for s in VERSIONS):
            with self.subTest(client=client_version, server=server_version):
                server = Server(tls_script(server_context(self.pki.server, VERSIONS[server_version]), server_script))
                tap = self.mailtap(*self.pki.present["issue"], "--hello", "own", *options, upstream=server.port)
                client_script(tls_client(tap.port, client_context(self.pki.local_ca, VERSIONS[client_version])))
                lines.append(tap.line())
                tap.stop()
                server.finish()
        return lines

    def assert_all_end(self, lines, reason, side=None):
        for line in lines:
            self.assertEqual(line["ending"]["reason"], reason, line["ending"])
            if side:
                self.assertEqual(line["ending"]["side"], side)

    def test_client_half_closes_and_the_reply_still_arrives(self):
        def server(tls):
            request, ending = tls.receive_all()
            time.sleep(0.1)
            tls.send(ending.encode() + b": " + request).half_close()

        def client(tls):
            tls.send(b"the whole request").half_close()
            self.assertEqual(tls.receive_all(), (b"close_notify: the whole request", "close_notify"))
        self.assert_all_end(self.converse(server, client), "closed")

    def test_a_server_that_is_cut_off_is_cut_off_for_the_client(self):
        def server(tls):
            tls.send(b"half a repl").cut_off().receive_all()

        def client(tls):
            self.assertEqual(tls.receive_all(), (b"half a repl", "truncated"))
            tls.close()
        self.assert_all_end(self.converse(server, client), "truncated", "upstream")

    def test_what_was_sent_right_before_the_end_arrives(self):
        size = 3_000_000

        def server(tls):
            tls.send(b"x" * size).half_close().receive_all()

        def client(tls):
            time.sleep(0.2)  # so that the end waits behind the bytes
            data, ending = tls.receive_all()
            self.assertEqual((len(data), ending), (size, "close_notify"))
            tls.close()
        self.assert_all_end(self.converse(server, client), "closed")

    def test_a_client_that_says_goodbye_and_leaves_at_once_is_in_order(self):
        def server(tls):
            self.assertEqual(tls.receive_all(), (b"bye", "close_notify"))
            try:
                tls.send(b"too late").close()
            except OSError:
                pass  # nobody is there any more

        def client(tls):
            tls.send(b"bye").close()
        self.assert_all_end(self.converse(server, client), "closed")

    def s_client_types(self, version, *dialogue):
        """What openssl s_client prints. Of `dialogue` each word is typed when what is to come of the one before has
        been printed; a single k, K or R is a command to it."""
        server = Server(tls_script(server_context(self.pki.server), echo))
        tap = self.mailtap(*self.pki.present["own"], upstream=server.port)
        output = self.folder / f"s_client.{harness.free_port()}"
        with open(output, "wb") as printed:
            client = subprocess.Popen(["openssl", "s_client", "-connect", f"127.0.0.1:{tap.port}", version],
                                      stdin=subprocess.PIPE, stdout=printed, stderr=subprocess.STDOUT)
        self.addCleanup(client.kill)
        for word, answer in dialogue:
            client.stdin.write(word + b"\n")
            client.stdin.flush()
            harness.wait_until(lambda: answer in output.read_bytes(), f"s_client to print {answer}")
        # What is typed last may find nobody who reads it any more.
        with contextlib.suppress(BrokenPipeError):
            client.stdin.write(b"two\nQ\n")
            client.stdin.flush()
        with contextlib.suppress(BrokenPipeError):
            client.stdin.close()
        client.wait(20 * harness.PATIENCE)
        line = tap.line()
        tap.stop()
        return line

    def test_a_client_that_updates_its_keys_goes_on_with_the_new_ones(self):
        """RFC 8446 section 4.6.3; K asks for new ones of mailtap's too."""
        for command in (b"k", b"K"):
            with self.subTest(command):
                line = self.s_client_types("-tls1_3", (b"one", b"\none\n"), (command, b"KEYUPDATE"), (b"two", b"\ntwo\n"))
                self.assertEqual(line["ending"]["reason"], "closed")

    def test_a_client_that_renegotiates_does_no_harm(self):
        line = self.s_client_types("-tls1_2", (b"one", b"\none\n"), (b"R", b"RENEGOTIATING"))
        self.assertIn(line["ending"]["reason"], ("closed", "tls-error", "truncated"))


if __name__ == "__main__":
    harness.main(needs=["openssl"])
