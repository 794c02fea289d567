"""Under a service manager: what systemd is told, sockets that it passes, the journal, rights that are given up."""

import os
import pathlib
import signal
import socket
import unittest

import harness
from scenes import WithEcho
from wire import client_context, tls_client

AS_ROOT = unittest.skipIf(os.geteuid() != 0, "NOT TESTED: giving up rights needs root")
NOBODY = 65534


class Manager:
    """The receiving end of sd_notify(3)."""

    def __init__(self, folder, abstract=False):
        self.name = f"@mailtap-e2e-{os.getpid()}" if abstract else str(folder / f"notify.{harness.free_port()}")
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind("\0" + self.name[1:] if abstract else self.name)
        self._socket.settimeout(20 * harness.PATIENCE)

    def hears(self):
        """The next message, as a dictionary."""
        return dict(line.split("=", 1) for line in self._socket.recv(4096).decode().splitlines())

    def hears_next(self, key):
        """The next message with that key."""
        while key not in (message := self.hears()):
            pass
        return message

    def close(self):
        self._socket.close()


class Service(WithEcho):
    def manager(self, **options):
        manager = Manager(self.folder, **options)
        self.addCleanup(manager.close)
        return manager

    def one_connection(self, tap, port=None):
        client = tls_client(port or tap.port, client_context(self.pki.local_ca))
        client.send(b"x").receive_exactly(1)
        client.close()
        self.assertEqual(tap.ending()[0], "closed")

    def test_it_says_when_it_is_ready_reloads_and_stops(self):
        for abstract in (False, True):
            with self.subTest(abstract=abstract):
                manager = self.manager(abstract=abstract)
                tap = self.mailtap(*self.pki.present["own"], upstream=self.echo.port,
                                   env={**os.environ, "NOTIFY_SOCKET": manager.name})
                self.assertEqual(manager.hears(), {"READY": "1", "STATUS": "1 route, 0 connections"})
                tap.signal(signal.SIGHUP)
                reloading = manager.hears()
                self.assertEqual(reloading["RELOADING"], "1")
                self.assertGreater(int(reloading["MONOTONIC_USEC"]), 0)
                self.assertEqual(manager.hears()["READY"], "1")
                tap.signal(signal.SIGTERM)
                self.assertEqual(manager.hears()["STOPPING"], "1")
                self.assertEqual(tap.wait(), 0)
                tap.stop()

    def test_it_gives_signs_of_life_for_the_watchdog(self):
        manager = self.manager()
        tap = self.mailtap(*self.pki.present["own"], "--workers", "2", upstream=self.echo.port,
                           env={**os.environ, "NOTIFY_SOCKET": manager.name, "WATCHDOG_USEC": "400000"})
        self.assertIn("READY", manager.hears())
        client = tls_client(tap.port, client_context(self.pki.local_ca))
        for _ in range(3):
            manager.hears_next("WATCHDOG")
        self.assertEqual(manager.hears_next("WATCHDOG")["STATUS"], "1 route, 1 connection")
        client.close()
        tap.line()
        tap.stop()

    def test_a_watchdog_that_is_meant_for_another_process_is_left_alone(self):
        manager = self.manager()
        tap = self.mailtap(*self.pki.present["own"], upstream=self.echo.port,
                           env={**os.environ, "NOTIFY_SOCKET": manager.name, "WATCHDOG_USEC": "1000", "WATCHDOG_PID": "1"})
        self.assertIn("READY", manager.hears())
        self.one_connection(tap)
        tap.signal(signal.SIGTERM)
        self.assertIn("STOPPING", manager.hears())
        self.assertEqual(tap.wait(), 0)
        tap.stop()

    def activated(self, listener, name, *arguments):
        """mailtap as systemd starts it, with `listener` as descriptor 3."""
        def pass_on():
            os.dup2(listener.fileno(), 3)
        wrapper = ["sh", "-c", f'LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES={name} exec "$@"', "sh"]
        return self.mailtap(*self.pki.present["own"], "--workers", "2", *arguments, wrapper=wrapper,
                            preexec_fn=pass_on, pass_fds=[3])

    def test_a_socket_of_systemds_is_taken_by_its_address(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
            tap = self.activated(listener, "unknown", "--listen", f"127.0.0.1:{port}", "--upstream",
                                 f"127.0.0.1:{self.echo.port}")
            self.assertEqual(tap.port, port)
            for _ in range(10):
                self.one_connection(tap)
            tap.stop()
            socket.create_connection(("127.0.0.1", port)).close()  # it is still systemd's

    def test_a_socket_of_systemds_is_taken_by_the_routes_id(self):
        configuration = self.folder / "named.toml"
        configuration.write_text('[[route]]\nid = "exchange"\nlisten = "127.0.0.1:1"\n'
                                 f'upstream = "127.0.0.1:{self.echo.port}"\n')
        with socket.create_server(("127.0.0.1", 0)) as listener:
            tap = self.activated(listener, "exchange", "--config", configuration)
            self.assertEqual(tap.port, listener.getsockname()[1])
            self.one_connection(tap)
            tap.stop()

    def test_a_socket_of_no_route_is_closed_with_a_warning(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            tap = self.activated(listener, "other", "--listen", "127.0.0.1:0", "--upstream", f"127.0.0.1:{self.echo.port}")
            tap.said(f"the socket other on 127.0.0.1:{listener.getsockname()[1]} that was passed is of no route")
            self.one_connection(tap)
            tap.stop()

    def test_the_journal_gets_priorities(self):
        wrapper = ["sh", "-c", 'JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2) exec "$@"', "sh"]
        tap = self.mailtap("--listen", "127.0.0.1:0", "--upstream", f"127.0.0.1:{self.echo.port}", *self.pki.present["own"],
                           wrapper=wrapper)
        self.assertRegex(tap.output(), r"(?m)^<6>listening 127\.0\.0\.1:\d+$")
        tap.said("<4>mailtap: warning: ")
        tap.stop()
        elsewhere = self.mailtap(*self.pki.present["own"], upstream=self.echo.port,
                                 env={**os.environ, "JOURNAL_STREAM": "1:1"})
        self.assertNotIn("<6>", elsewhere.output())
        elsewhere.stop()

    def test_a_crash_leaves_no_core_unless_it_may(self):
        def limit(tap):
            lines = pathlib.Path(f"/proc/{tap.pid}/limits").read_text().splitlines()
            return next(line.split()[4:6] for line in lines if line.startswith("Max core file size"))
        tap = self.mailtap(*self.pki.present["own"], upstream=self.echo.port)
        self.assertEqual(limit(tap), ["0", "0"])
        tap.stop()
        started_with = next(line.split()[4:6] for line in pathlib.Path("/proc/self/limits").read_text().splitlines()
                            if line.startswith("Max core file size"))
        tap = self.mailtap(*self.pki.present["own"], "--core-dumps", upstream=self.echo.port)
        self.assertEqual(limit(tap), started_with)
        tap.stop()

    @AS_ROOT
    def test_as_another_user_it_keeps_what_it_has_opened_and_no_right_but_one(self):
        folder = self.folder / "own"
        folder.mkdir()
        os.chown(folder, NOBODY, NOBODY)
        log = folder / "log.jsonl"
        tap = self.mailtap(*self.pki.present["own"], "--user", NOBODY, "--group", NOBODY, upstream=self.echo.port, log=log,
                           preexec_fn=lambda: os.setgroups([4, 5]))
        status = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{tap.pid}/status").read_text().splitlines())
        self.assertEqual(status["Uid"].split(), [str(NOBODY)] * 4)
        self.assertEqual(status["Gid"].split(), [str(NOBODY)] * 4)
        self.assertEqual(status["Groups"].split(), [])
        bind_service = int(status["CapBnd"], 16) & 0x400
        for which in ("CapEff", "CapPrm", "CapAmb"):
            self.assertEqual(int(status[which], 16), bind_service)
        self.assertEqual(status["NoNewPrivs"].strip(), "1")
        self.assertEqual(os.stat(f"/proc/{tap.pid}/fd").st_uid, 0, "no debugger of the same user's")
        self.assertEqual(log.stat().st_uid, NOBODY)
        self.one_connection(tap)
        tap.stop()

    @AS_ROOT
    def test_as_another_user_a_reload_reads_as_that_user(self):
        folder = self.folder / "reread"
        folder.mkdir()
        os.chown(folder, NOBODY, NOBODY)
        log, key = folder / "log.jsonl", folder / "server.key"
        key.write_bytes(pathlib.Path(self.pki.server.key).read_bytes())
        key.chmod(0o600)  # root's
        tap = self.mailtap("--cert", self.pki.server.cert, "--key", key, "--user", NOBODY, "--group", NOBODY,
                           upstream=self.echo.port, log=log)
        tap.signal(signal.SIGHUP)
        tap.said(f"reload failed, the old configuration goes on: --key: {key} can't be read: Permission denied")
        client = tls_client(tap.port, client_context(self.pki.upstream_ca))
        client.close()
        tap.line()
        os.chown(key, NOBODY, NOBODY)
        log.rename(folder / "log.1")
        tap.signal(signal.SIGHUP)
        tap.said("mailtap: reloaded")
        tap.log_is_moved()
        client = tls_client(tap.port, client_context(self.pki.upstream_ca))
        client.close()
        tap.line()
        tap.stop()

    @AS_ROOT
    def test_a_user_that_is_none_and_one_who_may_not_are_told_so(self):
        common = [harness.MAILTAP, "run", "--listen", "127.0.0.1:0", "--upstream", f"127.0.0.1:{self.echo.port}"]
        self.assertIn('there is no user "nobody-of-that-name"',
                      self.run_program(*common, "--user", "nobody-of-that-name", status=1))
        self.assertIn("only root can go on as root",
                      self.run_program("setpriv", "--reuid", NOBODY, "--clear-groups", *common, "--user", "root", status=1))
        self.assertIn("group: is given without user", self.run_program(*common, "--group", "0", status=64))


if __name__ == "__main__":
    harness.main(needs=["openssl"])
