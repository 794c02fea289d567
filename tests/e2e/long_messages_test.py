"""Handshake messages above a record, or in records and segments of a byte; KeyUpdate and early data, as OpenSSL has
them: where a direct connection works, one through mailtap does."""

import pathlib
import ssl
import subprocess

import harness
from certificates import Leaf
from scenes import WithPki
from wire import TLS12, TLS13, Server, Tls, client_context, connect, echo, server_context, tls_client, tls_script

VERSIONS = {"TLSv1.2": TLS12, "TLSv1.3": TLS13}


def in_records(stream, size):
    """The handshake records of `stream` again, as records of `size` bytes."""
    cut = b""
    while stream:
        length = int.from_bytes(stream[3:5], "big")
        fragment = stream[5:5 + length]
        for at in range(0, length, size):
            part = fragment[at:at + size]
            cut += stream[:3] + len(part).to_bytes(2, "big") + part
        stream = stream[5 + length:]
    return cut


class SayingHello(Tls):
    """A client whose hello goes out as `send_hello(tcp, hello)` has it."""

    def __init__(self, port, context, send_hello):
        super().__init__(connect(port), context, "mail.test")
        try:
            self.object.do_handshake()
        except ssl.SSLWantReadError:
            pass
        send_hello(self.tcp, self._outgoing.read())


class LongMessages(WithPki):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        filler = [cls.filler(i) for i in range(12)]
        cls.many_certificates = cls.followed_by(cls.pki.upstream_ca.leaf("mail.test", file="many-certificates"), filler)
        cls.own_chain = cls.followed_by(cls.pki.local_ca.leaf("mail.test", file="own-chain"), filler)
        names = ["mail.test", *(f"host{i:04}.contoso.example" for i in range(3000))]
        cls.many_names = cls.pki.upstream_ca.leaf(*names, file="many-names")

    @classmethod
    def filler(cls, number):
        """A certificate of 7 KB."""
        leaf = cls.pki.upstream_ca.leaf(f"filler{number}.test", file=f"filler{number}",
                                        extensions=("1.3.6.1.4.1.99999.1=ASN1:UTF8:" + "x" * 6500,))
        return pathlib.Path(leaf.cert).read_text()

    @classmethod
    def followed_by(cls, leaf, others):
        chain = pathlib.Path(f"{leaf.cert}.chain")
        chain.write_text(pathlib.Path(leaf.cert).read_text() + "".join(others))
        return Leaf(chain, leaf.key)

    def serve(self, leaf, version):
        server = Server(tls_script(server_context(leaf, version), echo))
        self.addCleanup(server.close)
        return server.port

    def say(self, tls, text=b"x" * 50_000):
        tls.send(text)
        self.assertEqual(tls.receive_exactly(len(text)), text)
        tls.close()

    def test_a_server_s_long_chain_is_read_and_judged(self):
        for what, leaf in (("certificates", self.many_certificates), ("names", self.many_names)):
            for name, version in VERSIONS.items():
                with self.subTest(what=what, version=name):
                    tap = self.mailtap(*self.pki.present["own"], upstream=self.serve(leaf, version))
                    self.say(tls_client(tap.port, client_context(self.pki.local_ca)))
                    line = tap.line()
                    self.assertEqual(line["verdict"]["trust"], "trusted")
                    self.assertEqual(line["upstream"]["tls"], name)
                    tap.stop()

    def test_a_long_chain_is_presented(self):
        port = self.serve(self.pki.server, None)
        own = ["--present", "own", "--cert", self.own_chain.cert, "--key", self.own_chain.key]
        for name, version in VERSIONS.items():
            with self.subTest(version=name):
                tap = self.mailtap("--trust", self.pki.upstream_ca.cert, *own, upstream=port)
                self.say(tls_client(tap.port, client_context(self.pki.local_ca, version)))
                self.assertEqual(tap.line()["downstream"]["tls"], name)
                tap.stop()

    def test_a_certificate_of_many_names_is_mirrored(self):
        for name, version in VERSIONS.items():
            with self.subTest(version=name):
                tap = self.mailtap(*self.pki.present["mirror"], upstream=self.serve(self.many_names, version))
                self.say(tls_client(tap.port, client_context(self.pki.local_ca, version)))
                self.assertEqual(tap.line()["presented"]["mode"], "mirror")
                tap.stop()

    def test_check_reads_a_long_chain(self):
        for leaf in (self.many_certificates, self.many_names):
            self.run_program(harness.MAILTAP, "check", f"127.0.0.1:{self.serve(leaf, None)}", "--name", "mail.test",
                             "--trust", self.pki.upstream_ca.cert)

    def test_hellos_of_30_kb_arrive(self):
        port = self.serve(self.pki.server, None)
        tap = self.mailtap(*self.pki.present["own"], upstream=port)
        protocols = [f"{i:03}" + "x" * 250 for i in range(120)]

        def in_segments(tcp, hello):
            for at in range(0, len(hello), 100):
                tcp.sendall(hello[at:at + 100])

        ways = {"at once": lambda tcp, hello: tcp.sendall(hello),
                "in segments": in_segments,
                "in records of a byte": lambda tcp, hello: tcp.sendall(in_records(hello, 1)),
                "in records of 100 bytes": lambda tcp, hello: tcp.sendall(in_records(hello, 100))}
        for version in VERSIONS.values():
            for way, send in ways.items():
                with self.subTest(version=version, way=way):
                    context = client_context(self.pki.local_ca, version, protocols)
                    self.say(SayingHello(tap.port, context, send).handshake())
                    self.assertEqual(tap.line()["ending"]["reason"], "closed")
        tap.stop()

    def test_a_short_hello_comes_byte_by_byte(self):
        port = self.serve(self.pki.server, None)
        tap = self.mailtap(*self.pki.present["own"], upstream=port)

        def one_by_one(tcp, stream):
            for at in range(len(stream)):
                tcp.sendall(stream[at:at + 1])

        for version in VERSIONS.values():
            context = client_context(self.pki.local_ca, version)
            self.say(SayingHello(tap.port, context, one_by_one).handshake())
            tap.line()
            self.say(SayingHello(tap.port, context, lambda tcp, hello: one_by_one(tcp, in_records(hello, 1))).handshake())
            tap.line()
        tap.stop()


