"""mailtap's package under a live systemd, on a Debian that scripts/boot has booted for it: nothing here is simulated.

/made has the packages: old.deb, and an archive for apt with the same as version 99.0. Nothing that is changed here
outlives the boot.
"""

import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import unittest

import harness
from certificates import Pki
from harness import wait_until
from restart_test import Clients
from wire import Server, client_context, connect, echo, server_context, tls_client, tls_script

CONFIGURATION = pathlib.Path("/etc/mailtap/mailtap.toml")
DROP_IN = pathlib.Path("/etc/systemd/system/mailtap.service.d/claims.conf")
SOCKET_DROP_IN = pathlib.Path("/etc/systemd/system/mailtap.socket.d/claims.conf")
LOGS = pathlib.Path("/var/log/mailtap")
APT = ["apt-get", "-q", "-y", "-o", "Dpkg::Use-Pty=0", "-o", "APT::Sandbox::User=root"]


def show(*properties, unit="mailtap"):
    """What systemd says of these properties of the unit, in this order."""
    said = subprocess.check_output(["systemctl", "show", "--property", ",".join(properties), unit], text=True)
    by_name = dict(line.split("=", 1) for line in said.splitlines())
    return by_name[properties[0]] if len(properties) == 1 else [by_name[name] for name in properties]


def main_pid():
    return int(show("MainPID"))


def is_active(unit="mailtap"):
    return subprocess.run(["systemctl", "is-active", "--quiet", unit]).returncode == 0


class Journal:
    """What is written to it on mailtap from now on."""

    def __init__(self):
        said = subprocess.check_output(["journalctl", "-n", "0", "--show-cursor"], text=True)
        self._after = "--after-cursor=" + said.rpartition("-- cursor: ")[2].strip()

    def lines(self, *arguments, output="cat"):
        subprocess.run(["journalctl", "--sync"], check=True)
        return subprocess.check_output(["journalctl", self._after, "-q", "-u", "mailtap", "-o", output, *arguments],
                                       text=True).splitlines()


def installed_version():
    return subprocess.run(["dpkg-query", "-W", "-f", "${Status} ${Version}", "mailtap"], capture_output=True, text=True).stdout


