"""`mailtap check --protocols` before openssl, gnutls, nginx and dovecot: what it finds is what they were told to do."""

import itertools
import json
import os
import re
import socket
import subprocess
import threading

import contract
import harness
from certificates import Authority
from check_test import SServer
from servers import Dovecot, Nginx, certified
from wire import Server, reset

MAYBE = contract.Or(bool)
SHAPE = {
    "grade": contract.Or({"A", "B", "C", "D", "F"}),
    "reasons": [str],
    "versions": [{
        "version": {"SSLv2", "SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"}, "spoken": MAYBE,
        "detail": contract.Or(str), "order": contract.Or({"server", "client"}),
        "suites": [{"name": str, "number": str, "group": contract.Or(str), "dh_bits": contract.Or(int),
                    "dh_group": contract.Or(str)}],
        "groups": [str], "group_order": contract.Or({"server", "client"}), "signature_algorithms": [str],
        "resumes": MAYBE, "ticket_lifetime": contract.Or(int), "early_data": MAYBE}],
    "certificates": [{"when": [{"RSA", "ECDSA", "DSS", "no SNI", "unknown SNI", "TLSv1.3", "TLSv1.3 RSA",
                               "TLSv1.3 RSASSA-PSS", "TLSv1.3 ECDSA", "TLSv1.3 EdDSA"}],
                      "subject": str, "key": str,
                      "signature": str, "not_after": contract.Or(contract.TIME), "sha256": str, "names": [str],
                      "certificates": int}],
    "alpn": [str],
    "post_quantum": [str],
    "without_sni": contract.Or(str),
    "unknown_sni": contract.Or(str),
    **{feature: MAYBE for feature in ("secure_renegotiation", "client_renegotiation", "extended_main_secret", "encrypt_then_mac", "tickets",
                                      "session_ids", "staple", "fallback_scsv", "compression", "heartbeat",
                                      "client_certificate")},
    "weaknesses": [{"name": str, "id": contract.Or(str), "state": {"yes", "no", "potential", "unknown"},
                    "detail": contract.Or(str)}],
    "questions": int,
    "unanswered": int,
    "stopped_answering": bool,
}
OPEN = "ALL:COMPLEMENTOFALL:@SECLEVEL=0"
CONFIGURATION = """openssl_conf = all
[all]
ssl_conf = modules
[modules]
system_default = everything
[everything]
MinProtocol = None
CipherString = ALL:COMPLEMENTOFALL:@SECLEVEL=0
"""


class GnutlsServer(harness.Process):
    def __init__(self, folder, leaf, priority, *arguments):
        self.port = harness.free_port()
        super().__init__(folder, "gnutls-serv",
                         ["gnutls-serv", "--echo", "--quiet", "--port", self.port, "--x509certfile", leaf.cert,
                          "--x509keyfile", leaf.key, "--priority", priority, *arguments])
        self.wait_for_port(self.port)


def limiting(port, limit, farewell):
    """A Server's script that lets so many connections through to `port`, and then ends each once it has heard something."""
    counted = itertools.count()

    def forward(source, target):
        try:
            while some := source.recv(65536):
                target.sendall(some)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # either side has ended it

    def script(tcp):
        if next(counted) < limit:
            with socket.create_connection(("127.0.0.1", port)) as other:
                backwards = threading.Thread(target=forward, args=(other, tcp))
                backwards.start()
                forward(tcp, other)
                backwards.join()
            return
        try:
            tcp.recv(65536)
            if farewell == "reset":
                reset(tcp)
            if farewell == "alert":
                tcp.sendall(b"\x15\x03\x03\0\x02\x02\x50")  # internal_error
                tcp.recv(65536)
        except OSError:
            pass  # the client was faster
    return script


