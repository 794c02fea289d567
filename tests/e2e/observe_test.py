"""`--mode observe`: nothing is touched, and everything that can be known is: the verdict by the certificate on the wire,
or by a connection of mailtap's own where it is encrypted."""

import hashlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import threading

import harness
from certificates import Pki, openssl, self_signed
from servers import TELLING, Dovecot, Nginx, Postfix, certified
from wire import (Server, Tls, Words, client_context, connect, echo, how_tcp_ends, reset, server_context, tls_client,
                  tls_script)

try:
    import jsonschema
except ImportError:
    jsonschema = None
harness.PACKAGES["python3-jsonschema"] = "python3-jsonschema"

ROOT = pathlib.Path(__file__).resolve().parents[2]
VERSIONS = {"TLSv1.2": "-tls1_2", "TLSv1.3": "-tls1_3"}
SOURCES = {"TLSv1.2": "handshake", "TLSv1.3": "probe"}


class Observe(harness.Claims):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pki = pki = Pki(cls.folder)
        cls.nginx = cls.started_for_all(Nginx(
            cls.folder, f"listen {{port}} ssl; {certified(pki.server)} {TELLING}",
            f"listen {{port}} ssl; {certified(self_signed(cls.folder, 'mail.test'))} {TELLING}",
            f"listen {{port}} ssl; {certified(pki.server)}"))
        cls.upstream, cls.self_signed, cls.files = cls.nginx.ports
        (cls.nginx.root / "large").write_bytes(os.urandom(3_000_000))

    def observing(self, upstream, *arguments, **options):
        return self.mailtap("--mode", "observe", "--trust", self.pki.upstream_ca.cert, "--workers", "1", *arguments,
                            upstream=upstream, **options)

    def serve(self, script):
        server = Server(script)
        self.addCleanup(server.close)
        return server

    # --- verdicts ------------------------------------------------------------------------------------------

    def test_the_client_meets_the_servers_own_certificate_and_the_log_its_verdict(self):
        for version in VERSIONS:
            with self.subTest(version):
                tap = self.observing(self.upstream)
                said = self.curl(tap.port, self.pki.upstream_ca, version=version)
                self.assertIn(f"protocol={version} sni=mail.test", said)
                line = tap.line()
                self.assertEqual(line["mode"], "observe")
                self.assertEqual(line["verdict"]["trust"], "trusted")
                self.assertEqual(line["verdict"]["name"], "match")
                self.assertEqual(line["verdict"]["source"], SOURCES[version])
                self.assertEqual(line["chain"][0]["sha256"], self.pki.server.sha256())
                for leg in ("downstream", "upstream"):
                    self.assertEqual(line[leg]["tls"], version)
                    self.assertRegex(line[leg]["cipher"], "^TLS_")
                    self.assertFalse(line[leg]["resumed"])
                self.assertEqual(line["downstream"]["sni"], "mail.test")
                self.assertIsNotNone(line["downstream"]["ja4"])
                self.assertEqual(line["downstream"]["alpn"], "http/1.1" if version == "TLSv1.2" else None)
                self.assertIsNone(line["presented"]["mode"])
                self.assertIsNone(line["policy"]["decided_by"])
                self.assertIsNone(line["undecoded"])
                self.assertEqual(line["reaction"]["kind"], "accepted")
                self.assertEqual(line["ending"]["reason"], "closed")
                self.assertGreater(line["timing_us"]["downstream_handshake"], 0)
                tap.stop()

    def test_a_resumed_session_shows_no_certificate_and_a_probe_gets_it(self):
        for version, option in VERSIONS.items():
            with self.subTest(version):
                tap = self.observing(self.upstream)
                session = self.folder / f"session-{version}"
                self.assertIn(f"New, {version}", self.s_client(tap.port, self.pki.upstream_ca, option, "-sess_out", session))
                first = tap.line()
                self.assertFalse(first["downstream"]["resumed"])
                self.assertEqual(first["verdict"]["source"], SOURCES[version])
                self.assertIn(f"Reused, {version}", self.s_client(tap.port, self.pki.upstream_ca, option, "-sess_in", session))
                again = tap.line()
                self.assertTrue(again["downstream"]["resumed"])
                self.assertEqual(again["verdict"]["source"], "probe")
                self.assertEqual(again["chain"], first["chain"])
                self.assertIsNone(again["reaction"])
                tap.stop()

    def test_faults_and_names_are_judged_as_ever(self):
        for version, option in VERSIONS.items():
            with self.subTest(version):
                tap = self.observing(self.self_signed, "--name", "other.test")
                self.run_program("openssl", "s_client", "-connect", f"127.0.0.1:{tap.port}", "-servername", "mail.test",
                                 option, input="GET / HTTP/1.0\r\n\r\n")
                verdict = tap.line()["verdict"]
                self.assertEqual((verdict["trust"], verdict["faults"]), ("untrusted", ["self-signed"]))
                self.assertEqual((verdict["name"], verdict["name_checked"]), ("mismatch", "other.test"))
                self.assertEqual(verdict["causes"], [1, 2])
                self.assertEqual(verdict["source"], SOURCES[version])
                tap.stop()

    def test_one_probe_serves_all_connections_to_a_server_and_name(self):
        shaken = []

        def script(tcp):
            tls = Tls(tcp, server_context(self.pki.server), server=True)
            try:
                tls.handshake()
                heard = tls.receive()
            except OSError:
                heard = b""
            shaken.append(heard)
            if heard:
                tls.send(heard)
            tls.close()
        server = self.serve(script)
        tap = self.observing(server.port)
        for _ in range(5):
            client = tls_client(tap.port, client_context(self.pki.upstream_ca, version=None))
            client.send(b"hello")
            self.assertEqual(client.receive_exactly(5), b"hello")
            client.close()
            line = tap.line()
            self.assertEqual(line["downstream"]["tls"], "TLSv1.3")
            self.assertEqual(line["verdict"]["source"], "probe")
        harness.wait_until(lambda: len(shaken) == 6, "five connections and one probe")
        self.assertEqual(sorted(shaken), [b""] + [b"hello"] * 5)

    def test_a_probe_that_fails_leaves_the_verdict_open_and_says_why(self):
        first = threading.Event()

        def script(tcp):
            if first.is_set():
                return tcp.close()
            first.set()
            echo(self.shaken(tcp))
        tap = self.observing(self.serve(script).port)
        client = tls_client(tap.port, client_context(self.pki.upstream_ca))
        client.send(b"x")
        self.assertEqual(client.receive_exactly(1), b"x")
        client.half_close()
        client.receive_all()
        client.close()
        line = tap.line()
        self.assertIsNone(line["verdict"])
        self.assertIn("mailtap's own connection didn't get it", line["undecoded"])
        self.assertEqual(line["ending"]["reason"], "closed")

    def shaken(self, tcp):
        tls = Tls(tcp, server_context(self.pki.server), server=True)
        tls.handshake()
        return tls

    # --- what the client makes of it -----------------------------------------------------------------------

    def test_a_client_that_refuses_the_certificate_is_seen_to(self):
        for version in VERSIONS:
            with self.subTest(version):
                tap = self.observing(self.self_signed)
                self.run_program("curl", "-sS", "--noproxy", "*", "--cacert", self.pki.upstream_ca.cert, "--resolve",
                                 f"mail.test:{tap.port}:127.0.0.1", "--tls-max", version[-3:],
                                 f"https://mail.test:{tap.port}/", status=60)
                line = tap.line()
                self.assertEqual(line["reaction"]["kind"], "rejected")
                self.assertIn("put the server right", line["reaction"]["advice"])
                self.assertEqual(line["verdict"]["faults"], ["self-signed"])
                self.assertEqual((line["ending"]["reason"], line["ending"]["side"]),
                                 ("downstream-handshake-failed", "downstream"))
                if version == "TLSv1.2":
                    self.assertEqual(line["reaction"]["alert_name"], "unknown_ca")
                    self.assertIn("unknown_ca", line["ending"]["detail"])
                else:  # OpenSSL sends it before it has keys of its own to send with; others encrypt it
                    self.assertIn(line["reaction"]["alert"], (None, 48))
                    self.assertIn("alert", line["ending"]["detail"])
                tap.stop()

    def test_a_server_that_refuses_the_hello_is_seen_to(self):
        tap = self.observing(self.serve(lambda tcp: (tcp.recv(5), tcp.sendall(b"\x15\x03\x03\x00\x02\x02\x28"),
                                                     tcp.shutdown(socket.SHUT_WR), how_tcp_ends(tcp))).port)
        client = connect(tap.port)
        client.sendall(Tls(None, client_context(), "mail.test").first_flight())
        self.assertEqual(client.recv(7), b"\x15\x03\x03\x00\x02\x02\x28")
        client.close()
        line = tap.line()
        self.assertEqual((line["ending"]["reason"], line["ending"]["side"]), ("upstream-handshake-failed", "upstream"))
        self.assertIn("handshake_failure", line["ending"]["detail"])

    # --- nothing is touched --------------------------------------------------------------------------------

    def test_what_is_fetched_and_sent_is_the_same_byte_for_byte(self):
        tap = self.observing(self.files)
        got = self.folder / "got"
        for version in VERSIONS:
            self.curl(tap.port, self.pki.upstream_ca, "-o", got, path="/large", version=version)
            self.assertEqual(hashlib.sha256(got.read_bytes()).digest(),
                             hashlib.sha256((self.nginx.root / "large").read_bytes()).digest())
            line = tap.line()
            self.assertGreater(line["bytes"]["to_downstream"], 3_000_000)
            self.assertEqual(line["verdict"]["trust"], "trusted")

    def test_bytes_that_nobody_understands_are_relayed_both_ways(self):
        heard = []

        def script(tcp):
            data = b""
            while chunk := tcp.recv(65536):
                data += chunk
            heard.append(data)
            tcp.sendall(data[::-1])
            tcp.close()
        server = self.serve(script)
        tap = self.observing(server.port, "--protocol", "raw")
        hello = Tls(None, client_context(), "mail.test").first_flight()
        for sent, undecoded in ((b"GET / HTTP/1.0\r\n\r\n", "HTTP"),
                                (b"\x16\x03\x01\xff\xff" + os.urandom(300_000), "of the client"),
                                (hello + b"\x00" * 70_000, "of the client"),
                                (hello[:-1], "of the server")):
            with self.subTest(undecoded=undecoded, size=len(sent)):
                client = connect(tap.port)
                client.sendall(sent)
                client.shutdown(socket.SHUT_WR)
                answer = b""
                while chunk := client.recv(65536):
                    answer += chunk
                client.close()
                self.assertEqual(heard.pop(), sent)
                self.assertEqual(answer, sent[::-1])
                line = tap.line()
                self.assertEqual(line["bytes"], {"to_upstream": len(sent), "to_downstream": len(sent)})
                self.assertIsNone(line["verdict"])
                self.assertIn(undecoded, line["undecoded"])
        server.finish()

    def test_a_reset_is_passed_on_as_a_reset(self):
        ended = []
        server = self.serve(lambda tcp: ended.append(how_tcp_ends(tcp)))
        tap = self.observing(server.port)
        client = connect(tap.port)
        client.sendall(Tls(None, client_context(), "mail.test").first_flight())
        harness.wait_until(lambda: server.accepted(), "the server to be connected to")
        reset(client)
        line = tap.line()
        self.assertEqual((line["ending"]["reason"], line["ending"]["side"]), ("reset", "downstream"))
        harness.wait_until(lambda: ended, "the server's end")
        self.assertEqual(ended, ["reset"])

        tap = self.observing(self.serve(lambda tcp: (tcp.recv(5), reset(tcp))).port)
        client = connect(tap.port)
        client.sendall(Tls(None, client_context(), "mail.test").first_flight())
        self.assertEqual(how_tcp_ends(client), "reset")
        line = tap.line()
        self.assertEqual((line["ending"]["reason"], line["ending"]["side"]), ("reset", "upstream"))

    def test_a_half_close_passes_and_the_reply_still_arrives(self):
        def script(tls):
            asked, how = tls.receive_all()
            self.assertEqual((asked, how), (b"last words", "close_notify"))
            self.assertEqual(tls.tcp.recv(1), b"")  # its FIN: without sessions that is who left first
            tls.send(b"the reply")
            tls.half_close()
        server = self.serve(tls_script(server_context(self.pki.server), script))
        tap = self.observing(server.port)
        client = tls_client(tap.port, client_context(self.pki.upstream_ca))
        client.send(b"last words")
        client.half_close()
        self.assertEqual(client.receive_all(), (b"the reply", "close_notify"))
        client.close()
        line = tap.line()
        self.assertEqual((line["ending"]["reason"], line["ending"]["side"]), ("closed", "downstream"))

    def test_a_slow_reader_costs_little_memory(self):
        def script(tcp):
            tcp.recv(1)
            for _ in range(600):
                tcp.sendall(bytes(100_000))
            tcp.close()
        tap = self.observing(self.serve(script).port, "--protocol", "raw")
        before = tap.rss_kib()
        client = connect(tap.port, receive_buffer=4096)
        client.sendall(b"x")
        got = 0
        while got < 1_000_000:
            got += len(client.recv(4096))
        self.assertLess(tap.rss_kib() - before, 16_000 * (4 if harness.SANITIZED else 1))
        while chunk := client.recv(65536):
            got += len(chunk)
        self.assertEqual(got, 60_000_000)
        client.close()
        tap.line()

    def test_silence_and_stalled_handshakes_have_their_deadlines(self):
        server = self.serve(how_tcp_ends)
        tap = self.observing(server.port, "--protocol", "http", "--hello-timeout", "500ms", "--handshake-timeout", "700ms")
        self.assertEqual(how_tcp_ends(connect(tap.port)), "closed")
        self.assertEqual(tap.ending(), ("hello-timeout", "downstream"))
        client = connect(tap.port)
        client.sendall(Tls(None, client_context(), "mail.test").first_flight())
        self.assertEqual(how_tcp_ends(client), "closed")
        self.assertEqual(tap.ending(), ("upstream-handshake-timeout", "upstream"))

    def test_who_leaves_without_a_word_and_a_server_that_is_not_there(self):
        tap = self.observing(self.upstream)
        connect(tap.port).close()
        self.assertEqual(tap.ending(), ("no-data", "downstream"))
        tap = self.observing(harness.free_port())
        self.assertIn(how_tcp_ends(connect(tap.port)), ("closed", "reset"))
        self.assertEqual(tap.ending(), ("connect-failed", "upstream"))

    # --- STARTTLS ------------------------------------------------------------------------------------------

    def test_starttls_is_watched_with_real_servers(self):
        if os.getuid() == 0:
            postfix = self.started(Postfix(self.folder, self.pki.server))
        dovecot = self.started(Dovecot(self.folder, self.pki.server, [b"Subject: x\r\n\r\nx\r\n"]))
        leave = {"smtp": "QUIT", "pop3": "QUIT", "imap": "a LOGOUT"}
        ports = {"pop3": dovecot.pop3, "imap": dovecot.imap, **({"smtp": postfix.port} if os.getuid() == 0 else {})}
        for protocol, port in ports.items():
            for version, option in VERSIONS.items():
                for told in (["--protocol", protocol, "--starttls"], []):
                    with self.subTest(protocol=protocol, version=version, told=told):
                        tap = self.observing(port, *told)
                        said = self.run_program(
                            "openssl", "s_client", "-starttls", protocol, "-connect", f"127.0.0.1:{tap.port}", "-crlf",
                            "-CAfile", self.pki.upstream_ca.cert, "-servername", "mail.test", "-verify_hostname",
                            "mail.test", "-verify_return_error", "-quiet", option, input=leave[protocol] + "\n")
                        self.assertIn({"smtp": "221 ", "pop3": "+OK ", "imap": "a OK "}[protocol], said)
                        line = tap.line()
                        self.assertEqual(line["starttls"]["protocol"], protocol)
                        self.assertEqual(line["starttls"]["outcome"], "upgraded")
                        self.assertEqual(line["verdict"]["trust"], "trusted")
                        self.assertEqual(line["verdict"]["source"], SOURCES[version])
                        self.assertEqual(line["downstream"]["tls"], version)
                        self.assertGreaterEqual(line["timing_us"]["plaintext"], 0)
                        self.assertEqual(line["traffic"]["protocol"], protocol)
                        self.assertIsNone(line["undecoded"])
                        tap.stop()

    def test_nothing_is_refused_before_starttls_and_it_is_written_down(self):
        def script(tcp):
            words = Words(tcp)
            words.say("220 mail.test ESMTP")
            while (line := words.hear()) and not line.startswith("QUIT"):
                words.say(*(["250-mail.test", "250 8BITMIME"] if line.startswith("EHLO") else ["250 fine"]))
            words.say("221 bye")
            tcp.close()
        tap = self.observing(self.serve(script).port, "--protocol", "smtp", "--starttls")
        words = Words(connect(tap.port))
        self.assertEqual(words.hear(), "220 mail.test ESMTP")
        words.say("EHLO me.test")
        self.assertEqual([words.hear(), words.hear()], ["250-mail.test", "250 8BITMIME"])
        words.say("AUTH PLAIN AHJvdXRlcgBzZWNyZXQ=")
        self.assertEqual(words.hear(), "250 fine")
        words.say("QUIT")
        self.assertEqual(words.hear_all(), ["221 bye"])
        words.tcp.close()
        line = tap.line()
        self.assertEqual(line["ending"]["reason"], "closed")
        self.assertEqual(line["starttls"], {"protocol": "smtp", "offered": False, "outcome": "not-offered",
                                            "authentication": "relayed", "plaintext": True})
        self.assertIn("starttls-not-offered", [finding["finding"] for finding in line["traffic"]["findings"]])
        self.assertIsNone(line["verdict"])
        self.assertNotIn("AHJvdXRlcg", tap.log_file.read_text() + tap.output())

    # --- traces --------------------------------------------------------------------------------------------

    def test_a_trace_holds_what_was_in_the_clear_and_tshark_reads_it(self):
        schema = json.loads((ROOT / "docs" / "trace.schema.json").read_text())
        for version in VERSIONS:
            with self.subTest(version):
                traces = self.folder / f"traces.{harness.free_port()}"
                tap = self.observing(self.upstream, "--trace", traces)
                self.curl(tap.port, self.pki.upstream_ca, version=version)
                logged = tap.line()
                tap.stop()
                (file,) = traces.glob("*.jsonl")
                (line,) = [json.loads(text) for text in file.read_text().splitlines()]
                jsonschema.validate(line, schema)
                self.assertEqual(line["mode"], "observe")
                self.assertEqual(line["verdict"], logged["verdict"])
                self.assertEqual(line["pem"][0], openssl("x509", "-in", self.pki.server.cert))
                leg = line["handshakes"]["downstream"]
                self.assertTrue(leg["finished"])
                self.assertIsNone(leg["gave_up"])
                self.assertEqual(leg["client_hellos"][0]["ja4"], logged["downstream"]["ja4"])
                self.assertEqual(leg["server_hellos"][-1]["version"], version)
                self.assertEqual(line["handshakes"]["upstream"]["client_hellos"], leg["client_hellos"])
                (packets,) = traces.glob("*.pcapng")
                seen = subprocess.run(["tshark", "-n", "-r", packets, "-d", f"tcp.port=={tap.port},tls", "-d",
                                       f"tcp.port=={self.upstream},tls", "-Y", "tls.handshake.type == 2"],
                                      capture_output=True, text=True, timeout=60 * harness.PATIENCE)
                self.assertEqual(seen.returncode, 0, seen.stderr)
                self.assertEqual(len(seen.stdout.splitlines()), 2, seen.stdout + seen.stderr)
                wrong = subprocess.run(["tshark", "-n", "-r", packets, "-Y", "_ws.malformed or tcp.analysis.flags"],
                                       capture_output=True, text=True, timeout=60 * harness.PATIENCE)
                self.assertEqual(wrong.stdout, "")
                shown = self.run_program(harness.MAILTAP, "trace", "show", traces, logged["id"])
                self.assertIn("observed", shown)
                self.assertIn("the client offered, the server chose", shown)
                self.assertNotIn("mailtap chose", shown)

    # --- settings ------------------------------------------------------------------------------------------

    def test_options_that_observing_could_not_keep_are_errors(self):
        for arguments, words in ((["--require-trusted"], "refuses connections, and mode observe never does"),
                                 (["--pin", "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="], "mode observe never does"),
                                 (["--present", "mirror"], "which in mode observe is the server's own"),
                                 (["--keylog", self.folder / "keys"], "can't decrypt"),
                                 (["--legacy-tls"], "client and server speak it alone")):
            with self.subTest(words):
                done = subprocess.run([harness.MAILTAP, "run", "--mode", "observe", "--listen", "127.0.0.1:0", "--upstream",
                                       "127.0.0.1:9", *map(str, arguments)], capture_output=True, text=True,
                                      timeout=20 * harness.PATIENCE)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(words, done.stderr)

    def test_a_connection_that_ended_before_its_probe_is_written_when_mailtap_stops(self):
        first = threading.Event()

        def script(tcp):
            if not first.is_set():
                first.set()
                return echo(self.shaken(tcp))
            how_tcp_ends(tcp)  # the probe gets no answer
        tap = self.observing(self.serve(script).port, "--drain-timeout", "0")
        client = tls_client(tap.port, client_context(self.pki.upstream_ca))
        client.send(b"x")
        self.assertEqual(client.receive_exactly(1), b"x")
        client.close()
        tap.signal(signal.SIGTERM)
        line = tap.line()
        self.assertEqual(tap.wait(), 0)
        self.assertIsNone(line["verdict"])
        self.assertIn("mailtap's own connection didn't get it", line["undecoded"])


if __name__ == "__main__":
    harness.main(needs=["nginx", "curl", "openssl", "tshark", "dovecot", *([] if jsonschema else ["python3-jsonschema"])])
