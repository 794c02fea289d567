"""What an admin is told of unasked: in the log, by metrics, by a command, by a webhook (docs/alerts.md)."""

import datetime
import http.server
import json
import os
import pathlib
import re
import signal
import socket
import ssl
import threading
import urllib.request

import documents
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


class Shown(Base):
    def test_what_docs_alerts_md_shows_is_what_the_text_log_says(self):
        page = pathlib.Path(__file__).resolve().parents[2] / "docs/alerts.md"
        (block,) = [block for block in documents.blocks_of(page) if block.marker == "shown: by tests/e2e/alerts_test.py"]
        server, log = self.server(self.near), self.folder / "alerts.log"
        port = harness.free_port()
        tap = self.started(harness.Process(self.folder, "mailtap", [
            harness.MAILTAP, "run", "--listen", f"127.0.0.1:{port}", "--upstream", f"127.0.0.1:{server.port}", "--name", "mail.test",
            *self.pki.present["own"], "--trial-hello", "off", "--alert-clear-after", "1s", "--log", log]))
        tap.wait_for(lambda: "listening " in tap.output(), "to listen")

        def told(kind, times=1):
            tap.wait_for(lambda: log.exists() and log.read_text().count(f"ALERT {kind}") >= times, f"to tell of {kind}", 60)

        self.curl(port, self.pki.local_ca)
        told("certificate-near-expiry raised")
        server.show(self.renewed)
        self.curl(port, self.pki.local_ca)
        told("chain-changed notice")
        told("certificate-near-expiry cleared")
        server.show(self.untrusted)
        self.curl(port, self.pki.local_ca)
        told("chain-changed notice", 2)
        told("verdict-changed raised")
        server.show(self.renewed)
        self.curl(port, self.pki.local_ca)
        told("verdict-changed cleared")
        for _ in range(3):
            self.s_client(port, self.stranger, status=1)
        told("router-rejects raised")
        self.curl(port, self.pki.local_ca)
        told("router-rejects cleared")
        # An alert that the passing of time cleared has no connection's number.
        shown, printed = ([re.sub(r" \(#\d+\)$", "", line) for line in lines] for lines in (block.lines, log.read_text().splitlines()))
        self.assertIsNone(documents.missing_of(shown, printed), "\n".join(printed))


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
        # By the calendar: ten, in the last hour of a day.
        self.assertIn(near["expiry"]["days_left"], (9, 10))
        self.assertEqual(near["expiry"]["threshold_days"], 14)
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
        self.assertRegex(log.read_text(), r"the certificate of mail.test \(127.0.0.1:\d+\) ends in (9|10) days, on \d{4}-\d\d-\d\d \(#1\)\n    advice  ")

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


