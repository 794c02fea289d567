"""As if mailtap were not there: clients' hellos played to openssl, gnutls and nginx, by `run` and by `check`, and repeated in
mailtap's own hello, so that servers choose as without it."""

import json
import re
import socket
import ssl
import warnings

import harness
from certificates import Pki
from harness import Process, free_port
from servers import Dovecot, Nginx, TELLING, certified, only
from wire import Server, connect

warnings.simplefilter("ignore", DeprecationWarning)  # Python warns of each use of TLS 1.0
AES256, AES128 = "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-GCM-SHA256"
NAMES = {AES256: "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", AES128: "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"}


class OpensslServer(Process):
    """openssl s_server, which answers GET with a page of what it agreed on."""

    def __init__(self, folder, leaf, *arguments):
        self.port = free_port()
        super().__init__(folder, "s_server", ["openssl", "s_server", "-accept", f"127.0.0.1:{self.port}", "-cert", leaf.cert,
                                              "-key", leaf.key, "-www", "-quiet", *arguments])
        self.wait_for_port(self.port)


class GnutlsServer(Process):
    def __init__(self, folder, leaf, priority):
        self.port = free_port()
        super().__init__(folder, "gnutls-serv", ["gnutls-serv", "--http", "--quiet", "--port", self.port, "--x509certfile",
                                                 leaf.cert, "--x509keyfile", leaf.key, "--priority", priority])
        self.wait_for_port(self.port)


