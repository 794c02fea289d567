"""Two instances behind HAProxy: sessions resume on either, pins are shared, and each is restarted under load."""

import os
import signal
import socket
import subprocess

import harness
from certificates import Pki
from harness import Process, free_port
from restart_test import Clients, runs, successors
from servers import TELLING, Nginx, certified
from wire import Server, client_context, echo, server_context, tls_client, tls_script

VERSIONS = {"TLSv1.2": "-tls1_2", "TLSv1.3": "-tls1_3"}


def new_ticket_key():
    return subprocess.run(["openssl", "rand", "-base64", "48"], check=True, stdout=subprocess.PIPE, text=True).stdout


class HaProxy(Process):
    """Spreads TCP connections over `ports`, servers s0, s1 and so on, which its socket can change. Tells them the
    client's address by the PROXY protocol."""

    def __init__(self, folder, ports):
        self.port = free_port()
        self.socket = folder / f"haproxy.{self.port}.sock"
        file = folder / f"haproxy.{self.port}.cfg"
        servers = "\n".join(f"  server s{number} 127.0.0.1:{port} send-proxy-v2" for number, port in enumerate(ports))
        file.write_text(f"""
global
  stats socket {self.socket} mode 600 level admin
  maxconn 2000
defaults
  mode tcp
  timeout connect 20s
  timeout client 120s
  timeout server 120s
  retries 3
  option redispatch
listen mailtap
  bind 127.0.0.1:{self.port}
  balance roundrobin
{servers}
""")
        super().__init__(folder, "haproxy", ["haproxy", "-db", "-f", file])
        self.wait_for_port(self.port)

    def ask(self, command):
        with socket.socket(socket.AF_UNIX) as to:
            to.connect(str(self.socket))
            to.sendall(command.encode() + b"\n")
            return b"".join(iter(lambda: to.recv(65536), b"")).decode().strip()


