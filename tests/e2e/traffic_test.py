"""What mailtap tells of HTTP: exchanges with their service, operation, response code and authentication, and never
a secret."""

import base64
import hashlib
import struct
import subprocess

import harness
from certificates import Pki
from ews_stub import EwsStub, request, response
from servers import Nginx, certified
from wire import Tls, client_context, connect

NGINX_EWS = """listen {port} ssl; server_name mail.test; client_max_body_size 8m; %s
  location /EWS/ { default_type text/xml; gzip on; gzip_types text/xml; gzip_min_length 1;
    return 200 '%s'; }
"""
SECRETS = ["SEKRIT-PASSWORD", "SEKRIT-COOKIE", "SEKRIT-QUERY", "SEKRIT-BODY", "SEKRIT-TOKEN", "anna"]


def der_of(pem):
    done = subprocess.run(["openssl", "x509", "-in", pem, "-outform", "der"], stdout=subprocess.PIPE, check=True)
    return done.stdout


def authenticate_message(certificate=None, user="anna"):
    """AUTHENTICATE_MESSAGE ([MS-NLMP] 2.2.1.3), bound to the certificate (DER) if there is one."""
    pairs = struct.pack("<HH", 2, 14) + "CONTOSO".encode("utf-16le")
    if certificate is not None:
        data = b"tls-server-end-point:" + hashlib.sha256(certificate).digest()
        binding = hashlib.md5(bytes(16) + struct.pack("<I", len(data)) + data).digest()
        pairs += struct.pack("<HHI", 6, 4, 2) + struct.pack("<HH", 10, 16) + binding
    pairs += struct.pack("<HH", 0, 0)
    challenge_response = bytes(16) + b"\1\1" + bytes(6) + bytes(8) + b"\xaa" * 8 + bytes(4) + pairs + bytes(4)
    payload, fields = b"", b""
    for part in (bytes(24), challenge_response, "CONTOSO".encode("utf-16le"), user.encode("utf-16le"),
                 "ROUTER".encode("utf-16le"), b""):
        fields += struct.pack("<HHI", len(part), len(part), 88 + len(payload))
        payload += part
    return b"NTLMSSP\0" + struct.pack("<I", 3) + fields + struct.pack("<I", 0xA2888201) + bytes(8 + 16) + payload


def ntlm(message):
    return "Authorization: NTLM " + base64.b64encode(message).decode() + "\r\n"


NEGOTIATE = b"NTLMSSP\0" + struct.pack("<II", 1, 0xA2088207) + bytes(16)


