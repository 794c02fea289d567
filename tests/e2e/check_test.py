"""`mailtap check` before servers with each fault: what it says, its exit code, and what openssl and gnutls make of
the same servers."""

import base64
import contextlib
import json
import os
import pathlib
import pty
import shutil
import socket
import ssl
import subprocess
import time
import unittest

import contract
import harness
from certificates import Authority, Leaf, openssl, self_signed
from servers import Dovecot
from wire import Server, Tls, server_context

VERSION_ANSWER = {"version": contract.VERSION, "spoken": bool, "detail": contract.Or(str), "answered": bool}
PROTOCOL = {"faults": [{"old-versions-only"}], "oldest": str, "newest": str,
            "clients": [{"client": str, "title": str, "outcome": {"connects", "depends", "refuses"}, "message": contract.Or(str)}]}
PRODUCTS = {"exchange", "iis", "dovecot", "postfix", "exim", "nginx", "apache"}
TARGET = {
    "target": str,
    "name": contract.Or(str),
    "error": contract.Or(str),
    "address": contract.Or(contract.ADDRESS),
    "starttls": contract.Or({"smtp", "pop3", "imap"}),
    "tls": contract.Or(contract.VERSION),
    "cipher": contract.Or(str),
    "group": contract.Or(str),
    "handshake_error": contract.Or(str),
    "client_certificate": contract.Or({"shown": bool, "demanded": bool}),
    "product": contract.Or(PRODUCTS),
    "versions": [VERSION_ANSWER],
    "protocol": contract.Or(PROTOCOL),
    "without_sni": {"answer": contract.Or({"same", "other-certificate", "refused"}), "detail": contract.Or(str)},
    "verdict": contract.Or({**contract.SHAPE["verdict"].shape, "name": contract.Or({"match", "mismatch"}),
                            "name_checked": contract.Or(str), "source": {"handshake", "probe", "file"}}),
    "chain": contract.SHAPE["chain"],
    "aia": contract.SHAPE["aia"],
    "crl": contract.SHAPE["crl"],
    "ocsp": contract.SHAPE["ocsp"],
    "steps": [str],
    "exit_status": {0, 1, 2, 3, 4, 5},
}
DOCUMENT = {"event": {"check"}, "time": contract.TIME, "targets": [TARGET], "exit_status": {0, 1, 2, 3, 4, 5}}
ENVIRONMENT = {key: value for key, value in os.environ.items() if key not in ("LC_ALL", "LC_MESSAGES", "LANG")}


class SServer(harness.Process):
    """`openssl s_server` with that leaf."""

    def __init__(self, folder, leaf, *arguments):
        self.port = harness.free_port()
        super().__init__(folder, "s_server", ["openssl", "s_server", "-accept", f"127.0.0.1:{self.port}", "-quiet",
                                              "-cert", leaf.cert, "-key", leaf.key, *arguments])
        self.wait_for_port(self.port)


def answer_over_tls(tcp, leaf):
    """Shakes hands as a server and hears what comes, unless it is a hello of TLS 1.0 or one side has had enough."""
    with contextlib.suppress(OSError):
        Tls(tcp, server_context(leaf), server=True).handshake().receive()


def smtp_script(leaf, after_starttls=b""):
    """An SMTP server that speaks STARTTLS, and may say something in plain text where only TLS may follow."""
    def script(tcp):
        lines = tcp.makefile("rb")
        tcp.sendall(b"220-mail.test\r\n220 ready\r\n")
        if not lines.readline().upper().startswith(b"EHLO "):
            return
        tcp.sendall(b"250-mail.test\r\n250-SIZE 1000\r\n250 STARTTLS\r\n")
        if lines.readline() != b"STARTTLS\r\n":
            return
        tcp.sendall(b"220 go ahead\r\n" + after_starttls)
        answer_over_tls(tcp, leaf)
    return script


def saying(*words):
    """A server that says these, one for each line that it hears, the first unasked; then it hears out the client."""
    def script(tcp):
        lines = tcp.makefile("rb")
        for number, word in enumerate(words):
            if number and not lines.readline():
                return
            tcp.sendall(word)
        lines.readline()
    return script


def with_broken_signature(leaf):
    """The same certificate, but for the last bit of its signature."""
    lines = pathlib.Path(leaf.cert).read_text().splitlines()
    der = bytearray(base64.b64decode("".join(lines[1:-1])))
    der[-1] ^= 1
    broken = pathlib.Path(f"{leaf.cert}.broken")
    broken.write_text(f"{lines[0]}\n{base64.encodebytes(der).decode()}{lines[-1]}\n")
    return Leaf(broken, leaf.key)


