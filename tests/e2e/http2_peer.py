"""HTTP/2 clients and servers that do what a test has them do, by python3-h2 over wire.Tls."""

import h2.config
import h2.connection
import h2.events
import h2.settings

from wire import Tls, client_context, connect, server_context, tls_script


class Peer:
    """One side of a connection. What has come on each stream is in `streams`."""

    def __init__(self, tls, is_client, settings=None):
        self.tls = tls
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=is_client, header_encoding="utf-8"))
        self.streams = {}
        self.goaway = None  # the last stream that the other side has answered
        settings = settings or ({h2.settings.SettingCodes.ENABLE_PUSH: 0} if is_client else {})
        self.h2.local_settings = h2.settings.Settings(client=is_client, initial_values={
            h2.settings.SettingCodes.MAX_HEADER_LIST_SIZE: 65536, **settings})
        self.h2.initiate_connection()
        self.flush()

    def flush(self):
        if data := self.h2.data_to_send():
            self.tls.send(data)

    def stream(self, number):
        return self.streams.setdefault(number, {"headers": None, "interim": [], "body": b"", "trailers": None, "ended": False,
                                                "error": None})

    def receive(self):
        """What comes next; False: the other side has closed."""
        data = self.tls.receive()
        if not data:
            return False
        for event in self.h2.receive_data(data):
            if isinstance(event, h2.events.ConnectionTerminated):
                self.goaway = event.last_stream_id
            number = getattr(event, "stream_id", 0)
            if not number:
                continue
            stream = self.stream(number)
            if isinstance(event, (h2.events.RequestReceived, h2.events.ResponseReceived)):
                stream["headers"] = dict(event.headers)
            elif isinstance(event, h2.events.InformationalResponseReceived):
                stream["interim"].append(dict(event.headers)[":status"])
            elif isinstance(event, h2.events.DataReceived):
                stream["body"] += event.data
                self.h2.acknowledge_received_data(event.flow_controlled_length, number)
            elif isinstance(event, h2.events.TrailersReceived):
                stream["trailers"] = dict(event.headers)
            elif isinstance(event, h2.events.StreamEnded):
                stream["ended"] = True
            elif isinstance(event, h2.events.StreamReset):
                stream["ended"], stream["error"] = True, event.error_code
        self.flush()
        return True

    def until(self, condition):
        while not condition():
            if not self.receive():
                raise AssertionError(f"closed, and so far: {self.streams}")
        return self

    def wait_for(self, *numbers):
        """Until these have ended."""
        return self.until(lambda: all(self.stream(number)["ended"] for number in numbers))

    def send_headers(self, number, fields, **options):
        self.h2.send_headers(number, fields, **options)
        self.flush()

    def send(self, number, body, ends=True, pad=None):
        """As much at a time as the other side lets it."""
        while True:
            self.until(lambda: not body or self.h2.local_flow_control_window(number) > (pad or 0) + 1)
            size = min(self.h2.local_flow_control_window(number), self.h2.max_outbound_frame_size) - (pad + 1 if pad else 0)
            piece, body = body[:size], body[size:]
            self.h2.send_data(number, piece, end_stream=ends and not body, pad_length=pad)
            self.flush()
            if not body:
                return

    def close(self):
        self.h2.close_connection()
        self.flush()
        self.tls.close()


class Client(Peer):
    def __init__(self, port, ca, alpn=("h2", "http/1.1")):
        super().__init__(Tls(connect(port), client_context(ca, alpn=list(alpn)), "mail.test").handshake(), True)

    def request(self, path, *fields, method="GET", body=None, trailers=None, pad=None):
        """Its stream."""
        number = self.h2.get_next_available_stream_id()
        head = [(":method", method), (":scheme", "https"), (":authority", "mail.test"), (":path", path), *fields]
        self.send_headers(number, head, end_stream=body is None)
        if body is not None:
            self.send(number, body, ends=trailers is None, pad=pad)
        if trailers is not None:
            self.send_headers(number, trailers, end_stream=True)
        return number


def serving(leaf, answer, streams=100):
    """A wire.Server's script: `answer(peer, number, stream)` for each request, when it has ended. So many at once."""
    def script(tls):
        peer, answered = Peer(tls, False, {h2.settings.SettingCodes.MAX_CONCURRENT_STREAMS: streams}), set()
        while peer.receive():
            for number, stream in list(peer.streams.items()):
                if stream["ended"] and stream["headers"] and number not in answered:
                    answered.add(number)
                    answer(peer, number, stream)
        tls.close()
    return tls_script(server_context(leaf, alpn=["h2"]), script)
