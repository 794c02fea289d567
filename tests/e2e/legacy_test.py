"""The systems of Microsoft's article: routers and servers that speak TLS 1.0, with each other and with new ones.

Their stand-ins: GnuTLS speaks TLS 1.0 with RC4, 3DES and AES; OpenSSL at security level 0 with AES; old_router.py
sends the hello in SSLv2's format. Neither GnuTLS nor OpenSSL speaks SSL 3 in Debian: tests/tls has that."""

import socket
import ssl
import struct
import subprocess
import warnings

import harness
from certificates import Authority
from harness import Process, free_port, wait_until
from old_router import ALERT, OldRouter
from wire import Server, Tls, connect, echo, reset, tls_script

warnings.simplefilter("ignore", DeprecationWarning)  # Python warns of each use of TLS 1.0
TLS10, TLS11, TLS12, TLS13 = (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_2,
                              ssl.TLSVersion.TLSv1_3)
# gnutls-serv ends what it says back with one newline, however the request ended.
PROPFIND = b"PROPFIND /exchange/router/Inbox/ HTTP/1.1\r\nHost: mail.test\r\nDepth: 1\n"
EWS = b"POST /EWS/Exchange.asmx HTTP/1.1\r\nHost: mail.test\r\nContent-Length: 3\r\n\r\n<a>"
ALLOW = "allow it with legacy-tls = true (--legacy-tls)"


def gnutls_priority(*ciphers):
    """TLS 1.0 with RSA key exchange, these ciphers, and certificates signed with SHA-1."""
    return ":".join(["NONE:+VERS-TLS1.0:+RSA:+SHA1:+MD5:+COMP-NULL:+SIGN-ALL:+CTYPE-X509:+GROUP-ALL",
                     *(f"+{cipher}" for cipher in ciphers), "%VERIFY_ALLOW_SIGN_WITH_SHA1"])


def gnutls_has(cipher):
    listed = subprocess.run(["gnutls-cli", "--list", "--priority", gnutls_priority(cipher)], stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True)
    return listed.returncode == 0 and "TLS_RSA_" in listed.stdout


