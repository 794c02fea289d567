"""The ways to put mailtap in between: names routed to several servers, as an HTTP proxy by CONNECT, behind and in
front of load balancers by the PROXY protocol; each where TLS is intercepted and where it is observed.
docs/inserting.md."""

import json
import os
import pathlib
import socket
import ssl
import struct
import unittest

import harness
from certificates import Pki
from servers import TELLING, Nginx, certified
from wire import Server, Tls, Words, client_context, connect, echo, how_tcp_ends, server_context

NGINX_STREAM = pathlib.Path("/usr/lib/nginx/modules/ngx_stream_module.so")
V2 = b"\r\n\r\n\0\r\nQUIT\n"


def v2_header(source, destination=("198.51.100.1", 443), command=0x21):
    body = socket.inet_aton(source[0]) + socket.inet_aton(destination[0]) + struct.pack(">HH", source[1], destination[1])
    return V2 + bytes([command, 0x11]) + struct.pack(">H", len(body)) + body


def heard(tcp):
    """All that the peer says until it closes."""
    data = b""
    try:
        while more := tcp.recv(65536):
            data += more
    except ConnectionResetError:
        pass
    return data


class Inserting(harness.Claims):
    observes = False  # or else intercepts

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pki = Pki(cls.folder)
        cls.localhost = cls.pki.upstream_ca.leaf("localhost")
        cls.below = cls.pki.upstream_ca.leaf("a.corp.test", "b.a.corp.test")
        tells = 'location / { return 200 "from $proxy_protocol_addr port $proxy_protocol_port\\n"; }'
        cls.nginx = cls.started_for_all(Nginx(
            cls.folder,
            f"listen {{port}} ssl; server_name mail.test; {certified(cls.pki.server)} {TELLING}",
            f"listen {{port}} ssl; server_name corp.test; {certified(cls.below)} {TELLING}",
            f"listen {{port}} ssl; server_name localhost; {certified(cls.localhost)} {TELLING}",
            f"listen {{port}} ssl proxy_protocol; server_name mail.test; {certified(cls.pki.server)} {tells}"))
        cls.mail, cls.corp, cls.local, cls.behind = cls.nginx.ports

    def tap(self, *arguments, upstream=None, listen="127.0.0.1:0"):
        server = [] if upstream is None else ["--upstream", f"127.0.0.1:{upstream}"]
        mode = ["--mode", "observe"] if self.observes else self.pki.present["issue"]
        return self.mailtap("--listen", listen, *server, *mode, "--trust", self.pki.upstream_ca.cert, *arguments)

    @property
    def authority(self):
        """Whose certificate clients are shown."""
        return self.pki.upstream_ca if self.observes else self.pki.local_ca

    def judged_line(self, tap, version="TLSv1.3"):
        """The next line, of a connection to a server that is as it should be."""
        line = tap.line()
        self.assertEqual(line["mode"], "observe" if self.observes else "intercept")
        self.assertEqual((line["verdict"]["trust"], line["verdict"]["name"]), ("trusted", "match"))
        by_probe = self.observes and version == "TLSv1.3"
        self.assertIn(line["verdict"]["source"], ["probe"] if by_probe else ["handshake", "cache"])
        self.assertEqual(line["downstream"]["tls"], version)
        # A server that closes at once answers the client's own goodbye with a reset; who observes TLS 1.3 doesn't see
        # that there was one.
        resets = [("reset", "upstream")] if self.observes else []
        ending = line["ending"]["reason"], line["ending"]["side"]
        self.assertTrue(ending[0] == "closed" or ending in resets, ending)
        return line

    def hello(self, tcp, sni="mail.test"):
        return Tls(tcp, client_context(self.authority), sni)

    def tls(self, tcp, sni="mail.test"):
        return self.hello(tcp, sni).handshake()

    def get(self, tls):
        """What / has, by HTTP."""
        tls.send(b"GET / HTTP/1.0\r\nHost: mail.test\r\n\r\n")
        text = tls.receive_all()[0].decode()
        how_tcp_ends(tls.tcp)  # a goodbye ahead of the server's close would be met with a reset
        tls.close()
        return text