class Scaling(harness.Claims):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pki = Pki(cls.folder)
        cls.context = client_context(cls.pki.local_ca)
        cls.nginx = cls.started_for_all(Nginx(cls.folder, f"listen {{port}} ssl; {certified(cls.pki.server)} {TELLING}"))

    def setUp(self):
        self.keys = self.folder / f"tickets.{free_port()}"
        self.write_keys(new_ticket_key())

    def write_keys(self, *keys):
        beside = self.keys.with_suffix(".new")
        beside.write_text("# newest first\n" + "".join(keys))
        beside.chmod(0o600)
        beside.rename(self.keys)

    def instance(self, upstream, *arguments):
        """One of several that are configured alike but for where they listen."""
        configuration = self.folder / f"instance.{free_port()}.toml"
        configuration.write_text(f"""
            workers = 1
            ticket-key-file = "{self.keys}"
            [[route]]
            id = "exchange"
            listen = "127.0.0.1:0"
            upstream = "127.0.0.1:{upstream}"
            """)
        return self.mailtap(*self.pki.present["own"], "--config", configuration, *arguments)

    def resumes(self, tap, option, session, version):
        said = self.s_client(tap.port, self.pki.local_ca, option, "-sess_in", session)
        resumed = tap.line()["downstream"]["resumed"]
        self.assertIn(f"{'Reused' if resumed else 'New'}, {version}", said)
        return resumed

    def test_a_session_of_one_is_resumed_by_the_other(self):
        one, other = (self.instance(self.nginx.ports[0]) for _ in range(2))
        for version, option in VERSIONS.items():
            with self.subTest(version=version):
                session = self.folder / f"shared-{version}"
                self.s_client(one.port, self.pki.local_ca, option, "-sess_out", session)
                self.assertFalse(one.line()["downstream"]["resumed"])
                self.assertTrue(self.resumes(other, option, session, version))
        one.stop()
        other.stop()

    def test_keys_are_rotated_without_forgetting_the_last(self):
        first, second = new_ticket_key(), new_ticket_key()
        self.write_keys(first)
        one, other = (self.instance(self.nginx.ports[0]) for _ in range(2))
        session = self.folder / "rotated"
        self.s_client(one.port, self.pki.local_ca, "-tls1_2", "-sess_out", session)
        one.line()
        self.write_keys(second, first)
        for tap in (one, other):
            tap.signal(signal.SIGHUP)
            tap.said("mailtap: reloaded")
        self.assertTrue(self.resumes(other, "-tls1_2", session, "TLSv1.2"))
        self.write_keys(second)
        for tap in (one, other):
            tap.signal(signal.SIGHUP)
            tap.said("mailtap: reloaded", times=2)
        self.assertFalse(self.resumes(other, "-tls1_2", session, "TLSv1.2"))  # its key is gone: a full handshake
        one.stop()
        other.stop()

    def test_a_file_of_keys_that_is_no_good_is_told(self):
        for text, mode, expected in [("AAAA\n", 0o600, ":1: is no ticket key"), ("# none\n", 0o600, "has no key"),
                                     (new_ticket_key(), 0o644, "can be read by everybody")]:
            with self.subTest(expected=expected):
                self.keys.write_text(text)
                self.keys.chmod(mode)
                said = self.run_program(harness.MAILTAP, "run", "--listen", "127.0.0.1:0", "--upstream", "127.0.0.1:9",
                                        "--ticket-key-file", self.keys, status=1)
                self.assertIn(expected, said)

    def test_what_one_remembers_of_a_server_the_other_keeps(self):
        pins = self.folder / "pins"
        taps = [self.instance(self.nginx.ports[0], "--pin-file", pins, "--name", f"{name}.test")
                for name in ("one", "other")]
        for tap in taps:
            self.s_client(tap.port, self.pki.local_ca)
            tap.line()
        for tap in taps:
            tap.stop()  # what is to be written has been
        self.assertEqual([line.split()[0] for line in pins.read_text().splitlines() if not line.startswith("#")],
                         ["one.test", "other.test"])

    def test_each_is_restarted_under_load_and_no_request_is_lost(self):
        upstream = Server(tls_script(server_context(self.pki.server), echo), seconds=60 * harness.PATIENCE)
        self.addCleanup(upstream.close)
        taps = [self.instance(upstream.port, "--proxy-protocol") for _ in range(2)]
        balancer = self.started(HaProxy(self.folder, [tap.port for tap in taps]))
        stay = [tls_client(balancer.port, self.context, seconds=120, source="127.0.0.7") for _ in range(2)]  # one on each
        clients = Clients(balancer.port, self.context)
        clients.more(20)

        # The first hands its listener over to a new process.
        taps[0].signal(signal.SIGUSR2)
        successor = harness.wait_until(lambda: successors(taps[0]), "a successor", seconds=20)[0]
        clients.more(20)

        # The second is taken out of the balancer, drains, and another takes its place.
        self.assertEqual(balancer.ask("set server mailtap/s1 state drain"), "")
        clients.more(20)
        replacement = self.instance(upstream.port, "--proxy-protocol")
        taps[1].signal(signal.SIGTERM)
        self.assertIn(f"{taps[1].port}", balancer.ask("show servers state mailtap"))
        balancer.ask(f"set server mailtap/s1 addr 127.0.0.1 port {replacement.port}")
        self.assertEqual(balancer.ask("set server mailtap/s1 state ready"), "")
        clients.more(20)

        for client in stay:  # which were there before, and are in the processes that drain
            client.send(b"still").receive_exactly(5)
            client.close()
        done = clients.finish()
        for tap in taps:
            self.assertEqual(tap.wait(30), 0)
        os.kill(successor, signal.SIGTERM)
        harness.wait_until(lambda: not runs(successor), "the successor to end", seconds=20)
        replacement.signal(signal.SIGTERM)
        self.assertEqual(replacement.wait(30), 0)
        reasons, stayed = [], 0
        for tap in [*taps, replacement]:
            tap.expected_besides.add("no-data")  # HAProxy's own port was tried when it started
            while line := tap._next_line():
                reasons.append(line["ending"]["reason"])
                stayed += line["downstream"]["address"].startswith("127.0.0.7:")
        self.assertEqual(reasons, ["closed"] * (done + len(stay)))
        self.assertEqual(stayed, len(stay), "clients' own addresses in the log")


if __name__ == "__main__":
    harness.main(needs=["nginx", "haproxy", "openssl"])
