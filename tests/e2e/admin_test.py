"""`--admin`: the API, metrics that Prometheus reads, probes, and whom it refuses."""

import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys

import harness
from scenes import WithGoodAndWrong
from wire import TLS12, TLS13, client_context, tls_client

PARSE = """import json, sys
from prometheus_client.parser import text_string_to_metric_families
json.dump([(s.name, s.labels, s.value) for family in text_string_to_metric_families(sys.stdin.read()) for s in family.samples], sys.stdout)
"""
RULES = pathlib.Path(__file__).resolve().parents[2] / "docs" / "alerts" / "mailtap.rules.yml"
TOKEN = "0123456789abcdef0123456789abcdef"


def prometheus_python():
    """A Python that has Prometheus's client: this one, or else Debian's."""
    for python in (sys.executable, "/usr/bin/python3"):
        if subprocess.run([python, "-c", "import prometheus_client.parser"], stderr=subprocess.DEVNULL).returncode == 0:
            return python
    return None


class Admin(WithGoodAndWrong):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.token_file = cls.folder / "token"
        cls.token_file.write_text(TOKEN + "\n")
        cls.token_file.chmod(0o600)

    def tap(self, *options, upstream=None, admin="0"):
        tap = self.mailtap(*self.pki.present["own"], "--trust", self.pki.upstream_ca.cert, "--name", "mail.test",
                           "--admin", admin, *options, upstream=upstream or self.good)
        tap.said("admin at http://")
        tap.admin = int(tap.output().split("admin at http://", 1)[1].split("/", 1)[0].rsplit(":", 1)[1])
        return tap

    def ask(self, tap, path, host=None, method="GET", **fields):
        """Status, header and text of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", tap.admin, timeout=30 * harness.PATIENCE)
        headers = {name.replace("_", "-"): value for name, value in fields.items()}
        connection.request(method, path, headers={"Host": host or f"127.0.0.1:{tap.admin}", **headers})
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, answer, text

    def document(self, tap, path, **fields):
        status, _, text = self.ask(tap, path, **fields)
        self.assertEqual(status, 200, text)
        return json.loads(text)

    def connections(self, tap, count, query=""):
        """The API's list, once it has so many."""
        def enough():
            found = self.document(tap, "/api/connections" + query)["connections"]
            return found if len(found) >= count else None
        return harness.wait_until(enough, f"{count} connections")

    def test_connections_upstreams_and_counts_are_in_the_api(self):
        tap = self.tap(upstream=self.wrong)
        self.curl(tap.port, self.pki.local_ca)
        line = tap.line()
        (row,) = self.connections(tap, 1)
        self.assertEqual(row["id"], line["id"])
        self.assertEqual(row["name"], "mail.test")
        self.assertEqual(row["verdict"], {"trust": "trusted", "name": "mismatch", "faults": []})
        self.assertTrue(row["notable"])
        one = self.document(tap, f"/api/connections/{row['id']}")
        began = one.pop("began_us")
        for leg in one.pop("handshakes").values():
            self.assertEqual([message[1:3] for message in leg[:2]], [["client", "client_hello"], ["server", "server_hello"]])
        line.pop("event")
        self.assertEqual(one | {"remedies": None}, line | {"remedies": None})  # all that the log has
        # With `own` both handshakes run at once, and the client's begins before there is a connection.
        self.assertLessEqual(0, began["connect"])
        self.assertLessEqual(began["connect"], began["upstream_handshake"])
        (upstream,) = self.document(tap, "/api/upstreams")["upstreams"]
        self.assertEqual((upstream["name"], upstream["connections"]), ("mail.test", 1))
        self.assertEqual(upstream["expires"], min(c["not_after"] for c in line["chain"]))
        counts = self.document(tap, "/api/counts?span=24h")
        self.assertEqual((counts["totals"]["mismatched"], sum(counts["connections"])), (1, 1))
        state = self.document(tap, "/api/state")
        self.assertEqual([r["listen"] for r in state["routes"]], [f"127.0.0.1:{tap.port}"])
        tap.stop()

    def test_a_connection_is_shown_while_it_lasts(self):
        tap = self.tap()
        client = subprocess.Popen(["openssl", "s_client", "-quiet", "-connect", f"127.0.0.1:{tap.port}"], stdin=subprocess.PIPE,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(client.kill)
        (row,) = self.connections(tap, 1, "?which=open")
        self.assertIsNone(row["ending"])
        self.assertEqual(row["verdict"]["trust"], "trusted")
        client.stdin.close()
        client.kill()
        client.wait()
        tap.line()
        self.connections(tap, 1)
        self.assertEqual(self.document(tap, "/api/connections?which=open")["connections"], [])
        tap.stop()

    def events(self, tap):
        """The stream of events, its beginning read: of which process they are."""
        stream = http.client.HTTPConnection("127.0.0.1", tap.admin, timeout=30 * harness.PATIENCE)
        self.addCleanup(stream.close)
        stream.request("GET", "/events", headers={"Host": "localhost"})
        answer = stream.getresponse()
        self.assertEqual(answer.getheader("Content-Type"), "text/event-stream")
        self.assertEqual(answer.readline(), b"event: hello\n")
        answer.started = json.loads(answer.readline().decode().removeprefix("data: "))["started"]
        return answer

    def ended(self, events):
        """The connections of the next event that tells of some that ended."""
        while True:
            text = events.readline().decode()
            self.assertNotEqual(text, "")
            if text.startswith("data: ") and "ended" in text and (ended := json.loads(text[6:])["ended"]):
                return ended

    def test_events_come_as_connections_end(self):
        tap = self.tap()
        events = self.events(tap)
        self.curl(tap.port, self.pki.local_ca)
        self.assertEqual(self.ended(events)[0]["id"], tap.line()["id"])
        tap.stop()

    def test_observed_connections_are_shown_while_they_last_and_afterwards(self):
        tap = self.mailtap("--mode", "observe", "--trust", self.pki.upstream_ca.cert, "--admin", "0", upstream=self.good)
        tap.said("admin at http://")
        tap.admin = int(tap.output().split("admin at http://", 1)[1].split("/", 1)[0].rsplit(":", 1)[1])
        for version, source in ((TLS12, "handshake"), (TLS13, "probe")):
            with self.subTest(source):
                client = tls_client(tap.port, client_context(self.pki.upstream_ca, version))
                (row,) = self.connections(tap, 1, "?which=open")
                self.assertEqual((row["verdict"]["trust"], row["verdict"]["name"]), ("trusted", "match"))
                self.assertEqual(row["downstream"]["tls"], row["upstream"]["tls"])
                client.close()
                line = tap.line()
                one = harness.wait_until(lambda: (found := self.document(tap, f"/api/connections/{row['id']}"))["ending"]["reason"] ==
                                         line["ending"]["reason"] and found["timing_us"]["total"] and found, "it to have ended")
                began = one.pop("began_us")
                line.pop("event")
                one.pop("handshakes")
                self.assertEqual(one | {"remedies": None}, line | {"remedies": None})
                self.assertEqual((one["mode"], one["verdict"]["source"]), ("observe", source))
                self.assertLessEqual(0, began["connect"])
                self.assertLessEqual(began["connect"], began["downstream_handshake"])
                self.assertIsNone(began["upstream_handshake"])
                self.assertEqual(self.document(tap, "/api/connections?which=open")["connections"], [])
        (upstream,) = self.document(tap, "/api/upstreams")["upstreams"]
        self.assertEqual((upstream["name"], upstream["connections"]), ("mail.test", 2))
        self.assertGreater(upstream["handshake_us"], 0)
        tap.stop()

    def test_after_a_restart_the_successor_goes_on_with_it(self):
        tap = self.tap()
        events = self.events(tap)
        self.curl(tap.port, self.pki.local_ca)
        self.ended(events)
        stays = tls_client(tap.port, client_context(self.pki.local_ca))  # keeps the old process
        tap.signal(signal.SIGUSR2)
        tap.said("has taken over")
        successor = int(re.search(r"process (\d+) has taken over", tap.output())[1])
        while events.readline():
            pass  # the old process's stream ends
        again = harness.wait_until(lambda: self.reached(self.events, tap), "the successor's stream")
        self.assertNotEqual(again.started, events.started)
        self.assertEqual(self.ask(tap, "/readyz")[0], 200)
        self.assertEqual(self.document(tap, "/api/counts")["totals"]["connections"], 0)
        self.curl(tap.port, self.pki.local_ca)
        self.assertEqual(len(self.ended(again)), 1)
        self.assertEqual(self.document(tap, "/api/counts")["totals"]["connections"], 1)
        stays.close()
        self.assertEqual(tap.wait(), 0)
        os.kill(successor, signal.SIGTERM)
        tap.lines(3)

    def reached(self, call, *arguments):
        """Its value, or None where the one who was asked left in that very moment."""
        try:
            return call(*arguments)
        except (OSError, http.client.HTTPException):
            return None

    def test_prometheus_reads_the_metrics(self):
        tap = self.tap(upstream=self.wrong)
        for _ in range(3):
            self.curl(tap.port, self.pki.local_ca)
        tap.lines(3)
        self.connections(tap, 3)
        status, answer, text = self.ask(tap, "/metrics")
        self.assertEqual((status, answer.getheader("Content-Type")), (200, "text/plain; version=0.0.4; charset=utf-8"))
        parsed = subprocess.run([prometheus_python(), "-c", PARSE], input=text, capture_output=True, text=True, check=True)
        by_name = {}
        for name, labels, value in json.loads(parsed.stdout):
            by_name.setdefault(name, []).append((labels, value))
        (labels, value), = by_name["mailtap_connections_total"]
        self.assertEqual((labels["ending"], value), ("closed", 3))
        (labels, value), = by_name["mailtap_verdicts_total"]
        self.assertEqual((labels["trust"], labels["name"], value), ("trusted", "mismatch", 3))
        self.assertEqual({labels["leg"]: value for labels, value in by_name["mailtap_handshake_seconds_count"]},
                         {"upstream": 3, "downstream": 3})
        (labels, value), = by_name["mailtap_upstream_certificate_expiry_timestamp_seconds"]
        self.assertEqual((labels["upstream"], labels["name"]), (f"127.0.0.1:{self.wrong}", "mail.test"))
        self.assertGreater(value, by_name["process_start_time_seconds"][0][1])
        self.assertEqual(by_name["mailtap_admin_records_dropped_total"], [({}, 0)])
        self.assertGreater(by_name["process_resident_memory_bytes"][0][1], 1e6)
        if shutil.which("promtool"):
            done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, timeout=60 * harness.PATIENCE)
            self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))
            self.run_program("promtool", "check", "rules", RULES)
        # The example rules ask for nothing that isn't there: a renamed metric would never alert.
        documented = (RULES.parents[1] / "admin.md").read_text()
        for metric in set(re.findall(r"mailtap_\w+", RULES.read_text())):
            self.assertTrue(metric in by_name or metric in documented, metric)
        tap.stop()

    def test_probes_tell_of_draining(self):
        tap = self.tap("--drain-timeout", "1m")
        self.assertEqual(self.ask(tap, "/healthz")[0], 200)
        harness.wait_until(lambda: self.ask(tap, "/readyz")[0] == 200, "to be ready")  # its endpoint hears of it soon after "listening"
        self.assertEqual(self.ask(tap, "/readyz", host="any.name.will.do")[0], 200)
        client = subprocess.Popen(["openssl", "s_client", "-quiet", "-connect", f"127.0.0.1:{tap.port}"], stdin=subprocess.PIPE,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(client.kill)
        self.connections(tap, 1, "?which=open")
        tap.signal(signal.SIGTERM)
        tap.said("draining")
        harness.wait_until(lambda: self.ask(tap, "/readyz")[0] == 503, "not to be ready")
        self.assertEqual(self.ask(tap, "/healthz")[0], 200)
        client.stdin.close()
        client.kill()
        tap.line()
        self.assertEqual(tap.wait(30), 0)

    def test_wrong_names_origins_methods_and_garbage_are_refused(self):
        tap = self.tap("--admin-host", "mailtap.test")
        self.assertEqual(self.ask(tap, "/api/state", host=f"evil.test:{tap.admin}")[0], 421)
        self.assertEqual(self.ask(tap, "/", host="evil.test")[0], 421)
        self.assertEqual(self.ask(tap, "/api/state", host=f"mailtap.test:{tap.admin}")[0], 200)
        self.assertEqual(self.ask(tap, "/api/state", Origin="http://evil.test")[0], 403)
        self.assertEqual(self.ask(tap, "/api/state", Sec_Fetch_Site="cross-site")[0], 403)
        self.assertEqual(self.ask(tap, "/api/state", method="POST")[0], 405)
        self.assertEqual(self.ask(tap, "/api/state", X="a" * 9000)[0], 431)
        for bytes_sent in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc", b"hello?\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n"):
            with socket.create_connection(("127.0.0.1", tap.admin), 30 * harness.PATIENCE) as garbage:
                garbage.sendall(bytes_sent)
                self.assertTrue(garbage.recv(100).startswith(b"HTTP/1.1 400 "))
        status, page, _ = self.ask(tap, "/")
        self.assertEqual(status, 200)
        policy = page.getheader("Content-Security-Policy")
        self.assertTrue(policy.startswith("default-src 'none'; "))
        self.assertNotIn("unsafe", policy)
        self.assertNotIn("http", policy)
        tap.stop()

    def test_slow_clients_neither_hold_up_others_nor_connections(self):
        tap = self.tap()
        slow = [socket.create_connection(("127.0.0.1", tap.admin)) for _ in range(40)]
        for client in slow:
            client.sendall(b"GET / HT")
        self.assertEqual(self.ask(tap, "/healthz")[0], 200)
        self.curl(tap.port, self.pki.local_ca)
        tap.line()
        for client in slow:
            client.settimeout(30 * harness.PATIENCE)
            self.assertEqual(client.recv(100), b"")  # closed at its deadline
            client.close()
        tap.stop()

    def test_other_addresses_than_loopback_need_a_token(self):
        def run(*options):
            done = subprocess.run([harness.MAILTAP, "run", "--listen", "127.0.0.1:0", "--upstream", f"127.0.0.1:{self.good}",
                                   *map(str, options)], capture_output=True, text=True, timeout=30 * harness.PATIENCE)
            self.assertNotEqual(done.returncode, 0)
            self.assertNotIn("listening", done.stderr)
            return done.stderr
        self.assertIn("admin-token-file", run("--admin", ":0"))
        self.assertIn("admin-token-file", run("--admin", "0.0.0.0:0"))
        self.assertIn("give both", run("--admin-token-file", self.token_file))
        self.assertIn("openssl rand", run("--admin", "0", "--admin-token-file", self.folder / "nowhere"))
        open_file = self.folder / "open.token"
        open_file.write_text(TOKEN)
        open_file.chmod(0o644)
        self.assertRegex(run("--admin", ":0", "--admin-token-file", open_file), "run `(chgrp|chmod)")
        short = self.folder / "short.token"
        short.write_text("secret")
        short.chmod(0o600)
        self.assertIn("at least 16", run("--admin", ":0", "--admin-token-file", short))

        tap = self.tap("--admin-token-file", self.token_file, admin="0.0.0.0:0")
        for path in ("/api/state", "/api/connections", "/events", "/metrics"):
            self.assertEqual(self.ask(tap, path)[0], 401)
            self.assertEqual(self.ask(tap, path, Authorization="Bearer " + "x" * 32)[0], 401)
        self.assertEqual(self.ask(tap, "/api/state", Authorization="Bearer " + TOKEN)[0], 200)
        self.assertEqual(self.ask(tap, "/")[0], 200)
        self.assertEqual(self.ask(tap, "/healthz")[0], 200)
        self.assertNotIn(TOKEN, tap.output())
        tap.stop()

    def test_top_shows_in_a_terminal_how_the_servers_are(self):
        tap = self.tap("--admin-token-file", self.token_file, upstream=self.wrong)
        self.curl(tap.port, self.pki.local_ca)
        tap.line()
        ask = (harness.MAILTAP, "top", f"127.0.0.1:{tap.admin}", "--once")
        wait = lambda: "1 so far" in (shown := self.run_program(*ask, "--admin-token-file", self.token_file, env={**os.environ, "COLUMNS": "160"})) and shown
        shown = harness.wait_until(wait, "the connection to be counted")
        self.assertIn("1 of 1 servers have faults", shown)
        self.assertRegex(shown, r"mail\.test .* faulty +name mismatch")
        self.assertIn("401", self.run_program(*ask, status=1))
        tap.stop()
        self.assertIn("connection refused", self.run_program(*ask, status=1))
        self.run_program(harness.MAILTAP, "top", "https://mail.test/", status=64)

    def test_the_crl_is_there_too(self):
        ca = self.folder / "crl.pem", self.folder / "crl.key"
        subprocess.run([harness.MAILTAP, "ca", "init", "--ca-cert", ca[0], "--ca-key", ca[1], "--key-type", "p256"], check=True)
        tap = self.mailtap("--trust", self.pki.upstream_ca.cert, "--name", "mail.test", "--ca-cert", ca[0], "--ca-key", ca[1],
                           "--crl-listen", "127.0.0.1:0", "--admin", "0", upstream=self.good)
        tap.said("the CRL of")
        url = tap.output().split(" is at http://", 1)[1].split()[0]
        admin = tap.output().split("admin at http://", 1)[1].split("/", 1)[0]
        lists = []
        for address in (f"http://{url}", f"http://{admin}/{url.rsplit('/', 1)[1]}"):
            file = self.folder / "fetched.crl"
            self.run_program("curl", "-sS", "--noproxy", "*", "--fail", "-o", file, address)
            lists.append(file.read_bytes())
        self.assertEqual(lists[0], lists[1])
        tap.stop()

    def test_a_reload_keeps_it_and_what_it_shows_follows(self):
        file = self.folder / "reload.toml"
        route = f'[[route]]\nid = "{{}}"\nlisten = "127.0.0.1:{harness.free_port()}"\nupstream = "127.0.0.1:{self.good}"\n'
        file.write_text('admin = "0"\n' + route.format("before"))
        tap = self.mailtap("--config", file)
        tap.said("admin at http://")
        tap.admin = int(tap.output().split("admin at http://", 1)[1].split("/", 1)[0].rsplit(":", 1)[1])
        self.assertEqual(self.document(tap, "/api/state")["routes"][0]["id"], "before")
        file.write_text('admin = "0"\n' + route.format("after"))
        tap.signal(signal.SIGHUP)
        tap.said("reloaded")
        self.assertEqual(self.document(tap, "/api/state")["routes"][0]["id"], "after")
        self.assertNotIn("only with a restart", tap.output())
        tap.stop()


if __name__ == "__main__":
    harness.main(needs=["nginx", "curl", "openssl", *([] if prometheus_python() else ["python3-prometheus-client"])])
