"""Sessions are resumed on both legs, and the server's certificate keeps its verdict when it isn't sent again."""

import harness
from certificates import Authority, Pki
from servers import TELLING, Nginx, certified, only

VERSIONS = {"TLSv1.2": "-tls1_2", "TLSv1.3": "-tls1_3"}


class Resumption(harness.Claims):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pki = Pki(cls.folder)
        cls.nginx = cls.started_for_all(Nginx(
            cls.folder, *(f"listen {{port}} ssl; {certified(cls.pki.server)} {only(version)} {TELLING}"
                          for version in VERSIONS),
            f"listen {{port}} ssl; {certified(cls.pki.server)} {only('TLSv1.2')} ssl_session_tickets off;"
            f" ssl_session_cache shared:ids:1m; {TELLING}"))
        cls.ports = dict(zip(VERSIONS, cls.nginx.ports))
        cls.ids_port = cls.nginx.ports[2]

    def test_a_client_resumes_with_any_worker(self):
        for mode in ("own", "issue", "mirror"):
            tap = self.mailtap(*self.pki.present[mode], "--workers", "2", upstream=self.ports["TLSv1.3"])
            for version, option in VERSIONS.items():
                with self.subTest(mode=mode, version=version):
                    session = self.folder / f"session-{mode}-{version}"
                    self.assertIn(f"New, {version}",
                                  self.s_client(tap.port, self.pki.local_ca, option, "-sess_out", session))
                    self.assertFalse(tap.line()["downstream"]["resumed"])
                    for _ in range(4):  # the kernel spreads connections over the workers
                        self.assertIn(f"Reused, {version}", self.s_client(
                            tap.port, self.pki.local_ca, option, "-sess_in", session, "-sess_out", session))
                        line = tap.line()
                        self.assertTrue(line["downstream"]["resumed"])
                        self.assertEqual(line["downstream"]["tls"], version)
            tap.stop()

    def test_a_ticket_is_worth_nothing_to_another_mailtap(self):
        session = self.folder / "session-of-one"
        for expected in ("New", "New"):
            tap = self.mailtap(*self.pki.present["own"], upstream=self.ports["TLSv1.3"])
            use = ["-sess_in", session] if session.exists() else ["-sess_out", session]
            self.assertIn(f"{expected}, TLSv1.3", self.s_client(tap.port, self.pki.local_ca, "-tls1_3", *use))
            self.assertFalse(tap.line()["downstream"]["resumed"])
            tap.stop()

    def test_the_server_is_resumed_and_the_verdict_comes_from_the_cache(self):
        for version, port in {**self.ports, "TLSv1.2 by session id": self.ids_port}.items():
            with self.subTest(version=version):
                # curl offers no session tickets in TLS 1.2, so a hello after its own would ask for none.
                tap = self.mailtap(*self.pki.present["own"], "--workers", "1", "--name", "wrong.test", "--hello", "own",
                                   upstream=port)
                self.assertIn("reused=.", self.curl(tap.port, self.pki.local_ca))
                first = tap.line()
                self.assertFalse(first["upstream"]["resumed"])
                self.assertEqual(first["verdict"]["source"], "handshake")
                for _ in range(2):
                    self.assertIn("reused=r", self.curl(tap.port, self.pki.local_ca))
                    again = tap.line()
                    self.assertTrue(again["upstream"]["resumed"])
                    self.assertEqual(again["verdict"], {**first["verdict"], "source": "cache"})
                    self.assertEqual(again["chain"], first["chain"])
                tap.stop()

    def test_mirror_presents_the_same_certificate_when_the_server_is_resumed(self):
        tap = self.mailtap(*self.pki.present["mirror"], "--workers", "1", upstream=self.ports["TLSv1.3"])
        self.curl(tap.port, self.pki.local_ca)
        first = tap.line()  # the session is kept when its connection has ended
        self.curl(tap.port, self.pki.local_ca)
        second = tap.line()
        self.assertTrue(second["upstream"]["resumed"])
        self.assertEqual(second["presented"]["sha256"], first["presented"]["sha256"])
        tap.stop()

    def test_a_session_is_resumed_only_under_its_own_name(self):
        tap = self.mailtap(*self.pki.present["issue"], "--workers", "1", upstream=self.ports["TLSv1.3"])
        for name in ("mail.test", "other.test"):
            self.s_client(tap.port, self.pki.local_ca, sni=name)
            self.assertFalse(tap.line()["upstream"]["resumed"])
        tap.stop()

    def test_a_resumed_server_is_judged_by_the_trust_of_now(self):
        other_ca = Authority(self.folder, "another-ca")
        config = self.folder / "trust.toml"
        route = f"""
            workers = 1
            [[route]]
            listen = "127.0.0.1:{harness.free_port()}"
            upstream = "127.0.0.1:{self.ports['TLSv1.3']}"
            cert = "{self.pki.own.cert}"
            key = "{self.pki.own.key}"
            trust = """
        config.write_text(route + f'"{self.pki.upstream_ca.cert}"')
        tap = self.mailtap("--config", config)
        self.curl(tap.port, self.pki.local_ca)
        self.assertEqual(tap.line()["verdict"]["trust"], "trusted")
        config.write_text(route + f'"{other_ca.cert}"')
        tap.signal(harness.signal.SIGHUP)
        tap.said("reloaded")
        self.curl(tap.port, self.pki.local_ca)
        line = tap.line()
        self.assertTrue(line["upstream"]["resumed"])
        self.assertEqual(line["verdict"]["trust"], "untrusted")
        tap.stop()


if __name__ == "__main__":
    harness.main(needs=["nginx", "curl", "openssl"])