def context_of(versions, leaf=None, ciphers="ALL", trusted=None):
    """OpenSSL's, of a server with `leaf`, or of a client."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if leaf else ssl.PROTOCOL_TLS_CLIENT)
    context.set_ciphers(f"{ciphers}:@SECLEVEL=0")
    context.minimum_version, context.maximum_version = versions
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if leaf:
        context.load_cert_chain(leaf.cert, leaf.key)
    if trusted:
        context.load_verify_locations(trusted.cert)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


class GnutlsServer(Process):
    """gnutls-serv, which says back each line."""

    def __init__(self, folder, leaf, cipher):
        self.port = free_port()
        super().__init__(folder, "gnutls-serv",
                         ["gnutls-serv", "--echo", "--quiet", "--port", self.port, "--x509certfile", leaf.cert,
                          "--x509keyfile", leaf.key, "--priority", gnutls_priority(cipher)])
        self.wait_for_port(self.port)


def gnutls_router(test, port, cipher, request):
    """gnutls-cli without SNI; the answer is what it prints."""
    process = subprocess.Popen(
        ["gnutls-cli", "--insecure", "--disable-sni", "--port", str(port), "--priority", gnutls_priority(cipher),
         "127.0.0.1"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    test.addCleanup(process.kill)
    process.stdin.write(request)
    process.stdin.flush()
    printed = b""
    while request.splitlines()[0] not in printed:
        more = process.stdout.read1(65536)
        test.assertTrue(more, f"gnutls-cli said:\n{printed.decode(errors='replace')}")
        printed += more
    process.stdin.close()
    process.wait(20 * harness.PATIENCE)
    process.stdout.close()


def python_router(versions, sni=None, trusted=None):
    def run(test, port, request):
        client = Tls(connect(port, seconds=20 * harness.PATIENCE), context_of(versions, trusted=trusted), sni).handshake()
        test.assertEqual(client.send(request).receive_exactly(len(request)), request)
        client.close()
    return run


def dotnet35(test, port, request):
    router = OldRouter(connect(port, seconds=20 * harness.PATIENCE))
    test.assertEqual(router.send(request).receive_exactly(len(request)), request)
    router.close()


class Systems(harness.Claims):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server_ca = Authority(cls.folder, "server-ca", key="rsa")
        cls.local_ca = Authority(cls.folder, "local-ca", key="rsa")
        cls.old_leaf = cls.server_ca.leaf("mail.test", key="rsa1024", digest="sha1")
        cls.leaf = cls.server_ca.leaf("mail.test", key="rsa")
        cls.own = cls.local_ca.leaf("mail.test", key="rsa")
        cls.options = ["--trust", cls.server_ca.cert, "--name", "mail.test", "--present", "own", "--cert", cls.own.cert,
                       "--key", cls.own.key]

    def serve(self, versions, leaf=None, script=None, **of_context):
        """An OpenSSL server that says back what it hears."""
        server = Server(tls_script(context_of(versions, leaf or self.leaf, **of_context), script or echo),
                        seconds=20 * harness.PATIENCE)
        self.addCleanup(server.close)
        return server

    def servers(self):
        """(name, port, version and suite that mailtap meets) of what stands for the article's servers."""
        for cipher, suite in (("ARCFOUR-128", "RC4_128_SHA"), ("3DES-CBC", "3DES_EDE_CBC_SHA")):
            if not gnutls_has(cipher):
                print(f"\n*** NOT TESTED: a server with {cipher}, which this gnutls-serv lacks ***\n")
                continue
            yield (f"Exchange 2003, {cipher}", self.started(GnutlsServer(self.folder, self.old_leaf, cipher)).port,
                   "TLSv1.0", f"TLS_RSA_WITH_{suite}")
        yield ("Exchange 2007 on Windows Server 2008",
               self.serve((TLS10, TLS10), ciphers="AES128-SHA:AES256-SHA").port, "TLSv1.0", "TLS_RSA_WITH_AES_128_CBC_SHA")
        yield ("Exchange 2010 on Windows Server 2008 R2", self.serve((TLS10, TLS12), ciphers="AES128-SHA:AES256-SHA").port,
               "TLSv1.2", "TLS_RSA_WITH_AES_128_CBC_SHA")
        yield "Exchange 2019", self.serve((TLS12, TLS13)).port, "TLSv1.3", "TLS_AES_256_GCM_SHA384"

    def routers(self):
        """(name, what runs it, the version that mailtap meets)."""
        yield "dotnet 3.5, SSLv2's hello", dotnet35, "TLSv1.0"
        yield "dotnet 4.0", python_router((TLS10, TLS10)), "TLSv1.0"
        yield "dotnet 4.6", python_router((TLS10, TLS12), "mail.test", self.local_ca), "TLSv1.2"
        yield "dotnet 4.7", python_router((TLS12, TLS13), "mail.test", self.local_ca), "TLSv1.3"

    def test_every_router_reaches_every_server(self):
        for server, port, server_version, suite in self.servers():
            tap = self.mailtap(*self.options, "--hello", "own", "--legacy-tls", upstream=port)
            for router, run, router_version in self.routers():
                with self.subTest(router=router, server=server):
                    run(self, tap.port, PROPFIND if "2003" in server else EWS)
                    line = tap.line()
                    self.assertEqual((line["downstream"]["tls"], line["upstream"]["tls"], line["upstream"]["cipher"]),
                                     (router_version, server_version, suite))
                    self.assertIn(line["ending"]["reason"], ("closed", "truncated"))
                    self.assertEqual(line["verdict"]["trust"], "untrusted" if "2003" in server else "trusted")
                    self.assertEqual(line["verdict"]["faults"],
                                     ["weak-key", "weak-signature"] if "2003" in server else [])
                    self.assertEqual(line["verdict"]["name"], "match")
                    self.assertEqual(line["upstream"]["name"], "mail.test" if router_version > "TLSv1.1" else None)
            tap.stop()

    def test_gnutls_is_an_old_router_with_each_cipher(self):
        server = self.serve((TLS12, TLS13))
        tap = self.mailtap(*self.options, "--legacy-tls", "downstream", upstream=server.port)
        for cipher, suite in (("ARCFOUR-128", "RC4_128_SHA"), ("3DES-CBC", "3DES_EDE_CBC_SHA"),
                              ("AES-128-CBC", "AES_128_CBC_SHA"), ("AES-256-CBC", "AES_256_CBC_SHA")):
            if not gnutls_has(cipher):
                print(f"\n*** NOT TESTED: a router with {cipher}, which this gnutls-cli lacks ***\n")
                continue
            with self.subTest(cipher=cipher):
                gnutls_router(self, tap.port, cipher, EWS + b"\n")
                line = tap.line()
                self.assertEqual((line["downstream"]["tls"], line["downstream"]["cipher"], line["downstream"]["sni"]),
                                 ("TLSv1.0", f"TLS_RSA_WITH_{suite}", None))
        tap.stop()

    def test_the_hello_formats_and_the_suites_of_old_routers(self):
        server = self.serve((TLS12, TLS13))
        tap = self.mailtap(*self.options, "--legacy-tls=downstream", upstream=server.port)
        for sslv2_format in (True, False):
            for suite, name in ((0x0005, "TLS_RSA_WITH_RC4_128_SHA"), (0x0004, "TLS_RSA_WITH_RC4_128_MD5")):
                with self.subTest(sslv2_format=sslv2_format, suite=name):
                    router = OldRouter(connect(tap.port), suites=(suite,), sslv2_format=sslv2_format)
                    self.assertEqual(router.send(EWS * 100).receive_exactly(len(EWS) * 100), EWS * 100)
                    router.close()
                    line = tap.line()
                    self.assertEqual(line["downstream"]["cipher"], name)
                    self.assertRegex(line["downstream"]["ja4"], "^t10i010000_")
        tap.stop()

    def test_a_record_shorter_than_its_mac_ends_the_connection_and_nothing_else(self):
        """CVE-2023-43615, which mbedTLS 2.28.3 has (tls/mbedtls/legacy/edits/short_stream_records.cmake)."""
        tap = self.mailtap(*self.options, "--legacy-tls", upstream=self.serve((TLS12, TLS13)).port)
        for size in (1, 15, 19):
            with self.subTest(size=size):
                router = OldRouter(connect(tap.port))
                router.tcp.sendall(b"\x17\x03\x01" + struct.pack(">H", size) + bytes(size))
                kind, alert = router.receive_record()
                self.assertEqual((kind, alert), (ALERT, b"\x02\x14"))  # bad_record_mac
                self.assertEqual(tap.ending(), ("tls-error", "downstream"))
        dotnet35(self, tap.port, EWS)
        tap.line()
        tap.stop()

    def test_a_router_that_renegotiates_is_refused_and_the_log_says_so(self):
        tap = self.mailtap(*self.options, "--legacy-tls", upstream=self.serve((TLS12, TLS13)).port)
        router = OldRouter(connect(tap.port))
        router.say_hello((0x0005,), bytes(16), sslv2_format=False)
        self.assertEqual(router.receive_record(), (ALERT, b"\x01\x64"))  # no_renegotiation
        router.send_record(ALERT, b"\x02\x28")  # handshake_failure
        self.assertIn("no_renegotiation", tap.line()["ending"]["detail"])
        tap.stop()

    def test_tls11_is_spoken_too(self):
        server = self.serve((TLS11, TLS11))
        tap = self.mailtap(*self.options, "--legacy-tls", upstream=server.port)
        python_router((TLS10, TLS11))(self, tap.port, EWS)
        line = tap.line()
        self.assertEqual((line["downstream"]["tls"], line["upstream"]["tls"]), ("TLSv1.1", "TLSv1.1"))
        tap.stop()

    def test_an_issued_and_a_mirrored_certificate_reach_an_old_router(self):
        server = self.serve((TLS10, TLS10), self.old_leaf)
        for mode in ("issue", "mirror"):
            with self.subTest(mode=mode):
                tap = self.mailtap("--trust", self.server_ca.cert, "--name", "mail.test", "--present", mode, "--ca-cert",
                                   self.local_ca.cert, "--ca-key", self.local_ca.key, "--legacy-tls", upstream=server.port)
                dotnet35(self, tap.port, EWS)
                line = tap.line()
                self.assertEqual((line["presented"]["mode"], line["downstream"]["tls"]), (mode, "TLSv1.0"))
                tap.stop()

    def test_an_ecdsa_servers_certificate_is_mirrored_with_an_rsa_key_for_an_old_router(self):
        server = self.serve((TLS12, TLS13), self.server_ca.leaf("mail.test", file="new-ec"))
        tap = self.mailtap("--trust", self.server_ca.cert, "--name", "mail.test", "--present", "mirror", "--legacy-tls",
                           upstream=server.port)
        for router in (dotnet35, python_router((TLS10, TLS10))):
            router(self, tap.port, EWS)
            line = tap.line()
            self.assertEqual((line["downstream"]["tls"], line["ending"]["reason"]), ("TLSv1.0", "closed"))
            self.assertIn("certificate 0: its EC P-256 key, which the client can't use, RSA 2048 instead",
                          line["presented"]["not_repeated"])
        tap.stop()

    def test_an_old_server_gets_the_client_certificate(self):
        context = context_of((TLS10, TLS10), self.leaf, trusted=self.local_ca)
        seen = []

        def script(tls):
            seen.append(tls.object.getpeercert()["subject"][0][0][1])
            echo(tls)
        server = Server(tls_script(context, script), seconds=20 * harness.PATIENCE)
        self.addCleanup(server.close)
        router = self.local_ca.leaf("router.test", key="rsa")
        tap = self.mailtap(*self.options, "--client-cert", router.cert, "--client-key", router.key, "--legacy-tls",
                           upstream=server.port)
        python_router((TLS12, TLS13))(self, tap.port, EWS)
        tap.line()
        self.assertEqual(seen, ["router.test"])
        tap.stop()

    # --- not asked for ---

    def refused_upstream(self, port, *options):
        tap = self.mailtap(*self.options, *options, upstream=port)
        with self.assertRaises((ssl.SSLError, OSError)):
            python_router((TLS12, TLS13))(self, tap.port, EWS)
        line = tap.line()
        self.assertEqual((line["ending"]["reason"], line["verdict"]), ("upstream-handshake-failed", None))
        self.assertNotIn("certificate", line["ending"]["detail"])
        tap.stop()
        return line["ending"]["detail"]

    def test_without_the_option_an_old_server_is_named(self):
        old = self.started(GnutlsServer(self.folder, self.leaf, "AES-128-CBC"))
        for options in ([], ["--legacy-tls=downstream"]):
            with self.subTest(options=options):
                self.assertEqual(self.refused_upstream(old.port, *options), f"the server speaks TLS 1.0 only: {ALLOW}")
        self.assertIn("protocol_version (70): it doesn't speak any TLS version that was offered; it speaks TLS 1.0 or 1.1 "
                      f"only: {ALLOW}", self.refused_upstream(self.serve((TLS10, TLS11)).port))

    def test_without_the_option_a_server_without_a_common_suite_may_be_old(self):
        if not gnutls_has("ARCFOUR-128"):
            self.skipTest("this gnutls-serv lacks RC4")
        old = self.started(GnutlsServer(self.folder, self.leaf, "ARCFOUR-128"))
        self.assertIn("may speak TLS 1.0 only: allow that with legacy-tls = true (--legacy-tls)",
                      self.refused_upstream(old.port))

    def test_a_server_whose_suites_mailtap_lacks_is_told_of_by_them_and_not_as_old(self):
        server = self.serve((TLS10, TLS12), ciphers="AECDH-AES128-SHA")
        python_router((TLS12, TLS13))(self, server.port, EWS)
        plain = self.refused_upstream(server.port)
        self.assertIn("it may insist on what the client offers and mailtap lacks: TLS_", plain)
        self.assertNotIn("legacy-tls", plain)
        self.assertEqual(self.refused_upstream(server.port, "--legacy-tls"),
                         plain + " (asked once more, with TLS 1.0 and 1.1: the server sent alert inappropriate_fallback (86): "
                         "it speaks something newer)")

    def test_without_the_option_an_old_router_is_named_with_the_servers_verdict(self):
        server = self.serve((TLS12, TLS13))
        for options in ([], ["--legacy-tls=upstream"]):
            tap = self.mailtap(*self.options, *options, upstream=server.port)
            for hello in (True, False):
                with self.subTest(options=options, sslv2_format=hello):
                    with self.assertRaises((AssertionError, OSError)):
                        OldRouter(connect(tap.port), sslv2_format=hello)
                    line = tap.line()
                    self.assertEqual(line["ending"], {"reason": "downstream-handshake-failed", "side": "downstream",
                                                      "detail": f"the client speaks TLS 1.0 only: {ALLOW}"})
                    self.assertEqual(line["verdict"]["trust"], "trusted")
            tap.stop()

    def test_a_router_that_fell_back_is_served_where_its_server_has_nothing_newer(self):
        for option in ("--hello=mirror", "--hello=own"):
            tap = self.mailtap(*self.options, "--legacy-tls", option, upstream=self.serve((TLS10, TLS10)).port)
            router = OldRouter(connect(tap.port), suites=(0x0005, 0x5600), sslv2_format=False)
            self.assertEqual(router.send(EWS).receive_exactly(len(EWS)), EWS)
            router.close()
            line = tap.line()
            self.assertEqual((line["downstream"]["tls"], line["upstream"]["tls"]), ("TLSv1.0", "TLSv1.0"))
            tap.stop()

    def test_an_old_server_whose_rsa_certificate_an_ecdsa_ca_has_signed_is_reached(self):
        authority = Authority(self.folder, "ecdsa-ca", key="ec")
        server = self.serve((TLS10, TLS10), authority.leaf("mail.test", key="rsa", file="by-ecdsa"))
        tap = self.mailtap("--trust", authority.cert, "--name", "mail.test", "--present", "mirror", "--legacy-tls",
                           upstream=server.port)
        for router in (python_router((TLS12, TLS13)), python_router((TLS10, TLS10))):
            router(self, tap.port, EWS)
            line = tap.line()
            self.assertEqual((line["upstream"]["tls"], line["verdict"]["trust"]), ("TLSv1.0", "trusted"))
        tap.stop()

    def test_a_router_that_fell_back_is_refused_where_its_server_has_something_newer(self):
        """RFC 7507: somebody in between may have broken its newer hello."""
        tap = self.mailtap(*self.options, "--legacy-tls", upstream=self.serve((TLS12, TLS13)).port)
        with self.assertRaises((AssertionError, OSError)):
            OldRouter(connect(tap.port), suites=(0x0005, 0x5600), sslv2_format=False)
        self.assertIn("has fallen back to TLS 1.0", tap.line()["ending"]["detail"])
        tap.stop()

    def test_the_start_line_warns_and_only_then(self):
        tap = self.mailtap(*self.options, "--legacy-tls", upstream=self.serve((TLS12, TLS13)).port)
        tap.said("mbedTLS 2.28, which is no longer maintained")
        tap.stop()
        tap = self.mailtap(*self.options, upstream=self.serve((TLS12, TLS13)).port)
        tap.stop()
        self.assertNotIn("2.28", tap.output())

    # --- how an old server is found ---

    def asked(self, tap, accepted, times):
        before = len(accepted)
        python_router((TLS12, TLS13))(self, tap.port, EWS)
        line = tap.line()
        self.assertEqual(len(accepted) - before, times, "connections to the server")
        return line["upstream"]["tls"]

    def counting(self, act):
        """A server that runs act(tcp); its port, and a list with an entry for each connection."""
        accepted = []

        def script(tcp):
            accepted.append(tcp)
            act(tcp)
        server = Server(script, seconds=20 * harness.PATIENCE)
        self.addCleanup(server.close)
        return server.port, accepted

    def test_an_old_server_is_asked_twice_once_and_a_renewed_one_found_out(self):
        context = context_of((TLS10, TLS10), self.leaf)
        newer = context_of((TLS10, TLS13), self.leaf)
        is_new = []

        def serve(tcp):
            tls = Tls(tcp, newer if is_new else context, server=True)
            try:
                tls.handshake()
            except ssl.SSLError:
                return
            echo(tls)
        port, accepted = self.counting(serve)
        tap = self.mailtap(*self.options, "--hello", "own", "--legacy-tls", "--workers", "1", upstream=port)
        self.assertEqual(self.asked(tap, accepted, times=2), "TLSv1.0")
        self.assertEqual(self.asked(tap, accepted, times=1), "TLSv1.0")
        is_new.append(True)  # it refuses a fallback, so it is asked anew
        self.assertEqual(self.asked(tap, accepted, times=2), "TLSv1.3")
        self.assertEqual(self.asked(tap, accepted, times=1), "TLSv1.3")
        tap.stop()

    def test_a_server_that_hangs_up_at_a_modern_hello_is_asked_again(self):
        """As Windows Server 2003 does, in order or with a reset."""
        context = context_of((TLS10, TLS10), self.leaf)
        for hang_up in (lambda tcp: tcp.shutdown(socket.SHUT_RDWR), reset):
            def serve(tcp):
                head = tcp.recv(11, socket.MSG_PEEK | socket.MSG_WAITALL)
                if head[9:11] == b"\x03\x03":
                    hang_up(tcp)
                else:
                    echo(Tls(tcp, context, server=True).handshake())
            port, accepted = self.counting(serve)
            tap = self.mailtap(*self.options, "--hello", "own", "--legacy-tls", "--workers", "1", upstream=port)
            # It may have been for the staple that mailtap asks for and the client doesn't: the second hello has no such question.
            self.assertEqual(self.asked(tap, accepted, times=3), "TLSv1.0")
            self.assertEqual(self.asked(tap, accepted, times=1), "TLSv1.0")
            tap.stop()

    def test_a_modern_server_that_always_hangs_up_is_asked_three_times_and_no_more(self):
        port, accepted = self.counting(lambda tcp: tcp.recv(65536))
        tap = self.mailtap(*self.options, "--hello", "own", "--legacy-tls", upstream=port)
        with self.assertRaises((ssl.SSLError, OSError)):
            python_router((TLS12, TLS13))(self, tap.port, EWS)
        ending = tap.line()["ending"]
        self.assertIn("asked with TLS 1.0 and 1.1, after TLS 1.2 and 1.3", ending["detail"])
        wait_until(lambda: len(accepted) == 3, "three connections")
        tap.stop()

    def test_a_modern_server_is_never_spoken_to_with_less(self):
        """One in between that breaks the modern handshake gets the fallback refused."""
        context = context_of((TLS10, TLS13), self.leaf)
        modern = []

        def serve(tcp):
            if len(modern) < 2:
                modern.append(tcp.recv(65536))
                reset(tcp)
                return
            try:
                Tls(tcp, context, server=True).handshake()
            except ssl.SSLError:
                pass
        port, accepted = self.counting(serve)
        tap = self.mailtap(*self.options, "--hello", "own", "--legacy-tls", upstream=port)
        with self.assertRaises((ssl.SSLError, OSError)):
            python_router((TLS12, TLS13))(self, tap.port, EWS)
        self.assertIn("inappropriate_fallback", tap.line()["ending"]["detail"])
        self.assertEqual(len(accepted), 3)
        tap.stop()


if __name__ == "__main__":
    harness.main(needs=["gnutls-serv", "gnutls-cli", "openssl"])
