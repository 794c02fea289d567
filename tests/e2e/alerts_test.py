"""What an admin is told of unasked: in the log, by metrics, by a command, by a webhook (docs/alerts.md)."""

import datetime
import re
import signal
import socket
import ssl
import threading
import urllib.request

import harness
from certificates import Authority, Pki


class Swapped:
    """A TLS server that shows whichever certificate it is told to, and answers whatever comes."""

    def __init__(self, leaf):
        self.leaves = [leaf]
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.served = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def show(self, *leaves):
        """From now on; several take turns."""
        self.leaves = leaves

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            leaf = self.leaves[self.served % len(self.leaves)]
            self.served += 1
            threading.Thread(target=self._serve, args=(connection, leaf), daemon=True).start()

    @staticmethod
    def _serve(connection, leaf):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(leaf.cert, leaf.key)
        try:
            connection.settimeout(60 * harness.PATIENCE)
            with context.wrap_socket(connection, server_side=True) as secured:
                if secured.recv(65536):
                    secured.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
        except OSError:
            pass

    def close(self):
        self.listener.close()


def in_days(days, seconds=0):
    """As openssl ca takes dates."""
    time = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days, seconds=seconds)
    return time.strftime("%Y%m%d%H%M%SZ")


class Base(harness.Claims):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pki = Pki(cls.folder)
        cls.renewed = cls.pki.upstream_ca.leaf("mail.test", file="renewed")
        cls.stranger = Authority(cls.folder, "stranger-ca")
        cls.untrusted = cls.stranger.leaf("mail.test", file="untrusted")
        cls.near = cls.pki.upstream_ca.leaf("mail.test", end=in_days(9, 3600), file="near")

    def server(self, leaf):
        server = Swapped(leaf)
        self.addCleanup(server.close)
        return server

    def tap(self, server, *options, **more):
        return self.mailtap(*self.pki.present["own"], "--name", "mail.test", *options, upstream=server.port, **more)

    def poll(self, tap, ca=None):
        """The router polls its mailbox: one connection, which is in the log."""
        self.curl(tap.port, ca or self.pki.local_ca)
        return tap.line()

    def rejects(self, tap):
        """The router doesn't trust the certificate that it is shown."""
        self.s_client(tap.port, self.stranger, status=1)
        self.assertEqual(tap.line()["reaction"]["kind"], "rejected")

    def alerts(self, tap, *expected, seconds=30):
        """Waits until as many more were told of, which must be these: "kind state"."""
        def enough():
            tap._next_line()
            return len(tap.alerts) >= len(expected)
        try:
            tap.wait_for(enough, f"alerts {expected}", seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}; there are {[a['summary'] for a in tap.alerts]}") from None
        told, tap.alerts = tap.alerts[:len(expected)], tap.alerts[len(expected):]
        self.assertEqual([f"{alert['kind']} {alert['state']}" for alert in told], list(expected))
        return told


