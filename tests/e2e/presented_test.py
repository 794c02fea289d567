"""What the router is shown is chosen by its SNI and by what its hello says it can verify; the CA's commands make it."""

import os

import harness
from certificates import Authority, Leaf, Pki, openssl
from wire import Server, server_context, tls_script

# Hellos of clients that verify both, and of one that verifies no ECDSA.
BOTH = {"TLSv1.2": ["-tls1_2"], "TLSv1.3": ["-tls1_3"]}
RSA_ONLY = {"TLSv1.2": ["-tls1_2", "-sigalgs", "rsa_pkcs1_sha256:rsa_pss_rsae_sha256"],
            "TLSv1.3": ["-tls1_3", "-sigalgs", "rsa_pss_rsae_sha256:rsa_pkcs1_sha256"]}
PASSWORD = "correct horse"


def answer(tls):
    """One answer to whatever is asked, and goodbye."""
    tls.receive()
    tls.send(b"HTTP/1.0 200 OK\r\n\r\n").close()


class Presented(harness.Claims):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pki = Pki(cls.folder)
        cls.server = Server(tls_script(server_context(cls.pki.server), answer))
        cls.addClassCleanup(cls.server.close)
        cls.password = cls.folder / "password"
        cls.password.write_text(PASSWORD + "\nwhat follows is no part of it\n")

    def ca(self, command, *arguments, status=0):
        return self.run_program(harness.MAILTAP, "ca", command, *arguments, status=status, seconds=60)

    def pair(self, stem):
        return Leaf(self.folder / f"{stem}.pem", self.folder / f"{stem}.key")

    def shown(self, tap, ca, sni, *arguments):
        """SHA-256 of the certificate that openssl is shown and accepts, and its key's kind."""
        said = self.s_client(tap.port, ca, *arguments, sni=sni)
        self.assertIn("Verify return code: 0 (ok)", said)
        line = tap.line()
        self.assertEqual(line["reaction"]["kind"], "accepted", line)
        key = "EC" if "ecdsa" in said.lower() or "id-ecPublicKey" in said else "RSA"
        return line["presented"]["sha256"], key

    def test_own_certificates_of_both_key_types_from_pem_and_pfx_are_chosen_by_sni_and_hello(self):
        ca = self.pki.local_ca
        leaves = {("mail.test", "ec"): ca.leaf("mail.test", file="own-ec"),
                  ("mail.test", "rsa"): ca.leaf("mail.test", key="rsa", file="own-rsa"),
                  ("other.test", "ec"): ca.leaf("other.test", file="other-ec")}
        # Exchange's own comes as a PFX with its chain.
        pfx, source = self.folder / "exchange.pfx", ca.leaf("*.exchange.test", key="rsa", file="exchange")
        openssl("pkcs12", "-export", "-in", source.cert, "-inkey", source.key, "-certfile", ca.cert, "-out", pfx,
                "-passout", f"file:{self.password}")
        imported = self.pair("imported")
        self.ca("import-pfx", "--pfx", pfx, "--password-file", self.password, "--cert", imported.cert, "--key", imported.key)
        self.assertEqual(imported.key.stat().st_mode & 0o777, 0o600)
        self.assertEqual(imported.sha256(), source.sha256())
        leaves["owa.exchange.test", "rsa"] = imported

        options = [option for leaf in leaves.values() for option in ("--cert", leaf.cert, "--key", leaf.key)]
        tap = self.mailtap("--trust", self.pki.upstream_ca.cert, "--name", "mail.test", "--present", "own", *options,
                           upstream=self.server.port)
        for version in BOTH:
            for sni, hello, chosen in (("mail.test", BOTH, "ec"), ("mail.test", RSA_ONLY, "rsa"), ("other.test", BOTH, "ec"),
                                       ("owa.exchange.test", BOTH, "rsa"), ("owa.exchange.test", RSA_ONLY, "rsa")):
                with self.subTest(version, sni=sni, chosen=chosen):
                    self.assertEqual(self.shown(tap, ca, sni, *hello[version])[0], leaves[sni, chosen].sha256())
        # No RSA at all, and no name that chooses among them: the first that it can use, not the first.
        rsa_first = self.mailtap("--trust", self.pki.upstream_ca.cert, "--name", "mail.test", "--present", "own", "--cert",
                                 leaves["mail.test", "rsa"].cert, "--key", leaves["mail.test", "rsa"].key, "--cert",
                                 leaves["mail.test", "ec"].cert, "--key", leaves["mail.test", "ec"].key, upstream=self.server.port)
        for hello in (["-tls1_2", "-sigalgs", "ECDSA+SHA256", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"],
                      ["-tls1_3", "-sigalgs", "ecdsa_secp256r1_sha256"]):
            self.s_client(rsa_first.port, ca, *hello, sni="")
            self.assertEqual(rsa_first.line()["presented"]["sha256"], leaves["mail.test", "ec"].sha256())
        rsa_first.stop()
        tap.stop()

    def test_an_issued_certificate_has_a_key_that_the_hello_can_verify(self):
        made = self.pair("made-ca")
        self.ca("init", "--ca-cert", made.cert, "--ca-key", made.key, "--cn", "Contoso diagnosis")
        tap = self.mailtap("--trust", self.pki.upstream_ca.cert, "--name", "mail.test", "--present", "issue", "--ca-cert",
                           made.cert, "--ca-key", made.key, "--issue-name", "extra.test", upstream=self.server.port)
        digests = set()
        for version in BOTH:
            for hello, peer in ((BOTH, "ecdsa"), (RSA_ONLY, "rsa")):
                said = self.s_client(tap.port, made, *hello[version])
                self.assertRegex(said, f"(?i)Peer signature type: {peer}")
                digests.add(tap.line()["presented"]["sha256"])
        # ECDSA alone, and not with the hash that goes with P-256 in TLS 1.3.
        said = self.s_client(tap.port, made, "-tls1_2", "-sigalgs", "ECDSA+SHA384")
        self.assertRegex(said, "(?i)Peer signature type: ecdsa")
        digests.add(tap.line()["presented"]["sha256"])
        self.assertEqual(len(digests), 2, "one leaf for each key type, whatever the version")
        self.s_client(tap.port, made, "-verify_hostname", "extra.test")
        tap.line()
        tap.stop()

    def test_before_a_server_with_keys_of_both_kinds_the_client_is_shown_one_that_it_can_use(self):
        made, ca = self.pair("both-ca"), self.pki.upstream_ca
        self.ca("init", "--ca-cert", made.cert, "--ca-key", made.key, "--cn", "Contoso diagnosis")
        context, rsa = server_context(ca.leaf("mail.test", file="both-ec")), ca.leaf("mail.test", key="rsa", file="both-rsa")
        context.load_cert_chain(rsa.cert, rsa.key)
        server = Server(tls_script(context, answer))
        self.addCleanup(server.close)
        static_rsa = ["-tls1_2", "-cipher", "AES128-SHA:@SECLEVEL=0"]
        # A server that hears what the client can use chooses its RSA certificate itself.
        for hello in ("own", "mirror"):
            tap = self.mailtap("--trust", ca.cert, "--name", "mail.test", "--present", "mirror", "--ca-cert", made.cert, "--ca-key",
                               made.key, "--hello", hello, upstream=server.port)
            for client, lacks in ((RSA_ONLY["TLSv1.2"], True), (RSA_ONLY["TLSv1.3"], True), (static_rsa, True),
                                  (BOTH["TLSv1.2"], False), (BOTH["TLSv1.3"], False)):
                with self.subTest(" ".join(client), hello=hello):
                    self.s_client(tap.port, made, *client)
                    line = tap.line()
                    self.assertEqual(line["reaction"]["kind"], "accepted", line)
                    self.assertEqual("certificate 0: its EC P-256 key, which the client can't use, RSA 2048 instead" in
                                     line["presented"]["not_repeated"], lacks and hello == "own", line["presented"])
            tap.stop()

    def test_remedy_one_a_request_of_the_server_is_signed_and_the_router_accepts_the_server_itself(self):
        made, request = self.pair("remedy-ca"), self.folder / "exchange.csr"
        exchange = self.pair("exchange-server")
        self.ca("init", "--ca-cert", made.cert, "--ca-key", made.key, "--key-type", "p256", "--permit", "test",
                "--password-file", self.password)
        self.assertIn("ENCRYPTED PRIVATE KEY", made.key.read_text())
        openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=ex01.test", "-addext",
                "subjectAltName=DNS:ex01.test", "-keyout", exchange.key, "-out", request)
        self.ca("sign", "--ca-cert", made.cert, "--ca-key", made.key, "--password-file", self.password, "--csr", request,
                "--cert", exchange.cert, "--name", "mail.test")
        server = Server(tls_script(server_context(exchange), answer))
        self.addCleanup(server.close)
        for name in ("ex01.test", "mail.test"):
            self.s_client(server.port, made, "-verify_hostname", name, sni=name)

    def fails(self, options, *words):
        """mailtap run doesn't start listening, and says each of `words`."""
        done = harness.subprocess.run([harness.MAILTAP, "run", "--listen", "127.0.0.1:0", "--upstream", "127.0.0.1:9",
                                       *map(str, options)], capture_output=True, text=True, timeout=30 * harness.PATIENCE)
        self.assertGreater(done.returncode, 0, done.stderr)
        for word in words:
            self.assertIn(str(word), done.stderr)
        self.assertNotIn("listening", done.stderr)

    def test_what_is_wrong_with_the_ca_is_said_before_the_listener_opens(self):
        made, wrong = self.pair("locked-ca"), self.folder / "wrong-password"
        wrong.write_text("incorrect\n")
        self.ca("init", "--ca-cert", made.cert, "--ca-key", made.key, "--key-type", "p256", "--password-file", self.password)
        for present in ("issue", "mirror"):
            ca = ["--present", present, "--ca-cert", made.cert, "--ca-key", made.key]
            self.fails(ca, made.key, "encrypted")
            self.fails([*ca, "--ca-key-password-file", wrong], made.key, "the password doesn't fit")
            self.fails(["--present", present, "--ca-cert", made.cert, "--ca-key", self.pki.local_ca.key],
                       self.pki.local_ca.key, "doesn't belong to the certificate")
            self.fails(["--present", present, "--ca-cert", made.cert, "--ca-key", self.folder / "nowhere.key"], "nowhere.key")
            self.fails(["--present", present, "--ca-cert", self.folder, "--ca-key", made.key], self.folder)
            if os.getuid() != 0:
                secret = self.folder / f"unreadable-{present}.key"
                secret.write_bytes(made.key.read_bytes())
                secret.chmod(0)
                self.fails(["--present", present, "--ca-cert", made.cert, "--ca-key", secret], secret, "Permission denied")
        expired = self.pair("expired-ca")
        subject = self.folder / "expired.cnf"
        subject.write_text("[req]\ndistinguished_name = dn\n[dn]\n[ca]\ndefault_ca = this\n[this]\n"
                           f"database = {self.folder}/expired.index\nnew_certs_dir = {self.folder}\nrand_serial = yes\n"
                           "default_md = sha256\npolicy = any\nx509_extensions = extensions\n[any]\ncommonName = supplied\n"
                           "[extensions]\nbasicConstraints = critical,CA:TRUE\nkeyUsage = keyCertSign,cRLSign\n")
        (self.folder / "expired.index").write_text("")
        openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-config", subject, "-subj", "/CN=old", "-keyout",
                expired.key, "-out", self.folder / "expired.csr")
        openssl("ca", "-batch", "-notext", "-selfsign", "-config", subject, "-keyfile", expired.key, "-startdate",
                "20200101000000Z", "-enddate", "20210101000000Z", "-in", self.folder / "expired.csr", "-out", expired.cert)
        self.fails(["--ca-cert", expired.cert, "--ca-key", expired.key], expired.cert, "the CA expired on 2021-01-01",
                   "mailtap ca init")

    def test_commands_of_the_ca_overwrite_nothing(self):
        made = self.pair("kept-ca")
        init = ("init", "--ca-cert", made.cert, "--ca-key", made.key, "--key-type", "p256")
        self.ca(*init)
        before = made.key.read_bytes()
        self.assertEqual(made.key.stat().st_mode & 0o777, 0o600)
        self.assertIn("exists already", self.ca(*init, status=1))
        self.assertEqual(made.key.read_bytes(), before)


if __name__ == "__main__":
    harness.main(needs=["openssl"])
