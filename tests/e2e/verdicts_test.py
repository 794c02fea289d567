"""Of a server's certificate the log says what is wrong, and a route may refuse to go on with it."""

import pathlib
import ssl

import harness
from certificates import Authority, Pki, self_signed
from wire import VERSIONS, Server, client_context, echo, server_context, tls_client, tls_script


class Verdicts(harness.Claims):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pki = Pki(cls.folder)
        cls.expired = cls.pki.upstream_ca.leaf("mail.test", end="20210101000000Z")
        cls.early = cls.pki.upstream_ca.leaf("mail.test", begin="20900101000000Z", file="early")
        cls.self_signed = self_signed(cls.folder, "mail.test")

    def line_for(self, leaf, *options, mode="own"):
        """The log's line of one connection to a server with `leaf`."""
        server = Server(tls_script(server_context(leaf), echo))
        self.addCleanup(server.close)
        tap = self.mailtap(*self.pki.present[mode], *options, upstream=server.port)
        client = tls_client(tap.port, client_context())
        client.send(b"x").receive_exactly(1)
        client.close()
        line = tap.line()
        tap.stop()
        self.assertEqual(line["ending"]["reason"], "closed")
        return line

    def test_each_fault_is_named_and_the_connection_goes_on(self):
        cases = {
            "good": (self.pki.server, [], [], []),
            "expired": (self.expired, ["expired"], [1], ["RemoteCertificateChainErrors"]),
            "early": (self.early, ["not-yet-valid"], [1], ["RemoteCertificateChainErrors"]),
            "self-signed": (self.self_signed, ["self-signed"], [1], ["RemoteCertificateChainErrors"]),
        }
        for mode in ("own", "issue", "mirror"):
            for name, (leaf, faults, causes, policy_errors) in cases.items():
                with self.subTest(name, mode=mode):
                    verdict = self.line_for(leaf, mode=mode)["verdict"]
                    self.assertEqual(verdict["faults"], faults)
                    self.assertEqual(verdict["trust"], "untrusted" if faults else "trusted")
                    self.assertEqual(verdict["name"], "match")
                    self.assertEqual(verdict["causes"], causes)
                    self.assertEqual(verdict["dotnet"]["policy_errors"], policy_errors)
                    self.assertEqual(bool(verdict["advice"]), bool(faults))

    def test_both_faults_of_the_article_are_found_at_once(self):
        verdict = self.line_for(self.self_signed, "--name", "exchange.test")["verdict"]
        self.assertEqual(verdict["causes"], [1, 2])
        self.assertEqual(verdict["kind"], "self-signed")
        self.assertEqual(set(verdict["dotnet"]["policy_errors"]),
                         {"RemoteCertificateNameMismatch", "RemoteCertificateChainErrors"})

    def test_a_client_that_refuses_at_once_is_logged_with_the_verdict(self):
        server = Server(tls_script(server_context(self.expired), echo))
        self.addCleanup(server.close)
        tap = self.mailtap(*self.pki.present["own"], upstream=server.port)
        with self.assertRaises(ssl.SSLCertVerificationError):
            tls_client(tap.port, ssl.create_default_context())  # which doesn't know the test's CA
        line = tap.line()
        tap.stop()
        self.assertEqual(line["ending"]["reason"], "downstream-handshake-failed")
        self.assertEqual(line["verdict"]["faults"], ["expired"])

    def test_a_client_of_a_mirrored_fault_sees_the_fault(self):
        for leaf, reason in ((self.expired, "expired"), (self.self_signed, "self-signed")):
            with self.subTest(reason):
                server = Server(tls_script(server_context(leaf), echo))
                self.addCleanup(server.close)
                tap = self.mailtap(*self.pki.present["mirror"], upstream=server.port)
                with self.assertRaises(ssl.SSLCertVerificationError) as caught:
                    tls_client(tap.port, client_context(self.pki.local_ca))
                self.assertEqual(tap.line()["ending"]["reason"], "downstream-handshake-failed")
                tap.stop()

    def test_fetch_aia_and_fetch_crl_ask_beside_the_connections(self):
        issuing = Authority(self.folder, "issuing", issuer=self.pki.upstream_ca)
        requests, content = [], {}

        def answer(tcp):
            path = tcp.recv(10000).split(b" ")[1].decode()
            requests.append(path)
            tcp.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(content[path]) + content[path])
        web = Server(answer)
        self.addCleanup(web.close)
        at = f"http://127.0.0.1:{web.port}"
        leaf = issuing.leaf("mail.test", extensions=[f"authorityInfoAccess = caIssuers;URI:{at}/issuing.crt",
                                                     f"crlDistributionPoints = URI:{at}/issuing.crl"])
        content["/issuing.crt"] = pathlib.Path(issuing.cert).read_bytes()
        content["/issuing.crl"] = issuing.crl("list", revoked=[leaf]).read_bytes()
        server = Server(tls_script(server_context(leaf), echo))
        self.addCleanup(server.close)
        options = self.pki.present["own"]
        for asked, expected in (([], []), (["--fetch-aia", "--fetch-crl"], ["/issuing.crt", "/issuing.crl"])):
            tap = self.mailtap(*options, *asked, "--workers", "1", upstream=server.port)

            def line():
                client = tls_client(tap.port, client_context())
                client.send(b"x").receive_exactly(1)
                client.close()
                return tap.line()
            first = line()
            self.assertEqual((first["aia"], first["crl"], first["lookup_pending"]), (None, None, bool(asked)))
            self.assertEqual(first["verdict"]["faults"], ["incomplete-chain"])
            if asked:
                last = harness.wait_until(lambda: (now := line()) and not now["lookup_pending"] and now, "the look-up")
                self.assertEqual(last["aia"], {"reaches_root": True, "faults": ["revoked"], "detail": None})
                self.assertEqual(last["crl"], [{"url": f"{at}/issuing.crl", "problem": None}])
            tap.stop()
            self.assertEqual(requests, expected)

    def test_a_stranger_that_is_asked_and_never_answers_holds_nothing_up(self):
        silent = Server(lambda tcp: tcp.recv(1) and tcp.recv(100000) and tcp.recv(1))
        self.addCleanup(silent.close)
        leaf = self.pki.upstream_ca.leaf("mail.test", file="silent", extensions=[
            f"crlDistributionPoints = URI:http://127.0.0.1:{silent.port}/ca.crl"])
        line = self.line_for(leaf, "--fetch-crl")
        self.assertTrue(line["lookup_pending"])
        self.assertEqual(line["verdict"]["faults"], [])

    def test_the_advice_is_in_the_language_asked_for(self):
        self.assertIn("Máy chủ", self.line_for(self.self_signed, "--lang", "vi")["verdict"]["advice"])
        self.assertIn("The server", self.line_for(self.self_signed)["verdict"]["advice"])

    def test_a_certificate_that_can_hardly_be_read_ends_no_connection(self):
        malformed = self.pki.upstream_ca.leaf("mail.test", file="malformed",
                                              extensions=["certificatePolicies = DER:0500"])
        for mode in ("own", "issue", "mirror"):
            for version in VERSIONS.values():
                with self.subTest(mode=mode, version=version):
                    server = Server(tls_script(server_context(malformed, version), echo))
                    self.addCleanup(server.close)
                    tap = self.mailtap(*self.pki.present[mode], upstream=server.port)
                    client = tls_client(tap.port, client_context(version=version))
                    client.send(b"x").receive_exactly(1)
                    client.close()
                    line = tap.line()
                    tap.stop()
                    self.assertEqual((line["verdict"]["faults"], line["ending"]["reason"]), (["malformed"], "closed"))

    def refused(self, leaf, *options, detail):
        for mode in ("own", "issue", "mirror"):
            for version in VERSIONS.values():
                with self.subTest(mode=mode, version=version):
                    heard = []

                    def script(tls):
                        heard.extend(tls.receive(1))
                    server = Server(tls_script(server_context(leaf), script))
                    self.addCleanup(server.close)
                    tap = self.mailtap(*self.pki.present[mode], *options, upstream=server.port)
                    with self.assertRaises(ssl.SSLError) as caught:
                        tls_client(tap.port, client_context(version=version)).send(b"secret").receive(1)
                    self.assertIn("ACCESS_DENIED", caught.exception.reason)
                    ending = tap.line()["ending"]
                    self.assertEqual((ending["reason"], ending["side"]), ("refused-untrusted", "mailtap"))
                    self.assertIn(detail, ending["detail"])
                    self.assertEqual(heard, [])
                    tap.stop()

    def test_require_trusted_refuses_an_untrusted_server_and_tells_the_client(self):
        self.refused(self.expired, "--require-trusted", detail="expired")

    def test_require_trusted_refuses_a_server_with_another_name(self):
        self.refused(self.pki.server, "--require-trusted", "--name", "exchange.test", detail="exchange.test")

    def test_require_trusted_lets_a_good_server_pass(self):
        self.line_for(self.pki.server, "--require-trusted")

    def test_a_pin_of_another_key_refuses(self):
        self.refused(self.pki.server, "--pin", self.expired.pin(), detail=self.pki.server.pin())

    def test_a_pinned_key_passes_whatever_else_is_wrong(self):
        self.line_for(self.self_signed, "--pin", self.expired.pin(), "--pin", self.self_signed.pin())


if __name__ == "__main__":
    harness.main(needs=["openssl"])