class Names(Inserting):
    def routed(self, *arguments, **options):
        return self.tap("--sni-route", f"mail.test=127.0.0.1:{self.mail}",
                        "--sni-route", f"*.corp.test=127.0.0.1:{self.corp}", *arguments, **options)

    def test_one_listener_serves_several_servers_by_name(self):
        tap = self.routed()
        for name, server, port in (("mail.test", "mail.test", self.mail), ("a.corp.test", "corp.test", self.corp),
                                   ("B.A.Corp.Test", "corp.test", self.corp)):
            with self.subTest(name):
                self.assertIn(f"server={server}", self.s_client(tap.port, self.authority, sni=name))
                line = self.judged_line(tap)
                self.assertEqual(line["upstream"]["configured"], f"127.0.0.1:{port}")
                self.assertEqual(line["arrival"], {"way": "sni", "proxy": None})
                self.assertEqual(line["downstream"]["sni"], name)
        tap.stop()

    def test_a_name_without_a_server_is_refused_with_the_alert_for_it(self):
        tap = self.routed()
        for name in ("other.test", "corp.test", None):
            with self.subTest(name):
                with self.assertRaises(ssl.SSLError) as refused:
                    self.tls(connect(tap.port), name) if name else Tls(
                        connect(tap.port), client_context()).handshake()
                self.assertIn("UNRECOGNIZED_NAME", refused.exception.reason)
                line = tap.line()
                self.assertEqual((line["ending"]["reason"], line["ending"]["side"]), ("unknown-name", "mailtap"))
                self.assertIn("sni-route" if name else "names no server", line["ending"]["detail"])
                self.assertEqual(line["downstream"]["sni"], name)
                self.assertTrue(line["downstream"]["ja4"])
        tap.stop()

    def test_with_an_upstream_other_names_and_clients_without_go_there(self):
        tap = self.routed("--name", "mail.test", upstream=self.mail)
        for name in ("other.test", None):
            self.assertIn("server=mail.test", self.get(Tls(connect(tap.port), client_context(), name).handshake()))
            line = tap.line()
            self.assertEqual(line["upstream"]["configured"], f"127.0.0.1:{self.mail}")
            self.assertEqual(line["ending"]["reason"], "closed")
        tap.stop()

    def test_a_hello_in_pieces_and_one_that_never_ends(self):
        tap = self.routed("--hello-timeout", "1s")
        tls = self.hello(connect(tap.port))
        flight = tls.first_flight()
        for at in range(0, len(flight), 97):
            tls.tcp.sendall(flight[at:at + 97])
        tls.handshake()
        self.assertIn("server=mail.test", self.get(tls))
        self.assertEqual(tap.ending()[0], "closed")

        half = connect(tap.port)
        half.sendall(flight[:100])
        self.assertEqual(heard(half), b"")
        self.assertEqual(tap.ending(), ("hello-timeout", "downstream"))
        plain = connect(tap.port)
        plain.sendall(b"GET / HTTP/1.1\r\n\r\n")
        heard(plain)
        self.assertEqual(tap.ending(), ("not-tls", "downstream"))
        connect(tap.port).close()
        self.assertEqual(tap.ending(), ("no-data", "downstream"))
        tap.stop()


