"""Starts mailtap and its peers, watches them, stops them, and shows what they said when a claim fails.

A test file holds claims on one subject: methods of a `Claims` class, named as sentences. It ends with
`main(needs=[...])`, naming the programs that it can't do without.

  certificates.py   certificates, made by openssl
  wire.py           TLS clients and servers that do exactly what a script says, nothing more
  servers.py        nginx and dovecot, each with a configuration of its own

Servers listen on loopback, on free ports, and keep all they write in a folder that is
removed at the end. Everything that waits has a deadline.
"""

import fcntl
import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

import contract

MAILTAP = os.environ.get("MAILTAP_BINARY", "")
SANITIZED = bool(os.environ.get("MAILTAP_SANITIZE"))
# How much longer things may take: a sanitizer slows mailtap down, and machines that test have others to serve.
PATIENCE = 4 if SANITIZED else 1

PACKAGES = {"nginx": "nginx-light", "dovecot": "dovecot-imapd dovecot-pop3d", "gnutls-serv": "gnutls-bin",
            "gnutls-cli": "gnutls-bin", "ip": "iproute2", "nft": "nftables", "setpriv": "util-linux", "rsyslogd": "rsyslog",
            "swaks": "swaks libnet-ssleay-perl", "java": "openjdk-17-jdk-headless", "javac": "openjdk-17-jdk-headless",
            "go": "golang-go", "certutil": "libnss3-tools", "vfychain": "libnss3-tools", "tstclnt": "libnss3-tools",
            "chromedriver": "chromium-driver", "mono": "mono-runtime", "mcs": "mono-mcs", "node": "nodejs",
            "/usr/lib/wine/wine64": "wine64", "wixl": "wixl msitools", "x86_64-w64-mingw32-gcc": "gcc-mingw-w64-x86-64-win32"}
os.environ["PATH"] += ":/usr/sbin:/sbin"  # where Debian keeps servers, and users' PATH doesn't lead
os.environ["LC_ALL"] = "C.UTF-8"  # advice is in English unless a test asks otherwise

# What a test has to tell that passes: shown at the end.
told = []


def tell(line):
    told.append(line)


_ports_given = {}
# Who has given out which port, on the whole machine: a locked file each, for as long as its process lives.
_PORTS = pathlib.Path(tempfile.gettempdir()) / f"mailtap-e2e-ports-{os.getuid()}"


def _ports_for_servers():
    """Those that the kernel doesn't give to outgoing connections, which would be there before the server is."""
    with open("/proc/sys/net/ipv4/ip_local_port_range") as file:
        first = int(file.read().split()[0])
    return range(10240, first) if first > 15000 else range(10240, 32768)


def surveyed(target, name="mail.test"):
    """What `check --protocols --json` says of it, whatever its certificate is worth."""
    return subprocess.run([MAILTAP, "check", target, "--name", name, "--protocols", "--json"], stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, timeout=120 * PATIENCE).stdout


def free_port():
    """A port that nobody has now, and that no test that still runs has given out."""
    _PORTS.mkdir(exist_ok=True)
    while True:
        port = random.choice(_ports_for_servers())
        if port in _ports_given:
            continue
        claim = open(_PORTS / str(port), "w")
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            claim.close()
            continue
        with socket.socket() as probe:
            try:
                probe.bind(("", port))
            except OSError:
                claim.close()
                continue
        _ports_given[port] = claim
        return port


def wait_until(condition, what, seconds=30):
    """The first true value that `condition` gives; an AssertionError that says `what` after `seconds`."""
    deadline = time.monotonic() + seconds * PATIENCE
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds * PATIENCE} s in vain for {what}")
        time.sleep(0.01)


