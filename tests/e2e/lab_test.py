"""Each server of the demonstration's lab, one for each fault, shown to openssl, gnutls, curl and mailtap's own check:
mirror reproduces its fault, issue cures it."""

import json
import re

import harness
from certificates import Leaf

NAME = "mail.contoso.example"
# Faults that these clients don't look for: who checks no CRL, or passes over an extension that is there twice.
OVERLOOKED = {"good", "revoked", "malformed"}


class Lab(harness.Claims):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        demo = cls.started_for_all(harness.Process(cls.folder, "demo", [harness.MAILTAP, "demo", "--keep"],
                                                   env={**harness.os.environ, "COLUMNS": "400"}))
        demo.wait_for(lambda: "-CAfile" in demo.output() and "refused" in demo.output().split("-CAfile")[-2],
                      "the lab's servers", 60)
        words = re.findall(r"^\s*(\S+)\s+127\.0\.0\.1:\d+\s+127\.0\.0\.1:(\d+)\s*$", demo.output(), re.MULTILINE)
        cls.servers = {name: int(port) for name, port in words}
        root = re.search(r"\S+contoso-root\.pem", demo.output())[0]
        cls.root = Leaf(root, None)

        made = [cls.folder / "ca.pem", cls.folder / "ca.key"]
        harness.subprocess.run([harness.MAILTAP, "ca", "init", "--ca-cert", made[0], "--ca-key", made[1]], check=True)
        cls.ca = Leaf(*made)
        both = cls.folder / "both.pem"
        both.write_text(harness.pathlib.Path(root).read_text() + made[0].read_text())
        cls.both = Leaf(both, None)
        options = [f'name = "{NAME}"', f'trust = "{root}"', f'crl = "{root.replace("contoso-root.pem", "contoso.crl")}"']
        ca = [f'ca-cert = "{made[0]}"', f'ca-key = "{made[1]}"']
        routes = []
        for name, port in cls.servers.items():
            for mode, more in (("mirror", []), ("issue", ca), ("under-ca", ca)):
                present = "mirror" if mode == "under-ca" else mode
                routes += ["[[route]]", f'id = "{mode} {name}"', 'listen = "127.0.0.1:0"', f'upstream = "127.0.0.1:{port}"',
                           f'present = "{present}"', *more]
        config = cls.folder / "lab.toml"
        config.write_text("\n".join([*options, *routes]) + "\n")
        tap = cls.started_for_all(harness.Mailtap(cls.folder, ["--config", config], listeners=3 * len(cls.servers)))
        ports = iter(tap.ports)
        cls.through = {name: {mode: next(ports) for mode in ("mirror", "issue", "under-ca")} for name in cls.servers}

    def for_each_server(self, claim):
        self.assertEqual(len(self.servers), 16)
        for name in self.servers:
            with self.subTest(name):
                claim(name)

    def openssl_errors(self, port, ca):
        """The numbers of all that openssl has to say against the certificate, and whether it refuses."""
        arguments = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-CAfile", ca.cert, "-servername", NAME,
                     "-verify_hostname", NAME]
        done = harness.subprocess.run(arguments, stdin=harness.subprocess.DEVNULL, capture_output=True, text=True,
                                      errors="replace", timeout=30 * harness.PATIENCE)
        return set(re.findall(r"verify error:num=(\d+)", done.stdout + done.stderr))

    def check(self, port):
        """What mailtap's own check says, with the lab's root alone."""
        done = harness.subprocess.run([harness.MAILTAP, "check", f"127.0.0.1:{port}", "--name", NAME, "--trust",
                                       self.root.cert, "--json"], capture_output=True, text=True,
                                      timeout=30 * harness.PATIENCE)
        return json.loads(done.stdout)["targets"][0]["verdict"]

    def gnutls(self, port, ca):
        return harness.subprocess.run(["gnutls-cli", "--x509cafile", ca.cert, "--sni-hostname", NAME, "--verify-hostname",
                                       NAME, "--port", str(port), "127.0.0.1"], stdin=harness.subprocess.DEVNULL,
                                      capture_output=True, text=True, errors="replace",
                                      timeout=30 * harness.PATIENCE).returncode == 0

    def curl_accepts(self, port, ca):
        return harness.subprocess.run(["curl", "-sS", "--noproxy", "*", "--cacert", ca.cert, "-o", "/dev/null", "--resolve",
                                       f"{NAME}:{port}:127.0.0.1", f"https://{NAME}:{port}/EWS/Exchange.asmx"],
                                      capture_output=True, timeout=30 * harness.PATIENCE).returncode == 0

    def test_mirror_reproduces_all_that_openssl_has_against_the_servers_certificate(self):
        def claim(name):
            alone = self.openssl_errors(self.servers[name], self.root)
            self.assertEqual(bool(alone), name not in OVERLOOKED, alone)
            self.assertLessEqual(alone, self.openssl_errors(self.through[name]["mirror"], self.root))
        self.for_each_server(claim)

    def test_mirror_reproduces_the_verdict_of_mailtaps_own_check(self):
        def claim(name):
            alone, mirrored = self.check(self.servers[name]), self.check(self.through[name]["mirror"])
            self.assertLessEqual(set(alone["faults"]), set(mirrored["faults"]))
            for same in ("name", "names", "template"):
                self.assertEqual(mirrored[same], alone[same])
        self.for_each_server(claim)

    def test_gnutls_and_curl_refuse_through_mirror_what_they_refuse_without(self):
        def claim(name):
            for accepts in (self.gnutls, self.curl_accepts):
                if not accepts(self.servers[name], self.root):
                    self.assertFalse(accepts(self.through[name]["mirror"], self.root))
        self.for_each_server(claim)

    def test_what_is_trusted_is_mirrored_under_the_local_ca_with_just_the_servers_own_faults(self):
        for name in ("good", "wrong-name"):
            with self.subTest(name):
                port = self.through[name]["under-ca"]
                self.assertEqual(self.openssl_errors(port, self.both), self.openssl_errors(self.servers[name], self.root))
                for accepts in (self.gnutls, self.curl_accepts):
                    self.assertEqual(accepts(port, self.both), name == "good")

    def test_issue_cures_every_fault_for_every_client(self):
        def claim(name):
            port = self.through[name]["issue"]
            self.assertEqual(self.openssl_errors(port, self.ca), set())
            self.assertTrue(self.gnutls(port, self.ca))
            self.assertTrue(self.curl_accepts(port, self.ca))
        self.for_each_server(claim)


if __name__ == "__main__":
    harness.main(needs=["openssl", "gnutls-cli", "curl"])
