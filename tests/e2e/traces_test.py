"""What `--trace` records: lines that keep their schema, packets that tshark reads and decrypts, secrets only when asked
for, and traffic that goes on whatever the disk does."""

import json
import os
import pathlib
import signal
import stat
import subprocess

import harness
from certificates import Pki, openssl
from servers import TELLING, Nginx, Postfix, certified

try:
    import jsonschema
except ImportError:
    jsonschema = None
harness.PACKAGES["python3-jsonschema"] = "python3-jsonschema"

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Traces(harness.Claims):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pki = pki = Pki(cls.folder)
        cls.nginx = cls.started_for_all(Nginx(cls.folder, f"listen {{port}} ssl; {certified(pki.server)} {TELLING}"))
        (cls.upstream,) = cls.nginx.ports
        cls.schema = json.loads((ROOT / "docs" / "trace.schema.json").read_text())

    def traced(self, *arguments, **options):
        self.traces = self.folder / f"traces.{harness.free_port()}"
        return self.mailtap(*self.pki.present["own"], "--trace", self.traces, *arguments, upstream=self.upstream, **options)

    def lines(self):
        all = [json.loads(line) for file in sorted(self.traces.glob("*.jsonl")) for line in file.read_text().splitlines()]
        for line in all:
            jsonschema.validate(line, self.schema)
        return all

    def tshark(self, *arguments):
        (file,) = self.traces.glob("*.pcapng")
        # A port that a client is given may be another protocol's by number: 44322 is PCP's.
        done = subprocess.run(["tshark", "-n", "-o", "tcp.try_heuristic_first:TRUE", "-r", file, *arguments],
                              capture_output=True, text=True, timeout=60 * harness.PATIENCE)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_a_line_tells_both_handshakes_message_by_message(self):
        for version in ("TLSv1.2", "TLSv1.3"):
            with self.subTest(version):
                tap = self.traced()
                self.curl(tap.port, self.pki.local_ca, version=version)
                logged = tap.line()
                tap.stop()
                (line,) = self.lines()
                for member in ("id", "verdict", "chain", "presented", "ending", "bytes", "downstream", "upstream"):
                    self.assertEqual(line[member], logged[member])
                self.assertEqual(line["event"], "trace")
                down, up = line["handshakes"]["downstream"], line["handshakes"]["upstream"]
                self.assertTrue(down["finished"] and up["finished"])
                self.assertEqual(down["client_hellos"][0]["sni"], "mail.test")
                self.assertEqual(down["client_hellos"][0]["ja4"], logged["downstream"]["ja4"])
                self.assertEqual(down["server_hellos"][-1]["version"], version)
                self.assertEqual(down["server_hellos"][-1]["cipher_suite"], logged["downstream"]["cipher"])
                names = [event["name"] for event in down["events"] if event["kind"] == "message"]
                self.assertEqual(names[:2], ["client_hello", "server_hello"])
                self.assertIn("certificate", names)
                self.assertEqual(names.count("finished"), 2)
                times = [event["at_us"] for event in down["events"]]
                self.assertEqual(times, sorted(times))
                self.assertLessEqual(times[-1], logged["timing_us"]["total"])
                self.assertEqual(line["pem"][0], openssl("x509", "-in", self.pki.server.cert))

    def test_a_client_that_refuses_the_certificate_is_seen_to_send_its_alert(self):
        tap = self.traced("--trace-only", "failed")
        self.curl(tap.port, self.pki.local_ca)
        tap.line()
        self.run_program("curl", "-sS", "--noproxy", "*", "--cacert", self.pki.upstream_ca.cert, "--resolve",
                         f"mail.test:{tap.port}:127.0.0.1", "--tls-max", "1.2", f"https://mail.test:{tap.port}/", status=60)
        tap.line()
        tap.stop()
        (line,) = self.lines()  # the one that succeeded was passed over
        alert = [event for event in line["handshakes"]["downstream"]["events"] if event["kind"] == "alert"][0]
        self.assertEqual((alert["from"], alert["name"], alert["fatal"]), ("client", "unknown_ca (48)", True))

    def test_tshark_decrypts_the_packets_when_secrets_were_asked_for(self):
        for version in ("TLSv1.2", "TLSv1.3"):
            with self.subTest(version):
                tap = self.traced("--trace-secrets")
                tap.said("TLS secrets are written into the traces")
                self.curl(tap.port, self.pki.local_ca, path="/found/by/tshark", version=version)
                tap.line()
                tap.stop()
                requests = self.tshark("-Y", "http.request", "-T", "fields", "-e", "http.request.uri").splitlines()
                self.assertEqual(requests, ["/found/by/tshark"] * 2)  # once on each leg
                wrong = self.tshark("-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE", "-Y",
                                    "tcp.checksum.status == 0 || ip.checksum.status == 0 || tcp.analysis.flags || _ws.malformed")
                self.assertEqual(wrong, "")

    def test_tshark_reads_the_smtp_inside_over_tls_and_after_starttls(self):
        for implicit in (True, False):
            with self.subTest(implicit_tls=implicit):
                postfix = self.started(Postfix(self.folder, self.pki.server, implicit_tls=implicit))
                self.traces = self.folder / f"traces.{harness.free_port()}"
                tap = self.mailtap(*self.pki.present["own"], "--name", "mail.test", "--protocol", "smtp", "--trace", self.traces,
                                   "--trace-secrets", *([] if implicit else ["--starttls"]), upstream=postfix.port)
                self.run_program("swaks", "--server", f"127.0.0.1:{tap.port}", "--tls-on-connect" if implicit else "--tls",
                                 "--to", "router@mail.test", "--from", "a@mail.test", "--helo", "router.test", "--body",
                                 "read by tshark")
                tap.line()
                tap.stop()
                as_smtp = [word for port in (tap.port, postfix.port) for word in ("-d", f"tls.port=={port},smtp")]
                commands = self.tshark(*as_smtp, "-Y", "smtp.req.command", "-T", "fields", "-e", "tcp.stream", "-e",
                                       "smtp.req.command").splitlines()
                for stream in ("0", "1"):  # each leg
                    said = [word.upper() for number, _, word in (line.partition("\t") for line in commands) if number == stream]
                    self.assertEqual(said, ["EHLO", "MAIL", "RCPT", "DATA", "QUIT"])
                answers = self.tshark(*as_smtp, "-Y", "smtp.response.code == 354", "-T", "fields", "-e", "tcp.stream").split()
                self.assertEqual(sorted(answers), ["0", "1"])
                self.assertIn("read by tshark", self.tshark(*as_smtp, "-q", "-z", "follow,tls,ascii,0"))

    def test_a_reload_changes_the_bounds_of_trace_files(self):
        self.traces = self.folder / f"traces.{harness.free_port()}"
        config = self.folder / "bounds.toml"
        route = (f'trace = "{self.traces}"\n%s\n[[route]]\nlisten = "127.0.0.1:0"\nupstream = "127.0.0.1:{self.upstream}"\n'
                 f'trust = "{self.pki.upstream_ca.cert}"\npresent = "own"\ncert = "{self.pki.own.cert}"\n'
                 f'key = "{self.pki.own.key}"\n')
        config.write_text(route % "")
        tap = self.mailtap("--config", config)
        large = self.folder / "large"  # fills what is kept of each leg, 64K
        large.write_bytes(bytes(200_000))

        def two_connections():
            for _ in range(2):
                self.curl(tap.port, self.pki.local_ca, "--data-binary", f"@{large}")
                tap.line()
        two_connections()
        harness.wait_until(lambda: len(self.lines()) == 2, "two traces")
        self.assertEqual(len(list(self.traces.glob("*.jsonl"))), 1)
        config.write_text(route % 'trace-max-file = "64K"\ntrace-max-total = "2M"')
        tap.signal(signal.SIGHUP)
        tap.said("mailtap: reloaded")
        two_connections()
        tap.stop()
        self.assertEqual(len(self.lines()), 4)
        self.assertEqual(len(list(self.traces.glob("*.jsonl"))), 3)  # each begins another, as it doesn't fit

    def test_nobody_else_can_read_a_trace_and_without_asking_it_holds_no_secret(self):
        tap = self.traced()
        self.curl(tap.port, self.pki.local_ca, path="/hidden")
        tap.line()
        tap.stop()
        self.assertEqual(stat.S_IMODE(self.traces.stat().st_mode), 0o700)
        files = list(self.traces.iterdir())
        self.assertEqual({file.suffix for file in files}, {".jsonl", ".pcapng"})
        for file in files:
            self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600)
            self.assertNotIn(b"TRAFFIC_SECRET", file.read_bytes())
        self.assertEqual(self.tshark("-Y", "http"), "")
        self.assertEqual(len(self.tshark("-Y", "tls.handshake.type == 1").splitlines()), 2)

    def test_only_the_last_connections_are_kept_until_a_signal(self):
        tap = self.traced("--trace-last", "2")
        for path in ("/1", "/2", "/3"):
            self.curl(tap.port, self.pki.local_ca, path=path)
        wanted = [line["id"] for line in tap.lines(3)][1:]
        self.assertEqual(self.lines(), [])
        tap.signal(signal.SIGUSR1)
        harness.wait_until(lambda: len(self.lines()) == 2, "the last two traces")
        self.assertEqual([line["id"] for line in self.lines()], wanted)
        tap.stop()

    def test_a_full_disk_costs_traces_and_nothing_else(self):
        if os.getuid() != 0:
            self.skipTest("only root can mount a file system that is small enough to fill")
        small = self.folder / "small"
        small.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", small], capture_output=True, text=True)
        if mounted.returncode != 0:
            self.skipTest(f"no file system can be mounted here: {mounted.stderr}")
        self.addCleanup(subprocess.run, ["umount", "-l", small], check=True)
        self.traces = small / "traces"
        tap = self.mailtap(*self.pki.present["own"], "--trace", self.traces, upstream=self.upstream)
        for _ in range(12):
            self.curl(tap.port, self.pki.local_ca)  # fails if a byte is missing
        tap.lines(12)
        tap.said("can't be written: No space left on device")
        written = len(self.lines())
        self.assertLess(written, 12)
        for file in self.traces.glob("*.pcapng"):
            file.unlink()
        subprocess.run(["mount", "-o", "remount,size=16m", small], check=True)
        self.curl(tap.port, self.pki.local_ca)
        tap.line()
        tap.said("traces are written again")
        tap.stop()
        lost = [line["traces"] for line in self.lines() if line["event"] == "lost"]
        traces = [line for line in self.lines() if line["event"] == "trace"]
        self.assertEqual(sum(lost) + len(traces), 13)

    def test_a_folder_or_condition_that_is_wrong_is_told_before_the_listener_opens(self):
        plain = self.folder / "a-file"
        plain.touch()
        for arguments, words in (
                (["--trace", plain], "is a file; give a folder"),
                (["--trace", self.folder / "no" / "such"], "make the folder"),
                (["--trace", self.folder / "ok", "--trace-only", "sometimes"], "is no condition"),
                (["--trace-secrets"], "no route has a trace"),
                (["--trace", self.folder / "ok", "--trace-max-total", "1M"], "less than four times"),
                (["--trace", self.folder / "ok", "--trace-snap", "much"], "is no size")):
            with self.subTest(words):
                done = subprocess.run([harness.MAILTAP, "run", "--listen", "127.0.0.1:0", "--upstream", "127.0.0.1:9",
                                       *map(str, arguments)], capture_output=True, text=True, timeout=20 * harness.PATIENCE)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(words, done.stderr)


if __name__ == "__main__":
    harness.main(needs=["nginx", "curl", "postfix", "swaks", "tshark", *([] if jsonschema else ["python3-jsonschema"])])