def accepts(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


class Process:
    """A program in the foreground whose output goes to a file."""

    def __init__(self, folder, name, arguments, **options):
        self.name = name
        self.output_file = folder / f"{name}.{free_port()}.output"
        with open(self.output_file, "wb") as output:
            self.popen = subprocess.Popen([str(a) for a in arguments], stdin=subprocess.DEVNULL, stdout=output,
                                          stderr=subprocess.STDOUT, start_new_session=True, **options)

    def output(self):
        return self.output_file.read_text(errors="replace")

    def wait_for_port(self, port):
        self.wait_for(lambda: accepts(port), f"port {port} to accept")

    def wait_for(self, condition, what, seconds=30):
        """As wait_until, but fails at once when the program has ended."""
        def check():
            value = condition()
            if not value and self.popen.poll() is not None:
                value = condition()  # what it did last counts
                if not value:
                    raise AssertionError(f"{self.name} ended with status {self.popen.returncode} instead of: {what}\n"
                                         + self.output())
            return value
        try:
            return wait_until(check, f"{self.name}: {what}", seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.threads()}") from None

    def threads(self):
        """What each of its threads does, for whoever wonders why it doesn't go on."""
        said = []
        for task in sorted(pathlib.Path(f"/proc/{self.popen.pid}/task").glob("*")):
            try:
                status = dict(line.split(":\t", 1) for line in (task / "status").read_text().splitlines() if ":\t" in line)
                signals = " ".join(f"{name} {int(status[name], 16):x}" for name in ("SigPnd", "ShdPnd", "SigBlk"))
                call = (task / "syscall").read_text().split()[0]
                said.append(f"thread {task.name} {status['Name']}: {status['State']}, in {(task / 'wchan').read_text()}, "
                            f"system call {call}, {signals}")
            except (OSError, KeyError, IndexError):
                continue  # it has ended, or this user may not look
        return "\n".join(said)

    def wait(self, seconds=30):
        """Its exit status."""
        return self.popen.wait(seconds * PATIENCE)

    def kill(self):
        """Ends it and whatever it has started, if that still runs."""
        try:
            os.killpg(self.popen.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.popen.wait()


class Mailtap(Process):
    """`mailtap run`, accepting. Its log is read line by line, each checked against the contract.
    `wrapper`: a command line that mailtap's is put behind."""

    def __init__(self, folder, arguments, listeners=1, log=None, wrapper=(), **options):
        self.log_file = log or folder / f"connections.{free_port()}.jsonl"
        # Servers of tests count their connections: hellos are played to those alone that say so.
        if not {"--trial-hello", "--config"} & set(map(str, arguments)):
            arguments = [*arguments, "--trial-hello", "off"]
        arguments = [*wrapper, MAILTAP, "run", *arguments, "--log", self.log_file, "--log-format", "json"]
        super().__init__(folder, "mailtap", arguments, **options)
        self.expected_besides = set()  # reasons of endings that are passed over
        self.exchanges = []  # what was asked and answered, as far as the log has been read
        self.alerts = []  # of what, as far
        self._unread = b""
        self._log = None
        self.ports = self.wait_for(lambda: self._listening(listeners), "listening ADDR:PORT")

    @property
    def port(self):
        return self.ports[0]

    @property
    def pid(self):
        return self.popen.pid

    def said(self, text, times=1):
        """Waits until it has said `text` on standard error."""
        self.wait_for(lambda: self.output().count(text) >= times, f"to say {text!r}")

    def _listening(self, count):
        ports = [int(port) for port in re.findall(r"listening \S+:(\d+)\n", self.output())]
        return ports if len(ports) >= count else None

    def _next_line(self):
        if self._log is None:
            if not self.log_file.exists():
                return None
            self._log = open(self.log_file, "rb")
        self._unread += self._log.read()
        while b"\n" in self._unread:
            text, _, self._unread = self._unread.partition(b"\n")
            line = json.loads(text)
            if line["event"] == "exchange":
                self.exchanges.append(contract.checked_exchange(line))
                continue
            if line["event"] == "alert":
                self.alerts.append(contract.checked_alert(line))
                continue
            line = contract.checked(line)
            if line["ending"]["reason"] not in self.expected_besides:
                return line
        return None

    def line(self, seconds=30):
        """The next connection's line."""
        return self.wait_for(self._next_line, "a line in the log", seconds)

    def lines(self, count, seconds=30):
        return [self.line(seconds) for _ in range(count)]

    def ending(self, seconds=30):
        """How the next connection in the log ended: its reason and side."""
        ending = self.line(seconds)["ending"]
        return ending["reason"], ending["side"]

    def log_is_moved(self):
        """What is in the old file has been read; from now on the new one is."""
        self._log.close()
        self._log = None

    def rss_kib(self):
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))

    def signal(self, number):
        os.kill(self.pid, number)

    def stop(self, seconds=30):
        """Drains it. It must end in order, and have said no more of connections than the test has read."""
        if self.popen.poll() is None:
            self.signal(signal.SIGTERM)
        status = self.wait(seconds)
        if status != 0:
            raise AssertionError(f"mailtap ended with status {status}\n{self.output()}")
        if line := self._next_line():
            raise AssertionError(f"a line in the log that nobody expected: {json.dumps(line)}")


