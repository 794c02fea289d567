"""SIGTERM and SIGINT drain, a second one ends at once; the log can be rotated."""

import fcntl
import json
import os
import pathlib
import pty
import signal
import socket
import subprocess
import time

import harness
from scenes import WithEcho
from wire import Server, Tls, client_context, tls_client


def threads(pid):
    """The names of its threads; none of a process that has ended."""
    try:
        return [comm.read_text().strip() for comm in pathlib.Path(f"/proc/{pid}/task").glob("*/comm")]
    except OSError:  # one ended meanwhile
        return ["worker"] if pathlib.Path(f"/proc/{pid}").exists() else []


class Signals(WithEcho):
    def client_of(self, tap):
        client = tls_client(tap.port, client_context(self.pki.local_ca))
        client.send(b"x").receive_exactly(1)
        return client

    def refuses(self, tap):
        """Nobody accepts there any more."""
        tap.expected_besides.add("no-data")  # what asks may still be accepted
        harness.wait_until(lambda: not harness.accepts(tap.port), "new connections to be refused")

    def test_a_running_transfer_finishes_while_draining(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(signal=number):
                tap = self.mailtap(*self.pki.present["own"], "--workers", "2", upstream=self.echo.port)
                client = self.client_of(tap)
                tap.signal(number)
                self.refuses(tap)
                self.assertIsNone(tap.popen.poll())
                for _ in range(20):
                    client.send(b"y" * 50000)
                    self.assertEqual(client.receive_exactly(50000), b"y" * 50000)
                client.close()
                self.assertEqual(tap.wait(), 0)
                line = tap.line()
                self.assertEqual(line["ending"]["reason"], "closed")
                self.assertEqual(line["bytes"]["to_upstream"], 1 + 20 * 50000)
                tap.stop()

    def test_on_a_terminal_it_ends_with_a_summary_of_what_it_saw(self):
        terminal, theirs = pty.openpty()
        self.addCleanup(os.close, terminal)
        port = harness.free_port()
        tap = subprocess.Popen([harness.MAILTAP, "run", "--listen", f"127.0.0.1:{port}", "--upstream", f"127.0.0.1:{self.echo.port}",
                                "--name", "other.test", "--log", os.devnull, *map(str, self.pki.present["own"])], stderr=theirs,
                               stdin=subprocess.DEVNULL, env={**os.environ, "COLUMNS": "200"})
        self.addCleanup(tap.wait)
        self.addCleanup(tap.kill)
        os.close(theirs)
        said = b""
        while f"listening 127.0.0.1:{port}".encode() not in said:
            said += os.read(terminal, 10000)
        for _ in range(2):
            client = tls_client(port, client_context(self.pki.local_ca))
            client.send(b"x").receive_exactly(1)
            client.close()
        tap.send_signal(signal.SIGINT)
        try:
            while more := os.read(terminal, 10000):
                said += more
        except OSError:
            pass  # all of it was read, and mailtap has gone
        self.assertEqual(tap.wait(30 * harness.PATIENCE), 0)
        text = said.decode()
        self.assertRegex(text, r"2 connections in 0 min \d+ s: \d ended well, \d failed")
        self.assertRegex(text, rf"other\.test \(127\.0\.0\.1:{self.echo.port}\)  .* 2 .*name mismatch +2\r")
        self.assertIn("The router asks for other.test", " ".join(text.split()))

    def test_without_connections_it_ends_at_once(self):
        tap = self.mailtap(*self.pki.present["own"], "--workers", "2", upstream=self.echo.port)
        began = time.monotonic()
        tap.stop()
        self.assertLess(time.monotonic() - began, 2 * harness.PATIENCE)

    def test_when_the_drain_deadline_passes_connections_end_with_shutdown(self):
        tap = self.mailtap(*self.pki.present["own"], "--drain-timeout", "500ms", upstream=self.echo.port)
        client = self.client_of(tap)
        began = time.monotonic()
        tap.signal(signal.SIGTERM)
        client.receive_all()
        self.assertEqual(tap.wait(), 0)
        self.assertGreater(time.monotonic() - began, 0.4)
        self.assertEqual(tap.ending(), ("shutdown", "mailtap"))
        tap.stop()

    def test_a_second_signal_ends_at_once(self):
        for second in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(second=second):
                tap = self.mailtap(*self.pki.present["own"], upstream=self.echo.port)
                clients = [self.client_of(tap) for _ in range(3)]
                tap.signal(signal.SIGTERM)
                self.refuses(tap)
                tap.signal(second)
                self.assertEqual(tap.wait(), 0)
                for client in clients:
                    client.receive_all()
                    self.assertEqual(tap.ending(), ("shutdown", "mailtap"))
                tap.stop()

    def test_signals_at_the_very_end_cost_neither_the_log_nor_the_exit_status(self):
        """The log's reader is slow: what is left of it is written when the last worker has gone."""
        fifo = self.folder / "log.fifo"
        os.mkfifo(fifo)
        reader = os.fdopen(os.open(fifo, os.O_RDONLY | os.O_NONBLOCK), "rb")
        self.addCleanup(reader.close)
        fcntl.fcntl(reader, fcntl.F_SETPIPE_SZ, 4096)  # less than two lines
        port = harness.free_port()
        command = [harness.MAILTAP, "run", "--listen", f"127.0.0.1:{port}", "--upstream", f"127.0.0.1:{self.echo.port}",
                   *map(str, self.pki.present["own"]), "--log", fifo, "--log-format", "json"]
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            self.addCleanup(process.kill)
            harness.wait_until(lambda: harness.accepts(port), "mailtap to listen")
            for _ in range(5):
                client = tls_client(port, client_context(self.pki.local_ca))
                client.send(b"x").receive_exactly(1)
                client.close()
            process.terminate()
            harness.wait_until(lambda: "worker" not in threads(process.pid), "its worker to end")
            until = time.monotonic() + 0.2
            while time.monotonic() < until:  # so that some come in each of its last steps
                process.send_signal(signal.SIGTERM)
            os.set_blocking(reader.fileno(), True)
            endings = [json.loads(line)["ending"]["reason"] for line in reader]
            self.assertEqual(process.wait(10 * harness.PATIENCE), 0)
        self.assertEqual(endings.count("closed"), 5)

    def test_handshakes_in_every_phase_end_with_shutdown(self):
        silent = Server(lambda tcp: tcp.recv(1 << 20) and time.sleep(5))
        self.addCleanup(silent.close)
        tap = self.mailtap(*self.pki.present["issue"], "--drain-timeout", "300ms", upstream=silent.port)
        quiet = socket.create_connection(("127.0.0.1", tap.port))
        waiting = socket.create_connection(("127.0.0.1", tap.port))
        waiting.sendall(Tls(None, client_context(), "mail.test").first_flight())
        time.sleep(0.2)
        tap.signal(signal.SIGTERM)
        self.assertEqual(tap.wait(), 0)
        self.assertEqual({tap.ending(), tap.ending()}, {("shutdown", "mailtap")})
        quiet.close()
        waiting.close()
        tap.stop()

    def test_a_rotated_log_goes_on_in_a_new_file(self):
        log = self.folder / "rotated.jsonl"
        tap = self.mailtap(*self.pki.present["own"], upstream=self.echo.port, log=log)
        self.client_of(tap).close()
        first = tap.line()
        log.rename(self.folder / "rotated.jsonl.1")
        tap.signal(signal.SIGHUP)
        tap.said("reloaded")
        tap.log_is_moved()
        self.client_of(tap).close()
        second = tap.line()
        self.assertNotEqual(first["id"], second["id"])
        self.assertEqual(len((self.folder / "rotated.jsonl.1").read_text().splitlines()), 1)
        tap.stop()

    def test_a_reader_of_the_log_that_has_gone_does_not_end_it(self):
        """`mailtap run | head`: writing the log fails, the connections go on."""
        port = harness.free_port()
        command = [harness.MAILTAP, "run", "--listen", f"127.0.0.1:{port}", "--upstream", f"127.0.0.1:{self.echo.port}",
                   *map(str, self.pki.present["own"])]
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL) as process:
            self.addCleanup(process.kill)
            harness.wait_until(lambda: harness.accepts(port), "mailtap to listen")
            process.stdout.close()
            for _ in range(3):
                client = tls_client(port, client_context(self.pki.local_ca))
                client.send(b"x").receive_exactly(1)
                client.close()
            process.terminate()
            self.assertEqual(process.wait(10), 0)


if __name__ == "__main__":
    harness.main(needs=["openssl"])
