"""What the client says of itself reaches the server, and what the server chooses reaches the client: SNI, ALPN,
client certificates, and the bytes themselves. And what of it all the log keeps."""

import datetime
import socket
import ssl

import harness
from certificates import Leaf, Pki, openssl
from servers import TELLING, Nginx, certified, only
from wire import TLS12, TLS13, Server, client_context, echo, server_context, tls_client, tls_script


class CarriedOver(harness.Claims):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pki = pki = Pki(cls.folder)
        other = pki.upstream_ca.leaf("other.test")
        cls.client = pki.upstream_ca.leaf("router.test")
        asking = f"ssl_verify_client on; ssl_client_certificate {pki.upstream_ca.cert};"
        cls.nginx = cls.started_for_all(Nginx(
            cls.folder,
            f"listen {{port}} ssl http2; server_name mail.test; {certified(pki.server)} {TELLING}",
            f"listen {{port}} ssl; {certified(pki.server)} {only('TLSv1.2')} {asking} {TELLING}",
            f"listen {{port}} ssl; {certified(pki.server)} {only('TLSv1.3')} {asking} {TELLING}"))
        cls.main, cls.asking12, cls.asking13 = cls.nginx.ports
        cls.other = other

    def test_the_log_line_tells_the_whole_connection(self):
        tap = self.mailtap(*self.pki.present["own"], upstream=self.main)
        before = datetime.datetime.now(datetime.timezone.utc)
        body = self.curl(tap.port, self.pki.local_ca, "--http1.1", version="TLSv1.3")
        after = datetime.datetime.now(datetime.timezone.utc)
        line = tap.line()

        time = datetime.datetime.fromisoformat(line["time"].replace("Z", "+00:00"))
        second = datetime.timedelta(seconds=1)
        self.assertTrue(before - second <= time <= after + second, line["time"])
        self.assertTrue(line["route"].startswith("127.0.0.1:"))
        self.assertTrue(line["downstream"]["address"].startswith("127.0.0.1:"))
        self.assertEqual(line["downstream"]["cipher"][:4], "TLS_")
        self.assertTrue(line["downstream"]["group"])
        self.assertTrue(line["downstream"]["ja4"].startswith("t13d"))
        self.assertFalse(line["downstream"]["resumed"])
        self.assertEqual(line["upstream"]["address"], f"127.0.0.1:{self.main}")
        self.assertFalse(line["upstream"]["resumed"])

        verdict = line["verdict"]
        self.assertEqual(verdict["faults"], [])
        self.assertEqual(verdict["name_checked"], "mail.test")
        self.assertEqual(verdict["names"], ["mail.test"])
        self.assertEqual(verdict["causes"], [])
        self.assertEqual(verdict["dotnet"]["policy_errors"], [])
        self.assertEqual(verdict["dotnet"]["chain_status"], [])
        self.assertEqual(verdict["source"], "handshake")

        leaf = line["chain"][0]
        self.assertEqual(leaf["sha256"], self.pki.server.sha256())
        self.assertIn("CN=mail.test", leaf["subject"].replace(" ", ""))
        self.assertIn("CN=upstream-ca", leaf["issuer"].replace(" ", ""))
        serial = openssl("x509", "-in", self.pki.server.cert, "-noout", "-serial").strip().split("=")[1]
        self.assertEqual(int(leaf["serial"].replace(":", ""), 16), int(serial, 16))
        self.assertEqual(leaf["not_before"], "2020-01-01T00:00:00Z")
        self.assertEqual(leaf["not_after"], "2099-12-31T00:00:00Z")
        self.assertEqual(leaf["key"], "EC P-256")
        self.assertEqual(leaf["signature"], "ecdsa-with-SHA256")
        self.assertEqual(leaf["names"], ["mail.test"])

        self.assertEqual(line["presented"], {**line["presented"], "mode": "own", "sha256": self.pki.own.sha256()})
        timing = line["timing_us"]
        for step in ("connect", "upstream_handshake", "downstream_handshake"):
            self.assertTrue(0 < timing[step] <= timing["total"], timing)
        self.assertGreater(line["bytes"]["to_upstream"], len("GET / HTTP/1.1"))
        self.assertGreater(line["bytes"]["to_downstream"], len(body))
        self.assertEqual(line["ending"]["reason"], "closed")
        tap.stop()

    def test_bytes_are_counted_as_plaintext(self):
        server = Server(tls_script(server_context(self.pki.server), echo))
        tap = self.mailtap(*self.pki.present["own"], upstream=server.port)
        client = tls_client(tap.port, client_context(self.pki.local_ca))
        client.send(b"x" * 40000)
        self.assertEqual(client.receive_exactly(40000), b"x" * 40000)
        client.close()
        self.assertEqual(tap.line()["bytes"], {"to_upstream": 40000, "to_downstream": 40000})
        tap.stop()

    def test_ids_differ(self):
        tap = self.mailtap(*self.pki.present["own"], "--workers", "2", upstream=self.main)
        for _ in range(5):
            self.curl(tap.port, self.pki.local_ca)
        self.assertEqual(len({line["id"] for line in tap.lines(5)}), 5)
        tap.stop()

    def test_the_text_log_tells_a_person_what_is_wrong(self):
        log = self.folder / "text.log"
        process = self.started(harness.Process(
            self.folder, "mailtap", [harness.MAILTAP, "run", "--listen", f"127.0.0.1:{(port := harness.free_port())}",
                                     "--upstream", f"127.0.0.1:{self.main}", "--name", "exchange.test",
                                     "--present", "own", "--cert", self.pki.own.cert, "--key", self.pki.own.key,
                                     "--log", log, "--log-format", "text"]))
        process.wait_for_port(port)
        self.curl(port, self.pki.local_ca)
        text = harness.wait_until(lambda: "exchange.test" in log.read_text() and log.read_text(), "the text log")
        self.assertIn("incomplete-chain", text)
        self.assertIn("mail.test", text)
        process.popen.terminate()
        self.assertEqual(process.wait(), 0)

    def test_the_servers_certificate_is_chosen_by_the_clients_sni(self):
        names = self.started(Nginx(self.folder, f"""
            listen {{port}} ssl; server_name mail.test; {certified(self.pki.server)} {TELLING}
          }} server {{
            listen {{port}} ssl; server_name other.test; {certified(self.other)} {TELLING}"""))
        tap = self.mailtap(*self.pki.present["issue"], upstream=names.ports[0])
        for name, leaf in (("mail.test", self.pki.server), ("other.test", self.other)):
            with self.subTest(name=name):
                self.assertIn(f"sni={name} server={name}", self.s_client(tap.port, self.pki.local_ca, sni=name))
                line = tap.line()
                self.assertEqual(line["downstream"]["sni"], name)
                self.assertEqual(line["upstream"]["name"], name)
                self.assertEqual(line["chain"][0]["sha256"], leaf.sha256())
                self.assertEqual(line["verdict"]["name"], "match")
        tap.stop()

    def test_a_client_without_sni_makes_a_connection_without_sni(self):
        tap = self.mailtap(*self.pki.present["own"], "--name", "mail.test", upstream=self.main)
        self.assertIn("sni= ", self.s_client(tap.port, self.pki.local_ca, sni=None))
        line = tap.line()
        self.assertIsNone(line["downstream"]["sni"])
        self.assertIsNone(line["upstream"]["name"])
        self.assertEqual(line["verdict"]["name_checked"], "mail.test")
        tap.stop()

    def test_the_configured_name_is_what_is_checked(self):
        tap = self.mailtap(*self.pki.present["own"], "--name", "exchange.test", upstream=self.main)
        self.curl(tap.port, self.pki.local_ca)
        line = tap.line()
        self.assertEqual(line["verdict"]["name_checked"], "exchange.test")
        self.assertEqual(line["verdict"]["name"], "mismatch")
        self.assertEqual(line["verdict"]["causes"], [2])
        self.assertEqual(line["verdict"]["dotnet"]["policy_errors"], ["RemoteCertificateNameMismatch"])
        self.assertTrue(line["verdict"]["advice"])
        tap.stop()

    def test_the_server_chooses_the_protocol_and_the_client_hears_it(self):
        for version in (TLS12, TLS13):
            for mode in ("own", "mirror"):
                with self.subTest(version=version, mode=mode):
                    server = Server(tls_script(server_context(self.pki.server, version, alpn=["imap"]), echo))
                    tap = self.mailtap(*self.pki.present[mode], upstream=server.port)
                    client = tls_client(tap.port, client_context(self.pki.local_ca, version, alpn=["pop3", "imap"]))
                    self.assertEqual(client.object.selected_alpn_protocol(), "imap")
                    client.send(b"a").receive_exactly(1)
                    client.close()
                    tap.line()
                    tap.stop()
                    server.close()

    def test_http_2_is_offered_to_the_server_where_the_client_offers_it_and_the_route_allows_it(self):
        for options, client, agreed in (([], "--http2", "h2"), ([], "--http1.1", "http/1.1"),
                                        (["--alpn", "http/1.1"], "--http2", "http/1.1")):
            tap = self.mailtap(*self.pki.present["own"], *options, upstream=self.main)
            self.assertIn(f"alpn={agreed}", self.curl(tap.port, self.pki.local_ca, client))
            tap.line()
            tap.stop()

    def test_a_client_that_offers_no_protocol_gets_none(self):
        tap = self.mailtap(*self.pki.present["own"], upstream=self.main)
        printed = self.s_client(tap.port, self.pki.local_ca)
        self.assertIn("No ALPN negotiated", printed)
        self.assertIn("alpn= ", printed)
        tap.line()
        tap.stop()

    def test_a_server_that_asks_for_a_client_certificate_gets_the_routes(self):
        for port in (self.asking12, self.asking13):
            with self.subTest(port=port):
                tap = self.mailtap(*self.pki.present["own"], "--client-cert", self.client.cert, "--client-key",
                                   self.client.key, upstream=port)
                self.assertIn("client=CN=router.test verified=SUCCESS", self.curl(tap.port, self.pki.local_ca))
                tap.line()
                tap.stop()

    def test_a_server_that_insists_on_a_client_certificate_is_named_in_the_ending(self):
        """TLS 1.2 servers refuse in the handshake, TLS 1.3 servers after it."""
        for version in (TLS12, TLS13):
            with self.subTest(version=version):
                context = server_context(self.pki.server, version)
                context.load_verify_locations(self.pki.upstream_ca.cert)
                context.verify_mode = ssl.CERT_REQUIRED
                server = Server(tls_script(context, echo))
                tap = self.mailtap(*self.pki.present["own"], upstream=server.port)
                with self.assertRaises((ssl.SSLError, OSError)):
                    tls_client(tap.port, client_context(self.pki.local_ca)).send(b"a").receive_exactly(1)
                ending = tap.line()["ending"]
                self.assertEqual(ending["side"], "upstream")
                self.assertEqual(ending["reason"], "upstream-handshake-failed" if version == TLS12 else "tls-error")
                self.assertRegex(ending["detail"],
                                 "handshake_failure" if version == TLS12 else "certificate_required")
                tap.stop()
                server.close()

    def test_a_server_given_by_name_is_reached_at_whichever_address_answers(self):
        try:
            socket.getaddrinfo("localhost", self.main, type=socket.SOCK_STREAM)
        except socket.gaierror:
            self.skipTest("this machine doesn't know localhost: it has no /etc/hosts")
        tap = self.mailtap(*self.pki.present["own"], "--listen", "127.0.0.1:0", "--upstream", f"localhost:{self.main}")
        self.curl(tap.port, self.pki.local_ca)
        self.assertEqual(tap.line()["upstream"]["address"], f"127.0.0.1:{self.main}")
        tap.stop()

    def test_the_key_log_has_the_secrets_of_both_sides_and_is_for_its_owner_alone(self):
        keylog, clients = self.folder / "keylog.txt", self.folder / "clients-keylog.txt"
        tap = self.mailtap(*self.pki.present["own"], "--keylog", keylog, upstream=self.main)
        for version in ("-tls1_2", "-tls1_3"):
            self.s_client(tap.port, self.pki.local_ca, version, "-keylogfile", clients)
            tap.line()
        tap.stop()
        lines = set(keylog.read_text().splitlines())
        of_client = {line for line in clients.read_text().splitlines() if not line.startswith(("#", "EXPORTER"))}
        self.assertLessEqual(of_client, lines)
        self.assertGreaterEqual(len({line.split()[1] for line in lines}), 4, "two connections have two sides each")
        self.assertEqual(keylog.stat().st_mode & 0o077, 0, "others can read the secrets")

    def test_issue_needs_no_more_than_what_ca_init_makes(self):
        cert, key = self.folder / "made" / "ca.pem", self.folder / "made" / "ca.key"
        cert.parent.mkdir()
        self.run_program(harness.MAILTAP, "ca", "init", "--ca-cert", cert, "--ca-key", key)
        self.assertEqual(key.stat().st_mode & 0o077, 0, "others can read the CA's key")
        self.assertTrue(self.run_program(harness.MAILTAP, "ca", "show", "--ca-cert", cert, "--ca-key", key))
        tap = self.mailtap("--present", "issue", "--ca-cert", cert, "--ca-key", key, upstream=self.main)
        self.curl(tap.port, Leaf(cert, key))
        self.assertEqual(tap.line()["presented"]["mode"], "issue")
        tap.stop()


if __name__ == "__main__":
    harness.main(needs=["nginx", "curl", "openssl"])
