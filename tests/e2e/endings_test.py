"""How connections end: what one side says, the other hears, half-closes and cut-off streams included."""

import contextlib
import subprocess
import time

import harness
from certificates import Pki
from wire import VERSIONS, Server, client_context, echo, server_context, tls_client, tls_script


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
                tap = self.mailtap(*self.pki.present["issue"], *options, upstream=server.port)
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

    def test_client_sends_close_notify_without_fin_and_the_reply_still_arrives(self):
        def server(tls):
            request, _ = tls.receive_all()
            tls.send(request).close()

        def client(tls):
            tls.send(b"the whole request").close_notify()
            self.assertEqual(tls.receive_all(), (b"the whole request", "close_notify"))
            tls.tcp.close()
        self.assert_all_end(self.converse(server, client), "closed")

    def test_server_half_closes_and_still_hears_the_client(self):
        def server(tls):
            tls.send(b"all I have to say").half_close()
            self.assertEqual(tls.receive_all(), (b"and I say this", "close_notify"))

        def client(tls):
            self.assertEqual(tls.receive_all(), (b"all I have to say", "close_notify"))
            tls.send(b"and I say this").half_close()
        self.assert_all_end(self.converse(server, client), "closed")

    def test_a_client_that_is_cut_off_is_cut_off_for_the_server(self):
        def server(tls):
            self.assertEqual(tls.receive_all(), (b"half a requ", "truncated"))
            tls.close()

        def client(tls):
            tls.send(b"half a requ").cut_off().receive_all()
        self.assert_all_end(self.converse(server, client), "truncated", "downstream")

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

    def test_silence_runs_into_the_idle_timeout(self):
        def server(tls):
            tls.send(tls.receive_exactly(1)).receive_all()

        def client(tls):
            tls.send(b"x").receive_exactly(1)
            began = time.monotonic()
            tls.receive_all()
            self.assertGreater(time.monotonic() - began, 0.3)
        self.assert_all_end(self.converse(server, client, "--idle-timeout", "500ms"), "idle-timeout", "mailtap")

    def test_a_byte_now_and_then_is_not_idle(self):
        def client(tls):
            for _ in range(5):
                time.sleep(0.5)
                tls.send(b"x").receive_exactly(1)
            tls.close()
        self.assert_all_end(self.converse(echo, client, "--idle-timeout", "2s"), "closed")

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