class Hello(harness.Claims):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pki = Pki(cls.folder)
        site = f"listen {{port}} ssl; {certified(cls.pki.server)}"
        cls.nginx = cls.started_for_all(Nginx(cls.folder, *(f"{site} {only(versions)} {TELLING}" for versions in
                                                            ("TLSv1.2 TLSv1.3", "TLSv1.2", "TLSv1.3"))))
        cls.newest, cls.tls12, cls.tls13 = cls.nginx.ports

    def tap(self, port, *options, mode="own", trial="on"):
        return self.mailtap(*self.pki.present[mode], "--name", "mail.test", "--trial-hello", trial, *options, upstream=port)

    def through(self, port, *arguments, options=(), **how):
        """The line of a connection of openssl s_client's."""
        tap = self.tap(port, *options, **how)
        self.s_client(tap.port, self.pki.local_ca, *arguments)
        line = tap.line()
        tap.stop()
        return line

    def differences(self, line):
        return {each["kind"]: each["values"] for each in line["differences"]}

    def check(self, port, *arguments, status=0):
        said = self.run_program(harness.MAILTAP, "check", f"127.0.0.1:{port}", "--name", "mail.test", "--trust",
                                self.pki.upstream_ca.cert, "--json", *arguments, status=status)
        return json.loads(said)["targets"][0]

    # --- run

    def test_the_line_says_what_client_and_server_would_agree_on_alone(self):
        line = self.through(self.newest, "-groups", "X25519:P-256")  # by itself OpenSSL 3.5 offers hybrid ones too
        direct = line["direct"]
        self.assertIs(direct["agrees"], True)
        self.assertEqual((direct["tls"], direct["group"]), ("TLSv1.3", "x25519"))
        self.assertIsNone(direct["finding"] if direct["cipher"] == line["upstream"]["cipher"] else None)
        self.assertEqual(direct["source"], "probe")
        self.assertNotIn("hello", self.differences(line))
        self.assertIn("channel-binding", self.differences(line))

    def test_an_answer_is_kept_and_each_offer_is_played_once(self):
        tap = self.tap(self.newest, "--workers", "1")
        sources = []
        for arguments in ([], [], ["-tls1_2"]):
            self.s_client(tap.port, self.pki.local_ca, *arguments)
            sources.append(tap.line()["direct"]["source"])
        self.assertEqual(sources, ["probe", "cache", "probe"])
        tap.stop()

    def test_the_server_chooses_as_it_would_have_chosen_for_the_client(self):
        for first, second in ((AES256, AES128), (AES128, AES256)):
            with self.subTest(first=first):
                ciphers = ("-tls1_2", "-cipher", f"{first}:{second}")
                line = self.through(self.tls12, *ciphers)
                self.assertEqual(line["upstream"]["cipher"], NAMES[first])
                self.assertEqual(line["direct"]["cipher"], NAMES[first])
                self.assertIsNone(line["direct"]["finding"])

    def test_with_hello_own_the_server_chooses_from_all_that_mailtap_has_and_the_line_says_so(self):
        line = self.through(self.newest, "-tls1_2", "-cipher", f"{AES256}:{AES128}", options=["--hello", "own"])
        self.assertEqual(line["upstream"]["tls"], "TLSv1.3")
        self.assertEqual(self.differences(line)["hello"], ["configured"])
        self.assertEqual((line["direct"]["tls"], line["direct"]["cipher"]), ("TLSv1.2", NAMES[AES256]))
        self.assertIn("with mailtap the server chose TLSv1.3", line["direct"]["finding"])

    def test_the_first_share_of_the_client_is_the_group_of_the_server_too(self):
        for group, name in (("P-256", "secp256r1"), ("P-384", "secp384r1"), ("X25519", "x25519")):
            with self.subTest(group=group):
                line = self.through(self.tls13, "-groups", f"{group}:P-521")
                self.assertEqual(line["upstream"]["group"], name)
                self.assertEqual(line["direct"]["group"], name)
                self.assertIs(line["direct"]["hello_retry_request"], False)

    def test_a_hello_retry_request_is_told(self):
        server = self.started(GnutlsServer(self.folder, self.pki.server, "NORMAL:-VERS-ALL:+VERS-TLS1.3:-GROUP-ALL:+GROUP-SECP384R1"))
        line = self.through(server.port, "-groups", "X25519:P-384")
        self.assertIs(line["direct"]["agrees"], True)
        self.assertIs(line["direct"]["hello_retry_request"], True)
        self.assertEqual(line["direct"]["group"], "secp384r1")
        self.assertEqual(line["upstream"]["group"], "secp384r1")

    def test_a_client_and_a_server_that_have_no_version_in_common_are_bridged_and_the_line_says_so(self):
        tap = self.tap(self.tls13, "--workers", "1")
        for _ in range(2):
            self.s_client(tap.port, self.pki.local_ca, "-tls1_2")
            line = tap.line()
            self.assertEqual((line["downstream"]["tls"], line["upstream"]["tls"]), ("TLSv1.2", "TLSv1.3"))
            self.assertEqual(self.differences(line)["hello"], ["refused"])
            self.assertIs(line["direct"]["agrees"], False)
            self.assertEqual(line["direct"]["cause"], "version")
            self.assertEqual(line["direct"]["alert"], 70)
            self.assertIn("the server, which spoke TLS 1.3 with mailtap, takes none of that", line["direct"]["finding"])
        tap.stop()

    def test_the_server_has_tls_12_alone_and_the_router_tls_10_alone(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1
        rsa = self.pki.local_ca.leaf("mail.test", key="rsa")
        for language, words in (("en", "the client offers TLS 1.0 alone, and the server, which spoke TLS 1.2 with mailtap"),
                                ("vi", "máy khách đề nghị TLS 1.0 mà thôi, còn máy chủ, vốn nói TLS 1.2 với mailtap")):
            tap = self.mailtap("--present", "own", "--cert", rsa.cert, "--key", rsa.key, "--trust", self.pki.upstream_ca.cert,
                               "--trial-hello", "on", "--legacy-tls", "--lang", language, upstream=self.tls12)
            with context.wrap_socket(connect(tap.port), server_hostname="mail.test") as tls:
                tls.sendall(b"GET / HTTP/1.0\r\n\r\n")
                said = b""
                while b"protocol=TLSv1.2" not in said:
                    more = tls.recv(65536)
                    self.assertTrue(more, said)
                    said += more
            line = tap.line()
            self.assertIs(line["direct"]["agrees"], False)
            self.assertEqual(line["direct"]["cause"], "version")
            self.assertIn(words, line["direct"]["finding"])
            self.assertTrue(line["direct"]["advice"])
            self.assertEqual(self.differences(line)["hello"], ["nothing-in-common"])
            tap.stop()

    def test_with_trial_hello_off_the_server_gets_no_other_connection(self):
        said = []

        def script(tcp):
            said.append(tcp.recv(5))
        server = Server(script)
        self.addCleanup(server.close)
        tap = self.tap(server.port, "--hello", "own", trial="off")
        with connect(tap.port) as client:
            # It asks for all that mailtap asks for: there is no other hello to ask once more with.
            asks = "0005" "0005" "0100000000" + "0012" "0000"
            client.sendall(bytes.fromhex("160301003e0100003a0303" + "11" * 32 + "000004c02bc02f0100" + "000d" + asks))
            client.settimeout(20 * harness.PATIENCE)
            while client.recv(4096):
                pass
        line = tap.line()
        self.assertIsNone(line["direct"])
        server.finish()
        self.assertEqual(len(said), 1)
        tap.stop()

    def test_what_a_client_offers_that_mailtap_lacks_is_named(self):
        line = self.through(self.newest, "-tls1_2", "-cipher", f"{AES256}:ADH-AES256-SHA256:@SECLEVEL=0")
        found = self.differences(line)
        self.assertEqual(found["ciphers"], ["TLS_DH_anon_WITH_AES_256_CBC_SHA256"])
        self.assertNotEqual(line["downstream"]["ja4"], line["upstream"]["ja4"])

    def test_starttls_is_spoken_before_a_hello_is_played_and_the_offer_repeated_once_it_is_known_to_do(self):
        dovecot = self.started(Dovecot(self.folder, self.pki.server, []))
        tap = self.tap(dovecot.imap, "--protocol", "imap", "--starttls", "--workers", "1")
        reasons = []
        for _ in range(2):
            self.run_program("openssl", "s_client", "-starttls", "imap", "-connect", f"127.0.0.1:{tap.port}", "-crlf", "-quiet",
                             "-CAfile", self.pki.local_ca.cert, "-servername", "mail.test", input="a LOGOUT\n")
            line = tap.line()
            self.assertEqual(line["starttls"]["outcome"], "upgraded")
            self.assertIs(line["direct"]["agrees"], True)
            self.assertEqual(line["direct"]["tls"], "TLSv1.3")
            reasons.append(self.differences(line).get("hello"))
        self.assertEqual(reasons, [["not-known-yet"], None])
        tap.stop()

    def test_the_text_log_says_it_where_the_two_would_not_agree(self):
        log = self.folder / "text.log"
        port = free_port()
        run = self.started(Process(self.folder, "mailtap-text", [
            harness.MAILTAP, "run", "--listen", f"127.0.0.1:{port}", "--upstream", f"127.0.0.1:{self.tls13}", "--name", "mail.test",
            *self.pki.present["own"], "--log", log, "--log-format", "text"]))
        run.wait_for_port(port)
        self.s_client(port, self.pki.local_ca, "-tls1_2")
        run.wait_for(lambda: log.exists() and "direct  Without mailtap, client and server would not come to terms" in log.read_text(),
                     "the finding")

    # --- check

    def test_check_plays_the_hellos_of_known_clients(self):
        target = self.check(self.tls12, "--hello", "schannel-2008r2", "--hello", "openssl-3.0", "--hello", "java")
        found = {each["hello"]: each["direct"] for each in target["hellos"]}
        self.assertIs(found["schannel-2008r2"]["agrees"], False)
        self.assertEqual(found["schannel-2008r2"]["cause"], "version")
        for client in ("openssl-3.0", "java"):
            self.assertIs(found[client]["agrees"], True)
            self.assertEqual(found[client]["tls"], "TLSv1.2")
        self.assertTrue(any("SchUseStrongCrypto" in step for step in target["steps"]))

    def test_check_plays_a_hello_from_a_file_and_by_its_ja4(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            client = self.started(Process(self.folder, "s_client", ["openssl", "s_client", "-connect",
                                                                    f"127.0.0.1:{listener.getsockname()[1]}", "-tls1_2"]))
            tcp, _ = listener.accept()
            tcp.settimeout(20 * harness.PATIENCE)
            hello = tcp.recv(65536)
            tcp.close()
            client.kill()
        for name, content in (("hello.bin", hello), ("hello.hex", hello.hex().encode())):
            file = self.folder / name
            file.write_bytes(content)
            played = self.check(self.newest, "--hello", file)["hellos"][0]
            self.assertIs(played["direct"]["agrees"], True)
            self.assertEqual(played["direct"]["tls"], "TLSv1.2")
        by_ja4 = self.check(self.newest, "--hello", self.check(self.newest, "--hello", "gnutls-3.7")["hellos"][0]["ja4"])
        self.assertIs(by_ja4["hellos"][0]["direct"]["agrees"], True)

    def test_check_says_in_either_language_what_would_become_of_a_client(self):
        server = self.started(OpensslServer(self.folder, self.pki.server, "-tls1_3"))
        for language, words in (("en", "schannel-2016"), ("vi", "lời chào")):
            said = self.run_program(harness.MAILTAP, "check", f"127.0.0.1:{server.port}", "--name", "mail.test", "--trust",
                                    self.pki.upstream_ca.cert, "--hello", "schannel-2016", "--lang", language)
            self.assertIn(words, said)
            self.assertIn({"en": "would not come to terms", "vi": "không thỏa thuận được"}[language], re.sub(r"\s+", " ", said))

    def test_what_is_no_hello_is_told(self):
        for hello, words in (("netscape", "is neither a client whose hello is known"), (self.pki.server.cert, "no TLS client hello")):
            said = self.run_program(harness.MAILTAP, "check", "127.0.0.1:1", "--hello", hello, status=64)
            self.assertIn("--hello", said)
            self.assertIn(words, said)


if __name__ == "__main__":
    harness.main(needs=["nginx", "gnutls-serv", "dovecot", "openssl"])