def gone(pid):
    """True if that process has ended."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] in "ZX"
    except OSError:
        return True


class Hooks(Base):
    """What is told to programs and to other servers."""

    def hook(self, name, body):
        """A program that appends what it says to `name`.out."""
        program = self.folder / name
        program.write_text("#!/bin/sh\n" + body)
        program.chmod(0o755)
        return program, self.folder / f"{name}.out"

    def near_alert(self, *options, **more):
        """A mailtap with one alert for its hooks."""
        tap = self.tap(self.server(self.near), *options, **more)
        self.poll(tap)
        return tap

    def metrics(self, tap):
        url = tap.output().split("admin at ", 1)[1].split()[0] + "metrics"
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=30 * harness.PATIENCE) as answer:
            return answer.read().decode()

    def deliveries(self, tap, hook, outcome):
        return int(re.search(rf'mailtap_alert_deliveries_total{{hook="{hook}",outcome="{outcome}"}} (\d+)', self.metrics(tap))[1])

    def test_a_command_gets_the_alert_on_its_standard_input_and_little_else(self):
        program, out = self.hook("plain", 'exec > "$1.part"\ncat\nenv | sort\necho "arguments: $2 $3"\n'
                                 'ls -l /proc/self/fd | sed "s/.*-> /fd: /"\ncut -d" " -f1,5,6 /proc/$$/stat\nmv "$1.part" "$1"\n')
        environment = {**os.environ, "SECRET_OF_MAILTAP": "geheim"}
        out.unlink(missing_ok=True)
        tap = self.near_alert("--alert-command", program, "--alert-command-arg", out, "--alert-command-arg", "$(touch x); *",
                              "--alert-command-arg=--flag", env=environment)
        tap.wait_for(out.exists, "what the hook wrote")
        first, *rest = out.read_text().splitlines()
        (told,) = self.alerts(tap, "certificate-near-expiry raised")
        self.assertEqual(json.loads(first), told)
        self.assertIn("MAILTAP_ALERT_KIND=certificate-near-expiry", rest)
        self.assertIn("MAILTAP_ALERT_STATE=raised", rest)
        self.assertIn("arguments: $(touch x); * --flag", rest)
        self.assertNotIn("geheim", out.read_text())
        names = {line.split("=")[0] for line in rest if re.fullmatch(r"[A-Z_]+=.*", line)}
        self.assertLessEqual(names, {"PATH", "LANG", "HOME", "TZ", "PWD", "OLDPWD", "_", "SHLVL",
                                     "MAILTAP_ALERT_KIND", "MAILTAP_ALERT_STATE"})
        # Pipes, the file it writes to, and the folder that ls reads: no socket of mailtap's, no log, no epoll.
        inherited = [line for line in rest if line.startswith("fd: ")]
        self.assertFalse([line for line in inherited if "jsonl" in line or "anon_inode" in line], inherited)
        self.assertLessEqual(len([line for line in inherited if "socket:" in line]), 2, inherited)
        pid, group, session = rest[-1].split()
        self.assertEqual((pid, pid), (group, session))
        tap.stop()

    def test_a_command_that_hangs_is_ended_with_its_children_and_holds_nothing_up(self):
        program, out = self.hook("hangs", f'echo $$ >> "{self.folder}/hangs.pids"\ntrap "" TERM\nsleep 1000 &\necho $! >> "{self.folder}/hangs.pids"\n'
                                 'wait; wait; sleep 1000\n')
        pids = self.folder / "hangs.pids"
        server = self.server(self.near)
        tap = self.tap(server, "--alert-command", program, "--alert-command-timeout", "5s")
        self.poll(tap)
        tap.wait_for(lambda: pids.exists() and len(pids.read_text().split()) == 2, "the hook and its child")
        for _ in range(5):
            self.poll(tap)  # meanwhile
        tap.said(f"alert-command: an alert couldn't be delivered: {program} took longer than 5 s and was ended")

        for pid in pids.read_text().split():
            harness.wait_until(lambda pid=pid: gone(pid), f"the end of process {pid}")
        tap.stop()

    def test_what_a_command_says_and_how_it_ends_are_told_within_bounds(self):
        program, _ = self.hook("loud", 'printf "from \\033[31mthe hook\\n"\nyes "and much more" | head -c 100000\necho oops >&2\nexit 3\n')
        tap = self.near_alert("--alert-command", program, "--admin", "0")
        tap.said(f"{program} ended with status 3")
        said = tap.output()
        self.assertIn("mailtap: alert-command: it said: from ", said)
        self.assertNotIn("\x1b", said)
        self.assertLess(len(said), 8000)
        self.assertEqual(self.deliveries(tap, "command", "failed"), 1)
        tap.stop()

    def test_one_command_runs_at_a_time_and_the_others_wait(self):
        program, out = self.hook("slow", f'cat >> "{self.folder}/slow.out"\nmkdir "{self.folder}/slow.lock" || echo twice >> "{self.folder}/slow.out"\n'
                                 f'sleep 0.2\nrmdir "{self.folder}/slow.lock"\n')
        server = self.server(self.pki.server)
        tap = self.tap(server, "--alert-command", program, "--admin", "0")
        self.poll(tap)
        server.show(self.untrusted)  # another chain, and another verdict
        self.poll(tap)
        server.show(self.near)  # another chain, near its end
        self.poll(tap)
        harness.wait_until(lambda: self.deliveries(tap, "command", "delivered") == 4, "four deliveries")
        self.assertEqual([json.loads(line)["kind"] for line in out.read_text().splitlines()],
                         ["chain-changed", "verdict-changed", "chain-changed", "certificate-near-expiry"])
        tap.stop()

    def test_a_command_that_is_gone_is_told_and_one_that_is_none_refused(self):
        program, _ = self.hook("gone", "exit 0\n")
        server = self.server(self.near)
        tap = self.tap(server, "--alert-command", program)
        program.unlink()
        self.poll(tap)
        tap.said(f"{program} can't be started: no such file or directory")
        tap.stop()
        common = [harness.MAILTAP, "run", "--listen", "127.0.0.1:0", "--upstream", f"127.0.0.1:{server.port}"]
        self.assertIn(f"--alert-command: {program} can't be run: No such file or directory",
                      self.run_program(*common, "--alert-command", program, status=64))
        self.assertIn("--alert-command-arg: is given without alert-command",
                      self.run_program(*common, "--alert-command-arg", "x", status=64))

    def test_a_command_that_runs_does_not_hold_up_the_end(self):
        program, _ = self.hook("endless", f'echo $$ > "{self.folder}/endless.pid"\ntrap "" TERM\nwhile :; do sleep 1; done\n')
        pid = self.folder / "endless.pid"
        tap = self.near_alert("--alert-command", program)
        tap.wait_for(lambda: pid.exists() and pid.read_text(), "the hook")
        tap.stop()  # five seconds are left to it
        self.assertIn(f"{program} was ended, as mailtap ends", tap.output())
        harness.wait_until(lambda: gone(pid.read_text().strip()), "the hook's end")
        pid.unlink()
        tap = self.near_alert("--alert-command", program)
        tap.wait_for(lambda: pid.exists() and pid.read_text(), "the hook")
        tap.signal(signal.SIGTERM)
        tap.said("draining")
        tap.signal(signal.SIGTERM)
        self.assertEqual(tap.wait(), 0)

    def test_an_alert_of_the_last_moment_is_still_delivered(self):
        program, out = self.hook("last", f'sleep 0.3\ncat > "{self.folder}/last.part"\nmv "{self.folder}/last.part" "{self.folder}/last.out"\n')
        tap = self.near_alert("--alert-command", program)
        tap.stop()
        self.assertEqual(json.loads(out.read_text())["kind"], "certificate-near-expiry")

    # --- the webhook

    def receiver(self, *statuses, leaf=None, fields=()):
        """A web server that answers with these, the last one for good, and keeps what it was sent."""
        answers = list(statuses)

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                server.requests.append((self.path, dict(self.headers), body))
                self.send_response(answers.pop(0) if len(answers) > 1 else answers[0])
                for name, value in fields:
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_GET(self):
                server.requests.append((self.path, {}, b""))

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.requests = []
        server.handle_error = lambda *_: None  # a client that leaves in the handshake
        server.port = server.server_address[1]
        if leaf:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(leaf.cert, leaf.key)
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return server

    def test_a_webhook_is_posted_the_alert(self):
        receiver = self.receiver(200)
        tap = self.near_alert("--alert-webhook", f"http://localhost:{receiver.port}/services/T0/geheim?x=1", "--admin", "0")
        tap.wait_for(lambda: receiver.requests, "a request")
        (told,) = self.alerts(tap, "certificate-near-expiry raised")
        ((path, fields, body),) = receiver.requests
        self.assertEqual((path, fields["Content-Type"], fields["Host"]),
                         ("/services/T0/geheim?x=1", "application/json", f"localhost:{receiver.port}"))
        self.assertEqual(json.loads(body), told)
        harness.wait_until(lambda: self.deliveries(tap, "webhook", "delivered") == 1, "the delivery to be counted")
        tap.stop()
        self.assertNotIn("geheim", tap.output())

    def test_a_webhook_over_tls_is_only_told_if_its_certificate_is_right(self):
        ca = self.pki.local_ca
        token = self.folder / "webhook.token"
        token.write_text("0123456789abcdef\n")
        token.chmod(0o600)
        right = self.receiver(204, leaf=ca.leaf("localhost", file="webhook"))
        tap = self.near_alert("--alert-webhook", f"https://localhost:{right.port}/x", "--alert-webhook-trust", ca.cert,
                              "--alert-webhook-token-file", token, "--admin", "0")
        tap.wait_for(lambda: right.requests, "a request")
        harness.wait_until(lambda: self.deliveries(tap, "webhook", "delivered") == 1, "the delivery to be counted")
        self.assertEqual(right.requests[0][1]["Authorization"], "Bearer 0123456789abcdef")
        tap.stop()
        self.assertNotIn("0123456789abcdef", tap.output())
        for leaf, what in ((self.stranger.leaf("localhost", file="webhook-stranger"), "incomplete-chain"),
                           (ca.leaf("other.test", file="webhook-name"), "name mismatch"),
                           (ca.leaf("localhost", end="20210101000000Z", file="webhook-expired"), "expired")):
            with self.subTest(what):
                wrong = self.receiver(200, leaf=leaf)
                tap = self.near_alert("--alert-webhook", f"https://localhost:{wrong.port}/x", "--alert-webhook-trust", ca.cert,
                                      "--alert-webhook-token-file", token)
                tap.said(f"the certificate of localhost:{wrong.port} isn't right: {what}")
                tap.stop()  # it would be asked again
                self.assertEqual(wrong.requests, [])

    def test_a_webhook_that_fails_is_asked_again(self):
        receiver = self.receiver(500, 200)
        tap = self.near_alert("--alert-webhook", f"http://127.0.0.1:{receiver.port}/", "--admin", "0")
        harness.wait_until(lambda: self.deliveries(tap, "webhook", "delivered") == 1, "the delivery")
        self.assertEqual(len(receiver.requests), 2)
        self.assertEqual(receiver.requests[0][2], receiver.requests[1][2])
        tap.stop()

    def test_a_webhook_that_refuses_or_sends_elsewhere_is_not_asked_again(self):
        elsewhere = self.receiver(200)
        for status, fields in ((403, ()), (302, (("Location", f"http://127.0.0.1:{elsewhere.port}/"),))):
            receiver = self.receiver(status, fields=fields)
            tap = self.near_alert("--alert-webhook", f"http://127.0.0.1:{receiver.port}/")
            tap.said(f"alert-webhook: an alert couldn't be delivered: the server answered with status {status}\n")
            tap.stop()
            self.assertEqual(len(receiver.requests), 1)
        self.assertEqual(elsewhere.requests, [])

    def test_a_webhook_that_stalls_or_is_down_holds_up_neither_connections_nor_the_end(self):
        silent = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(silent.close)
        for port in (silent.getsockname()[1], harness.free_port()):
            server = self.server(self.near)
            tap = self.tap(server, "--alert-webhook", f"http://127.0.0.1:{port}/", "--alert-webhook-timeout", "1s")
            self.poll(tap)
            self.alerts(tap, "certificate-near-expiry raised")
            for _ in range(10):
                self.poll(tap)
            tap.stop()
            self.assertRegex(tap.output(), "alert-webhook: an alert couldn't be delivered: ")

    def test_hooks_change_with_a_reload(self):
        first, second = self.receiver(200), self.receiver(200)
        server = self.server(self.pki.server)
        file = self.folder / "hooks.toml"
        port = harness.free_port()

        def write(options):
            file.write_text(f'{options}\n[[route]]\nid = "exchange"\nlisten = "127.0.0.1:{port}"\nupstream = "127.0.0.1:{server.port}"\n'
                            f'name = "mail.test"\ntrust = "{self.pki.upstream_ca.cert}"\n'
                            f'cert = "{self.pki.own.cert}"\nkey = "{self.pki.own.key}"\n')

        write(f'alert-webhook = "http://127.0.0.1:{first.port}/"')
        tap = self.mailtap("--config", file)
        self.poll(tap)
        server.show(self.renewed)
        self.poll(tap)
        tap.wait_for(lambda: len(first.requests) == 1, "a request to the first")
        program, out = self.hook("reloaded", f'cat >> "{self.folder}/reloaded.out"\n')
        write(f'alert-webhook = "http://127.0.0.1:{second.port}/"\nalert-command = "reloaded"')  # by the file's folder
        tap.signal(signal.SIGHUP)
        tap.said("mailtap: reloaded")
        server.show(self.untrusted)
        self.poll(tap)
        tap.wait_for(lambda: len(second.requests) == 2, "two requests to the second")
        tap.wait_for(lambda: out.exists() and len(out.read_text().splitlines()) == 2, "two runs of the program")
        self.assertEqual(len(first.requests), 1)
        tap.stop()


if __name__ == "__main__":
    harness.main(needs=["curl", "openssl"])