class Packaged(harness.Claims):
    """The package is installed, with a configuration that leads to an echo, and goes after the claim."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pki = Pki(cls.folder)
        cls.context = client_context(cls.pki.local_ca)

    def setUp(self):
        self.journal = Journal()
        self.echo = Server(tls_script(server_context(self.pki.server), echo), seconds=60)
        self.addCleanup(self.echo.close)
        self.port = harness.free_port()
        self.addCleanup(self.purge)
        self.run_program(*APT, "install", "--reinstall", "/made/old.deb", seconds=120)
        for file in (self.pki.own.cert, self.pki.own.key):
            self.run_program("install", "-o", "root", "-g", "mailtap", "-m", "640", file, "/etc/mailtap/")

    def run(self, result=None):
        before = len(result.failures) + len(result.errors)
        super().run(result)
        if len(result.failures) + len(result.errors) > before:
            print(f"--- {self.id()}: the journal has\n" + "\n".join(self.journal.lines(output="short-precise"))[-20000:])

    def purge(self):
        self.run_program("dpkg", "-P", "mailtap", seconds=120)
        for drop_in in (DROP_IN, SOCKET_DROP_IN):
            drop_in.unlink(missing_ok=True)
        subprocess.run(["systemctl", "daemon-reload"], check=True)
        subprocess.run(["systemctl", "reset-failed"], check=True)

    def configure(self, *lines, log="-", port=None, upstream=None):
        CONFIGURATION.write_text("\n".join([f'log = "{log}"', 'log-format = "json"', *lines, "[[route]]", 'id = "exchange"',
            f'listen = "127.0.0.1:{port or self.port}"', f'upstream = "{upstream or f"localhost:{self.echo.port}"}"',
            'name = "mail.test"',
            f'cert = "{pathlib.Path(self.pki.own.cert).name}"', f'key = "{pathlib.Path(self.pki.own.key).name}"', ""]))

    def unit(self, text, file=DROP_IN):
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
        subprocess.run(["systemctl", "daemon-reload"], check=True)

    def systemctl(self, *arguments, **options):
        return self.run_program("systemctl", *arguments, **options)

    def started(self, *lines, **options):
        self.configure(*lines, **options)
        self.systemctl("restart", "mailtap")

    def one_connection(self, port=None):
        client = tls_client(port or self.port, self.context, seconds=60)
        client.send(b"x" * 1000).receive_exactly(1000)
        client.close()

    def connections(self, *arguments):
        """The lines of ended connections in the journal."""
        return [json.loads(line) for line in self.journal.lines(*arguments) if line.startswith('{"event":"connection"')]


class Booted(Packaged):
    def test_installed_it_runs_as_the_package_has_it(self):
        self.assertEqual(show("ActiveState", "SubState", "Type", "UnitFileState", "User"),
                         ["active", "running", "notify", "enabled", "mailtap"])
        self.assertEqual(show("StatusText"), "2 routes, 0 connections")
        status = self.systemctl("status", "--no-pager", "mailtap")
        self.assertIn('Status: "2 routes, 0 connections"', status)
        for port in (8443, 8993):
            connect(port).close()
        said = "\n".join(self.journal.lines())
        self.assertIn("listening 127.0.0.1:8443", said)
        self.assertNotIn("<6>", said)  # a priority, which journald takes off

    def test_a_connection_goes_through_it_and_into_the_journal_as_json(self):
        self.started()
        self.one_connection()
        line, = wait_until(self.connections, "a line in the journal")
        self.assertEqual((line["route"], line["ending"]["reason"], line["bytes"]),
                         ("exchange", "closed", {"to_upstream": 1000, "to_downstream": 1000}))
        self.assertEqual([line for line in self.journal.lines("-p", "warning") if line.startswith("{")], [])
        wait_until(lambda: show("StatusText") == "1 route, 0 connections", "the status")

    def test_its_rights_are_few(self):
        self.started()
        rated = self.run_program("systemd-analyze", "security", "--no-pager", "--threshold=20", "mailtap")
        print(re.search(r"Overall exposure level.*", rated)[0])
        pid = main_pid()
        status = dict(line.split(":\t", 1) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines())
        bind_service = 0x400
        for which in ("CapEff", "CapPrm", "CapBnd", "CapAmb"):
            self.assertEqual(int(status[which], 16), bind_service, which)
        self.assertEqual((status["NoNewPrivs"], status["Seccomp"]), ("1", "2"))
        self.assertNotIn("0", status["Uid"].split())
        # What the process sees, as root would see it there.
        inside = ["nsenter", "--target", pid, "--mount", "--"]
        for folder in ("/usr", "/etc/mailtap", "/var/lib", "/srv"):
            self.assertIn("Read-only file system", self.run_program(*inside, "touch", f"{folder}/claims", status=1))
        for folder in ("/var/lib/mailtap", "/var/log/mailtap", "/tmp"):
            self.run_program(*inside, "touch", f"{folder}/claims")
        self.assertFalse(pathlib.Path("/tmp/claims").exists(), "its /tmp is its own")
        self.assertEqual(self.run_program(*inside, "ls", "/home"), "")
        limits = pathlib.Path(f"/proc/{pid}/limits").read_text()
        self.assertRegex(limits, r"Max core file size +0 +0 ")
        # A container may be allowed less.
        most = re.search(r"Max open files +\d+ +(\d+)", pathlib.Path("/proc/1/limits").read_text())[1]
        self.assertRegex(limits, f"Max open files +{min(65536, int(most))} ")

    def test_under_them_it_listens_below_1024_keeps_pins_and_writes_traces_and_logs(self):
        admin = harness.free_port()
        self.started('pin-file = "/var/lib/mailtap/pins"', 'trace = "/var/lib/mailtap/traces"', f'admin = "127.0.0.1:{admin}"',
                     port=993, log=LOGS / "connections.jsonl")
        self.one_connection(993)
        wait_until(lambda: '"event":"connection"' in (LOGS / "connections.jsonl").read_text(), "the log")
        self.assertEqual(self.run_program("curl", "-sS", "--fail", f"http://127.0.0.1:{admin}/healthz"), "alive\n")
        self.systemctl("stop", "mailtap")
        self.assertIn("mail.test", pathlib.Path("/var/lib/mailtap/pins").read_text())
        self.assertTrue(list(pathlib.Path("/var/lib/mailtap/traces").glob("*.jsonl")))
        self.assertEqual(self.journal.lines("-p", "err"), [])

    def test_a_configuration_that_is_wrong_is_told_and_nothing_starts(self):
        self.systemctl("stop", "mailtap")
        CONFIGURATION.write_text("this is no TOML")
        self.systemctl("start", "mailtap", status=1)
        self.assertFalse(is_active())
        self.assertTrue([line for line in self.journal.lines() if "/etc/mailtap/mailtap.toml:1:" in line])

    def test_a_reload_takes_a_changed_configuration_and_no_wrong_one(self):
        self.started()
        pid = main_pid()
        other = harness.free_port()
        self.configure(port=other)
        self.systemctl("reload", "mailtap")
        wait_until(lambda: harness.accepts(other), "the new port")
        self.one_connection(other)
        CONFIGURATION.write_text("this is no TOML")
        self.systemctl("reload", "mailtap")
        wait_until(lambda: [line for line in self.journal.lines("-p", "warning") if "reload failed, the old configuration goes on" in line],
                   "the warning in the journal")
        self.one_connection(other)
        self.assertEqual((main_pid(), is_active()), (pid, True))

    def test_the_watchdog_restarts_one_that_hangs(self):
        self.unit("[Service]\nWatchdogSec=2\n")
        self.started()
        pid = main_pid()
        self.one_connection()
        os.kill(pid, signal.SIGSTOP)
        wait_until(lambda: main_pid() not in (0, pid) and is_active(), "another process", seconds=60)
        self.assertEqual(show("NRestarts"), "1")
        self.one_connection()
        self.assertTrue([line for line in self.journal.lines() if "Watchdog timeout" in line])

    def test_one_that_is_killed_comes_back(self):
        self.started()
        pid = main_pid()
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: main_pid() not in (0, pid) and is_active(), "another process")
        self.one_connection()

    def test_a_hand_over_under_load_loses_nobody_and_systemd_follows(self):
        self.unit("[Service]\nWatchdogSec=2\n")
        self.started("workers = 2")
        pid = main_pid()
        stays = tls_client(self.port, self.context, seconds=60)
        clients = Clients(self.port, self.context)
        clients.more(20)
        self.systemctl("kill", "--kill-who=main", "--signal=USR2", "mailtap")
        wait_until(lambda: main_pid() not in (0, pid), "another main process")
        successor = main_pid()
        clients.more(20)
        done = clients.finish()
        stays.send(b"still").receive_exactly(5)
        stays.close()
        wait_until(lambda: not pathlib.Path(f"/proc/{pid}").exists(), "the old process to end")
        wait_until(lambda: len(self.connections()) == done + 1, "each connection in the journal")
        self.assertEqual({line["ending"]["reason"] for line in self.connections()}, {"closed"})
        # The watchdog watches the new one: it is content with it, and restarts it when it hangs.
        before = show("WatchdogTimestampMonotonic")
        wait_until(lambda: show("WatchdogTimestampMonotonic") != before, "a sign of life of the new one")
        self.assertEqual((main_pid(), show("NRestarts")), (successor, "0"))
        os.kill(successor, signal.SIGSTOP)
        wait_until(lambda: main_pid() not in (0, successor) and is_active(), "another process", seconds=60)
        self.one_connection()

    def test_a_successor_that_hangs_or_dies_while_the_old_one_drains_is_replaced(self):
        for number in (signal.SIGSTOP, signal.SIGKILL):
            with self.subTest(signal=number):
                self.unit("[Service]\nWatchdogSec=2\n")
                self.started('drain-timeout = "10m"')
                pid = main_pid()
                stays = tls_client(self.port, self.context, seconds=60)
                stays.send(b"x").receive_exactly(1)
                self.systemctl("kill", "--kill-who=main", "--signal=USR2", "mailtap")
                wait_until(lambda: main_pid() not in (0, pid), "another main process")
                successor = main_pid()
                os.kill(successor, number)
                wait_until(lambda: main_pid() not in (0, pid, successor) and is_active(), "a third process", seconds=60)
                self.one_connection()
                stays.tcp.close()

    def test_stopping_drains_old_and_new(self):
        self.started('drain-timeout = "1m"')
        pid = main_pid()
        stays = tls_client(self.port, self.context, seconds=60)
        self.systemctl("kill", "--kill-who=main", "--signal=USR2", "mailtap")
        wait_until(lambda: main_pid() not in (0, pid), "another main process")
        also = tls_client(self.port, self.context, seconds=60)
        stopping = subprocess.Popen(["systemctl", "stop", "mailtap"])
        wait_until(lambda: show("ActiveState") == "deactivating", "the stop to begin")
        for client in (stays, also):
            client.send(b"still").receive_exactly(5)
            client.close()
        self.assertEqual(stopping.wait(60), 0)
        self.assertEqual(show("ActiveState", "Result"), ["inactive", "success"])
        self.assertEqual([line["ending"]["reason"] for line in self.connections()], ["closed", "closed"])

    def test_with_its_socket_unit_systemd_listens_and_starts_it(self):
        self.systemctl("stop", "mailtap")
        self.configure()
        self.unit(f"[Socket]\nListenStream=\nListenStream=127.0.0.1:{self.port}\n", SOCKET_DROP_IN)
        # Without any capability: nothing is to be bound.
        self.unit("[Service]\nAmbientCapabilities=\nCapabilityBoundingSet=\n")
        self.systemctl("start", "mailtap.socket")
        self.assertFalse(is_active())
        self.one_connection()  # which starts it
        self.assertTrue(is_active())
        clients = Clients(self.port, self.context)
        clients.more(10)
        pid = main_pid()
        self.systemctl("restart", "mailtap")  # who comes meanwhile waits
        clients.more(10)
        self.assertNotEqual(main_pid(), pid)
        pid = main_pid()
        self.systemctl("kill", "--kill-who=main", "--signal=USR2", "mailtap")
        wait_until(lambda: main_pid() not in (0, pid), "another main process")
        clients.more(10)
        done = clients.finish()
        wait_until(lambda: len(self.connections()) == done + 1, "each connection in the journal")
        self.assertEqual({line["ending"]["reason"] for line in self.connections()}, {"closed"})

    def test_transparent_needs_one_capability_more_as_the_documents_say(self):
        self.configure()
        with CONFIGURATION.open("a") as file:
            file.write('transparent = "tproxy"\n')
        self.systemctl("restart", "mailtap", status=1)
        self.unit("[Service]\nAmbientCapabilities=CAP_NET_BIND_SERVICE CAP_NET_ADMIN\n"
                  "CapabilityBoundingSet=CAP_NET_BIND_SERVICE CAP_NET_ADMIN\n")
        CONFIGURATION.write_text(re.sub(r"(?m)^upstream = .*\n", "", CONFIGURATION.read_text()))
        self.systemctl("restart", "mailtap")
        self.assertTrue(is_active())

    def test_logrotate_under_load_loses_no_line(self):
        log = LOGS / "connections.jsonl"
        self.started(log=log)
        clients = Clients(self.port, self.context)
        for number in range(1, 4):
            clients.more(10)
            self.run_program("logrotate", "--force", "/etc/logrotate.d/mailtap")
            wait_until(log.exists, "the new log")
        clients.more(10)
        done = clients.finish()
        self.systemctl("stop", "mailtap")
        files = sorted(LOGS.iterdir())
        self.assertEqual([file.name for file in files],
                         ["connections.jsonl", "connections.jsonl.1", "connections.jsonl.2.gz", "connections.jsonl.3.gz"])
        self.assertEqual({(file.owner(), oct(file.stat().st_mode & 0o777)) for file in files}, {("mailtap", "0o640")})
        text = self.run_program("zcat", "-f", *files)
        ids = [line["id"] for line in map(json.loads, text.splitlines()) if line["event"] == "connection"]
        self.assertEqual(sorted(ids), list(range(1, done + 1)))


class Upgraded(Packaged):
    def upgrade(self):
        """As an admin does it: by apt, from an archive."""
        self.run_program(*APT, "update")
        return self.run_program(*APT, "-o", "Dpkg::Options::=--force-confold", "upgrade", seconds=180)

    def test_an_upgrade_under_load_loses_nobody(self):
        self.started("workers = 2")
        pid = main_pid()
        stays = tls_client(self.port, self.context, seconds=60)
        clients = Clients(self.port, self.context)
        clients.more(20)
        self.upgrade()
        self.assertIn("99.0", installed_version())
        clients.more(20)
        done = clients.finish()
        self.assertNotEqual(main_pid(), pid)
        self.assertNotIn("deleted", os.readlink(f"/proc/{main_pid()}/exe"))
        stays.send(b"still").receive_exactly(5)
        stays.close()
        wait_until(lambda: not pathlib.Path(f"/proc/{pid}").exists(), "the old process to end")
        wait_until(lambda: len(self.connections()) == done + 1, "each connection in the journal")
        self.assertEqual({line["ending"]["reason"] for line in self.connections()}, {"closed"})
        self.assertEqual((is_active(), show("NRestarts")), (True, "0"))

    def test_where_the_new_one_cannot_start_the_old_one_goes_on(self):
        self.started()
        pid = main_pid()
        CONFIGURATION.write_text("this is no TOML")
        said = self.upgrade()
        self.assertIn("mailtap: the version that was there goes on", said)
        self.assertEqual((main_pid(), is_active()), (pid, True))
        self.one_connection()

    def test_an_upgrade_starts_nothing_that_was_stopped(self):
        self.systemctl("stop", "mailtap")
        self.upgrade()
        self.assertFalse(is_active())

    def test_an_upgrade_does_not_touch_what_policy_forbids(self):
        self.started()
        pid = main_pid()
        policy = pathlib.Path("/usr/sbin/policy-rc.d")
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
        self.addCleanup(policy.unlink)
        self.upgrade()
        self.assertEqual((main_pid(), is_active()), (pid, True))


class Removed(Packaged):
    def test_purged_it_leaves_nothing_running_and_nothing_behind(self):
        self.started('pin-file = "/var/lib/mailtap/pins"', log=LOGS / "connections.jsonl")
        self.unit(f"[Socket]\nListenStream=\nListenStream=127.0.0.1:{harness.free_port()}\n", SOCKET_DROP_IN)
        self.one_connection()
        self.systemctl("stop", "mailtap")
        self.systemctl("enable", "--now", "mailtap.socket")
        self.systemctl("start", "mailtap")
        self.run_program(*APT, "remove", "mailtap", seconds=120)
        self.assertFalse(is_active())
        self.assertFalse(is_active("mailtap.socket"))
        self.assertTrue(CONFIGURATION.exists())
        self.purge()
        left = self.run_program("find", "/etc", "/usr", "/var/lib", "/var/log", "-xdev", "-path", "*mailtap*", "-type", "f,l")
        own = {"/etc/mailtap/" + pathlib.Path(file).name for file in (self.pki.own.cert, self.pki.own.key)}
        self.assertEqual({line for line in left.splitlines() if not line.startswith("/var/lib/apt/")},
                         own, "what dpkg doesn't know is the admin's")
        self.assertEqual(self.run_program("systemctl", "--failed", "--no-legend", "--plain").count("mailtap"), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
