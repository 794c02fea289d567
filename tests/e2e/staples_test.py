"""What servers staple to their certificates, in TLS 1.2 and 1.3, at once and after STARTTLS, is judged; and OCSP
responders are asked where that is wanted."""

import json
import pathlib
import re
import socket
import threading

import contract
import harness
import ocsp
from certificates import Authority, Pki
from check_test import DOCUMENT, SServer
from ocsp import DAY
from servers import Nginx, certified
from wire import Server, client_context, echo, server_context, tls_client, tls_script

VERSIONS = {"TLSv1.2": "-tls1_2", "TLSv1.3": "-tls1_3"}
MUST_STAPLE = "tlsfeature = status_request"


class Signer:
    """A certificate that signs responses, with its key."""

    def __init__(self, leaf):
        self.cert, self.key = leaf.cert, leaf.key


def starttls_before(port):
    """An SMTP server whose TLS is that of `port`."""
    def pump(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def script(tcp):
        lines = tcp.makefile("rb", buffering=0)
        tcp.sendall(b"220 mail.test\r\n")
        lines.readline()
        tcp.sendall(b"250-mail.test\r\n250 STARTTLS\r\n")
        lines.readline()
        tcp.sendall(b"220 go ahead\r\n")
        with socket.create_connection(("127.0.0.1", port), 20 * harness.PATIENCE) as behind:
            back = threading.Thread(target=pump, args=(behind, tcp))
            back.start()
            pump(tcp, behind)
            back.join()
    return Server(script)


class Staples(harness.Claims):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ca = ca = Authority(cls.folder, "ca")
        cls.stranger = Authority(cls.folder, "stranger")
        cls.leaf = ca.leaf("mail.test")
        cls.other = ca.leaf("other.test")
        cls.demanding = ca.leaf("mail.test", file="demanding", extensions=[MUST_STAPLE])
        responder = Signer(ca.leaf("responder.test", extensions=[ocsp.OCSP_SIGNING]))
        unfit = Signer(ca.leaf("unfit.test"))
        foreign = Signer(cls.stranger.leaf("responder.test", extensions=[ocsp.OCSP_SIGNING]))

        def made(name, leaf, **how):
            return ocsp.response(cls.folder / f"{name}.{pathlib.Path(leaf.cert).stem}.ocsp", leaf, ca, **how)
        # Of each kind: how its file is made for a certificate.
        cls.kinds = {
            "good": lambda leaf: made("good", leaf),
            "good, of a responder that the CA has made one": lambda leaf: made("delegated", leaf, signer=responder, carries=[responder]),
            "revoked": lambda leaf: made("revoked", leaf, says="revoked"),
            "unknown": lambda leaf: made("unknown", leaf, says="unknown"),
            "expired": lambda leaf: made("expired", leaf, since=-2 * DAY, until=-DAY),
            "not-yet-valid": lambda leaf: made("early", leaf, since=DAY, until=2 * DAY),
            "other-certificate": lambda leaf: made("other", cls.other),
            "bad-signature": lambda leaf: made("broken", leaf, break_signature=True),
            "unauthorised, without its signer": lambda leaf: made("unsigned", leaf, signer=responder),
            "unauthorised, as it is for servers": lambda leaf: made("unfit", leaf, signer=unfit, carries=[unfit]),
            "unauthorised, of another CA": lambda leaf: made("foreign", leaf, signer=foreign, carries=[foreign]),
            "unsuccessful": lambda leaf: ocsp.error(cls.folder / "later.ocsp", 3),
        }

    def s_server(self, leaf, staple, *arguments):
        stapled = ["-status_file", staple] if staple else []
        return self.started(SServer(self.folder, leaf, *stapled, *arguments))

    def nginx(self, staple, *versions):
        """A server for each of the versions, with the usual certificate."""
        return self.started(Nginx(self.folder, *(
            f"listen {{port}} ssl; {certified(self.leaf)} ssl_protocols {version}; ssl_stapling on; ssl_stapling_file {staple}; "
            'location / { return 200 "ok\\n"; }' for version in versions)))

    def relay(self, upstream, *arguments):
        """mailtap before the server, with a certificate of its own, and the CA that clients know it by."""
        pki = Pki(self.folder)
        tap = self.mailtap("--trust", self.ca.cert, "--name", "mail.test", "--present", "own", "--cert", pki.own.cert, "--key",
                           pki.own.key, "--workers", "1", *arguments, upstream=upstream)
        return tap, pki.local_ca

    def check(self, target, *arguments, status):
        document = json.loads(self.run_program(harness.MAILTAP, "check", target, "--name", "mail.test", "--trust", self.ca.cert,
                                               *arguments, "--json", status=status))
        contract.check(document, DOCUMENT, "document")
        return document["targets"][0]

    def test_each_kind_of_staple_is_told_in_both_versions(self):
        for kind, make in self.kinds.items():
            state = kind.split(",")[0]
            staple = make(self.leaf)
            for version, option in VERSIONS.items():
                with self.subTest(kind, version=version):
                    target = self.check(f"127.0.0.1:{self.s_server(self.leaf, staple, option).port}",
                                        status=1 if state == "revoked" else 0)
                    verdict = target["verdict"]
                    self.assertEqual(target["tls"], version)
                    self.assertEqual((verdict["staple"]["state"], verdict["staple"]["demanded"]), (state, False))
                    self.assertEqual(verdict["staple"]["detail"] is None, state == "good")
                    self.assertEqual(verdict["faults"], ["revoked"] if state == "revoked" else [])
                    told = [lint for lint in verdict["lints"] if "the stapled OCSP response can't be relied on" in lint]
                    self.assertEqual(len(told), 0 if state in ("good", "revoked") else 1)

    def test_a_certificate_that_demands_a_staple_is_faulty_without_a_good_one(self):
        for kind in ("none", "good", "expired", "bad-signature"):
            staple = None if kind == "none" else self.kinds[kind](self.demanding)
            for version, option in VERSIONS.items():
                with self.subTest(kind, version=version):
                    target = self.check(f"127.0.0.1:{self.s_server(self.demanding, staple, option).port}",
                                        status=0 if kind == "good" else 1)
                    self.assertEqual(target["verdict"]["staple"]["state"], kind)
                    self.assertTrue(target["verdict"]["staple"]["demanded"])
                    self.assertEqual(target["verdict"]["faults"], [] if kind == "good" else ["missing-staple"])

    def test_a_staple_comes_after_starttls_too(self):
        for kind in ("good", "revoked"):
            for version, option in VERSIONS.items():
                with self.subTest(kind, version=version):
                    front = starttls_before(self.s_server(self.leaf, self.kinds[kind](self.leaf), option).port)
                    self.addCleanup(front.close)
                    target = self.check(f"smtp://127.0.0.1:{front.port}", status=0 if kind == "good" else 1)
                    self.assertEqual((target["starttls"], target["tls"]), ("smtp", version))
                    self.assertEqual(target["verdict"]["staple"]["state"], kind)

    def test_the_text_says_it_in_both_languages(self):
        port = self.s_server(self.leaf, self.kinds["expired"](self.leaf)).port
        for language, words in (("en", "staple      has expired"), ("vi", "OCSP kèm    đã hết hạn")):
            said = self.run_program(harness.MAILTAP, "check", f"127.0.0.1:{port}", "--name", "mail.test", "--trust", self.ca.cert,
                                    "--lang", language, status=0)
            self.assertIn(words, said)

    def test_a_connection_that_is_relayed_has_it_in_the_log_and_a_resumed_one_goes_back_to_it(self):
        for kind in ("good", "revoked"):
            nginx = self.nginx(self.kinds[kind](self.leaf), *VERSIONS)
            for version, port in zip(VERSIONS, nginx.ports):
                with self.subTest(kind, version=version):
                    tap, ca = self.relay(port, "--hello", "own")  # curl asks for no ticket in TLS 1.2
                    resumed = []
                    while True not in resumed:
                        self.curl(tap.port, ca)
                        line = tap.line()
                        resumed.append(line["upstream"]["resumed"])
                        self.assertLess(len(resumed), 20)
                        self.assertEqual(line["upstream"]["tls"], version)
                        self.assertEqual(line["verdict"]["staple"]["state"], kind)
                        self.assertEqual(line["verdict"]["faults"], [] if kind == "good" else ["revoked"])
                    tap.stop()

    def test_require_trusted_refuses_what_is_revoked_and_not_what_is_merely_unreliable(self):
        for kind, reason in (("revoked", "refused-untrusted"), ("expired", "closed")):
            with self.subTest(kind):
                tap, ca = self.relay(self.nginx(self.kinds[kind](self.leaf), "TLSv1.3").ports[0], "--require-trusted")
                self.curl(tap.port, ca, status=35 if kind == "revoked" else 0)
                self.assertEqual(tap.line()["ending"]["reason"], reason)
                tap.stop()

    def test_gnutls_says_of_each_kind_what_its_profile_says(self):
        issuing = Authority(self.folder, "issuing", issuer=self.ca)
        leaf = issuing.leaf("mail.test", file="of-issuing")
        demanding = issuing.leaf("mail.test", file="demanding-of-issuing", extensions=[MUST_STAPLE])
        unfit = issuing.leaf("unfit.test")
        later = ocsp.error(self.folder / "later-of-issuing.ocsp", 3)
        ways = {"good": {}, "revoked": {"says": "revoked"}, "unknown": {"says": "unknown"},
                "expired": {"since": -2 * DAY, "until": -DAY}, "early": {"since": DAY, "until": 2 * DAY},
                "broken": {"break_signature": True}, "unfit": {"signer": unfit, "carries": [unfit]}}
        cases = {name: (leaf, ocsp.response(self.folder / f"gnutls-{name}.ocsp", leaf, issuing, **how)) for name, how in ways.items()}
        cases["other"] = (leaf, ocsp.response(self.folder / "gnutls-other.ocsp", demanding, issuing))
        cases |= {"later": (leaf, later), "demanded, later": (demanding, later), "demanded, none": (demanding, None)}
        for name, (certificate, staple) in cases.items():
            with self.subTest(name):
                port = self.s_server(certificate, staple, "-cert_chain", issuing.cert).port
                done = harness.subprocess.run(["gnutls-cli", "--x509cafile", self.ca.cert, "--verify-hostname", "mail.test", "-p",
                                               str(port), "127.0.0.1"], stdin=harness.subprocess.DEVNULL, text=True,
                                              stdout=harness.subprocess.PIPE, stderr=harness.subprocess.STDOUT,
                                              timeout=60 * harness.PATIENCE)
                said = re.search(r"Status: (.*)", done.stdout)[1].strip()
                document = json.loads(self.run_program(harness.MAILTAP, "check", f"127.0.0.1:{port}", "--name", "mail.test", "--trust",
                                                       self.ca.cert, "--as", "gnutls-3.7", "--json", status=done.returncode))
                clients = document["targets"][0]["verdict"].get("clients", {})
                ours = clients.get("gnutls-3.7", {"accepts": True, "message": None})
                self.assertEqual(ours["accepts"], done.returncode == 0, said)
                if not ours["accepts"]:
                    self.assertEqual(ours["message"].strip(), said)

    def responder(self, make):
        """A web server whose certificate's responder answers what `make(leaf)` has, and the requests that came."""
        requests = []

        def answer(tcp):
            request = b""
            while b"\r\n\r\n" not in request or len(request.split(b"\r\n\r\n", 1)[1]) < length_of(request):
                request += tcp.recv(65536)
            requests.append(request)
            body = content["body"]
            tcp.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/ocsp-response\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        content = {}
        web = Server(answer)
        self.addCleanup(web.close)
        leaf = self.ca.leaf("mail.test", file=f"asked-{web.port}", extensions=[
            f"authorityInfoAccess = OCSP;URI:ldap:///CN=ca, OCSP;URI:http://127.0.0.1:{web.port}/ocsp"])
        content["body"] = make(leaf)
        return leaf, requests, f"http://127.0.0.1:{web.port}/ocsp"

    def test_a_responder_is_asked_only_where_that_is_wanted_and_its_answer_judged(self):
        for kind, faults, problem in (("good", [], None), ("revoked", ["revoked"], None), ("expired", ["revoked"], None),
                                      ("bad-signature", ["revoked"], None),
                                      ("other-certificate", ["revoked"], "it answered about another certificate"),
                                      ("unsuccessful", ["revoked"], "it answered with the error tryLater")):
            with self.subTest(kind):
                leaf, requests, url = self.responder(lambda leaf: self.kinds[kind](leaf).read_bytes())
                port = self.s_server(leaf, None).port
                target = self.check(f"127.0.0.1:{port}", status=0)
                self.assertEqual((target["ocsp"], requests), (None, []))
                target = self.check(f"127.0.0.1:{port}", "--fetch-ocsp", status=1 if faults else 0)
                self.assertEqual(target["ocsp"], [{"url": url, "problem": problem}])
                self.assertEqual(target["verdict"]["faults"], faults)
                self.assertEqual(len(requests), 1)
                self.assertTrue(requests[0].startswith(b"POST /ocsp HTTP/1.1\r\n"), requests[0][:80])
                self.assertIn(b"application/ocsp-request", requests[0])
                unknown = [finding["state_unknown"] for finding in target["verdict"]["findings"]]
                self.assertEqual(unknown, [] if kind == "good" else [kind != "revoked"])

    def test_the_question_is_one_that_openssl_reads(self):
        leaf, requests, _ = self.responder(lambda leaf: self.kinds["good"](leaf).read_bytes())
        self.check(f"127.0.0.1:{self.s_server(leaf, None).port}", "--fetch-ocsp", status=0)
        question = self.folder / "question.der"
        question.write_bytes(requests[0].split(b"\r\n\r\n", 1)[1])
        said = self.run_program("openssl", "ocsp", "-reqin", question, "-req_text", "-noverify")
        serial = self.run_program("openssl", "x509", "-in", leaf.cert, "-noout", "-serial").split("=")[1].strip()
        self.assertIn(serial, said)
        self.assertIn("sha1", said)

    def test_a_responder_that_cannot_be_had_leaves_the_state_unknown(self):
        port = harness.free_port()
        leaf = self.ca.leaf("mail.test", file="unanswered", extensions=[f"authorityInfoAccess = OCSP;URI:http://127.0.0.1:{port}/"])
        target = self.check(f"127.0.0.1:{self.s_server(leaf, None).port}", "--fetch-ocsp", status=1)
        self.assertEqual(target["verdict"]["faults"], ["revoked"])
        self.assertTrue(target["verdict"]["findings"][0]["state_unknown"])
        self.assertIn(f"the OCSP responder http://127.0.0.1:{port}/ gave no answer", target["verdict"]["findings"][0]["detail"])
        self.assertIn(f"http://127.0.0.1:{port}/", target["steps"][0])
        self.assertNotIn("revocation list", " ".join(target["steps"]))
        # What the server staples answers in its place.
        stapled = self.s_server(leaf, self.kinds["good"](leaf))
        self.assertEqual(self.check(f"127.0.0.1:{stapled.port}", "--fetch-ocsp", status=0)["verdict"]["faults"], [])

    def test_a_route_asks_beside_its_connections(self):
        leaf, requests, url = self.responder(lambda leaf: self.kinds["revoked"](leaf).read_bytes())
        server = Server(tls_script(server_context(leaf), echo))
        self.addCleanup(server.close)
        tap, _ = self.relay(server.port, "--fetch-ocsp")

        def line():
            client = tls_client(tap.port, client_context())
            client.send(b"x").receive_exactly(1)
            client.close()
            return tap.line()
        first = line()
        self.assertEqual((first["ocsp"], first["lookup_pending"], first["verdict"]["faults"]), (None, True, []))
        last = harness.wait_until(lambda: (now := line()) and not now["lookup_pending"] and now, "the look-up")
        self.assertEqual((last["ocsp"], last["verdict"]["faults"]), ([{"url": url, "problem": None}], ["revoked"]))
        tap.stop()
        self.assertEqual(len(requests), 1)


def length_of(request):
    found = re.search(rb"(?i)content-length: *(\d+)", request)
    return int(found[1]) if found else 0


if __name__ == "__main__":
    harness.main(needs=["openssl", "nginx", "curl", "gnutls-cli"])