class OpenSsl(harness.Process):
    """`openssl s_server` or `s_client`, which take commands and text on standard input."""

    def __init__(self, folder, name, *arguments):
        self.name = name
        self.output_file = folder / f"{name}.{harness.free_port()}.output"
        with open(self.output_file, "wb") as output:
            self.popen = subprocess.Popen(["openssl", name, *(str(a) for a in arguments)], stdin=subprocess.PIPE,
                                          stdout=output, stderr=subprocess.STDOUT, start_new_session=True)

    def say(self, text):
        self.popen.stdin.write(text.encode())
        self.popen.stdin.flush()

    def said(self, text):
        self.wait_for(lambda: text in self.output(), f"to say {text!r}")


class KeyUpdates(WithPki):
    def setUp(self):
        port = harness.free_port()
        self.server = self.started(OpenSsl(self.folder, "s_server", "-accept", f"127.0.0.1:{port}", "-tls1_3", "-cert",
                                           self.pki.server.cert, "-key", self.pki.server.key))
        self.server.wait_for_port(port)
        self.server.said("ACCEPT")
        self.tap = self.mailtap(*self.pki.present["own"], upstream=port)
        self.client = self.started(OpenSsl(self.folder, "s_client", "-connect", f"127.0.0.1:{self.tap.port}", "-tls1_3"))
        self.client.say("ready\n")
        self.server.said("ready")

    def test_openssl_goes_on_with_new_keys_on_either_side(self):
        for number, command in enumerate("KkKK"):  # K asks for a key of ours too
            self.server.say(f"{command}\n")
            self.client.say(f"{command}\n")
            harness.wait_until(lambda: self.client.output().count("KEYUPDATE") == number + 1, "the client's command")
            self.client.say(f"from the client {number}\n")
            self.server.said(f"from the client {number}")
            self.server.say(f"from the server {number}\n")
            self.client.said(f"from the server {number}")
        self.client.kill()
        self.assertIn("tls", self.tap.line()["upstream"])


class EarlyData(WithPki):
    def test_what_the_server_s_ticket_invited_to_is_skipped_and_the_request_arrives(self):
        inviting = harness.free_port()
        server = self.started(OpenSsl(self.folder, "s_server", "-accept", f"127.0.0.1:{inviting}", "-tls1_3", "-early_data",
                                      "-max_early_data", 100_000, "-cert", self.pki.server.cert, "-key", self.pki.server.key))
        server.wait_for_port(inviting)
        server.said("ACCEPT")
        session = self.folder / "session"
        client = self.started(OpenSsl(self.folder, "s_client", "-connect", f"127.0.0.1:{inviting}", "-tls1_3",
                                      "-sess_out", session))
        harness.wait_until(lambda: session.exists() and session.stat().st_size > 0, "the session")
        client.kill()

        plain = Server(tls_script(server_context(self.pki.server), echo))
        self.addCleanup(plain.close)
        tap = self.mailtap(*self.pki.present["own"], upstream=plain.port)
        early = self.folder / "early"
        for size in (200, 16_384, 90_000):
            with self.subTest(size=size):
                early.write_bytes(b"e" * size)
                client = self.started(OpenSsl(self.folder, "s_client", "-connect", f"127.0.0.1:{tap.port}", "-tls1_3",
                                              "-sess_in", session, "-early_data", early))
                client.say("the request\n")
                client.said("\nthe request")
                self.assertIn("Early data was rejected", client.output())
                client.kill()
                self.assertEqual(tap.line()["downstream"]["tls"], "TLSv1.3")
        tap.stop()


if __name__ == "__main__":
    harness.main(needs=["openssl"])