class Check(harness.Claims):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ca = Authority(cls.folder, "ca")
        cls.other_ca = Authority(cls.folder, "other-ca")
        cls.issuing = Authority(cls.folder, "issuing", issuer=cls.ca)
        cls.good = cls.ca.leaf("mail.test")
        cls.issued = cls.issuing.leaf("mail.test")
        cls.weak = cls.ca.leaf("mail.test", key="rsa1024")
        low = ["-cipher", "DEFAULT@SECLEVEL=0"]
        weakly = cls.ca.leaf("mail.test", digest="sha1", file="sha1")
        branch = Authority(cls.folder, "branch", issuer=cls.ca,
                           extensions=["nameConstraints=critical,permitted;DNS:branch.test"])
        no_ca = Authority(cls.folder, "no-ca", issuer=cls.ca, ca=False)
        revoked = cls.ca.leaf("mail.test", file="revoked")
        crl = cls.ca.crl("revoked-list", revoked=[revoked])
        crl_pem = crl.with_suffix(".pem")
        malformed = cls.ca.leaf("mail.test", file="malformed", extensions=["certificatePolicies = DER:0500"])
        critical = cls.ca.leaf("mail.test", file="critical", extensions=["1.2.3.4 = critical,DER:0500"])
        mail_only = cls.ca.leaf("mail.test", file="usage", extensions=["extendedKeyUsage = emailProtection"])
        with_list = (["--crl", crl], ["-crl_check", "-CRL", crl_pem], ["--x509crlfile", crl_pem])
        # Leaf, s_server's arguments, exit status, faults, openssl accepts, gnutls accepts; what each is told besides.
        cases = {
            "good": (cls.good, [], 0, [], True, True),
            "good, by an intermediate": (cls.issued, ["-cert_chain", cls.issuing.cert], 0, [], True, True),
            "self-signed": (self_signed(cls.folder, "mail.test"), [], 1, ["self-signed"], False, False),
            "wrong name": (cls.ca.leaf("exchange.test"), [], 2, [], False, False),
            "self-signed, wrong name": (self_signed(cls.folder, "exchange.test"), [], 3, ["self-signed"], False, False),
            "expired": (cls.ca.leaf("mail.test", end="20210101000000Z"), [], 1, ["expired"], False, False),
            "early": (cls.ca.leaf("mail.test", begin="20900101000000Z", file="early"), [], 1, ["not-yet-valid"], False,
                      False),
            "untrusted CA": (cls.other_ca.leaf("mail.test"), ["-cert_chain", cls.other_ca.cert], 1, ["untrusted-root"],
                             False, False),
            "incomplete chain": (cls.issued, [], 1, ["incomplete-chain"], False, False),
            "RSA-1024": (cls.weak, low, 1, ["weak-key"], False, True),
            "SHA-1": (weakly, low, 1, ["weak-signature"], False, False),
            "broken signature": (with_broken_signature(cls.good), [], 1, ["bad-signature"], False, False),
            "for mail only": (mail_only, [], 1, ["wrong-usage"], False, False),
            "outside the CA's names": (branch.leaf("mail.test"), ["-cert_chain", branch.cert], 1,
                                       ["constraint-violation"], False, False),
            "issuer that is no CA": (no_ca.leaf("mail.test"), ["-cert_chain", no_ca.cert], 1, ["not-a-ca"], False, False),
            "unknown critical extension": (critical, [], 1, ["critical-extension"], False, False),
            "malformed extension": (malformed, [], 1, ["malformed"], True, True),
            "revoked": (revoked, [], 1, ["revoked"], False, False, *with_list),
            "on no list": (cls.good, [], 0, [], True, True, *with_list),
        }
        cls.cases = {}
        for name, (leaf, arguments, status, faults, openssl_accepts, gnutls_accepts, *told) in cases.items():
            server = cls.started_for_all(SServer(cls.folder, leaf, *arguments))
            cls.cases[name] = (server, status, faults, openssl_accepts, gnutls_accepts, *(told or ([], [], [])))

    def check(self, *arguments, status, trust=None, **options):
        return self.run_program(harness.MAILTAP, "check", *arguments, "--trust", (trust or self.ca).cert, status=status,
                                **{"env": ENVIRONMENT, **options})

    def document(self, *arguments, status, **options):
        document = json.loads(self.check(*arguments, "--json", status=status, **options))
        contract.check(document, DOCUMENT, "document")
        self.assertEqual(document["exit_status"], status)
        return document

    def one(self, *arguments, **options):
        targets = self.document(*arguments, **options)["targets"]
        self.assertEqual(len(targets), 1)
        return targets[0]

    # The faults.

    def test_each_fault_has_its_exit_status_and_is_named_as_in_the_log(self):
        for name, (server, status, faults, _, _, told, *_) in self.cases.items():
            with self.subTest(name):
                target = self.one(f"127.0.0.1:{server.port}", "--name", "mail.test", *told, status=status)
                verdict = target["verdict"]
                self.assertEqual(verdict["faults"], faults)
                self.assertEqual(verdict["trust"], "untrusted" if faults else "trusted")
                self.assertEqual(verdict["name"], "mismatch" if status & 2 else "match")
                self.assertEqual(verdict["causes"], [cause for cause in (1, 2) if status & cause])
                self.assertEqual(verdict["source"], "handshake")
                self.assertEqual(bool(target["steps"]), status != 0)
                self.assertEqual(target["without_sni"]["answer"], "same")
                # OpenSSL speaks the old versions only where its security level is 0.
                old = faults in (["weak-key"], ["weak-signature"])
                self.assertEqual([v["spoken"] for v in target["versions"]], [old, old, True, True])

    def test_openssl_comes_to_the_same_opinion_but_for_what_it_never_reads(self):
        for name, (server, status, faults, accepts, _, _, told, _) in self.cases.items():
            with self.subTest(name):
                done = subprocess.run(
                    ["openssl", "s_client", "-connect", f"127.0.0.1:{server.port}", "-CAfile", self.ca.cert,
                     "-no-CApath", "-no-CAstore", "-verify_return_error", "-servername", "mail.test",
                     "-verify_hostname", "mail.test", "-cipher", "DEFAULT@SECLEVEL=2", *told],
                    stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
                self.assertEqual(done.returncode == 0, accepts, done.stdout.decode(errors="replace"))
                if faults != ["malformed"]:
                    self.assertEqual(accepts, status == 0)

    @unittest.skipUnless(shutil.which("gnutls-cli"), "no gnutls-cli (package gnutls-bin)")
    def test_gnutls_comes_to_the_same_opinion_but_for_short_keys_and_what_it_never_reads(self):
        for name, (server, status, faults, _, accepts, _, _, told) in self.cases.items():
            with self.subTest(name):
                done = subprocess.run(
                    ["gnutls-cli", f"--x509cafile={self.ca.cert}", "--sni-hostname=mail.test",
                     "--verify-hostname=mail.test", f"--port={server.port}", *told, "127.0.0.1"],
                    stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
                self.assertEqual(done.returncode == 0, accepts, done.stdout.decode(errors="replace"))
                if faults not in (["weak-key"], ["malformed"]):
                    self.assertEqual(accepts, status == 0)

    # What people read.

    def test_the_text_has_the_fault_at_its_place_in_the_chain(self):
        text = self.check(f"127.0.0.1:{self.cases['expired'][0].port}", "--name", "mail.test", status=1)
        self.assertIn("NOT TRUSTED, name matches", text)
        self.assertRegex(text, r"CN=ca \(from the trust store\)\n +\+- CN=mail\.test\n.*\n +! expired: expired on 2021-01-01")
        self.assertIn("RemoteCertificateChainErrors (NotTimeValid)", text)
        self.assertNotIn("\x1b", text)

    def test_the_language_is_the_environments_or_the_options(self):
        port = self.cases["self-signed"][0].port
        ask = (f"127.0.0.1:{port}", "--name", "mail.test")
        vietnamese = {**ENVIRONMENT, "LANG": "en_US.UTF-8", "LC_MESSAGES": "vi_VN.UTF-8"}
        self.assertIn("KHÔNG TIN CẬY", self.check(*ask, status=1, env=vietnamese))
        self.assertIn("KHÔNG TIN CẬY", self.check(*ask, "--lang", "vi", status=1))
        self.assertIn("NOT TRUSTED", self.check(*ask, "--lang", "en", status=1, env=vietnamese))
        self.assertIn("NOT TRUSTED", self.check(*ask, status=1, env={**vietnamese, "LC_ALL": "C"}))

    def test_a_bar_on_a_terminal_tells_how_far_several_targets_are(self):
        targets = [f"127.0.0.1:{self.cases[name][0].port}" for name in ("good", "expired", "self-signed")]
        def run(stderr, *which):
            done = subprocess.run([harness.MAILTAP, "check", *which, "--name", "mail.test", "--trust", self.ca.cert],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=stderr,
                                  timeout=20 * harness.PATIENCE)
            self.assertIn(done.returncode, (0, 1))
        terminal, theirs = pty.openpty()
        run(theirs, *targets)
        said = os.read(terminal, 10000).decode()
        self.assertIn("] 0/3", said)
        self.assertIn(f"[{'#' * 30}] 3/3", said)
        self.assertTrue(said.endswith("\r\x1b[K"), "the bar is wiped")
        run(theirs, targets[0])
        os.set_blocking(terminal, False)
        with self.assertRaises(BlockingIOError):
            os.read(terminal, 1)
        os.close(theirs)
        os.close(terminal)

    # Targets.

    def test_of_several_targets_the_worst_counts_and_a_table_sums_up(self):
        def port(name):
            return f"127.0.0.1:{self.cases[name][0].port}"
        ask = ("--name", "mail.test")
        self.check(port("good"), port("wrong name"), *ask, status=2)
        self.check(port("expired"), port("wrong name"), *ask, status=1)
        self.check(port("self-signed, wrong name"), port("expired"), *ask, status=3)
        closed = f"127.0.0.1:{harness.free_port()}"
        text = self.check(port("good"), closed, port("self-signed, wrong name"), *ask, status=4)
        self.assertRegex(text, r"target +trust +name +days left\n.*trusted +name matches")
        told_nothing = {name: case for name, case in self.cases.items() if not case[5]}
        targets = self.document(*(port(name) for name in told_nothing), *ask, status=3)["targets"]
        self.assertEqual([t["exit_status"] for t in targets], [case[1] for case in told_nothing.values()])

    def test_targets_from_a_file_are_told_a_line_each_and_summed_up(self):
        ports = {name: f"127.0.0.1:{self.cases[name][0].port}" for name in ("good", "expired", "wrong name")}
        closed = f"127.0.0.1:{harness.free_port()}"
        file = self.folder / "targets.txt"
        file.write_text("# ours\n" + "".join(f"  {port} \r\n\n" for port in [*ports.values(), closed]))
        ask = ("--targets", file, "--targets-at-once", "2", "--name", "mail.test")
        *targets, total = map(json.loads, self.check(*ask, "--json", status=4).splitlines())
        for target in targets:
            contract.check(target, {**TARGET, "event": {"check-target"}, "time": contract.TIME}, "line")
        self.assertEqual({target["target"]: target["exit_status"] for target in targets},
                         {ports["good"]: 0, ports["expired"]: 1, ports["wrong name"]: 2, closed: 4})
        self.assertEqual((total["event"], total["targets"], total["exit_status"]), ("check-sum", 4, 4))
        self.assertEqual(total["by_exit_status"], {"0": 1, "1": 1, "2": 1, "3": 0, "4": 1, "5": 0})
        self.assertRegex(self.check(*ask, status=4), r"target +trust +name +days left\n.*trusted +name matches")
        only = self.check("--targets", "-", "--json", "--name", "mail.test", status=0, input=ports["good"])
        self.assertEqual(len(only.splitlines()), 2)
        file.write_text(f"{closed}\nhttp://mail.test/\n")
        done = subprocess.run([harness.MAILTAP, "check", "--targets", file], capture_output=True, text=True)
        self.assertEqual(done.returncode, 64)
        self.assertIn(f"{file}:2: ", done.stderr)

    def test_a_file_is_judged_without_a_network_and_its_name_only_when_asked_for(self):
        chain = self.folder / "chain.pem"
        chain.write_text("".join(pathlib.Path(part.cert).read_text() for part in (self.issued, self.issuing)))
        target = self.one(chain, status=0)
        self.assertEqual((target["verdict"]["name"], target["verdict"]["name_checked"]), (None, None))
        self.assertEqual((target["verdict"]["source"], target["versions"], len(target["chain"])), ("file", [], 2))
        self.assertIn("no name asked for", self.check(chain, status=0))
        self.one(chain, "--name", "mail.test", status=0)
        self.one(chain, "--name", "exchange.test", status=2)
        self.assertEqual(self.one(chain, "--at", "2015-01-01T00:00:00Z", status=1)["verdict"]["faults"],
                         ["not-yet-valid"])
        self.assertEqual(self.one(self.issued.cert, status=1)["verdict"]["faults"], ["incomplete-chain"])
        self.assertEqual(self.one(self.good.key, status=4)["error"], f"{self.good.key} holds no certificate: it is a private key; give the file of its certificate")

    def test_what_is_no_tls_or_not_there_is_told_apart_from_a_bad_certificate(self):
        plain = Server(lambda tcp: tcp.sendall(b"220 mail.test ESMTP\r\n"))
        self.addCleanup(plain.close)
        self.assertIn("SMTP", self.one(f"127.0.0.1:{plain.port}", status=4)["error"])
        silent = Server(lambda tcp: tcp.recv(100000) and tcp.recv(1))
        self.addCleanup(silent.close)
        self.assertIn("within 500 ms", self.one(f"127.0.0.1:{silent.port}", "--timeout", "500ms", status=4)["error"])
        self.assertIn("refused", self.one(f"127.0.0.1:{harness.free_port()}", status=4)["error"])

    def test_wrong_use_is_told_before_anything_is_done(self):
        for arguments in (["http://mail.test/"], ["no-such-file.pem"], ["mail.test", "--at", "noon"],
                          ["mail.test", "--trust", "/no/such/file"], ["mail.test", "--starttls", "ldap"],
                          ["https://mail.test", "--starttls", "imap"], ["mail.test", "--client-cert", "x.pem"], []):
            with self.subTest(arguments):
                self.check(*arguments, status=64)

    # Connections.

    def test_another_certificate_without_sni_is_told(self):
        server = self.started(SServer(self.folder, self.ca.leaf("default.test"), "-servername", "mail.test", "-cert2",
                                      self.good.cert, "-key2", self.good.key))
        target = self.one(f"https://localhost:{server.port}", "--name", "mail.test", status=0)
        self.assertEqual(target["without_sni"], {"answer": "other-certificate", "detail": "CN=default.test"})

    def test_a_server_that_only_speaks_tls_1_0_is_judged_by_its_hello(self):
        server = self.started(SServer(self.folder, self.good, "-tls1", "-cipher", "ALL:@SECLEVEL=0"))
        target = self.one(f"127.0.0.1:{server.port}", "--name", "mail.test", status=5)
        self.assertEqual([v["spoken"] for v in target["versions"]], [True, False, False, False])
        self.assertEqual((target["tls"], target["verdict"]["source"]), ("TLSv1.0", "probe"))
        self.assertTrue(target["handshake_error"])
        self.assertIn("TLS 1.0: answers, TLS_ECDHE_ECDSA_WITH_AES_",
                      self.check(f"127.0.0.1:{server.port}", "--name", "mail.test", status=5))

    def test_a_server_with_nothing_above_tls_1_0_is_not_well_though_its_certificate_is(self):
        ca = Authority(self.folder, "old-ca", key="rsa")
        server = self.started(SServer(self.folder, ca.leaf("mail.test", key="rsa"), "-tls1", "-cipher",
                                      "AES128-SHA:@SECLEVEL=0"))
        ask = (f"127.0.0.1:{server.port}", "--name", "mail.test", "--trust", ca.cert)
        target = self.one(*ask, status=5)
        self.assertEqual((target["verdict"]["trust"], target["protocol"]["faults"]), ("trusted", ["old-versions-only"]))
        outcomes = {client["client"]: client["outcome"] for client in target["protocol"]["clients"]}
        self.assertEqual({name: outcomes[name] for name in ("dotnet-framework-4.5", "outlook", "java", "openssl", "python")},
                         {"dotnet-framework-4.5": "connects", "outlook": "depends", "java": "refuses", "openssl": "depends",
                          "python": "refuses"})
        bridge = f"mailtap run --listen :{server.port} --upstream 127.0.0.1:{server.port} --legacy-tls=upstream"
        self.assertIn("TLS 1.2", target["steps"][0])
        self.assertTrue(target["steps"][1].endswith(bridge), target["steps"])
        text = self.check(*ask, status=5)
        self.assertIn("trusted, name matches, OLD TLS ALONE\n", text)
        self.assertRegex(text, r"TLS +! old-versions-only: nothing newer than TLS 1\.0 is spoken")
        self.assertRegex(text, r"\.NET +connects up to 4\.6\.2; from 4\.7 on only where Windows")
        self.assertRegex(text, r"tls: server selected\s+unsupported\s+protocol\s+version\s+301")
        self.assertIn("CHỈ CÓ TLS CŨ", self.check(*ask, "--lang", "vi", status=5))
        self.one(*ask, "--as", "java", status=5)
        # As Python itself has it, where it was built as python.org builds it: Debian's goes by OpenSSL's rules.
        context = ssl.create_default_context(cafile=ca.cert)
        with socket.create_connection(("127.0.0.1", server.port)) as tcp:
            try:
                with context.wrap_socket(tcp, server_hostname="mail.test") as tls:
                    self.assertEqual(tls.version(), "TLSv1")
                    self.assertNotEqual(context.minimum_version, ssl.TLSVersion.TLSv1_2)
            except ssl.SSLError as refused:
                # A server that knows the extension supported_versions says so itself.
                self.assertIn(refused.reason, ("UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION"))
        # What comes of the untrusted certificate counts more; the fault is told all the same.
        self.assertEqual(self.one(*ask[:3], status=1)["protocol"]["faults"], ["old-versions-only"])
        sums = self.check(ask[0], f"127.0.0.1:{self.cases['good'][0].port}", *ask[1:], status=5)
        self.assertIn("trusted, old-versions-only", sums)

    def test_steps_are_in_the_words_of_the_program_that_the_server_says_it_is(self):
        expired = self.ca.leaf("mail.test", end="20210101000000Z", file="product")

        def web(head):
            def script(tls):
                request = tls.receive()
                if not request.startswith(b"HEAD / HTTP/1.1\r\nHost: mail.test\r\n"):
                    return  # the other questions end at the handshake
                tls.send(b"HTTP/1.1 403 Forbidden\r\n" + head + b"Content-Length: 0\r\n\r\n")
            return script

        def mail(greeting):
            return lambda tls: tls.send(greeting + b"\r\n")
        for scheme, script, product, words in (
                ("https", web(b"Server: nginx/1.22.1\r\n"), "nginx", "nginx -s reload"),
                ("https", web(b"Server: Apache/2.4.57 (Debian)\r\n"), "apache", "apachectl graceful"),
                ("https", web(b"Server: Microsoft-IIS/10.0\r\n"), "iis", "inetmgr"),
                ("https", web(b"Server: Microsoft-IIS/10.0\r\nX-FEServer: EX01\r\n"), "exchange", "On the Exchange server"),
                ("https", web(b""), None, "give it with its intermediates to the web site"),
                ("imaps", mail(b"* OK [CAPABILITY IMAP4rev1] Dovecot (Debian) ready."), "dovecot", "doveadm reload"),
                ("pop3s", mail(b"+OK The Microsoft Exchange POP3 service is ready."), "exchange", "-Services POP."),
                ("smtps", mail(b"220 mail.test ESMTP Postfix (Debian/GNU)"), "postfix", "postfix reload"),
                ("smtps", mail(b"220 mail.test ESMTP Exim 4.96"), "exim", "exim -bP tls_certificate"),
                ("smtps", mail(b"220 mail.test ESMTP"), None, "to the SMTP service")):
            with self.subTest(scheme=scheme, product=product):
                def serve(tcp, script=script):
                    try:
                        script(Tls(tcp, server_context(expired), server=True).handshake())
                    except OSError:
                        pass
                server = Server(serve)
                self.addCleanup(server.close)
                target = self.one(f"{scheme}://127.0.0.1:{server.port}", "--name", "mail.test", status=1)
                self.assertEqual(target["product"], product)
                self.assertTrue(any(words in step for step in target["steps"]), target["steps"])

    def test_a_server_that_is_well_is_asked_for_nothing(self):
        heard = []

        def serve(tcp):
            try:
                heard.append(Tls(tcp, server_context(self.good), server=True).handshake().receive())
            except OSError:
                pass
        server = Server(serve)
        self.addCleanup(server.close)
        self.assertIsNone(self.one(f"https://127.0.0.1:{server.port}", "--name", "mail.test", status=0)["product"])
        self.assertEqual([said for said in heard if said], [])

    def test_the_versions_and_suites_of_an_old_server_are_named(self):
        ca = Authority(self.folder, "rsa-ca", key="rsa")
        server = self.started(SServer(self.folder, ca.leaf("mail.test", key="rsa"), "-tls1", "-serverpref", "-cipher",
                                      "AES256-SHA:AES128-SHA:DHE-RSA-AES128-SHA:@SECLEVEL=0"))
        target = self.one(f"127.0.0.1:{server.port}", "--name", "mail.test", "--trust", ca.cert, status=5)
        spoken, not_spoken = target["versions"][:2]
        self.assertEqual((spoken["version"], spoken["spoken"], spoken["by_handshake"]), ("TLSv1.0", True, True))
        self.assertEqual(spoken["ciphers"], ["TLS_RSA_WITH_AES_256_CBC_SHA", "TLS_RSA_WITH_AES_128_CBC_SHA",
                                             "TLS_DHE_RSA_WITH_AES_128_CBC_SHA"])
        self.assertEqual((not_spoken["spoken"], not_spoken["ciphers"]), (False, []))
        self.assertEqual((target["tls"], target["verdict"]["source"]), ("TLSv1.0", "handshake"))
        self.assertIn("TLS 1.0: yes, TLS_RSA_WITH_AES_256_CBC_SHA",
                      self.check(f"127.0.0.1:{server.port}", "--name", "mail.test", "--trust", ca.cert, status=5))

    def test_a_server_that_hangs_up_on_a_modern_hello_is_asked_with_old_ones(self):
        old = self.started(SServer(self.folder, self.good, "-tls1", "-cipher", "ALL:@SECLEVEL=0"))

        def script(tcp):
            hello = tcp.recv(5000)
            if hello[9:11] == b"\x03\x01":  # the version in the hello itself
                with socket.create_connection(("127.0.0.1", old.port)) as behind:
                    behind.sendall(hello)
                    tcp.sendall(behind.recv(5000))
        server = Server(script)
        self.addCleanup(server.close)
        target = self.one(f"127.0.0.1:{server.port}", "--name", "mail.test", status=5)
        self.assertEqual([v["spoken"] for v in target["versions"]], [True, False, False, False])
        self.assertIn("closed the connection", target["handshake_error"])

    def test_each_version_is_tried(self):
        for option, spoken in (("-tls1_1", [False, True, False, False]), ("-tls1_2", [False, False, True, False]),
                               ("-tls1_3", [False, False, False, True])):
            with self.subTest(option):
                server = self.started(SServer(self.folder, self.good, option, "-cipher", "ALL:@SECLEVEL=0"))
                target = self.one(f"127.0.0.1:{server.port}", "--name", "mail.test", status=5 if spoken[1] else 0)
                self.assertEqual([v["spoken"] for v in target["versions"]], spoken)

    def test_a_server_that_demands_a_client_certificate_is_told_of_in_both_versions(self):
        for version in ("-tls1_2", "-tls1_3"):
            with self.subTest(version):
                server = self.started(SServer(self.folder, self.good, "-Verify", "1", "-CAfile", self.ca.cert,
                                              "-verify_return_error", version))
                ask = (f"127.0.0.1:{server.port}", "--name", "mail.test")
                target = self.one(*ask, status=0)
                self.assertIn("demands a client certificate", target["handshake_error"])
                self.assertNotIn("common cipher", str(target))
                self.assertEqual(target["client_certificate"], {"shown": False, "demanded": True})
                self.assertIn("--client-cert", target["steps"][-1])
                shown = ("--client-cert", self.good.cert, "--client-key", self.good.key)
                target = self.one(*ask, *shown, status=0)
                self.assertIsNone(target["handshake_error"])
                self.assertEqual(target["client_certificate"], {"shown": True, "demanded": False})
                # Of another CA.
                other = self.other_ca.leaf("client.test")
                target = self.one(*ask, "--client-cert", other.cert, "--client-key", other.key, status=0)
                self.assertIn("client certificate that it was shown", target["handshake_error"])
                self.assertEqual(target["client_certificate"], {"shown": True, "demanded": True})

    def test_a_server_that_asks_for_a_client_certificate_in_vain_is_told_of(self):
        server = self.started(SServer(self.folder, self.good, "-verify", "1"))
        target = self.one(f"127.0.0.1:{server.port}", "--name", "mail.test", status=0)
        self.assertIsNone(target["handshake_error"])
        self.assertEqual(target["client_certificate"], {"shown": False, "demanded": False})

    def test_a_client_certificate_is_shown_to_a_server_that_demands_one(self):
        server = self.started(SServer(self.folder, self.good, "-Verify", "1", "-CAfile", self.ca.cert,
                                      "-verify_return_error", "-tls1_2"))
        ask = (f"127.0.0.1:{server.port}", "--name", "mail.test")
        self.assertTrue(self.one(*ask, status=0)["handshake_error"])
        shown = ("--client-cert", self.good.cert, "--client-key", self.good.key)
        self.assertIsNone(self.one(*ask, *shown, status=0)["handshake_error"])

    @unittest.skipUnless(shutil.which("dovecot"), "no dovecot (packages dovecot-imapd, dovecot-pop3d)")
    def test_dovecot_is_asked_by_starttls(self):
        dovecot = self.started(Dovecot(self.folder, self.good, []))
        for url, starttls in ((f"imap://127.0.0.1:{dovecot.imap}", "imap"), (f"pop3://127.0.0.1:{dovecot.pop3}", "pop3"),
                              (f"imaps://127.0.0.1:{dovecot.imaps}", None), (f"pop3s://127.0.0.1:{dovecot.pop3s}", None)):
            with self.subTest(url):
                target = self.one(url, "--name", "mail.test", status=0)
                self.assertEqual(target["starttls"], starttls)
                self.assertEqual([v["spoken"] for v in target["versions"]], [False, False, True, True])
        self.one(f"127.0.0.1:{dovecot.imap}", "--starttls", "imap", "--name", "mail.test", status=0)

    def test_smtp_is_asked_by_starttls_and_words_slipped_in_are_refused(self):
        server = Server(smtp_script(self.good))
        self.addCleanup(server.close)
        target = self.one(f"smtp://127.0.0.1:{server.port}", "--name", "mail.test", status=0)
        self.assertEqual(target["starttls"], "smtp")
        bad = Server(smtp_script(self.good, b"250 injected\r\n"))
        self.addCleanup(bad.close)
        self.assertIn("plain text after its answer", self.one(f"smtp://127.0.0.1:{bad.port}", status=4)["error"])

    def test_a_server_that_is_no_use_by_starttls_is_told_of_by_what_it_says(self):
        offer, capabilities = b"250-mail.test\r\n250 STARTTLS\r\n", b"* CAPABILITY IMAP4rev1 STARTTLS\r\na OK\r\n"
        cases = (("smtp", [b"554 5.7.1 blocked\r\n"], "turns this machine's address away"),
                 ("smtp", [b"421 4.3.2 busy\r\n"], "turns this machine's address away"),
                 ("imap", [b"* BYE too many\r\n"], "turns this machine's address away"),
                 ("smtp", [b"220 x\r\n", offer, b"454 4.7.0 no\r\n"], "certificate and key of that service"),
                 ("pop3", [b"+OK\r\n", b"+OK\r\nSTLS\r\n.\r\n", b"-ERR no\r\n"], "certificate and key of that service"),
                 ("imap", [b"* OK\r\n", capabilities, b"b BAD no\r\n"], "certificate and key of that service"),
                 ("smtp", [b"220 x\r\n", offer, b"220 go\r\n250 injected\r\n"], "somebody in between"),
                 ("smtp", [b"220 ******\r\n", b"250-x\r\n250 XXXXXXXA\r\n"], "inspect esmtp"),
                 ("smtp", [b"220 x\r\n", b"250-x\r\n250 SIZE\r\n"], "turn STARTTLS on"),
                 ("smtp", [b"* OK Dovecot ready.\r\n"], "something else than smtp"),
                 ("smtp", [b"220 x\r\n", b""], "--timeout 60s"),
                 ("smtp", [b"\x15\x03\x01\r\n"], "begin with TLS at once"))
        for protocol, words, step in cases:
            with self.subTest(words=words):
                server = Server(saying(*words))
                self.addCleanup(server.close)
                steps = self.one(f"{protocol}://127.0.0.1:{server.port}", "--timeout", "1s", status=4)["steps"]
                self.assertEqual(len(steps), 1)
                self.assertIn(step, steps[0])

    def test_what_comes_before_starttls_has_a_time_of_its_own(self):
        def late(tcp):
            time.sleep(0.9)
            lines = tcp.makefile("rb")
            tcp.sendall(b"220 late\r\n")
            if not lines.readline():
                return
            tcp.sendall(b"250-mail.test\r\n250 STARTTLS\r\n")
            if not lines.readline():
                return
            tcp.sendall(b"220 go\r\n")
            time.sleep(0.9)
            answer_over_tls(tcp, self.good)
        server = Server(late)
        self.addCleanup(server.close)
        self.one(f"smtp://127.0.0.1:{server.port}", "--name", "mail.test", "--timeout", "1600ms", status=0)

    def test_imap_servers_may_say_something_unasked_before_tls(self):
        def script(tcp):
            lines = tcp.makefile("rb")
            tcp.sendall(b"* OK hi\r\n* OK [ALERT] Maintenance tonight\r\n")
            lines.readline()
            tcp.sendall(b"* CAPABILITY IMAP4rev1 STARTTLS\r\na OK\r\n* OK [ALERT] Tonight\r\n")
            lines.readline()
            tcp.sendall(b"* OK [ALERT] Tonight\r\nb OK go\r\n")
            answer_over_tls(tcp, self.good)
        server = Server(script)
        self.addCleanup(server.close)
        self.one(f"imap://127.0.0.1:{server.port}", "--name", "mail.test", status=0)

    def test_a_port_of_plain_http_is_told_as_that(self):
        for answer in (b"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\n", b"<html><head><title>400 Bad Request</title></head>"):
            with self.subTest(answer):
                def script(tcp, answer=answer):
                    tcp.recv(10000)
                    tcp.sendall(answer)
                server = Server(script)
                self.addCleanup(server.close)
                target = self.one(f"127.0.0.1:{server.port}", status=4)
                self.assertIn("an HTTP response in plain text: this port is for plain HTTP", target["error"])
                self.assertIn("mailtap check https://127.0.0.1", target["steps"][0])

    def aia_of(self, body, *arguments, status=b"200 OK"):
        """What --fetch-aia says of a server that doesn't send its issuer, whose certificate names a web server that
        answers with `body`; and the requests that came."""
        requests = []

        def answer(tcp):
            requests.append(tcp.recv(10000))
            tcp.sendall(b"HTTP/1.1 " + status + b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        web = Server(answer)
        self.addCleanup(web.close)
        leaf = self.issuing.leaf("mail.test", file=f"aia-{web.port}", extensions=[
            f"authorityInfoAccess = OCSP;URI:http://127.0.0.1:{web.port}/ocsp, caIssuers;URI:ldap:///CN=ca, "
            f"caIssuers;URI:http://127.0.0.1:{web.port}/issuing.crt?x"])
        server = self.started(SServer(self.folder, leaf))
        target = self.one(f"127.0.0.1:{server.port}", "--name", "mail.test", *arguments, status=1)
        self.assertEqual(target["verdict"]["faults"], ["incomplete-chain"])
        return target["aia"], requests

    def test_aia_is_fetched_only_when_asked_for_and_told_apart_from_the_verdict(self):
        issuer = self.folder / "issuing.der"
        openssl("x509", "-in", self.issuing.cert, "-outform", "der", "-out", issuer)
        self.assertEqual(self.aia_of(issuer.read_bytes()), (None, []))
        aia, requests = self.aia_of(issuer.read_bytes(), "--fetch-aia")
        self.assertEqual(aia, {"reaches_root": True, "faults": [], "detail": None})
        self.assertEqual(len(requests), 1)
        self.assertTrue(requests[0].startswith(b"GET /issuing.crt?x HTTP/1.1\r\nHost: 127.0.0.1:"), requests)

    def test_aia_that_leads_nowhere_is_told(self):
        for body, status, detail in ((b"no certificate", b"200 OK", "holds no certificate"),
                                     (b"", b"404 Not Found", "status 404"),
                                     (b"", b"302 Found\r\nLocation: http://127.0.0.1/", "status 302"),
                                     (b"x" * 70000, b"200 OK", "larger than 64 KiB"),
                                     (pathlib.Path(self.other_ca.cert).read_bytes(), b"200 OK", "nothing new")):
            with self.subTest(detail):
                aia, requests = self.aia_of(body, "--fetch-aia", status=status)
                self.assertFalse(aia["reaches_root"])
                self.assertIn(detail, aia["detail"])
                self.assertLessEqual(len(requests), 2)

    def crl_of(self, body, *arguments, status):
        """What is said of a server whose certificate names a list at a web server that answers with `body` (and of a
        second server of the same); and how many requests came."""
        requests = []

        def answer(tcp):
            requests.append(tcp.recv(10000))
            tcp.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(content) + content)
        web = Server(answer)
        self.addCleanup(web.close)
        leaf = self.ca.leaf("mail.test", file=f"crl-{web.port}", extensions=[
            f"crlDistributionPoints = URI:ldap:///CN=ca,URI:http://127.0.0.1:{web.port}/ca.crl"])
        content = body(leaf) if callable(body) else body
        ports = [self.started(SServer(self.folder, leaf)).port for _ in range(2)]
        targets = self.document(*(f"127.0.0.1:{port}" for port in ports), "--name", "mail.test", *arguments,
                                status=status)["targets"]
        self.assertEqual(targets[0]["verdict"], targets[1]["verdict"])
        return targets[0], len(requests), f"http://127.0.0.1:{web.port}/ca.crl"

    def test_a_revocation_list_is_fetched_only_when_asked_for_and_once(self):
        target, requests, _ = self.crl_of(self.ca.crl("empty").read_bytes(), status=0)
        self.assertEqual((target["crl"], requests), (None, 0))
        target, requests, url = self.crl_of(self.ca.crl("empty").read_bytes(), "--fetch-crl", status=0)
        self.assertEqual((target["crl"], requests), ([{"url": url, "problem": None}], 1))
        target, _, _ = self.crl_of(lambda leaf: self.ca.crl("full", revoked=[leaf]).read_bytes(), "--fetch-crl", status=1)
        self.assertEqual(target["verdict"]["faults"], ["revoked"])
        self.assertEqual(target["verdict"]["dotnet"]["chain_status"], ["Revoked"])

    def test_a_revocation_list_that_cannot_be_relied_on_is_a_fault(self):
        outdated = ["--at", "2040-01-01T00:00:00Z"]
        for body, arguments, problem in ((b"no list", [], "not a certificate revocation list"),
                                         (self.other_ca.crl("other").read_bytes(), [], "it is the list of"),
                                         (self.ca.crl("old").read_bytes(), outdated, None)):
            with self.subTest(problem):
                target, _, url = self.crl_of(body, "--fetch-crl", *arguments, status=1)
                self.assertIn("revoked", target["verdict"]["faults"])
                self.assertIn("OfflineRevocation", target["verdict"]["dotnet"]["chain_status"])
                self.assertEqual(target["crl"][0]["url"], url)
                if problem:
                    self.assertIn(problem, target["crl"][0]["problem"])

    def test_hostile_text_moves_no_cursor(self):
        leaf = self_signed(self.folder, "hostile.test")
        openssl("req", "-x509", "-new", "-config", f"{leaf.cert}.cnf", "-key", leaf.key, "-utf8", "-subj",
                "/CN=evil\x1b[2J\u202etxet", "-days", "30", "-out", leaf.cert)
        text = self.check(leaf.cert, status=1)
        self.assertIn(r"\u202etxet", text)
        for harmful in ("\x1b", "\u202e"):
            self.assertNotIn(harmful, text)


if __name__ == "__main__":
    harness.main(needs=["openssl"])