class Claims(unittest.TestCase):
    """Base of all test classes: a folder, processes that end with the test, and their words when it fails."""

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.processes = []
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="mailtap-e2e-"))
        cls.folder.chmod(0o755)  # dovecot's processes aren't root's
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)

    def run(self, result=None):
        self.own_processes = []
        failed = []
        for kind in ("addFailure", "addError", "addSubTest"):
            self._notes(failed, result, kind)
        super().run(result)
        for kind in ("addFailure", "addError", "addSubTest"):
            vars(result).pop(kind, None)
        if failed:
            for process in self.processes + self.own_processes:
                print(f"--- {process.name}, in {self.id()}, said:\n{process.output()[-20000:]}", file=sys.stderr)
                if isinstance(process, Mailtap) and process.log_file.exists():
                    print(f"--- and its log:\n{process.log_file.read_text()[-20000:]}", file=sys.stderr)

    @staticmethod
    def _notes(failed, result, kind):
        """Whoever's `result` it is, unittest's or pytest's: adds to `failed` when it is told of a failure."""
        told = getattr(result, kind, None)
        if told is None:
            return

        def note(*arguments):
            if arguments[-1] is not None:  # of a subtest that passed: no error
                failed.append(kind)
            told(*arguments)
        setattr(result, kind, note)

    def started(self, process):
        """`process` is killed when the test is over, if it still runs."""
        self.own_processes.append(process)
        self.addCleanup(process.kill)
        return process

    @classmethod
    def started_for_all(cls, process):
        """The same for a process that all tests of the class use."""
        cls.processes.append(process)
        cls.addClassCleanup(process.kill)
        return process

    def mailtap(self, *arguments, upstream=None, **options):
        """Runs mailtap with these arguments, listening on a free port, in front of port `upstream`."""
        addresses = [] if upstream is None else ["--listen", "127.0.0.1:0", "--upstream", f"127.0.0.1:{upstream}"]
        return self.started(Mailtap(self.folder, [*addresses, *arguments], **options))

    def run_program(self, *arguments, status=0, seconds=60, **options):
        """Runs a program to its end and gives what it wrote on both outputs, as text."""
        done = subprocess.run([str(a) for a in arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace", timeout=seconds * PATIENCE,
                              **({} if "input" in options else {"stdin": subprocess.DEVNULL}), **options)
        self.assertEqual(done.returncode, status, f"{arguments} wrote:\n{done.stdout}")
        return done.stdout

    def curl(self, port, ca, *arguments, path="/", version=None, **options):
        """Fetches https://mail.test:`port`/`path` from loopback, verified against `ca`."""
        only = {None: [], "TLSv1.2": ["--tlsv1.2", "--tls-max", "1.2"], "TLSv1.3": ["--tlsv1.3"]}[version]
        return self.run_program("curl", "-sS", "--fail", "--max-time", 60 * PATIENCE, "--noproxy", "*", "--cacert", ca.cert,
                                "--resolve", f"mail.test:{port}:127.0.0.1", *only, *arguments,
                                f"https://mail.test:{port}{path}", seconds=70, **options)

    def s_client(self, port, ca, *arguments, sni="mail.test", status=0):
        """openssl s_client, verifying against `ca`, asking for / in HTTP; what it prints."""
        name = ["-servername", sni, "-verify_hostname", sni] if sni else ["-noservername"]
        return self.run_program("openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-CAfile", ca.cert,
                                "-verify_return_error", "-ign_eof", *name, *arguments,
                                input=f"GET / HTTP/1.0\r\nHost: {sni or 'mail.test'}\r\n\r\n", status=status)


def check_binary():
    if not MAILTAP or not os.access(MAILTAP, os.X_OK):
        sys.exit("MAILTAP_BINARY must name the mailtap to be tested")


def missing_programs(needs):
    return [program for program in needs if not shutil.which(program)]


def not_tested(missing):
    packages = " ".join(PACKAGES.get(program, program) for program in missing)
    return f"NOT TESTED: as root run `apt-get install {packages}`, or scripts/setup --peers"


def all_required():
    """Whether a test that can't be run has failed."""
    return os.environ.get("CI") == "true" or os.environ.get("MAILTAP_REQUIRE_PEERS") == "1"


def main(needs):
    """Runs the claims of the test file without pytest. 77 tells CTest that they were skipped."""
    check_binary()
    if missing := missing_programs(needs):
        print(f"\n*** {not_tested(missing)} ***\n")
        sys.exit(1 if all_required() else 77)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # CTest's timeout: still stop what was started
    try:
        unittest.main(module="__main__", verbosity=2, warnings="ignore")  # sockets left open on purpose
    finally:
        print(*told, sep="\n")
