"""curl and openssl through mailtap to nginx: TLS 1.2 and 1.3 on each leg, bridged, in every presentation mode."""

import harness
from certificates import Pki
from servers import TELLING, Nginx, certified, only

VERSIONS = ("TLSv1.2", "TLSv1.3")


class Versions(harness.Claims):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pki = Pki(cls.folder)
        rsa = cls.pki.upstream_ca.leaf("mail.test", key="rsa")
        cls.nginx = cls.started_for_all(Nginx(
            cls.folder, *(f"listen {{port}} ssl; {certified(leaf)} {only(version)} {TELLING}"
                          for leaf in (cls.pki.server, rsa) for version in VERSIONS),
            f"listen {{port}} ssl; {certified(rsa)} ssl_prefer_server_ciphers on; {only('TLSv1.2')} {TELLING}"))
        cls.server_ports = dict(zip(VERSIONS, cls.nginx.ports))
        cls.rsa_server_ports = dict(zip(VERSIONS, cls.nginx.ports[2:4]))
        cls.rsa_pss_server_port = cls.nginx.ports[4]

    def carries(self, mode):
        for server_version in VERSIONS:
            tap = self.mailtap(*self.pki.present[mode], upstream=self.server_ports[server_version])
            for client_version in VERSIONS:
                with self.subTest(client=client_version, server=server_version):
                    body = self.curl(tap.port, self.pki.local_ca, version=client_version)
                    self.assertIn(f"protocol={server_version} sni=mail.test", body)
                    line = tap.line()
                    self.assertEqual(line["downstream"]["tls"], client_version)
                    self.assertEqual(line["upstream"]["tls"], server_version)
                    self.assertEqual(line["downstream"]["sni"], "mail.test")
                    self.assertEqual(line["upstream"]["name"], "mail.test")
                    self.assertEqual(line["presented"]["mode"], mode)
                    self.assertEqual(line["verdict"]["trust"], "trusted")
                    self.assertEqual(line["verdict"]["name"], "match")
                    self.assertEqual(line["ending"]["reason"], "closed")
            tap.stop()

    def test_own_certificate_is_presented_over_any_pair_of_versions(self):
        self.carries("own")

    def test_an_issued_certificate_is_presented_over_any_pair_of_versions(self):
        self.carries("issue")

    def test_a_mirrored_certificate_is_presented_over_any_pair_of_versions(self):
        self.carries("mirror")

    def test_openssl_agrees_on_the_version_it_asks_for(self):
        tap = self.mailtap(*self.pki.present["issue"], upstream=self.server_ports["TLSv1.3"])
        for version, option in zip(VERSIONS, ("-tls1_2", "-tls1_3")):
            with self.subTest(version=version):
                printed = self.s_client(tap.port, self.pki.local_ca, option)
                self.assertIn(f"New, {version}", printed)
                self.assertIn("Verify return code: 0 (ok)", printed)
                self.assertIn("protocol=TLSv1.3", printed)
                self.assertEqual(tap.line()["downstream"]["tls"], version)
        tap.stop()

    def test_rsa_certificates_work_on_both_legs(self):
        own = self.pki.local_ca.leaf("mail.test", key="rsa")
        for version in VERSIONS:
            with self.subTest(version=version):
                tap = self.mailtap("--present", "own", "--cert", own.cert, "--key", own.key, "--trust",
                                   self.pki.upstream_ca.cert, upstream=self.rsa_server_ports[version])
                self.assertIn(f"protocol={version}", self.curl(tap.port, self.pki.local_ca, version=version))
                line = tap.line()
                self.assertEqual(line["chain"][0]["key"], "RSA 2048")
                self.assertEqual(line["presented"]["sha256"], own.sha256())
                tap.stop()

    def test_each_cryptography_carries_both_versions_and_is_named_at_the_start(self):
        """What can't be there on every machine is left to auto."""
        for crypto, named in (("portable", "portable"), ("libcrypto", "libcrypto"), ("auto", "")):
            tap = self.mailtap(*self.pki.present["own"], "--crypto", crypto, upstream=self.server_ports["TLSv1.3"])
            self.assertIn(f"cryptography by {named}", tap.output())
            for version in VERSIONS:
                with self.subTest(crypto=crypto, client=version):
                    self.assertIn("protocol=TLSv1.3", self.curl(tap.port, self.pki.local_ca, version=version))
                    line = tap.line()
                    self.assertEqual(line["downstream"]["tls"], version)
                    self.assertEqual(line["verdict"]["trust"], "trusted")
            tap.stop()

    def test_a_tls12_server_may_sign_with_rsa_pss(self):
        """As nginx does that prefers its own order: RFC 8446 section 4.2.3."""
        tap = self.mailtap(*self.pki.present["own"], upstream=self.rsa_pss_server_port)
        self.assertIn("protocol=TLSv1.2", self.curl(tap.port, self.pki.local_ca))
        tap.line()
        tap.stop()

    def test_a_cipher_and_a_group_that_the_client_restricts_are_in_the_log(self):
        tap = self.mailtap(*self.pki.present["own"], upstream=self.server_ports["TLSv1.3"])
        self.s_client(tap.port, self.pki.local_ca, "-tls1_3", "-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256",
                      "-groups", "P-256")
        downstream = tap.line()["downstream"]
        self.assertEqual((downstream["cipher"], downstream["group"]), ("TLS_CHACHA20_POLY1305_SHA256", "secp256r1"))
        self.s_client(tap.port, self.pki.local_ca, "-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256", "-groups", "X25519:P-256")
        downstream = tap.line()["downstream"]
        self.assertEqual((downstream["cipher"], downstream["group"]),
                         ("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "x25519"))
        tap.stop()


if __name__ == "__main__":
    harness.main(needs=["nginx", "curl", "openssl"])
