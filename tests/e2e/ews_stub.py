"""A server that answers as Exchange Web Services do: their SOAP, their codings, their authentication."""

import base64
import gzip
import http.server
import struct
import threading

from wire import server_context

ENVELOPE = ('<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
            "{}</s:Body></s:Envelope>")


def request(operation):
    return ENVELOPE.format(f'<m:{operation} xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages">'
                           f"<m:FolderShape/></m:{operation}>")


def response(operation, code="NoError"):
    return ENVELOPE.format(f'<m:{operation}Response xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages">'
                           f'<m:ResponseMessages><m:{operation}ResponseMessage ResponseClass="Success">'
                           f"<m:ResponseCode>{code}</m:ResponseCode></m:{operation}ResponseMessage>"
                           f"</m:ResponseMessages></m:{operation}Response>")


def ntlm_challenge():
    """CHALLENGE_MESSAGE ([MS-NLMP] 2.2.1.2) of domain CONTOSO."""
    name = "CONTOSO".encode("utf-16le")
    pairs = struct.pack("<HH", 2, len(name)) + name + struct.pack("<HH", 0, 0)
    flags = 0xE0898215  # as Exchange's: Unicode, NTLM, extended session security, target information, key exchange, 128
    return (b"NTLMSSP\0" + struct.pack("<IHHII", 2, len(name), len(name), 48, flags) + b"\1\2\3\4\5\6\7\x08" + bytes(8)
            + struct.pack("<HHI", len(pairs), len(pairs), 48 + len(name)) + name + pairs)


class EwsStub:
    """Listens on `port`. `authentication`: None, "basic" or "ntlm" (which is to be finished once a connection);
    `accepts` false: whoever shows complete credentials is refused. `mailbox`: answers (ews_mailbox.py), else all
    operations are good and empty."""

    def __init__(self, leaf, authentication=None, accepts=True, mailbox=None):
        stub = self
        self.authentication, self.accepts = authentication, accepts

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            known = False

            def do_POST(self):
                body = self.body()
                if not stub.let_in(self):
                    return
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                if mailbox:
                    return self.answer(200, mailbox.answer(body.decode()).encode())
                operation = body.decode(errors="replace").partition("<m:")[2].partition(" ")[0] or "Unknown"
                code = self.headers.get("X-Want", "NoError")
                self.answer(200, response(operation, code).encode())

            def do_GET(self):
                if stub.let_in(self):
                    self.answer(200, b"here")

            def body(self):
                if self.headers.get("Transfer-Encoding") != "chunked":
                    return self.rfile.read(int(self.headers.get("Content-Length", 0)))
                body = b""
                while size := int(self.rfile.readline(), 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
                return body

            def answer(self, status, body, *fields):
                self.send_response(status)
                self.send_header("Content-Type", "text/xml; charset=utf-8")
                self.send_header("Set-Cookie", "cadata=SEKRIT-COOKIE")
                for name, value in fields:
                    self.send_header(name, value)
                if "gzip" in self.headers.get("Accept-Encoding", ""):
                    body = gzip.compress(body)
                    self.send_header("Content-Encoding", "gzip")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass  # clients that leave

        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.socket = server_context(leaf).wrap_socket(self.server.socket, server_side=True,
                                                              do_handshake_on_connect=False)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def let_in(self, handler):
        """True, or the 401 has been sent."""
        if self.authentication is None or handler.known:
            return True
        scheme, _, token = handler.headers.get("Authorization", "").partition(" ")
        if self.authentication == "basic" and scheme == "Basic" and self.accepts:
            return True
        if self.authentication == "ntlm" and scheme == "NTLM":
            kind = struct.unpack("<I", base64.b64decode(token)[8:12])[0]
            if kind == 1:
                handler.answer(401, b"", ("WWW-Authenticate", "NTLM " + base64.b64encode(ntlm_challenge()).decode()))
                return False
            handler.known = self.accepts
            if handler.known:
                return True
        offer = "NTLM" if self.authentication == "ntlm" else 'Basic realm="mail"'
        handler.answer(401, b"", ("WWW-Authenticate", offer))
        return False
