"""The log on its way elsewhere: rotated by logrotate with the package's rules, and brought to another machine by
rsyslog as docs/collectors has it. No line is lost, and none comes twice. Traces are copied as docs/scaling.md says."""

import collections
import gzip
import json
import os
import pathlib
import re
import shutil
import signal
import unittest

import harness
from certificates import Pki
from harness import Process, free_port, wait_until
from restart_test import Clients
from wire import Server, client_context, echo, server_context, tls_script

SOURCE = pathlib.Path(__file__).parents[2]
RULES = SOURCE / "packaging/mailtap.logrotate"
COLLECTORS = SOURCE / "docs/collectors"


def replaced(text, *pairs):
    """Each of these exactly once."""
    for old, new in pairs:
        if text.count(old) != 1:
            raise AssertionError(f"{old!r} is there {text.count(old)} times")
        text = text.replace(old, str(new))
    return text


class Rsyslog(Process):
    """rsyslogd with a configuration and a folder for its state; what is in that outlives it."""

    def __init__(self, folder, configuration):
        folder.mkdir(exist_ok=True)
        file = folder / "rsyslog.conf"
        file.write_text(f'global(workDirectory="{folder}")\n' + configuration)
        super().__init__(folder, "rsyslogd", ["rsyslogd", "-n", "-f", file, "-i", folder / "pid"])


class Collectors(harness.Claims):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pki = Pki(cls.folder)
        # Many names make long lines: rsyslog cuts those beyond 8 KiB, unless it is told otherwise.
        cls.server = cls.pki.upstream_ca.leaf("mail.test", *(f"{'long-' * 10}{number}.test" for number in range(100)))
        cls.context = client_context(cls.pki.local_ca)

    def setUp(self):
        self.echo = Server(tls_script(server_context(self.server), echo), seconds=60 * harness.PATIENCE)
        self.addCleanup(self.echo.close)
        self.logs = self.folder / f"logs.{free_port()}"
        self.logs.mkdir(mode=0o755)
        self.log = self.logs / "connections.jsonl"
        self.tap = self.mailtap(*self.pki.present["own"], upstream=self.echo.port, log=self.log)
        self.rotations = 0

    def rotate(self):
        """As the machine's timer does, with the package's rules."""
        rules = self.logs.with_suffix(".rules")
        command = re.search(r"if \[ -d /run/systemd/system \].*?fi\n", RULES.read_text(), re.S)[0]
        rules.write_text(replaced(RULES.read_text(), ("/var/log/mailtap/*.log", ""), ("/var/log/mailtap/*.jsonl", f"{self.logs}/*.jsonl"),
                                  (command, f"kill -HUP {self.tap.pid}\n")))
        rules.chmod(0o644)
        self.run_program("logrotate", "--force", "--state", self.logs.with_suffix(".state"), rules)
        self.rotations += 1
        self.tap.said("mailtap: reloaded", times=self.rotations)

    def assert_once_each(self, lines, count):
        ids = collections.Counter(line["id"] for line in lines if line["event"] == "connection")
        self.assertEqual(sorted(ids), list(range(1, count + 1)))
        self.assertEqual({number: times for number, times in ids.items() if times != 1}, {})

    def end(self):
        self.tap.signal(signal.SIGTERM)
        self.assertEqual(self.tap.wait(), 0)

    @unittest.skipUnless(shutil.which("logrotate"), "NOT TESTED: there is no logrotate")
    def test_logrotate_loses_no_line_and_writes_none_twice(self):
        clients = Clients(self.tap.port, self.context)
        for _ in range(4):
            clients.more(10)
            self.rotate()
        clients.more(10)
        done = clients.finish()
        self.end()
        files = sorted(file.name.removeprefix("connections.jsonl") for file in self.logs.iterdir())
        self.assertEqual(files, ["", ".1", ".2.gz", ".3.gz", ".4.gz"])
        lines = []
        for file in self.logs.iterdir():
            text = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
            self.assertTrue(text.endswith(b"\n"), "a torn line")
            lines += [json.loads(line) for line in text.splitlines()]
        self.assert_once_each(lines, done)

    @unittest.skipUnless(shutil.which("logrotate") and shutil.which("rsyslogd"), "NOT TESTED: there is no logrotate or no rsyslogd")
    def test_rsyslog_brings_each_line_to_the_machine_that_collects(self):
        all_lines, port_file = self.folder / "all.jsonl", self.folder / "port"
        collects = replaced((COLLECTORS / "rsyslog-collects.conf").read_text(), ("/var/log/mailtap-all.jsonl", all_lines),
                            ('port="10514"', f'port="0" address="127.0.0.1" listenPortFileName="{port_file}"'))
        self.started(Rsyslog(self.folder / "collects", collects))
        port = wait_until(lambda: port_file.exists() and port_file.read_text().strip(), "the port of rsyslogd")
        sends = replaced((COLLECTORS / "rsyslog.conf").read_text(), ("logs.contoso.local", "127.0.0.1"), ("10514", port),
                         ("/var/log/mailtap/connections.jsonl", self.log))
        sender = self.started(Rsyslog(self.folder / "sends", sends))
        clients = Clients(self.tap.port, self.context)
        for turn in range(4):
            clients.more(10)
            self.rotate()
            if turn == 1:  # it is restarted, and goes on where it was
                sender.popen.send_signal(signal.SIGTERM)
                self.assertEqual(sender.wait(), 0)
                clients.more(10)
                sender = self.started(Rsyslog(self.folder / "sends", sends))
        clients.more(10)
        done = clients.finish()

        def arrived():
            return all_lines.read_text().splitlines() if all_lines.exists() else []
        wait_until(lambda: len(arrived()) >= done, f"{done} lines on the machine that collects", seconds=60)
        lines = [json.loads(line) for line in arrived()]
        self.assertGreater(max(map(len, arrived())), 8192)
        self.assertEqual({line["host"] for line in lines}, {os.uname().nodename.partition(".")[0]})
        self.assert_once_each([line["mailtap"] for line in lines], done)
        self.end()

    @unittest.skipUnless(shutil.which("rsync"), "NOT TESTED: there is no rsync")
    def test_traces_are_complete_when_the_documents_command_copies_them(self):
        traces, elsewhere = self.folder / "traces", self.folder / "elsewhere"
        command = re.search(r"(?m)^    (cd /var/lib/mailtap/traces .*)$", (SOURCE / "docs/scaling.md").read_text())[1]
        command = replaced(command, ("/var/lib/mailtap/traces", traces), ("logs.contoso.local:traces/", f"{elsewhere}/"))
        tap = self.mailtap(*self.pki.present["own"], "--trace", traces, "--trace-max-file", "64K", upstream=self.echo.port)
        clients = Clients(tap.port, self.context)
        for _ in range(4):
            clients.more(10)
            self.run_program("sh", "-e", "-c", command)
        done = clients.finish()
        tap.signal(signal.SIGTERM)
        self.assertEqual(tap.wait(), 0)
        copies = list(elsewhere.iterdir())
        self.assertGreater(len(copies), 4)
        for copy in copies:
            self.assertEqual(copy.read_bytes(), (traces / copy.name).read_bytes(), copy.name)
        # With what came after the last copy they are all.
        lines = [json.loads(line) for file in traces.glob("*.jsonl") for line in file.read_text().splitlines()]
        self.assertEqual(sorted(line["id"] for line in lines), list(range(1, done + 1)))
        self.end()


if __name__ == "__main__":
    harness.main(needs=["openssl"])