class Protocols(harness.Claims):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ca = Authority(cls.folder, "ca")
        cls.leaf = cls.ca.leaf("mail.test", key="rsa2048")
        cls.ecdsa = cls.ca.leaf("mail.test", file="ecdsa")
        cls.lax = cls.folder / "lax.cnf"
        cls.lax.write_text(CONFIGURATION)

    def found(self, target, *arguments, status=0, stops=False):
        run = self.run_program(harness.MAILTAP, "check", target, "--name", "mail.test", "--trust", self.ca.cert,
                               "--protocols", "--json", *arguments, status=status)
        report = json.loads(run)["targets"][0]["protocols"]
        contract.check(report, SHAPE, "protocols")
        self.assertEqual((report["unanswered"], report["stopped_answering"]), (0, stops))
        self.versions = {version["version"]: version for version in report["versions"]}
        self.weak = {one["name"]: one["state"] for one in report["weaknesses"]}
        return report

    def suites(self, version):
        return [suite["name"] for suite in self.versions[version]["suites"]]

    def spoken(self):
        return [name for name, version in self.versions.items() if version["spoken"]]

    def openssl_server(self, *arguments):
        return self.started(SServer(self.folder, self.leaf, *arguments))

    def openssl_suites(self, *selection):
        """Of an RSA certificate's server with all that this openssl has, by IANA's names in its order."""
        listed = subprocess.check_output(["openssl", "ciphers", "-stdname", "-s", *selection, OPEN], text=True)
        lines = [line.split() for line in listed.splitlines()]
        return [words[0] for words in lines if not re.search("PSK|SRP|ECDSA|DSS", words[0])]

    def test_every_suite_of_a_lax_openssl_is_found_in_the_servers_order(self):
        server = self.openssl_server("-tls1_2", "-cipher", OPEN, "-serverpref")
        report = self.found(f"127.0.0.1:{server.port}")
        self.assertEqual(self.suites("TLSv1.2"), self.openssl_suites("-tls1_2"))
        self.assertEqual(self.versions["TLSv1.2"]["order"], "server")
        self.assertEqual(self.spoken(), ["TLSv1.2"])
        self.assertEqual(report["grade"], "F")
        self.assertEqual(self.weak["no-encryption"], "yes")
        self.assertEqual(self.weak["anonymous"], "yes")
        for absent in ("CCS-injection", "Bleichenbacher-oracle", "DROWN", "POODLE", "RC4", "FREAK", "Heartbleed"):
            self.assertEqual(self.weak[absent], "no", absent)

    def test_the_clients_order_is_told_from_the_servers(self):
        server = self.openssl_server("-tls1_2", "-cipher", "AES128-SHA:AES256-SHA:ECDHE-RSA-AES128-GCM-SHA256")
        report = self.found(f"127.0.0.1:{server.port}")
        self.assertEqual(self.versions["TLSv1.2"]["order"], "client")
        self.assertEqual(sorted(self.suites("TLSv1.2")), ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
                                                         "TLS_RSA_WITH_AES_128_CBC_SHA", "TLS_RSA_WITH_AES_256_CBC_SHA"])
        self.assertTrue(report["secure_renegotiation"] and report["encrypt_then_mac"] and report["tickets"])

    def test_groups_and_signature_algorithms_are_those_that_the_server_was_given(self):
        server = self.openssl_server("-groups", "P-384:X25519:P-256", "-sigalgs", "RSA-PSS+SHA384:RSA+SHA256:RSA-PSS+SHA256",
                                     "-serverpref")
        self.found(f"127.0.0.1:{server.port}")
        self.assertEqual(self.spoken(), ["TLSv1.2", "TLSv1.3"])
        for version in ("TLSv1.2", "TLSv1.3"):
            self.assertEqual(self.versions[version]["groups"], ["secp384r1", "x25519", "secp256r1"], version)
        self.assertEqual(self.versions["TLSv1.3"]["signature_algorithms"], ["rsa_pss_rsae_sha256", "rsa_pss_rsae_sha384"])
        self.assertEqual(sorted(self.versions["TLSv1.2"]["signature_algorithms"]),
                         ["rsa_pkcs1_sha256", "rsa_pss_rsae_sha256", "rsa_pss_rsae_sha384"])

    def test_old_versions_of_openssl_are_found_with_their_suites(self):
        old = harness.Process  # its configuration is read from a file
        port = harness.free_port()
        server = self.started(old(self.folder, "s_server", [
            "openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-quiet", "-cert", self.leaf.cert, "-key", self.leaf.key,
            "-cipher", OPEN], env={**os.environ, "OPENSSL_CONF": str(self.lax)}))
        server.wait_for_port(port)
        report = self.found(f"127.0.0.1:{port}")
        self.assertEqual(self.spoken(), ["TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"])
        self.assertIn("TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", self.suites("TLSv1.0"))
        self.assertTrue(report["fallback_scsv"])
        self.assertEqual(self.weak["BEAST"], "potential")

    def test_the_size_of_a_dh_prime_is_named(self):
        parameters = self.folder / "dh.pem"
        subprocess.run(["openssl", "genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt", "group:modp_2048",
                        "-out", parameters], check=True, capture_output=True)
        server = self.openssl_server("-tls1_2", "-cipher", "DHE-RSA-AES128-GCM-SHA256", "-dhparam", parameters)
        self.found(f"127.0.0.1:{server.port}")
        suite = self.versions["TLSv1.2"]["suites"][0]
        self.assertEqual((suite["dh_bits"], suite["dh_group"]), (2048, "MODP 2048"))
        self.assertEqual(self.weak["LOGJAM"], "no")

    def test_rc4_and_3des_are_named_as_what_they_are(self):
        server = self.started(GnutlsServer(self.folder, self.leaf, "NONE:+VERS-TLS1.0:+ARCFOUR-128:+3DES-CBC:+RSA:"
                                           "+SHA1:+COMP-NULL:+SIGN-ALL:+CTYPE-X509:%VERIFY_ALLOW_SIGN_WITH_SHA1"))
        report = self.found(f"127.0.0.1:{server.port}", status=5)
        self.assertEqual(self.spoken(), ["TLSv1.0"])
        self.assertIn("TLS_RSA_WITH_RC4_128_SHA", self.suites("TLSv1.0"))
        self.assertEqual((self.weak["RC4"], self.weak["SWEET32"]), ("yes", "yes"))
        self.assertEqual(report["grade"], "D")

    def test_a_modern_nginx_has_an_a_and_certificates_of_both_kinds(self):
        nginx = self.started(Nginx(self.folder, f"listen {{port}} ssl; {certified(self.leaf)} {certified(self.ecdsa)} "
                                   "ssl_prefer_server_ciphers on; ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20;"))
        report = self.found(f"127.0.0.1:{nginx.ports[0]}")
        self.assertEqual((report["grade"], report["reasons"]), ("A", []))
        shown = {when: one["key"] for one in report["certificates"] for when in one["when"]}
        self.assertEqual(shown["RSA"], "RSA 2048")
        self.assertTrue(shown["ECDSA"].startswith("EC "))
        # What a usual handshake shows isn't told twice.
        tls13 = {when: key for when, key in shown.items() if when.startswith("TLSv1.3")}
        self.assertIn(set(tls13), ({"TLSv1.3", "TLSv1.3 RSA"}, {"TLSv1.3", "TLSv1.3 ECDSA"}))
        self.assertEqual(set(tls13.values()), {shown["RSA"], shown["ECDSA"]})
        self.assertEqual(report["alpn"], ["http/1.1", "http/1.0"])
        self.assertLessEqual({"yes"} & set(self.weak.values()), set())

    def test_resumption_is_tried_and_tickets_tell_their_lifetime_and_early_data(self):
        server = self.openssl_server("-early_data", "-max_early_data", "4096")
        self.found(f"127.0.0.1:{server.port}")
        for version, early_data in (("TLSv1.2", None), ("TLSv1.3", True)):
            found = self.versions[version]
            self.assertEqual((found["resumes"], found["ticket_lifetime"], found["early_data"]), (True, 7200, early_data))
        without = self.openssl_server("-no_ticket", "-no_cache", "-tls1_2")
        report = self.found(f"127.0.0.1:{without.port}")
        self.assertEqual((self.versions["TLSv1.2"]["resumes"], report["tickets"]), (False, False))

    def test_a_server_that_lets_clients_renegotiate_is_told_from_one_that_does_not(self):
        gnutls = self.started(GnutlsServer(self.folder, self.leaf, "NORMAL:-VERS-TLS1.3"))
        nginx = self.started(Nginx(self.folder, f"listen {{port}} ssl; {certified(self.leaf)}"))
        for port, state in ((gnutls.port, "potential"), (nginx.ports[0], "no")):
            report = self.found(f"127.0.0.1:{port}")
            self.assertEqual(self.weak["client-renegotiation"], state)
            self.assertEqual(report["client_renegotiation"], state == "potential")

    def test_a_mail_server_is_asked_behind_starttls_within_its_limits(self):
        dovecot = self.started(Dovecot(self.folder, self.leaf, []))
        self.found(f"imap://127.0.0.1:{dovecot.imap}", "--at-once", "4", "--delay", "1ms")
        self.assertIn("TLSv1.2", self.spoken())
        self.assertEqual(self.weak["Bleichenbacher-oracle"], "no")
        # Without ssl_dh it closes without a word where DHE is offered too.
        aria = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{dovecot.imap}", "-starttls", "imap", "-tls1_2",
                               "-cipher", "ECDHE-ARIA128-GCM-SHA256"], stdin=subprocess.DEVNULL, capture_output=True)
        if aria.returncode == 0:
            self.assertIn("TLS_ECDHE_RSA_WITH_ARIA_128_GCM_SHA256", self.suites("TLSv1.2"))

    def test_a_bad_server_behind_a_box_that_has_had_enough_is_not_cleared(self):
        server = self.openssl_server("-tls1_2", "-cipher", OPEN)
        for farewell in ("close", "reset", "alert"):
            with self.subTest(farewell=farewell):
                limiter = Server(limiting(server.port, 40, farewell))
                self.addCleanup(limiter.close)
                report = self.found(f"127.0.0.1:{limiter.port}", stops=True)
                self.assertIsNone(report["grade"])
                self.assertIn("--at-once 1 --delay 200ms", report["reasons"][0])
                self.assertEqual(self.spoken(), ["TLSv1.2"])
                self.assertEqual({version["spoken"] for version in self.versions.values()}, {True, None})
                for name in ("no-encryption", "anonymous", "DROWN", "POODLE", "RC4"):
                    self.assertIn(self.weak[name], ("unknown", "yes"), name)

    def test_whether_old_versions_are_all_is_not_said_of_a_server_that_stopped_answering(self):
        server = self.started(GnutlsServer(self.folder, self.leaf, "NORMAL:-VERS-ALL:+VERS-TLS1.0:+RSA:+SHA1:"
                                           "+AES-128-CBC:%VERIFY_ALLOW_SIGN_WITH_SHA1"))
        limiter = Server(limiting(server.port, 30, "close"))
        self.addCleanup(limiter.close)
        report = self.found(f"127.0.0.1:{limiter.port}", stops=True)
        self.assertEqual((self.spoken(), report["grade"]), (["TLSv1.0"], None))

    def test_people_read_it_in_both_languages(self):
        server = self.openssl_server("-tls1_2", "-cipher", "AES128-SHA")
        for language, words in (("en", ["grade C", "TLSv1.2: yes", "weak "]), ("vi", ["hạng C", "TLSv1.2: có"])):
            run = self.run_program(harness.MAILTAP, "check", f"127.0.0.1:{server.port}", "--name", "mail.test", "--trust",
                                   self.ca.cert, "--protocols", "--lang", language, status=0)
            for word in words:
                self.assertIn(word, run)

    def test_who_speaks_no_tls_has_no_grade_and_a_wrong_pace_is_told(self):
        self.run_program(harness.MAILTAP, "check", "127.0.0.1:1", "--delay", "1s", status=64)
        self.run_program(harness.MAILTAP, "check", "127.0.0.1:1", "--protocols", "--delay", "soon", status=64)


if __name__ == "__main__":
    harness.main(needs=["openssl", "gnutls-serv", "nginx", "dovecot"])
