"""Clients that check revocation find the local CA's CRL where its certificates say that it is: at mailtap."""

import re
import socket
import ssl

import harness
from certificates import Leaf, Pki, openssl
from wire import Server, client_context, echo, server_context, tls_client, tls_script


class Revocation(harness.Claims):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pki = Pki(cls.folder)
        cls.server = Server(tls_script(server_context(cls.pki.server), echo))
        cls.addClassCleanup(cls.server.close)
        cls.ca = Leaf(cls.folder / "made.pem", cls.folder / "made.key")
        harness.subprocess.run([harness.MAILTAP, "ca", "init", "--ca-cert", cls.ca.cert, "--ca-key", cls.ca.key,
                                "--key-type", "p256"], check=True)

    def tap(self, *options, mode="issue", listen="127.0.0.1:0"):
        return self.mailtap("--trust", self.pki.upstream_ca.cert, "--name", "mail.test", "--present", mode, "--ca-cert",
                            self.ca.cert, "--ca-key", self.ca.key, "--crl-listen", listen, *options,
                            upstream=self.server.port)

    def presented(self, tap):
        """The certificate that a client is shown, in a file, and the addresses in it: CRL's and issuer's."""
        client = tls_client(tap.port, client_context())
        leaf = self.folder / f"leaf.{tap.port}.pem"
        leaf.write_text(ssl.DER_cert_to_PEM_cert(client.object.getpeercert(True)))
        client.send(b"a").close()
        tap.line()
        text = openssl("x509", "-in", leaf, "-noout", "-text")
        return leaf, re.search(r"URI:(http\S+\.crl)", text)[1], re.search(r"CA Issuers - URI:(http\S+)", text)[1]

    def fetch(self, url, *arguments, status=0):
        return self.run_program("curl", "-sS", "--noproxy", "*", "--max-time", 20 * harness.PATIENCE, *arguments, url,
                                status=status, seconds=30)

    def test_openssl_accepts_the_leaf_with_the_crl_that_mailtap_serves(self):
        for mode in ("issue", "mirror"):
            with self.subTest(mode):
                tap = self.tap(mode=mode)
                leaf, crl_url, ca_url = self.presented(tap)
                tap.said(f"the CRL of {self.ca.cert} is at {crl_url}")
                crl, issuer = self.folder / f"{mode}.crl", self.folder / f"{mode}.crt"
                said = self.fetch(crl_url, "--fail", "-o", crl, "-w", "%{content_type}")
                self.assertEqual(said, "application/pkix-crl")
                self.fetch(ca_url, "--fail", "-o", issuer)
                self.assertEqual(openssl("x509", "-inform", "DER", "-in", issuer, "-noout", "-fingerprint"),
                                 openssl("x509", "-in", self.ca.cert, "-noout", "-fingerprint"))
                pem = self.folder / f"{mode}.crl.pem"
                openssl("crl", "-inform", "DER", "-in", crl, "-out", pem)
                self.run_program("openssl", "verify", "-crl_check", "-x509_strict", "-CRLfile", pem, "-CAfile", self.ca.cert,
                                 "-verify_hostname", "mail.test", leaf)
                # openssl fetching it by itself, from the address in the certificate.
                self.run_program("openssl", "verify", "-crl_check", "-crl_download", "-CAfile", self.ca.cert, leaf,
                                 env={**harness.os.environ, "no_proxy": "*"})
                tap.stop()

    def test_gnutls_accepts_the_leaf_with_it_too(self):
        tap = self.tap()
        leaf, crl_url, _ = self.presented(tap)
        crl, pem = self.folder / "gnutls.crl", self.folder / "gnutls.crl.pem"
        self.fetch(crl_url, "--fail", "-o", crl)
        openssl("crl", "-inform", "DER", "-in", crl, "-out", pem)
        self.run_program("certtool", "--verify", "--load-ca-certificate", self.ca.cert, "--load-crl", pem, "--infile", leaf)
        tap.stop()

    def test_the_address_in_certificates_is_the_one_that_is_configured(self):
        port = harness.free_port()
        tap = self.tap("--crl-url", f"http://mailtap.test:{port}/pki/", listen=f":{port}")
        _, crl_url, _ = self.presented(tap)
        self.assertTrue(crl_url.startswith(f"http://mailtap.test:{port}/pki/"), crl_url)
        self.fetch(crl_url, "--fail", "--resolve", f"mailtap.test:{port}:127.0.0.1", "-o", "/dev/null")
        tap.stop()

    def test_what_is_no_request_for_it_is_refused(self):
        tap = self.tap()
        _, crl_url, _ = self.presented(tap)
        status = ("-o", "/dev/null", "-w", "%{http_code}")
        self.assertEqual(self.fetch(crl_url + "x", *status), "404")
        self.assertEqual(self.fetch(crl_url, "-X", "POST", "-d", "x=1", *status), "405")
        self.assertEqual(self.fetch(crl_url, "-H", "X-Long: " + "a" * 9000, *status), "431")
        self.assertEqual(self.fetch(crl_url, "-I", *status[2:], "-o", "/dev/null"), "200")
        address = crl_url.split("/")[2].split(":")
        with socket.create_connection((address[0], int(address[1])), 20 * harness.PATIENCE) as tcp:
            tcp.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
            self.assertTrue(tcp.recv(4096).startswith(b"HTTP/1.1 400 "))
        tap.stop()

    def test_a_route_without_crl_listen_names_no_address(self):
        tap = self.mailtap(*self.pki.present["issue"], upstream=self.server.port)
        client = tls_client(tap.port, client_context())
        leaf = self.folder / "bare.pem"
        leaf.write_text(ssl.DER_cert_to_PEM_cert(client.object.getpeercert(True)))
        client.send(b"a").close()
        tap.line()
        self.assertNotIn("CRL Distribution", openssl("x509", "-in", leaf, "-noout", "-text"))
        tap.stop()

    def test_what_cannot_be_served_is_said_before_anything_listens(self):
        issue = ["--ca-cert", self.ca.cert, "--ca-key", self.ca.key]
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            for options, words in ((["--crl-listen", f"127.0.0.1:{port}", *issue], (str(port), "in use")),
                                   (["--crl-listen", ":0", *issue], ("--crl-listen", "crl-url")),
                                   (["--crl-listen", "127.0.0.1:0"], ("--crl-listen", "ca-cert")),
                                   (["--crl-url", "http://a.test", *issue], ("--crl-url", "crl-listen")),
                                   (["--crl-url", "https://a.test", "--crl-listen", ":1", *issue], ("--crl-url", "https"))):
                done = harness.subprocess.run([harness.MAILTAP, "run", "--listen", "127.0.0.1:0", "--upstream", "127.0.0.1:9",
                                               *map(str, options)], capture_output=True, text=True, timeout=20 * harness.PATIENCE)
                self.assertGreater(done.returncode, 0)
                for word in words:
                    self.assertIn(word, done.stderr)
                self.assertNotIn("listening", done.stderr)


if __name__ == "__main__":
    harness.main(needs=["openssl", "curl", "certtool"])