class Connect(Inserting):
    def proxy(self, *arguments, allow=None, **options):
        allowed = [] if allow == [] else [a for port in allow or (self.local,) for a in ("--connect-allow", f":{port}")]
        return self.tap("--connect-proxy", *allowed, *arguments, **options)

    def ask(self, tap, request):
        """The status that `request` is answered with, and the text."""
        tcp = connect(tap.port)
        tcp.sendall(request if isinstance(request, bytes) else
                    f"CONNECT {request} HTTP/1.1\r\nHost: {request}\r\n\r\n".encode())
        head, _, body = heard(tcp).decode().partition("\r\n\r\n")
        tcp.close()
        return int(head.split()[1]), body, head

    def fetch(self, *arguments, environment=None):
        """https://localhost/ as curl gets it, which verifies what it is shown."""
        return self.run_program("curl", "-sS", "--fail", "--max-time", 60, "--noproxy", "", "--cacert",
                                self.authority.cert, *arguments, f"https://localhost:{self.local}/",
                                env={**os.environ, **(environment or {})})

    def test_curl_by_way_of_the_proxy(self):
        tap = self.proxy()
        for version, only in (("TLSv1.3", ["--tlsv1.3"]), ("TLSv1.2", ["--tls-max", "1.2"])):
            with self.subTest(version):
                body = self.fetch("--proxy", f"http://127.0.0.1:{tap.port}", *only)
                self.assertIn("sni=localhost server=localhost", body)
                line = self.judged_line(tap, version)
                self.assertEqual(line["arrival"]["way"], "connect")
                self.assertEqual(line["upstream"]["configured"], f"localhost:{self.local}")
                self.assertEqual(line["verdict"]["name_checked"], "localhost")
                self.assertEqual(line["traffic"] and line["traffic"]["services"], None if self.observes else {"http": 1})
                for step in ("connect", *([] if self.observes else ["upstream_handshake"]), "downstream_handshake"):
                    self.assertLessEqual(line["timing_us"][step], line["timing_us"]["total"])
        tap.stop()

    def test_a_proxy_that_the_environment_names(self):
        tap = self.proxy()
        self.assertIn("server=localhost", self.fetch(environment={"HTTPS_PROXY": f"http://127.0.0.1:{tap.port}"}))
        self.assertEqual(self.judged_line(tap)["arrival"]["way"], "connect")
        tap.stop()

    def test_a_client_that_sends_a_password_is_served_and_the_password_kept_quiet(self):
        """.NET, and curl, send it where the proxy's setting has one; mailtap asks for none."""
        traces = self.folder / f"traces.{harness.free_port()}"
        tap = self.proxy("--trace", traces)
        for arguments in (["--proxy", f"http://router:S3cret-word@127.0.0.1:{tap.port}"],
                          ["--proxy", f"http://127.0.0.1:{tap.port}", "--proxy-user", "router:S3cret-word", "--proxy-ntlm"]):
            self.assertIn("server=localhost", self.fetch(*arguments))
            self.judged_line(tap)
        status, body, _ = self.ask(tap, b"CONNECT localhost:22 HTTP/1.1\r\nHost: localhost\r\nProxy-Authorization: "
                                        b"Basic cm91dGVyOlMzY3JldC13b3Jk\r\n\r\n")
        self.assertEqual(status, 403)
        self.assertEqual(tap.ending()[0], "connect-refused")
        tap.stop()
        written = body + tap.log_file.read_text() + tap.output()
        for file in traces.iterdir():
            written += file.read_bytes().decode("latin-1")
        for secret in ("S3cret-word", "cm91dGVyOlMzY3JldC13b3Jk", "NTLMSSP", "TlRMTVNTUA"):
            self.assertNotIn(secret, written)

    def test_openssl_by_way_of_the_proxy(self):
        tap = self.proxy()
        text = self.run_program("openssl", "s_client", "-proxy", f"127.0.0.1:{tap.port}", "-connect",
                                f"localhost:{self.local}", "-CAfile", self.authority.cert, "-verify_return_error",
                                "-verify_hostname", "localhost", "-ign_eof", input="GET / HTTP/1.0\r\n\r\n")
        self.assertIn("server=localhost", text)
        self.assertEqual(self.judged_line(tap)["arrival"]["way"], "connect")
        tap.stop()

    def test_a_client_that_does_not_wait_for_the_answer(self):
        tap = self.proxy()
        tls = self.hello(connect(tap.port), "localhost")
        target = f"localhost:{self.local}"
        tls.tcp.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode() + tls.first_flight())
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            answer += tls.tcp.recv(1)
        self.assertEqual(answer, b"HTTP/1.1 200 Connection established\r\n\r\n")
        self.assertIn("server=localhost", self.get(tls.handshake()))
        self.assertEqual(tap.ending()[0], "closed")
        tap.stop()

    def test_a_server_that_speaks_first_is_heard_and_starttls_intercepted(self):
        def smtp(tcp):
            words = Words(tcp).say("220 localhost ESMTP")
            self.assertRegex(words.hear(), "^EHLO ")  # the router's, or that of a probe of mailtap's
            words.say("250-localhost", "250 STARTTLS")
            self.assertEqual(words.hear(), "STARTTLS")
            echo(words.say("220 go ahead").tls(server_context(self.localhost), server=True))

        server = Server(smtp)
        tap = self.proxy(allow=[server.port])
        words = Words(connect(tap.port))
        words.say(f"CONNECT localhost:{server.port} HTTP/1.0", "")
        self.assertEqual([words.hear(), words.hear()], ["HTTP/1.1 200 Connection established", ""])
        self.assertEqual(words.hear(), "220 localhost ESMTP")
        words.say("EHLO router")
        self.assertEqual([words.hear(), words.hear()], ["250-localhost", "250 STARTTLS"])
        words.say("STARTTLS")
        self.assertEqual(words.hear()[:3], "220")
        tls = words.tls(client_context(self.authority), "localhost")
        tls.send(b"through")
        self.assertEqual(tls.receive_exactly(7), b"through")
        tls.close()
        line = tap.line()
        self.assertEqual(line["starttls"]["outcome"], "upgraded")
        self.assertEqual((line["verdict"]["trust"], line["verdict"]["name"]), ("trusted", "match"))
        server.finish()
        tap.stop()

    def test_what_is_not_allowed_or_no_request_is_refused_in_words(self):
        tap = self.proxy(allow=[])
        for request, status, word, detail in (
                ("localhost:22", 403, "connect-allow", "connect-allow"),
                (b"GET http://localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n", 405, "CONNECT", "CONNECT"),
                ("localhost", 400, "mail.contoso.com:443", "host and a port"),
                (b"EHLO router\r\n", 400, "no HTTP", "no HTTP"),
                (b"\x16\x03\x01\x00\x05hello", 400, "TLS", "began with TLS"),
                (b"CONNECT a:443 HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 9000, 431, "8 KiB", "8 KiB")):
            with self.subTest(request[:30]):
                got, body, head = self.ask(tap, request)
                self.assertEqual(got, status)
                self.assertIn(word, body)
                self.assertIn("text/plain", head)
                line = tap.line()
                self.assertEqual(line["ending"]["reason"], "connect-refused")
                self.assertIn(detail, line["ending"]["detail"])
                self.assertIsNone(line["upstream"]["address"])
        tap.stop()

    def test_a_server_that_cannot_be_reached_is_told(self):
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            port = nobody.getsockname()[1]
            tap = self.proxy("--connect-timeout", "10s", allow=[port])
            status, body, _ = self.ask(tap, f"127.0.0.1:{port}")
            self.assertEqual(status, 502)
            self.assertIn("connection refused", body)
            self.assertEqual(tap.ending(), ("connect-failed", "upstream"))
        status, body, _ = self.ask(tap, f"no-such-name.invalid:{port}")
        self.assertEqual(status, 502)
        self.assertIn("no address", body)
        self.assertEqual(tap.ending(20), ("resolve-failed", "upstream"))
        tap.stop()

    def test_a_server_that_does_not_accept_in_time_is_told(self):
        with socket.socket() as full:
            full.bind(("127.0.0.1", 0))
            full.listen(0)
            port = full.getsockname()[1]
            fillers = []
            for _ in range(4):  # the kernel drops the connections that its queue has no place for
                filler = socket.socket()
                filler.setblocking(False)
                filler.connect_ex(("127.0.0.1", port))
                fillers.append(filler)
            tap = self.proxy("--connect-timeout", "500ms", allow=[port])
            self.assertEqual(self.ask(tap, f"127.0.0.1:{port}")[0], 504)
            self.assertEqual(tap.ending(), ("connect-timeout", "upstream"))
            tap.stop()
            for filler in fillers:
                filler.close()

    def test_the_proxy_itself_is_no_destination(self):
        port = harness.free_port()
        for listen in (f"127.0.0.1:{port}", f":{port}"):
            with self.subTest(listen):
                tap = self.tap("--connect-proxy", "--connect-allow", f":{port}", listen=listen)
                for host in ("127.0.0.1", "localhost") if listen[0] == "1" else ("127.0.0.1", "localhost", "[::1]", "127.9.9.9"):
                    status, body, _ = self.ask(tap, f"{host}:{port}")
                    # Where only one family listens, a name's other address is nobody's.
                    self.assertIn(status, (508,) if listen[0] == ":" or host == "127.0.0.1" else (508, 502), host)
                    if status == 508:
                        self.assertIn("this proxy itself", body)
                        self.assertEqual(tap.ending(), ("loop", "mailtap"))
                    else:
                        tap.line()
                tap.stop()

    def test_a_client_that_says_nothing_or_leaves(self):
        tap = self.proxy("--hello-timeout", "1s")
        silent = connect(tap.port)
        self.assertIn(b"408", heard(silent)[:20])
        self.assertEqual(tap.ending(), ("hello-timeout", "downstream"))
        connect(tap.port).close()
        self.assertEqual(tap.ending(), ("no-data", "downstream"))
        half = connect(tap.port)
        half.sendall(b"CONNECT loc")
        half.close()
        self.assertEqual(tap.ending(), ("connect-refused", "downstream"))
        tap.stop()

    def test_a_proxy_for_other_machines_needs_a_list(self):
        done = harness.subprocess.run([harness.MAILTAP, "run", "--listen", ":0", "--connect-proxy"],
                                      capture_output=True, text=True, timeout=10 * harness.PATIENCE)
        self.assertEqual(done.returncode, 64)
        self.assertIn("allow-from or connect-allow", done.stderr)


class ProxyProtocol(Inserting):
    def test_the_client_is_the_one_that_the_header_tells(self):
        tap = self.tap("--proxy-protocol", upstream=self.mail)
        for header in (b"PROXY TCP4 192.0.2.7 198.51.100.1 50000 443\r\n", v2_header(("192.0.2.7", 50000))):
            tcp = connect(tap.port)
            sender = "%s:%d" % tcp.getsockname()
            tcp.sendall(header)
            self.assertIn("server=mail.test", self.get(self.tls(tcp)))
            line = tap.line()
            self.assertEqual(line["downstream"]["address"], "192.0.2.7:50000")
            self.assertEqual(line["arrival"], {"way": "direct", "proxy": sender})
        tap.stop()

    def test_a_header_in_one_segment_with_the_hello_or_byte_by_byte(self):
        tap = self.tap("--proxy-protocol", upstream=self.mail)
        for in_pieces in (False, True):
            tls = self.hello(connect(tap.port))
            data = v2_header(("192.0.2.7", 50000)) + tls.first_flight()
            for piece in (data[i:i + 1] for i in range(40)) if in_pieces else ():
                tls.tcp.sendall(piece)
            tls.tcp.sendall(data[40:] if in_pieces else data)
            self.assertIn("server=mail.test", self.get(tls.handshake()))
            self.assertEqual(tap.line()["downstream"]["address"], "192.0.2.7:50000")
        tap.stop()

    def test_from_those_who_send_headers_one_is_required(self):
        tap = self.tap("--proxy-protocol", "--proxy-protocol-from", "127.0.0.1", "--hello-timeout", "2s",
                       upstream=self.mail)
        tcp = connect(tap.port)
        tcp.sendall(self.hello(tcp).first_flight())
        self.assertEqual(heard(tcp), b"")
        self.assertEqual(tap.ending(), ("proxy-header-bad", "downstream"))
        tcp = connect(tap.port)
        tcp.sendall(b"PROXY TCP4 ")
        self.assertEqual(heard(tcp), b"")
        line = tap.line()
        self.assertEqual(line["ending"]["reason"], "hello-timeout")
        self.assertIn("PROXY header", line["ending"]["detail"])
        # Others are clients themselves, and their headers are not believed.
        self.assertIn("server=mail.test", self.get(self.tls(connect(tap.port, source="127.0.0.2"))))
        line = tap.line()
        self.assertTrue(line["downstream"]["address"].startswith("127.0.0.2:"))
        self.assertIsNone(line["arrival"]["proxy"])
        tcp = connect(tap.port, source="127.0.0.2")
        tcp.sendall(b"PROXY TCP4 192.0.2.7 198.51.100.1 50000 443\r\n")
        if self.observes:  # relayed like whatever isn't TLS
            tcp.shutdown(socket.SHUT_WR)
        heard(tcp)
        line = tap.line()
        self.assertTrue(line["downstream"]["address"].startswith("127.0.0.2:"))
        if self.observes:
            self.assertIn(line["ending"]["reason"], ("closed", "reset"))
            self.assertTrue(line["undecoded"])
        else:
            self.assertEqual((line["ending"]["reason"], line["ending"]["side"]), ("not-tls", "downstream"))
        tap.stop()

    def test_curl_that_sends_a_header_itself(self):
        tap = self.tap("--proxy-protocol", upstream=self.mail)
        self.assertIn("server=mail.test", self.curl(tap.port, self.authority, "--haproxy-protocol"))
        line = self.judged_line(tap)
        self.assertEqual(line["downstream"]["address"], line["arrival"]["proxy"])
        tap.stop()

    def test_a_balancers_health_check_is_no_fault(self):
        tap = self.tap("--proxy-protocol", upstream=self.mail)
        tcp = connect(tap.port)
        tcp.sendall(V2 + b"\x20\0\0\0")
        tcp.close()
        self.assertEqual(tap.ending(), ("no-data", "downstream"))
        tap.stop()

    def test_limits_and_allowed_networks_go_by_the_real_client(self):
        tap = self.tap("--proxy-protocol", "--max-per-source", "1", "--allow-from", "192.0.2.0/24", upstream=self.mail)

        def client(address):
            tcp = connect(tap.port)
            tcp.sendall(v2_header((address, 50000)))
            return tcp

        first, other = self.tls(client("192.0.2.7")), self.tls(client("192.0.2.8"))
        self.assertEqual(heard(client("192.0.2.7")), b"")
        self.assertEqual(tap.ending(), ("limit-per-source", "mailtap"))
        self.assertEqual(heard(client("203.0.113.1")), b"")
        self.assertEqual(tap.ending(), ("client-refused", "mailtap"))
        first.close()
        other.close()
        tap.lines(2)
        tap.stop()

    def test_the_server_is_told_the_client(self):
        for version in ("v1", "v2"):
            with self.subTest(version):
                tap = self.tap("--send-proxy-protocol", version, upstream=self.behind)
                tcp = connect(tap.port)
                told = "from %s port %d" % tcp.getsockname()
                self.assertIn(told, self.get(self.tls(tcp)))
                self.judged_line(tap)
                tap.stop()

    def test_a_header_is_handed_on_from_the_balancer_to_the_server(self):
        tap = self.tap("--proxy-protocol", "--send-proxy-protocol", "v2", upstream=self.behind)
        tcp = connect(tap.port)
        tcp.sendall(b"PROXY TCP6 2001:db8::7 2001:db8::1 50000 443\r\n")
        self.assertIn("from 2001:db8::7 port 50000", self.get(self.tls(tcp)))
        self.assertEqual(self.judged_line(tap)["downstream"]["address"], "[2001:db8::7]:50000")
        tap.stop()

    def test_through_the_connect_proxy_the_server_is_told_the_client_too(self):
        tap = self.tap("--connect-proxy", "--connect-allow", f":{self.behind}", "--send-proxy-protocol", "v1", "--name",
                       "mail.test")
        words = Words(connect(tap.port))
        told = "from %s port %d" % words.tcp.getsockname()
        words.say(f"CONNECT 127.0.0.1:{self.behind} HTTP/1.0", "")
        words.hear_until(lambda line: line == "")
        self.assertIn(told, self.get(words.tls(client_context(self.authority), "mail.test")))
        self.judged_line(tap)
        tap.stop()

    def haproxy(self, text):
        file = pathlib.Path(self.folder / f"haproxy.{harness.free_port()}.cfg")
        file.write_text("global\n  maxconn 100\ndefaults\n  timeout connect 20s\n  timeout client 60s\n  timeout server 60s\n"
                        + text)
        return self.started(harness.Process(self.folder, "haproxy", ["haproxy", "-db", "-f", file]))

    def test_behind_haproxy(self):
        for option in ("send-proxy", "send-proxy-v2", "send-proxy-v2 proxy-v2-options crc32c,unique-id"):
            with self.subTest(option):
                tap = self.tap("--proxy-protocol", upstream=self.mail)
                tap.expected_besides = {"no-data"}  # of asking whether it is up
                port = harness.free_port()
                self.haproxy(f"listen tap\n  mode tcp\n  bind 127.0.0.1:{port}\n  unique-id-format %ci\n"
                             f"  server tap 127.0.0.1:{tap.port} {option}\n").wait_for_port(port)
                tcp = connect(port)
                client = "%s:%d" % tcp.getsockname()
                self.assertIn("server=mail.test", self.get(self.tls(tcp)))
                self.assertEqual(self.judged_line(tap)["downstream"]["address"], client)
                tap.stop()

    @unittest.skipUnless(NGINX_STREAM.exists(), "needs libnginx-mod-stream")
    def test_behind_nginx(self):
        tap = self.tap("--proxy-protocol", upstream=self.mail)
        tap.expected_besides = {"no-data"}  # of asking whether it is up
        port = harness.free_port()
        file = self.folder / "stream.conf"
        file.write_text(f"""load_module {NGINX_STREAM};
daemon off; master_process off; pid {self.folder}/stream.pid; error_log stderr warn;
events {{ }}
stream {{ server {{ listen 127.0.0.1:{port}; proxy_pass 127.0.0.1:{tap.port}; proxy_protocol on; }} }}
""")
        self.started(harness.Process(self.folder, "nginx", ["nginx", "-p", self.folder, "-e", "stderr", "-c", file])
                     ).wait_for_port(port)
        tcp = connect(port)
        client = "%s:%d" % tcp.getsockname()
        self.assertIn("server=mail.test", self.get(self.tls(tcp)))
        self.assertEqual(tap.line()["downstream"]["address"], client)
        tap.stop()

    def demanding_haproxy(self):
        """The port of one that ends TLS, and wants headers."""
        pem = self.folder / "haproxy.pem"
        pem.write_text(pathlib.Path(self.pki.server.cert).read_text() + pathlib.Path(self.pki.server.key).read_text())
        port = harness.free_port()
        self.haproxy(f"frontend mail\n  mode http\n  bind 127.0.0.1:{port} accept-proxy ssl crt {pem}\n"
                     '  http-request return status 200 content-type text/plain lf-string "from %[src] port %[src_port]"\n'
                     ).wait_for_port(port)
        return port

    def test_before_haproxy(self):
        port = self.demanding_haproxy()
        for version in ("v1", "v2"):
            with self.subTest(version):
                tap = self.tap("--send-proxy-protocol", version, upstream=port)
                tcp = connect(tap.port)
                told = "from %s port %d" % tcp.getsockname()
                self.assertIn(told, self.get(self.tls(tcp)))
                self.judged_line(tap)
                tap.stop()

    def test_check_and_probes_tell_a_server_that_demands_it_of_themselves(self):
        for server in (self.behind, self.demanding_haproxy()):
            check = [harness.MAILTAP, "check", f"127.0.0.1:{server}", "--name", "mail.test", "--trust",
                     self.pki.upstream_ca.cert]
            self.run_program(*check, status=4)
            for version in ("v1", "v2"):
                with self.subTest(server=server, version=version):
                    said = json.loads(self.run_program(*check, "--send-proxy-protocol", version, "--json"))["targets"][0]
                    self.assertEqual((said["verdict"]["trust"], said["verdict"]["name"]), ("trusted", "match"))
                    self.assertEqual([v["spoken"] for v in said["versions"][2:]], [True, True])


class AllowedClients(Inserting):
    def test_only_clients_of_the_networks_given_are_served(self):
        tap = self.tap("--allow-from", "127.0.0.2", "--allow-from", "10.0.0.0/8", upstream=self.mail)
        self.assertIn("server=mail.test", self.get(self.tls(connect(tap.port, source="127.0.0.2"))))
        self.assertEqual(tap.ending()[0], "closed")
        refused = connect(tap.port)
        self.assertEqual(heard(refused), b"")
        self.assertEqual(tap.ending(), ("client-refused", "mailtap"))
        tap.stop()


class NamesObserved(Names):
    observes = True


class ConnectObserved(Connect):
    observes = True


class ProxyProtocolObserved(ProxyProtocol):
    observes = True


class AllowedClientsObserved(AllowedClients):
    observes = True


if __name__ == "__main__":
    harness.main(needs=["openssl", "curl", "nginx", "haproxy"])
