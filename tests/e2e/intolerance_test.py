"""`mailtap check --intolerance` before a sound server, and before boxes that don't stand one thing each."""

import json
import socket
import struct
import threading

import contract
import harness
from certificates import Authority
from check_test import SServer
from servers import Dovecot
from wire import Server, reset

TRIALS = ["two-segments", "ten-segments", "size-384", "large-1400", "large-1400-two-segments", "large-1400-ten-segments",
          "large-4096", "large-4096-two-segments", "large-4096-ten-segments", "post-quantum", "unknown-versions",
          "unknown-suites", "unknown-extensions", "unknown-groups", "unknown-signature-algorithms", "no-sni",
          "unknown-sni", "no-compatibility-mode"]
SHAPE = {
    "hello": contract.Or({"TLSv1.3", "TLSv1.2"}),
    "version": contract.Or({"TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"}),
    "detail": contract.Or(str),
    "intolerant": [str],
    "trials": [{"name": str, "bytes": int, "segments": int,
                "outcome": {"unknown", "tolerated", "refused", "silent", "network"}, "detail": contract.Or(str)}],
    "large_packets": contract.Or(bool),
    "post_quantum": contract.Or(bool),
    "stopped_answering": bool,
}


def segments_of(tcp):
    """With data that have come (Linux, struct tcp_info: tcpi_data_segs_in). However late they are read."""
    return struct.unpack_from("I", tcp.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256), 152)[0]


def box(server, what_becomes_of, is_network=False):
    """A Server's script that stands before `server`: `what_becomes_of(hello, segments)` is "pass", "close", "reset" or
    "ignore"; of a network asked again with all of the client's bytes whenever more come."""
    def script(tcp):
        heard = b""
        while len(heard) < 5 or len(heard) < 5 + struct.unpack(">H", heard[3:5])[0]:
            more = tcp.recv(65536)
            if not more:
                return
            heard += more
        fate = what_becomes_of(heard, segments_of(tcp))
        if fate == "reset":
            reset(tcp)
        if fate == "ignore":
            while tcp.recv(65536):
                pass
        if fate != "pass":
            return
        with socket.create_connection(("127.0.0.1", server.port)) as other:
            other.sendall(heard)
            backwards = threading.Thread(target=relay, args=(other, tcp))
            backwards.start()
            while more := tcp.recv(65536):
                heard += more
                if is_network and fate == "pass":
                    fate = what_becomes_of(heard, segments_of(tcp))
                if fate == "pass":
                    other.sendall(more)
            other.shutdown(socket.SHUT_WR)
            backwards.join()
    return script


def relay(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


class Intolerance(harness.Claims):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ca = Authority(cls.folder, "ca")
        cls.leaf = cls.ca.leaf("mail.test")
        cls.openssl = cls.started_for_all(SServer(cls.folder, cls.leaf))

    def run_check(self, port, *arguments):
        return self.run_program(harness.MAILTAP, "check", f"127.0.0.1:{port}", "--name", "mail.test", "--trust",
                                self.ca.cert, "--intolerance", *arguments, status=0, seconds=120)

    def found(self, port, *arguments):
        report = json.loads(self.run_check(port, "--json", *arguments))["targets"][0]["intolerance"]
        contract.check(report, SHAPE, "intolerance")
        self.assertEqual([trial["name"] for trial in report["trials"]], TRIALS)
        self.assertFalse(report["stopped_answering"])
        self.outcomes = {trial["name"]: trial["outcome"] for trial in report["trials"]}
        return report

    def behind(self, what_becomes_of, **options):
        server = Server(box(self.openssl, what_becomes_of, **options))
        self.addCleanup(server.close)
        return server.port

    def test_a_sound_server_stands_everything(self):
        report = self.found(self.openssl.port, "--at-once", "4", "--delay", "1ms")
        self.assertEqual(report["intolerant"], [])
        self.assertEqual(set(self.outcomes.values()), {"tolerated"})
        self.assertIsNone(report["large_packets"])

    def test_a_box_that_resets_large_hellos_is_told(self):
        report = self.found(self.behind(lambda heard, _: "reset" if len(heard) > 1400 else "pass"))
        self.assertEqual(report["intolerant"], [name for name in TRIALS if name.startswith("large") or name == "post-quantum"])

    def test_a_box_that_ignores_very_large_hellos_is_told_from_a_network_that_loses_packets(self):
        # A message of that size which is no hello passes.
        def fate(heard, _):
            hello = 5 + struct.unpack(">H", heard[3:5])[0]
            return "ignore" if hello > 4096 else "pass"
        report = self.found(self.behind(fate))
        self.assertEqual(report["intolerant"], [name for name in TRIALS if name.startswith("large-4096")])
        self.assertIs(report["large_packets"], True)

    def test_a_box_that_never_answers_hellos_of_256_to_511_bytes_is_told(self):
        port = self.behind(lambda heard, _: "ignore" if 5 + 256 <= len(heard) < 5 + 512 else "pass")
        self.assertEqual(self.found(port)["intolerant"], ["size-384"])

    def test_a_network_that_loses_large_packets_is_told_from_an_intolerant_server(self):
        report = self.found(self.behind(lambda heard, segments: "ignore" if len(heard) / segments > 1200 else "pass",
                                        is_network=True))
        self.assertEqual(report["intolerant"], [])
        self.assertIs(report["large_packets"], False)
        self.assertEqual([name for name, outcome in self.outcomes.items() if outcome == "network"],
                         ["large-1400", "large-4096", "large-4096-two-segments", "post-quantum"])

    def test_a_box_that_reads_one_segment_alone_is_told(self):
        report = self.found(self.behind(lambda _, segments: "close" if segments > 1 else "pass"))
        self.assertEqual(report["intolerant"], [name for name in TRIALS if name.endswith("segments")])

    def test_a_server_that_refuses_what_it_does_not_know_is_told(self):
        grease_suite = b"\xda\xda"
        report = self.found(self.behind(lambda heard, _: "close" if heard[76:].find(grease_suite) in range(6) else "pass"))
        self.assertEqual(report["intolerant"], ["unknown-suites"])

    def test_a_mail_server_is_tried_behind_starttls(self):
        dovecot = self.started(Dovecot(self.folder, self.leaf, []))
        report = json.loads(self.run_program(harness.MAILTAP, "check", f"imap://127.0.0.1:{dovecot.imap}", "--name", "mail.test", "--trust",
                                             self.ca.cert, "--intolerance", "--at-once", "4", "--json", status=0, seconds=120))
        tried = report["targets"][0]["intolerance"]
        self.assertEqual({trial["outcome"] for trial in tried["trials"]}, {"tolerated"})

    def test_people_read_it_in_both_languages_with_what_to_do(self):
        port = self.behind(lambda heard, _: "reset" if len(heard) > 1400 else "pass")
        for language, words in (("en", ["intolerance", "large hello, 1440 bytes: refused", "post-quantum"]),
                                ("vi", ["không chịu", "hello lớn, 1440 byte: bị từ chối, kết nối bị gián đoạn", "hậu lượng tử"])):
            run = " ".join(self.run_check(port, "--lang", language).split())
            for word in words:
                self.assertIn(word, run)


if __name__ == "__main__":
    harness.main(needs=["openssl", "dovecot"])
