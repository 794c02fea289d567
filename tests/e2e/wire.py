"""TLS clients and servers that say exactly what a test has them say, and tell exactly what they heard.

Python's own SSLSocket can't half-close and hides how a stream ended, so `Tls` moves the bytes itself, between
a socket and an SSLObject in memory.
"""

import socket
import ssl
import struct
import threading

TLS12, TLS13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
VERSIONS = {"TLSv1.2": TLS12, "TLSv1.3": TLS13}


def server_context(leaf, version=None, alpn=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(leaf.cert, leaf.key)
    return _restricted(context, version, alpn)


def client_context(ca=None, version=None, alpn=None):
    """Verifies against `ca`; without one it takes any certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if ca is None:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    else:
        context.load_verify_locations(ca.cert)
    return _restricted(context, version, alpn)


def _restricted(context, version, alpn):
    context.options &= ~getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0)  # a stream that is cut off shall be told apart
    if version is not None:
        context.minimum_version = context.maximum_version = version
    if alpn:
        context.set_alpn_protocols(alpn)
    return context


def connect(port, seconds=20, source="127.0.0.1", receive_buffer=None):
    """A TCP connection to `port`, whose calls fail after `seconds`."""
    tcp = socket.socket()
    tcp.settimeout(seconds)
    if receive_buffer:
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    tcp.bind((source, 0))
    tcp.connect(("127.0.0.1", port))
    tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return tcp


def reset(tcp):
    """Closes with RST instead of FIN."""
    tcp.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    tcp.close()


def how_tcp_ends(tcp):
    """Reads whatever still comes, until the peer closes: "closed" or "reset"."""
    try:
        while tcp.recv(65536):
            pass
        return "closed"
    except ConnectionResetError:
        return "reset"


class Tls:
    """One side of a TLS connection on a connected socket."""

    def __init__(self, tcp, context, sni=None, server=False, session=None):
        self.tcp = tcp
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.object = context.wrap_bio(self._incoming, self._outgoing, server_side=server, server_hostname=sni,
                                       session=session)

    def handshake(self):
        self._drive(self.object.do_handshake)
        return self

    def send(self, data):
        self._drive(lambda: self.object.write(data))
        return self

    def receive(self, size=65536):
        """What has come, at least one byte; b"" after close_notify. SSLError: the stream was cut off."""
        try:
            return self._drive(lambda: self.object.read(size))
        except ssl.SSLZeroReturnError:
            return b""

    def receive_exactly(self, size):
        data = b""
        while len(data) < size:
            more = self.receive(size - len(data))
            if not more:
                raise AssertionError(f"close_notify after {data!r} instead of {size} bytes")
            data += more
        return data

    def receive_all(self):
        """(all that comes, how it ended): "close_notify", "truncated", "reset" or the alert's name."""
        data = b""
        while True:
            try:
                more = self.receive()
            except ssl.SSLEOFError:
                return data, "truncated"
            except ConnectionResetError:
                return data, "reset"
            except ssl.SSLError as error:
                # What Python says of a cut-off stream depends on the OpenSSL that it was built with.
                return data, "truncated" if error.reason == "UNEXPECTED_EOF_WHILE_READING" else error.reason
            if not more:
                return data, "close_notify"
            data += more

    def close_notify(self):
        """Says that nothing more will be sent. Receiving may go on."""
        try:
            self.object.unwrap()
        except ssl.SSLWantReadError:
            pass  # the peer's own close_notify is still to come
        self.flush()
        return self

    def half_close(self):
        """close_notify, then FIN."""
        self.close_notify().tcp.shutdown(socket.SHUT_WR)
        return self

    def cut_off(self):
        """FIN without close_notify: what a crashed peer looks like."""
        self.tcp.shutdown(socket.SHUT_WR)
        return self

    def reset(self):
        reset(self.tcp)

    def close(self):
        try:
            self.close_notify()
        except (OSError, ssl.SSLError):
            pass
        self.tcp.close()

    def first_flight(self):
        """What the handshake has to say before it hears anything: a client's hello."""
        try:
            self.object.do_handshake()
        except ssl.SSLWantReadError:
            pass
        return self._outgoing.read()

    def flush(self):
        while self._outgoing.pending:
            self.tcp.sendall(self._outgoing.read())

    def _drive(self, call):
        while True:
            try:
                value = call()
                self.flush()
                return value
            except ssl.SSLWantReadError:
                self.flush()
                data = self.tcp.recv(65536)
                self._incoming.write(data) if data else self._incoming.write_eof()
            except ssl.SSLError:
                try:
                    self.flush()  # the alert
                except OSError:
                    pass
                raise


class Words:
    """Lines in plaintext on a connected socket, as mail protocols have them before STARTTLS."""

    def __init__(self, tcp):
        self.tcp = tcp
        self._held = b""

    def say(self, *lines):
        """All of them in one segment."""
        self.tcp.sendall("".join(line + "\r\n" for line in lines).encode())
        return self

    def hear(self):
        """The next line without its end; "" when the peer has closed."""
        while b"\n" not in self._held:
            more = self.tcp.recv(65536)
            if not more:
                return ""
            self._held += more
        line, _, self._held = self._held.partition(b"\n")
        return line.decode().rstrip("\r")

    def hear_until(self, last):
        """Lines up to the first for which `last` is true."""
        lines = [self.hear()]
        while lines[-1] and not last(lines[-1]):
            lines.append(self.hear())
        return lines

    def hear_all(self):
        """All lines until the peer closes; "reset" last, if it resets."""
        lines = []
        try:
            while line := self.hear():
                lines.append(line)
        except ConnectionResetError:
            lines.append("reset")
        return lines

    def tls(self, context, sni=None, server=False):
        """From here on TLS; the handshake done. Nothing may have come ahead of it."""
        if self._held:
            raise AssertionError(f"plaintext ahead of TLS: {self._held!r}")
        return Tls(self.tcp, context, sni, server=server).handshake()


def tls_client(port, context, sni="mail.test", **options):
    """A client that has done its handshake."""
    return Tls(connect(port, **options), context, sni).handshake()


class Server:
    """Accepts, on a free port unless told otherwise, and runs `script(tcp)` for each connection, in a thread."""

    def __init__(self, script, seconds=20, address=("127.0.0.1", 0)):
        self._script = script
        self._seconds = seconds
        self._listener = socket.create_server(address, backlog=1024)
        self.port = self._listener.getsockname()[1]
        self._errors = []
        self._connections = []  # socket and thread of each
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                tcp, _ = self._listener.accept()
            except OSError:
                return
            tcp.settimeout(self._seconds)
            tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            thread = threading.Thread(target=self._run, args=(tcp,), daemon=True)
            self._connections.append((tcp, thread))
            thread.start()

    def _run(self, tcp):
        try:
            self._script(tcp)
        except Exception as error:  # raised again by finish()
            self._errors.append(error)
        finally:
            tcp.close()

    def accepted(self):
        """How many connections there were."""
        return len(self._connections)

    def finish(self):
        """Waits until all scripts are through, and raises what one of them raised."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for _, thread in self._connections:
            thread.join(self._seconds)
        if self._errors:
            raise self._errors[0]

    def close(self):
        """Ends it wherever it is."""
        try:
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._listener.close()
        for tcp, _ in self._connections:
            try:
                tcp.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def tls_script(context, script):
    """A Server's script that runs `script(tls)` after the handshake."""
    return lambda tcp: script(Tls(tcp, context, server=True).handshake())


def echo(tls):
    """Says back what it hears, until the client is through."""
    while data := tls.receive():
        tls.send(data)
    tls.close()
