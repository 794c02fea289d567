"""HTTP/2 through mailtap: agreed on where both sides have it, relayed untouched, and read as HTTP/1.1 is."""

import base64
import hashlib
import http.server
import os
import threading

import h2.errors

import harness
from browser import Browser
from certificates import Pki
from ews_stub import EwsStub, request, response
from http2_peer import Client, serving
from servers import Nginx, certified
from wire import Server, Tls, client_context, connect, server_context, tls_script

EWS = "/EWS/Exchange.asmx"


class Echo:
    """HTTP/1.1 behind nginx: answers with what it is sent."""

    def __init__(self):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Http2(harness.Claims):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pki = Pki(cls.folder)
        cls.echo = Echo()
        cls.addClassCleanup(cls.echo.close)
        cls.stub = EwsStub(cls.pki.server)  # reads the request to its end before it answers, which nginx's own answers don't
        cls.addClassCleanup(cls.stub.close)
        locations = f"""server_name mail.test; {certified(cls.pki.server)} client_max_body_size 100m;
          location /EWS/ {{ proxy_pass https://127.0.0.1:{cls.stub.port}; }}
          location /owa/ {{ default_type text/html; return 200 '<!DOCTYPE html><title>mail</title><script src="/owa/script.js"></script>'; }}
          location /owa/script.js {{ default_type text/javascript; return 200 'document.title = performance.getEntriesByType("navigation")[0].nextHopProtocol'; }}
          location /echo/ {{ proxy_pass http://127.0.0.1:{cls.echo.port}; proxy_http_version 1.1; }}"""
        cls.nginx = cls.started_for_all(Nginx(cls.folder, f"listen {{port}} ssl http2; {locations}",
                                              f"listen {{port}} ssl; {locations}"))
        cls.http2, cls.http1 = cls.nginx.ports

    def before(self, port, *arguments, mode="own"):
        return self.mailtap(*self.pki.present[mode], "--name", "mail.test", *arguments, upstream=port)

    def ews(self, tap, *arguments):
        return self.curl(tap.port, self.pki.local_ca, "--data-binary", request("GetFolder"), *arguments, path=EWS)

    def told(self, tap):
        """The exchanges of the next connection, by stream, and its line."""
        before = len(tap.exchanges)
        line = tap.line()
        exchanges = [e for e in tap.exchanges[before:] if e["id"] == line["id"]]
        self.assertEqual(line["traffic"]["exchanges"], len(exchanges))
        return {e["http2"]["stream"]: e for e in exchanges if "http2" in e}, line

    def server(self, answer, **options):
        server = Server(serving(self.pki.server, answer, **options))
        self.addCleanup(server.close)
        return server

    # --- agreed on ---

    def test_both_sides_agree_on_what_they_would_without_mailtap(self):
        cases = [(self.http2, [], [], "h2"), (self.http1, [], [], "http/1.1"), (self.http2, [], ["--http1.1"], "http/1.1"),
                 (self.http2, ["--alpn", "http/1.1"], [], "http/1.1"), (self.http2, ["--alpn", "none"], [], None)]
        for mode in self.pki.present:
            for upstream, options, client, agreed in cases:
                with self.subTest(mode=mode, options=options, client=client, agreed=agreed):
                    tap = self.before(upstream, *options, mode=mode)
                    for _ in range(2):  # the second when all that can be remembered is
                        self.assertIn("NoError", self.ews(tap, *client))
                        line = tap.line()
                        self.assertEqual((line["downstream"]["alpn"], line["upstream"]["alpn"]), (agreed, agreed))
                        self.assertEqual(tap.exchanges[-1]["http"]["operation"], "GetFolder")
                        self.assertEqual("http2" in tap.exchanges[-1], agreed == "h2")
                    tap.stop()

    def test_a_browser_speaks_it_to_a_web_mail_and_every_request_is_told(self):
        if missing := harness.missing_programs(["chromium", "chromedriver"]):
            self.skipTest(harness.not_tested(missing))
        tap = self.before(self.http2)
        browser = Browser(self, ["--ignore-certificate-errors", "--host-resolver-rules=MAP mail.test 127.0.0.1"])
        browser.open(f"https://mail.test:{tap.port}/owa/?token=SEKRIT-TOKEN")
        harness.wait_until(lambda: browser.run("return document.title") == "h2", "the page's script to run", 60)
        browser.close()
        wanted = {"/owa/", "/owa/script.js"}
        lines = []

        def all_told():
            lines.append(tap.line())
            return wanted <= {e["http"]["path"] for e in tap.exchanges}
        harness.wait_until(all_told, "both requests", 60)
        for exchange in tap.exchanges:
            self.assertEqual(exchange["service"], "owa" if exchange["http"]["path"] in wanted else "http")
            self.assertTrue(exchange["http2"]["stream"] % 2)
        self.assertIn("h2", {line["downstream"]["alpn"] for line in lines})
        self.assertNotIn("SEKRIT", tap.log_file.read_text())
        tap.popen.terminate()
        self.assertEqual(tap.wait(), 0)

    # --- read ---

    def test_an_ews_request_is_told_as_over_http_1(self):
        tap = self.before(self.http2)
        for ways in ([], ["--compressed"]):
            with self.subTest(ways):
                self.assertIn("NoError", self.ews(tap, *ways))
                exchanges, line = self.told(tap)
                exchange = exchanges[1]
                self.assertEqual((exchange["service"], exchange["status"], exchange["failed"], exchange["complete"]),
                                 ("ews", "200", False, True))
                self.assertEqual(exchange["http"], {"method": "POST", "path": EWS, "operation": "GetFolder",
                                                    "response_code": "NoError", "upgraded": False})
                self.assertEqual(exchange["verdict"], {"trust": "trusted", "name": "match"})
                self.assertLess(exchange["bytes"]["request"], line["bytes"]["to_upstream"])
                self.assertGreater(exchange["bytes"]["response"], 0)
                self.assertEqual(line["traffic"]["protocol"], "http")
                self.assertEqual(line["traffic"]["services"], {"ews": 1})
                self.assertIsNone(line["traffic"]["stopped"])
        tap.stop()

    def test_no_secret_is_written(self):
        tap = self.before(self.http2)
        self.ews(tap, "-u", "anna:SEKRIT-PASSWORD", "-b", "cadata=SEKRIT-COOKIE", "-H", "X-Token: SEKRIT-TOKEN")
        self.curl(tap.port, self.pki.local_ca, "-H", "Authorization: Bearer SEKRIT-TOKEN", path="/owa/?key=SEKRIT-QUERY")
        exchanges, line = self.told(tap)
        self.assertEqual(exchanges[1]["authentication"], {"scheme": "basic", "stage": "accepted", "ntlm": None})
        self.assertEqual([f["finding"] for f in line["traffic"]["findings"]], ["basic-over-tls"])
        self.assertEqual(self.told(tap)[0][1]["authentication"]["scheme"], "bearer")
        log = tap.log_file.read_text()
        self.assertNotIn("SEKRIT", log)
        self.assertNotIn(base64.b64encode(b"anna:SEKRIT-PASSWORD").decode()[:-4], log)
        tap.stop()

    def test_large_bodies_go_through_in_both_directions_byte_for_byte(self):
        tap = self.before(self.http2)
        body = self.folder / "body"
        body.write_bytes(os.urandom(20_000_000))
        self.curl(tap.port, self.pki.local_ca, "--data-binary", f"@{body}", "-o", self.folder / "back", path="/echo/")
        digest = lambda file: hashlib.sha256(file.read_bytes()).hexdigest()
        self.assertEqual(digest(self.folder / "back"), digest(body))
        exchanges, line = self.told(tap)
        self.assertEqual((exchanges[1]["status"], exchanges[1]["complete"]), ("200", True))
        for way, whole in (("request", "to_upstream"), ("response", "to_downstream")):
            self.assertGreater(exchanges[1]["bytes"][way], 20_000_000)
            self.assertLess(exchanges[1]["bytes"][way], line["bytes"][whole])
        tap.stop()

    def test_many_streams_at_once_are_told_each(self):
        tap = self.before(self.http2)
        count = 200
        self.curl(tap.port, self.pki.local_ca, "--parallel", "--parallel-max", 100, "-o", "/dev/null", path=f"/owa/?[1-{count}]")
        exchanges, told = [], 0
        while told < count:  # curl may take more connections than one
            streams, line = self.told(tap)
            told += line["traffic"]["exchanges"]
            exchanges += streams.values()
        self.assertEqual(len(exchanges), count)
        for exchange in exchanges:
            self.assertEqual((exchange["status"], exchange["complete"], exchange["http"]["path"]), ("200", True, "/owa/"))
        tap.stop()

    # --- by peers that do as they are told ---

    def test_streams_are_followed_through_trailers_padding_continuations_and_interim_answers(self):
        long = "x" * 40_000  # more than a frame: continued

        def answer(peer, number, stream):
            peer.send_headers(number, [(":status", "103"), ("link", "</style>")])
            peer.send_headers(number, [(":status", "200"), ("x-long", long), ("set-cookie", "SEKRIT-COOKIE")])
            peer.send(number, response("GetItem", "ErrorAccessDenied").encode(), ends=False, pad=100)
            peer.send_headers(number, [("x-trailer", stream["trailers"]["x-trailer"])], end_stream=True)
        server = self.server(answer)
        tap = self.before(server.port)
        client = Client(tap.port, self.pki.local_ca)
        numbers = [client.request(EWS, ("x-long", long), method="POST", body=request("GetItem").encode(), pad=7,
                                  trailers=[("x-trailer", f"SEKRIT-{i}")]) for i in range(4)]
        client.wait_for(*numbers)
        for i, number in enumerate(numbers):
            stream = client.streams[number]
            self.assertEqual((stream["headers"][":status"], stream["interim"], stream["headers"]["x-long"]), ("200", ["103"], long))
            self.assertEqual(stream["body"].decode(), response("GetItem", "ErrorAccessDenied"))
            self.assertEqual(stream["trailers"], {"x-trailer": f"SEKRIT-{i}"})
        client.close()
        exchanges, line = self.told(tap)
        self.assertEqual(sorted(exchanges), numbers)
        for exchange in exchanges.values():
            self.assertEqual((exchange["http"]["operation"], exchange["http"]["response_code"]), ("GetItem", "ErrorAccessDenied"))
            self.assertTrue(exchange["failed"] and exchange["complete"])
        self.assertIsNone(line["traffic"]["stopped"])
        self.assertNotIn("SEKRIT", tap.log_file.read_text())
        tap.stop()

    def test_streams_that_are_given_up_are_told_with_the_reason(self):
        def answer(peer, number, stream):
            if stream["headers"][":path"] == "/refused":
                peer.h2.reset_stream(number, h2.errors.ErrorCodes.HTTP_1_1_REQUIRED)
            elif stream["headers"][":path"] == "/half":
                self.assertEqual(peer.h2.remote_settings.enable_push, 0)  # as the client said it
                peer.send_headers(number, [(":status", "200")])
                peer.send(number, b"half", ends=False)
            elif stream["headers"][":path"] == "/last":
                peer.h2.close_connection(h2.errors.ErrorCodes.ENHANCE_YOUR_CALM, last_stream_id=number - 2)
            peer.flush()
        server = self.server(answer)
        tap = self.before(server.port)
        client = Client(tap.port, self.pki.local_ca)
        refused, half = client.request("/refused"), client.request("/half")
        client.wait_for(refused)
        self.assertEqual(client.streams[refused]["error"], h2.errors.ErrorCodes.HTTP_1_1_REQUIRED)
        client.until(lambda: client.stream(half)["body"] == b"half")
        client.h2.reset_stream(half, h2.errors.ErrorCodes.CANCEL)
        client.flush()
        last = client.request("/last")
        client.until(lambda: client.goaway is not None)
        client.tls.close()
        exchanges, _ = self.told(tap)
        ended = {number: (e["status"], e["complete"], e["http2"]["ended_by"], e["http2"]["error"]) for number, e in exchanges.items()}
        self.assertEqual(ended, {refused: (None, False, "RST_STREAM", "HTTP_1_1_REQUIRED"),
                                 half: ("200", False, "RST_STREAM", "CANCEL"),
                                 last: (None, False, "GOAWAY", "ENHANCE_YOUR_CALM")})
        tap.stop()

    def test_more_streams_than_are_followed_go_on_and_only_the_reading_ends(self):
        waiting = []

        def answer(peer, number, _):
            waiting.append(number)
            if len(waiting) == 300:
                for each in waiting:
                    peer.send_headers(each, [(":status", "204")], end_stream=True)
        server = self.server(answer, streams=1000)
        tap = self.before(server.port)
        client = Client(tap.port, self.pki.local_ca)
        client.until(lambda: client.h2.remote_settings.max_concurrent_streams == 1000)
        numbers = [client.request("/owa/") for _ in range(300)]
        client.wait_for(*numbers)
        self.assertEqual({client.streams[number]["headers"][":status"] for number in numbers}, {"204"})
        client.close()
        exchanges, line = self.told(tap)
        self.assertEqual(line["traffic"]["stopped"], "too many streams at once")
        self.assertEqual(len(exchanges), 256)
        tap.stop()

    def test_what_is_no_http_2_after_all_goes_on_unread(self):
        def echo(tls):
            while data := tls.receive():
                tls.send(data)
            tls.close()
        server = Server(tls_script(server_context(self.pki.server, alpn=["h2"]), echo))
        self.addCleanup(server.close)
        tap = self.before(server.port)
        client = Tls(connect(tap.port), client_context(self.pki.local_ca, alpn=["h2"]), "mail.test").handshake()
        for said in (b"GET / HTTP/1.1\r\nCookie: SEKRIT\r\n\r\n", os.urandom(100_000)):
            client.send(said)
            self.assertEqual(client.receive_exactly(len(said)), said)
        client.close()
        _, line = self.told(tap)
        self.assertEqual((line["traffic"]["stopped"], line["ending"]["reason"]), ("not HTTP/2", "closed"))
        self.assertNotIn("SEKRIT", tap.log_file.read_text())
        tap.stop()


if __name__ == "__main__":
    harness.main(needs=["nginx", "curl", "openssl"])
