"""SIGHUP puts a changed configuration into force without dropping a connection; a bad one changes nothing."""

import os
import signal
import socket
import time

import harness
from certificates import Pki
from wire import Server, client_context, server_context, tls_client, tls_script


def answers(word):
    """A server that answers each byte with `word`."""
    def script(tls):
        while tls.receive(1):
            tls.send(word)
        tls.close()
    return script


class Reload(harness.Claims):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pki = Pki(cls.folder)
        cls.context = client_context(cls.pki.local_ca)

    def setUp(self):
        self.servers = [Server(tls_script(server_context(self.pki.server), answers(word))) for word in (b"one", b"two")]
        for server in self.servers:
            self.addCleanup(server.close)
        self.config = self.folder / f"{self.id().rsplit('.', 1)[1]}.toml"
        self.listen = [harness.free_port(), harness.free_port()]

    def route(self, listener, server, leaf=None, more=""):
        leaf = leaf or self.pki.own
        return f"""
[[route]]
listen = "127.0.0.1:{self.listen[listener]}"
upstream = "127.0.0.1:{self.servers[server].port}"
present = "own"
cert = "{leaf.cert}"
key = "{leaf.key}"
trust = "{self.pki.upstream_ca.cert}"
{more}
"""

    def started_with(self, text, listeners=1):
        self.config.write_text(text)
        return self.mailtap("--config", self.config, listeners=listeners)

    def reload(self, tap, text, says="reloaded"):
        self.config.write_text(text)
        tap.signal(signal.SIGHUP)
        tap.said(says)

    def client(self, listener=0):
        return tls_client(self.listen[listener], self.context)

    def answer(self, client):
        return client.send(b"?").receive_exactly(3)

    def ask_once(self, listener=0):
        client = self.client(listener)
        try:
            return self.answer(client)
        finally:
            client.close()

    def test_many_hangups_are_one_reload(self):
        tap = self.started_with(self.route(0, 0))
        self.config.write_text(self.route(0, 1))
        for _ in range(500):
            tap.signal(signal.SIGHUP)
        tap.said("reloaded")
        time.sleep(1)  # for those that must not come
        self.assertLess(tap.output().count("reloaded"), 5)
        self.assertEqual(self.ask_once(), b"two")
        self.assertEqual(tap.ending()[0], "closed")
        tap.stop()

    def test_a_stop_is_heard_while_a_configuration_is_read(self):
        """Even one that never comes to its end."""
        tap = self.started_with(self.route(0, 0))
        self.assertEqual(self.ask_once(), b"one")
        self.config.unlink()
        os.mkfifo(self.config)
        tap.signal(signal.SIGHUP)
        time.sleep(0.5)
        tap.signal(signal.SIGTERM)
        tap.said("draining")
        self.assertEqual(tap.wait(), 0)
        self.assertEqual(tap.ending()[0], "closed")
        tap.stop()

    def test_new_connections_go_to_the_new_upstream_and_old_ones_go_on(self):
        tap = self.started_with(self.route(0, 0))
        old = self.client()
        self.assertEqual(self.answer(old), b"one")
        self.reload(tap, self.route(0, 1))
        self.assertEqual(self.ask_once(), b"two")
        self.assertEqual(self.answer(old), b"one")
        old.close()
        self.assertEqual([tap.ending()[0], tap.ending()[0]], ["closed", "closed"])
        tap.stop()

    def test_a_renewed_certificate_is_presented_from_then_on(self):
        renewed = self.pki.local_ca.leaf("mail.test", file="renewed")
        tap = self.started_with(self.route(0, 0))
        self.ask_once()
        self.assertEqual(tap.line()["presented"]["sha256"], self.pki.own.sha256())
        self.reload(tap, self.route(0, 0, renewed))
        self.ask_once()
        self.assertEqual(tap.line()["presented"]["sha256"], renewed.sha256())
        tap.stop()

    def test_a_certificate_renewed_in_its_file_is_presented_from_then_on(self):
        leaf = self.pki.local_ca.leaf("mail.test", file="replaced")
        tap = self.started_with(self.route(0, 0, leaf))
        self.ask_once()
        before = tap.line()["presented"]["sha256"]
        replacement = self.pki.local_ca.leaf("mail.test", file="replaced")
        self.reload(tap, self.config.read_text())
        self.ask_once()
        self.assertEqual(tap.line()["presented"]["sha256"], replacement.sha256())
        self.assertNotEqual(before, replacement.sha256())
        tap.stop()

    def test_a_listener_can_be_added_and_removed(self):
        tap = self.started_with(self.route(0, 0))
        self.reload(tap, self.route(0, 0) + self.route(1, 1))
        tap.said("listening", times=2)
        self.assertEqual(self.ask_once(0), b"one")
        self.assertEqual(self.ask_once(1), b"two")
        old = self.client(0)
        self.assertEqual(self.answer(old), b"one")
        self.config.write_text(self.route(1, 1))
        tap.signal(signal.SIGHUP)
        tap.said("reloaded", times=2)
        tap.expected_besides.add("no-data")  # what asks may still be accepted
        harness.wait_until(lambda: not harness.accepts(self.listen[0]), "the removed listener to refuse")
        self.assertEqual(self.answer(old), b"one")
        old.close()
        self.assertEqual(self.ask_once(1), b"two")
        for line in tap.lines(4):
            self.assertEqual(line["ending"]["reason"], "closed")
        tap.stop()

    def test_a_listener_moves_to_another_port(self):
        tap = self.started_with(self.route(0, 0))
        self.reload(tap, self.route(1, 0))
        self.assertEqual(self.ask_once(1), b"one")
        self.assertEqual(tap.ending()[0], "closed")
        tap.expected_besides.add("no-data")
        harness.wait_until(lambda: not harness.accepts(self.listen[0]), "the old port to refuse")
        tap.stop()

    def test_a_bad_configuration_changes_nothing_and_is_named_by_its_place(self):
        tap = self.started_with(self.route(0, 0))
        bad = {
            "an unknown key": (self.route(0, 1, more="upstraem = 'x'"), f"{self.config}:9:1"),
            "no TOML": (self.route(0, 1) + "\n[[route\n", f"{self.config}:11:"),
            "a wrong type": (self.route(0, 1, more="max-per-source = 'many'"), f"{self.config}:9:1"),
            "a missing file": (self.route(0, 1, more="client-cert = '/nowhere/x.pem'\nclient-key = '/nowhere/x.key'"),
                               f"{self.config}:9:1"),
            "a certificate with another's key": (
                self.route(0, 1).replace(f'key = "{self.pki.own.key}"', f'key = "{self.pki.server.key}"'),
                f"{self.config}:"),
            "no route": ("workers = 1\n", f"{self.config}"),
        }
        for times, (what, (text, place)) in enumerate(bad.items(), 1):
            with self.subTest(what):
                self.config.write_text(text)
                tap.signal(signal.SIGHUP)
                tap.said("reload failed", times)
                said = tap.output().split("reload failed")[-1]
                self.assertIn(place, said)
                self.assertEqual(self.ask_once(), b"one")
                self.assertEqual(tap.ending()[0], "closed")
        self.reload(tap, self.route(0, 1))
        self.assertEqual(self.ask_once(), b"two")
        tap.line()
        tap.stop()

    def test_a_new_listener_on_a_taken_port_changes_nothing(self):
        tap = self.started_with(self.route(0, 0))
        taken = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(taken.close)
        self.listen[1] = taken.getsockname()[1]
        self.reload(tap, self.route(0, 1) + self.route(1, 1), says="reload failed")
        self.assertIn(f"127.0.0.1:{self.listen[1]}", tap.output().split("reload failed")[1])
        self.assertEqual(self.ask_once(), b"one")
        tap.line()
        tap.stop()

    def test_a_route_that_cannot_write_leaves_the_pins_of_those_before_it(self):
        pins = self.folder / f"pins.{self.listen[0]}"
        pins.write_text(f"mail.test {self.pki.server.pin()}\n")
        pinned = self.route(0, 0, more=f'pin-file = "{pins}"')
        tap = self.started_with(pinned)
        self.assertEqual(self.ask_once(), b"one")
        self.assertEqual(tap.line()["policy"]["decided_by"], "pin-file")
        pins.write_text(f"mail.test {self.pki.own.pin()}\n")
        self.reload(tap, pinned + self.route(1, 1, more=f'keylog = "{self.folder}/no/such/folder/keys"'),
                    says="the old configuration goes on")
        self.assertEqual(self.ask_once(), b"one")
        self.assertEqual(tap.line()["policy"]["decided_by"], "pin-file")
        tap.stop()

    def test_connections_are_never_refused_while_reloading(self):
        tap = self.started_with("workers = 2\n" + self.route(0, 0))
        count = 0
        for _ in range(10):
            tap.signal(signal.SIGHUP)
            for _ in range(5):
                self.assertEqual(self.ask_once(), b"one")
                count += 1
        for line in tap.lines(count):
            self.assertEqual(line["ending"]["reason"], "closed")
        tap.stop()


if __name__ == "__main__":
    harness.main(needs=["openssl"])