class Traffic(harness.Claims):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pki = Pki(cls.folder)
        configuration = NGINX_EWS % (certified(cls.pki.server), response("GetFolder"))
        cls.nginx = cls.started_for_all(Nginx(cls.folder, configuration))

    def stub(self, *arguments, **options):
        stub = EwsStub(self.pki.server, *arguments, **options)
        self.addCleanup(stub.close)
        return stub

    def before(self, server, *arguments):
        port = server.ports[0] if isinstance(server, Nginx) else server.port
        return self.mailtap(*self.pki.present["own"], "--name", "mail.test", *arguments, upstream=port)

    def ews(self, tap, *arguments, operation="GetFolder", **options):
        """An EWS request by curl; what came back."""
        return self.curl(tap.port, self.pki.local_ca, "-H", "Content-Type: text/xml; charset=utf-8", "--data-binary",
                         request(operation), *arguments, path="/EWS/Exchange.asmx", **options)

    def told(self, tap):
        """The exchanges of the next connection, and its line."""
        before = len(tap.exchanges)
        line = tap.line()
        exchanges = [e for e in tap.exchanges[before:] if e["id"] == line["id"]]
        self.assertEqual(line["traffic"]["exchanges"], len(exchanges))
        return exchanges, line

    def has_no_secret(self, tap):
        log = tap.log_file.read_text()
        for secret in SECRETS:
            for form in (secret, base64.b64encode(secret.encode()).decode().rstrip("=")[:-1],
                         secret.encode("utf-16le").hex()):
                self.assertNotIn(form, log)

    def test_an_ews_request_by_curl_to_nginx_is_told_by_its_operation(self):
        tap = self.before(self.nginx)
        ways = {"plain": [], "gzip": ["--compressed"], "chunked": ["-H", "Transfer-Encoding: chunked"],
                "continue": ["-H", "Expect: 100-continue"]}
        for name, way in ways.items():
            with self.subTest(name):
                self.assertIn("NoError", self.ews(tap, *way))
                (exchange,), line = self.told(tap)
                self.assertEqual(exchange["service"], "ews")
                self.assertEqual(exchange["status"], "200")
                self.assertEqual(exchange["http"], {"method": "POST", "path": "/EWS/Exchange.asmx", "operation": "GetFolder",
                                                    "response_code": "NoError", "upgraded": False})
                self.assertEqual(exchange["bytes"], {"request": line["bytes"]["to_upstream"],
                                                     "response": line["bytes"]["to_downstream"]})
                self.assertEqual(exchange["verdict"], {"trust": "trusted", "name": "match"})
                self.assertEqual(line["traffic"]["services"], {"ews": 1})
        tap.stop()

    def test_a_soap_error_is_a_failure_though_http_says_200(self):
        tap = self.before(self.stub())
        self.ews(tap, "-H", "X-Want: ErrorAccessDenied", "--compressed", operation="FindItem")
        (exchange,), line = self.told(tap)
        self.assertEqual(exchange["http"]["operation"], "FindItem")
        self.assertEqual(exchange["http"]["response_code"], "ErrorAccessDenied")
        self.assertTrue(exchange["failed"])
        self.assertEqual(line["traffic"]["failed"], 1)
        tap.stop()

    def test_ntlm_by_curl_is_told_round_by_round(self):
        tap = self.before(self.stub("ntlm"))
        self.ews(tap, "--ntlm", "-u", r"CONTOSO\anna:SEKRIT-PASSWORD")
        exchanges, line = self.told(tap)
        self.assertEqual([e["status"] for e in exchanges], ["401", "200"])
        self.assertEqual([e["authentication"]["stage"] for e in exchanges], ["challenged", "accepted"])
        self.assertEqual([e["failed"] for e in exchanges], [False, False])
        details = exchanges[1]["authentication"]["ntlm"]
        self.assertEqual(details["domain"], "CONTOSO")
        self.assertRegex(details["user"], "^~[0-9a-f]{10}$")
        self.assertEqual(details["channel_binding"], "absent")
        self.assertEqual(exchanges[0]["authentication"]["ntlm"]["target"], "CONTOSO")
        self.assertEqual(line["traffic"]["last_statuses"], ["401", "200"])
        self.has_no_secret(tap)
        tap.stop()

    def test_basic_is_noted_and_its_password_never_written(self):
        tap = self.before(self.stub("basic"))
        self.ews(tap, "-u", "anna:SEKRIT-PASSWORD", "-b", "cadata=SEKRIT-COOKIE")
        (exchange,), line = self.told(tap)
        self.assertEqual(exchange["authentication"], {"scheme": "basic", "stage": "accepted", "ntlm": None})
        self.assertEqual(exchange["findings"], ["basic-over-tls"])
        self.assertEqual([f["finding"] for f in line["traffic"]["findings"]], ["basic-over-tls"])
        self.has_no_secret(tap)
        tap.stop()

    def converse(self, tap, *requests):
        """Each request after the response to the one before; the statuses."""
        client = Tls(connect(tap.port), client_context(self.pki.local_ca), sni="mail.test").handshake()
        statuses = []
        for text in requests:
            client.send(text.encode())
            head = b""
            while b"\r\n\r\n" not in head:
                head += client.receive()
            statuses.append(int(head.split()[1]))
            head, _, body = head.partition(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].split()[0])
            if len(body) < length:
                client.receive_exactly(length - len(body))
        client.close_notify()
        client.tcp.close()
        return statuses

    def rounds(self, tap, message):
        get = "GET /EWS/Exchange.asmx?key=SEKRIT-QUERY HTTP/1.1\r\nHost: mail.test\r\n"
        return self.converse(tap, get + ntlm(NEGOTIATE) + "\r\n", get + ntlm(message) + "\r\n")

    def test_a_client_bound_to_the_shown_certificate_and_refused_has_the_finding_and_its_remedy(self):
        tap = self.before(self.stub("ntlm", accepts=False))
        self.assertEqual(self.rounds(tap, authenticate_message(der_of(self.pki.own.cert))), [401, 401])
        exchanges, line = self.told(tap)
        self.assertEqual(exchanges[1]["authentication"]["stage"], "refused")
        self.assertEqual(exchanges[1]["authentication"]["ntlm"]["channel_binding"], "presented")
        self.assertEqual(exchanges[1]["findings"], ["extended-protection"])
        (finding,) = line["traffic"]["findings"]
        self.assertIn("import-pfx", finding["advice"])
        self.assertIn("present", finding["advice"])
        self.has_no_secret(tap)
        tap.stop()

    def test_a_client_that_is_refused_on_connection_after_connection_has_it_too(self):
        tap = self.before(self.stub("ntlm", accepts=False))
        found = []
        for _ in range(2):
            self.rounds(tap, authenticate_message())
            exchanges, _ = self.told(tap)
            found.append(exchanges[1]["findings"])
        self.assertEqual(found, [[], ["extended-protection"]])
        tap.stop()

    def test_a_client_bound_to_the_servers_own_certificate_is_told(self):
        tap = self.before(self.stub("ntlm"))
        self.assertEqual(self.rounds(tap, authenticate_message(der_of(self.pki.server.cert))), [401, 200])
        exchanges, _ = self.told(tap)
        self.assertEqual(exchanges[1]["authentication"]["ntlm"]["channel_binding"], "server")
        tap.stop()

    def test_pipelined_requests_are_told_in_order(self):
        tap = self.before(self.stub())
        operations = ["FindFolder", "GetItem", "SyncFolderItems", "GetFolder"]
        client = Tls(connect(tap.port), client_context(self.pki.local_ca), sni="mail.test").handshake()
        text = "".join(f"POST /EWS/Exchange.asmx HTTP/1.1\r\nHost: mail.test\r\nContent-Length: {len(request(o))}\r\n\r\n{request(o)}"
                       for o in operations)
        client.send(text.encode())
        received = b""
        while received.count(b"</s:Envelope>") < len(operations):
            received += client.receive()
        client.close_notify()
        client.tcp.close()
        exchanges, _ = self.told(tap)
        self.assertEqual([e["http"]["operation"] for e in exchanges], operations)
        self.assertEqual([e["exchange"] for e in exchanges], [1, 2, 3, 4])
        tap.stop()

    def test_only_the_exchanges_asked_for_are_written_and_all_are_counted(self):
        cases = [(["--exchange-service", "none"], []), (["--exchange-service", "owa"], []),
                 (["--exchange-service", "owa", "--exchange-service", "ews"], ["NoError", "ErrorServerBusy"]),
                 (["--exchange-status", "failed"], ["ErrorServerBusy"]), (["--exchange-status", "4xx"], []),
                 (["--exchange-verdict", "mismatch"], []), (["--exchange-verdict", "trusted"], ["NoError", "ErrorServerBusy"]),
                 (["--protocol", "raw"], [])]
        stub = self.stub()
        for options, expected in cases:
            with self.subTest(options):
                tap = self.before(stub, *options)
                self.ews(tap)
                tap.line()
                self.ews(tap, "-H", "X-Want: ErrorServerBusy")
                line = tap.line()
                self.assertEqual([e["http"]["response_code"] for e in tap.exchanges], expected)
                if "raw" in options:
                    self.assertIsNone(line["traffic"])
                else:
                    self.assertEqual(line["traffic"]["exchanges"], 1)
                tap.stop()

    def test_each_route_writes_the_exchanges_that_it_asks_for(self):
        stub = self.stub()
        routes = {"all": "", "failed": 'exchange-status = "failed"', "none": 'exchange-service = "none"'}
        ports = {name: harness.free_port() for name in routes}
        config = self.folder / "routes.toml"
        config.write_text("".join(f"""
[[route]]
id = "{name}"
listen = "127.0.0.1:{ports[name]}"
upstream = "127.0.0.1:{stub.port}"
name = "mail.test"
present = "own"
cert = "{self.pki.own.cert}"
key = "{self.pki.own.key}"
trust = "{self.pki.upstream_ca.cert}"
{more}
""" for name, more in routes.items()))
        tap = self.mailtap("--config", config, listeners=3)
        for port in ports.values():
            for code in ("NoError", "ErrorServerBusy"):
                self.curl(port, self.pki.local_ca, "-H", f"X-Want: {code}", "--data-binary", request("GetFolder"),
                          path="/EWS/Exchange.asmx")
                self.assertEqual(tap.line()["traffic"]["exchanges"], 1)
        self.assertEqual([(e["route"], e["http"]["response_code"]) for e in tap.exchanges],
                         [("all", "NoError"), ("all", "ErrorServerBusy"), ("failed", "ErrorServerBusy")])
        tap.stop()

    def test_a_large_body_that_waits_for_100_continue_is_one_exchange(self):
        tap = self.before(self.nginx)
        body = self.folder / "large.xml"
        body.write_text(request("CreateItem").replace("<m:FolderShape/>", f"<m:Body>{'x' * 1_500_000}</m:Body>"))
        said = self.ews(tap, "-v", "--data-binary", f"@{body}", operation="CreateItem")  # the last --data-binary is added
        self.assertIn("< HTTP/1.1 100 Continue", said)
        (exchange,), line = self.told(tap)
        self.assertEqual((exchange["status"], exchange["complete"], exchange["http"]["operation"]), ("200", True, "CreateItem"))
        self.assertGreater(exchange["bytes"]["request"], 1_500_000)
        self.assertEqual(exchange["bytes"], {"request": line["bytes"]["to_upstream"],
                                             "response": line["bytes"]["to_downstream"]})
        # The time is the answer's, not that of the leave to go on.
        self.assertGreater(exchange["timing_us"]["first_byte"], 0)
        tap.stop()

    def test_what_is_no_http_goes_on_unread(self):
        tap = self.before(self.stub(), "--protocol", "http")
        client = Tls(connect(tap.port), client_context(self.pki.local_ca), sni="mail.test").handshake()
        client.send(b"\x00\x01\x02 this is SEKRIT-BODY\r\n\r\n")
        self.assertTrue(client.receive())  # the server's answer to it
        client.close_notify()
        client.tcp.close()
        line = tap.line()
        self.assertEqual(line["traffic"]["stopped"], "not HTTP")
        self.has_no_secret(tap)
        tap.stop()

    def test_the_text_form_has_a_line_for_people(self):
        stub = self.stub("basic")
        port = harness.free_port()
        log = self.folder / "text.log"
        process = self.started(harness.Process(self.folder, "mailtap-text", [
            harness.MAILTAP, "run", "--listen", f"127.0.0.1:{port}", "--upstream", f"127.0.0.1:{stub.port}",
            *self.pki.present["own"], "--name", "mail.test", "--log", log, "--log-format", "text"]))
        process.wait_for_port(port)
        self.curl(port, self.pki.local_ca, "-u", "anna:SEKRIT-PASSWORD", "--data-binary", request("GetFolder"),
                  path="/EWS/Exchange.asmx?token=SEKRIT-TOKEN")
        process.wait_for(lambda: log.exists() and "finding" in log.read_text(), "the connection's lines")
        text = log.read_text()
        self.assertRegex(text, r"#\d+\.1 \S+  ews  POST /EWS/Exchange.asmx GetFolder  200 NoError  .* up .* down  .*  basic accepted")
        self.assertIn("\n    traffic ews 1; last 200\n", text)
        self.assertIn("\n    finding basic-over-tls: ", text)
        self.assertNotIn("SEKRIT", text)


if __name__ == "__main__":
    harness.main(needs=["nginx", "curl", "openssl"])
