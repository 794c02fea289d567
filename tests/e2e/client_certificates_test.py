"""A server that asks for a client certificate gets the route's; the router's own is asked for and logged."""

import ssl

import harness
from certificates import Authority, Pki
from wire import VERSIONS, Server, client_context, echo, server_context, tls_client, tls_script


class ClientCertificates(harness.Claims):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pki = Pki(cls.folder)
        cls.clients = Authority(cls.folder, "clients-ca")
        cls.route = cls.clients.leaf("route.test")
        cls.router = cls.clients.leaf("router.test")

    def serve(self, version, mode=ssl.CERT_OPTIONAL):
        """An upstream that asks, and says whose certificate it was shown."""
        context = server_context(self.pki.server, version)
        context.load_verify_locations(self.clients.cert)
        context.verify_mode = mode

        def tell(tls):
            shown = tls.object.getpeercert() or {}
            tls.receive()
            tls.send(str([value for part in shown.get("subject", ()) for _, value in part]).encode()).close()
        server = Server(tls_script(context, tell))
        self.addCleanup(server.close)
        return server.port

    def ask(self, tap, version, with_certificate=True):
        context = client_context(self.pki.local_ca, version)
        if with_certificate:
            context.load_cert_chain(self.router.cert, self.router.key)
        client = tls_client(tap.port, context)
        said, _ = client.send(b"who am I?").receive_all()
        client.close()
        return said.decode(), tap.line()

    def test_the_server_sees_the_routes_and_the_log_has_both(self):
        for version, number in VERSIONS.items():
            for mode in ("own", "mirror"):
                with self.subTest(version, mode=mode):
                    tap = self.mailtap(*self.pki.present[mode], "--ask-client-cert", "--client-cert", self.route.cert,
                                       "--client-key", self.route.key, upstream=self.serve(number))
                    for _ in range(2):  # no session is resumed, or nobody would be asked
                        said, line = self.ask(tap, number)
                        self.assertEqual(said, "['route.test']")
                        seen = line["client_certificate"]
                        self.assertTrue(seen["asked_by_server"] and seen["asked_of_client"])
                        self.assertEqual(seen["shown_sha256"], self.route.sha256())
                        self.assertEqual([each["sha256"] for each in seen["chain"]], [self.router.sha256()])
                        self.assertIn("CN=router.test", seen["chain"][0]["subject"])
                    tap.stop()

    def test_without_a_certificate_of_the_route_the_server_is_shown_none(self):
        for version, number in VERSIONS.items():
            with self.subTest(version):
                tap = self.mailtap(*self.pki.present["own"], upstream=self.serve(number))
                said, line = self.ask(tap, number)
                self.assertEqual(said, "[]")
                self.assertEqual(line["client_certificate"], {"asked_by_server": True, "shown_sha256": None,
                                                              "asked_of_client": False, "chain": []})
                tap.stop()

    def test_a_router_without_a_certificate_gets_through(self):
        for version, number in VERSIONS.items():
            with self.subTest(version):
                tap = self.mailtap(*self.pki.present["own"], "--ask-client-cert", upstream=self.serve(number))
                _, line = self.ask(tap, number, with_certificate=False)
                self.assertTrue(line["client_certificate"]["asked_of_client"])
                self.assertEqual(line["client_certificate"]["chain"], [])
                tap.stop()

    def test_a_router_is_asked_only_when_the_server_asks(self):
        server = Server(tls_script(server_context(self.pki.server), echo))
        self.addCleanup(server.close)
        tap = self.mailtap(*self.pki.present["own"], "--ask-client-cert", upstream=server.port)
        for number in VERSIONS.values():
            _, line = self.ask_echo(tap, number)
            self.assertEqual(line["client_certificate"], {"asked_by_server": False, "shown_sha256": None,
                                                          "asked_of_client": False, "chain": []})
        tap.stop()

    def ask_echo(self, tap, number):
        context = client_context(self.pki.local_ca, number)
        context.load_cert_chain(self.router.cert, self.router.key)
        client = tls_client(tap.port, context)
        client.send(b"a").receive_exactly(1)
        client.close()
        return b"a", tap.line()

    def test_a_server_that_insists_and_is_shown_none_is_told_of_in_the_log(self):
        tap = self.mailtap(*self.pki.present["mirror"], upstream=self.serve(VERSIONS["TLSv1.2"], ssl.CERT_REQUIRED))
        with self.assertRaises((ssl.SSLError, OSError)):
            tls_client(tap.port, client_context(self.pki.local_ca))
        line = tap.line()
        self.assertEqual(line["ending"]["reason"], "upstream-handshake-failed")
        self.assertTrue(line["client_certificate"]["asked_by_server"])
        tap.stop()


if __name__ == "__main__":
    harness.main(needs=["openssl"])