class Told(Base):
    def test_a_renewed_certificate_and_one_that_is_not_trusted(self):
        server = self.server(self.pki.server)
        tap = self.tap(server, "--alert-clear-after", "1s")
        self.poll(tap)
        server.show(self.renewed)
        line = self.poll(tap)
        (renewed,) = self.alerts(tap, "chain-changed notice")
        self.assertEqual(renewed["chain"]["before"]["sha256"], self.pki.server.sha256())
        self.assertEqual(renewed["chain"]["after"]["sha256"], self.renewed.sha256())
        self.assertEqual(renewed["chain"]["changed"], ["certificate", "key"])
        self.assertEqual((renewed["connection"], renewed["route"], renewed["upstream"], renewed["name"]),
                         (line["id"], line["route"], f"127.0.0.1:{server.port}", "mail.test"))
        server.show(self.untrusted)
        self.poll(tap)
        changed, verdict = self.alerts(tap, "chain-changed notice", "verdict-changed raised")
        self.assertEqual(changed["chain"]["changed"], ["certificate", "key", "issuer"])
        self.assertEqual((verdict["verdict"]["from"]["trust"], verdict["verdict"]["to"]["trust"]), ("trusted", "untrusted"))
        self.assertTrue(verdict["verdict"]["to"]["reasons"])
        self.assertTrue(verdict["advice"])
        server.show(self.renewed)
        self.poll(tap)
        (cleared,) = self.alerts(tap, "verdict-changed cleared")
        self.assertEqual(cleared["verdict"]["to"]["trust"], "trusted")
        tap.stop()
        self.assertEqual(tap.alerts, [])

    def test_a_certificate_near_its_end_and_its_renewal(self):
        server = self.server(self.near)
        tap = self.tap(server, "--alert-clear-after", "1s")
        for _ in range(3):
            self.poll(tap)
        (near,) = self.alerts(tap, "certificate-near-expiry raised")
        self.assertEqual((near["expiry"]["days_left"], near["expiry"]["threshold_days"]), (9, 14))
        server.show(self.renewed)
        self.poll(tap)
        changed, cleared = self.alerts(tap, "chain-changed notice", "certificate-near-expiry cleared")
        self.assertGreater(cleared["expiry"]["days_left"], 1000)
        tap.stop()
        self.assertEqual(tap.alerts, [])

    def test_the_passing_of_time_alone_brings_an_end_near(self):
        leaf = self.pki.upstream_ca.leaf("mail.test", end=in_days(1, 8), file="tomorrow")
        tap = self.tap(self.server(leaf), "--alert-clear-after", "1s", "--alert-expiry-days", "1")
        self.poll(tap)
        (near,) = self.alerts(tap, "certificate-near-expiry raised", seconds=60)
        self.assertEqual(near["expiry"]["threshold_days"], 1)
        tap.stop()

    def test_a_router_that_begins_to_reject_and_accepts_again(self):
        tap = self.tap(self.server(self.pki.server))
        self.poll(tap)
        for _ in range(5):
            self.rejects(tap)
        (rejects,) = self.alerts(tap, "router-rejects raised")
        self.assertEqual({**rejects["router"]}, {"client": "127.0.0.1", "reaction": "rejected", "alert": 48,
                                                 "alert_name": "unknown_ca", "in_a_row": 3})
        self.assertIn("The router rejected the presented certificate", rejects["advice"])
        self.poll(tap)
        (accepts,) = self.alerts(tap, "router-rejects cleared")
        self.assertEqual(accepts["router"]["reaction"], "accepted")
        tap.stop()
        self.assertEqual(tap.alerts, [])

    def test_two_servers_behind_one_name_are_told_of_once_by_all_workers_together(self):
        server = self.server(self.pki.server)
        tap = self.tap(server, "--workers", "4")
        self.poll(tap)
        server.show(self.pki.server, self.untrusted)
        for _ in range(40):
            self.poll(tap)
        self.alerts(tap, "chain-changed notice", "verdict-changed raised")
        tap.stop()
        self.assertEqual(tap.alerts, [])

    def test_a_certificate_for_every_connection_does_not_flood(self):
        leaves = [self.pki.upstream_ca.leaf("mail.test", file=f"flood{number}") for number in range(12)]
        server = self.server(leaves[0])
        tap = self.tap(server)
        self.poll(tap)
        server.show(*leaves)
        for _ in range(24):
            self.poll(tap)
        tap.stop()
        self.assertEqual([alert["kind"] for alert in tap.alerts], ["chain-changed"] * 4)

    def test_none_is_told_of_where_none_is_wanted_and_a_reload_changes_that(self):
        server = self.server(self.near)
        file = self.folder / "wanted.toml"

        def write(alerts):
            file.write_text(f'{alerts}\n[[route]]\nid = "exchange"\nlisten = "127.0.0.1:{port}"\nupstream = "127.0.0.1:{server.port}"\n'
                            f'name = "mail.test"\ntrust = ["{self.pki.upstream_ca.cert}"]\n'
                            f'present = "own"\ncert = "{self.pki.own.cert}"\nkey = "{self.pki.own.key}"\n')
        port = harness.free_port()
        write('alert = "none"')
        tap = self.mailtap("--config", file)
        self.poll(tap)
        server.show(self.renewed)
        self.poll(tap)
        write('alert = ["chain-changed", "router-rejects"]')
        tap.signal(signal.SIGHUP)
        tap.said("mailtap: reloaded")
        server.show(self.near)
        self.poll(tap)
        write("alert-expiry-days = 20")
        tap.signal(signal.SIGHUP)
        tap.said("mailtap: reloaded", times=2)
        # What was known before the reload is known after it: the chain is no news, its end is.
        self.alerts(tap, "certificate-near-expiry raised", seconds=120)
        server.show(self.renewed)
        self.poll(tap)
        (changed,) = self.alerts(tap, "chain-changed notice")
        self.assertEqual(changed["chain"]["before"]["sha256"], self.near.sha256())
        tap.stop()
        self.assertEqual(tap.alerts, [])

    def test_the_text_form_is_for_people(self):
        log = self.folder / "alerts.txt"
        server = self.server(self.near)
        tap = self.started(harness.Process(self.folder, "mailtap", [
            harness.MAILTAP, "run", *self.pki.present["own"], "--name", "mail.test", "--listen", "127.0.0.1:0",
            "--upstream", f"127.0.0.1:{server.port}", "--log", log]))
        tap.wait_for(lambda: "listening" in tap.output(), "to listen")
        port = int(tap.output().split("listening 127.0.0.1:")[1].split()[0])
        self.curl(port, self.pki.local_ca)
        tap.wait_for(lambda: "ALERT certificate-near-expiry raised" in log.read_text(), "an alert")
        self.assertRegex(log.read_text(), r"the certificate of mail.test \(127.0.0.1:\d+\) ends in 9 days, on \d{4}-\d\d-\d\d \(#1\)\n    advice  ")

    def test_metrics_count_them_and_name_the_active(self):
        server = self.server(self.near)
        tap = self.tap(server, "--admin", "0")
        tap.said("admin at http://")
        url = tap.output().split("admin at ", 1)[1].split()[0] + "metrics"
        self.poll(tap)
        self.alerts(tap, "certificate-near-expiry raised")

        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=30 * harness.PATIENCE) as answer:
            text = answer.read().decode()

        def values(name):
            return [(dict(re.findall(r'(\w+)="([^"]*)"', labels or "")), float(value))
                    for labels, value in re.findall(rf"^{name}(?:{{(.*)}})? (\S+)$", text, re.MULTILINE)]
        about = {"kind": "certificate-near-expiry", "route": "127.0.0.1:0"}  # the route has no id
        self.assertEqual(values("mailtap_alerts_total"), [({**about, "state": "raised"}, 1)])
        self.assertEqual(values("mailtap_alert_active"),
                         [({**about, "upstream": f"127.0.0.1:{server.port}", "name": "mail.test"}, 1)])
        for name, value in (("alerts_active", 1), ("alerts_held_back_total", 0), ("alert_records_dropped_total", 0)):
            self.assertEqual(values(f"mailtap_{name}"), [({}, value)])
        tap.stop()


if __name__ == "__main__":
    harness.main(needs=["curl", "openssl"])
