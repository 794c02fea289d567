"""mailtap under everything at once for a set time (MAILTAP_SOAK_SECONDS, 16 unless given; scripts/soak for hours).

Clients ask, stall, half-close, cut off, reset, say garbage or nothing; the server resets too; the configuration is
changed and the log rotated all the while. At the end nothing hangs, nothing has grown, each byte of whoever kept to the
rules has arrived, and each connection is in the log exactly once. SIGINT (Ctrl-C) ends it before its time, and what has
been so far is judged.
"""

import collections
import hashlib
import itertools
import json
import os
import random
import signal
import socket
import ssl
import struct
import threading
import time

import contract
import harness
from certificates import Pki
from wire import Tls, client_context, connect, reset, server_context

SECONDS = float(os.environ.get("MAILTAP_SOAK_SECONDS", "16"))
CLIENTS = 8
REQUEST = struct.Struct("!BIIQ")  # what the server shall do, bytes up, bytes down, seed of those
ANSWER, RESET = range(2)
HELLO_TIMEOUT = 5  # more than a client can be kept from its hello where other tests run
PATIENCE = 30 * harness.PATIENCE  # of anything that waits for mailtap
# Of caches, and of the allocator's free lists: what is in use doesn't grow, but tcmalloc keeps what is given back for the
# next need, in its threads' caches up to 32 MiB. That grows ever slower.
GROWTH_KIB = 16 * 1024
LONG, LATE_GROWTH_KIB = 1200, 4 * 1024


def bytes_of(seed, size):
    return hashlib.shake_128(struct.pack("!Q", seed)).digest(size)


_sources = itertools.count(1)


def another_source():
    """Of 16 million. A line can be without an address, so one that came again could be taken for another connection's."""
    number = next(_sources)
    return f"127.{1 + number // 65536 % 254}.{number // 256 % 256}.{number % 256}"


class Upstream:
    """Answers each request with the SHA-256 of what came and with as many bytes as it is asked for."""

    def __init__(self, context):
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                tcp, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(tcp,), daemon=True).start()

    def _serve(self, tcp):
        tcp.settimeout(PATIENCE)
        try:
            tls = Tls(tcp, self._context, server=True).handshake()
            while head := tls.receive(1):
                while len(head) < REQUEST.size:
                    head += tls.receive_exactly(REQUEST.size - len(head))
                what, up, down, seed = REQUEST.unpack(head)
                digest = hashlib.sha256(tls.receive_exactly(up)).digest()
                if what == RESET:
                    tls.send(digest[:16])
                    return reset(tcp)
                tls.send(digest + bytes_of(seed, down))
            tls.close()
        except (OSError, ssl.SSLError, AssertionError):
            pass  # what becomes of a connection is for its client to judge
        finally:
            tcp.close()

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


class Ledger:
    """What clients know of their connections, held against the lines of the log. Thread-safe."""

    def __init__(self):
        self._lock = threading.Lock()
        self._expected = collections.defaultdict(collections.deque)  # by the client's address
        self._logged = collections.defaultdict(collections.deque)
        self._nameless = 0  # lines without an address: whoever reset before it was accepted
        self._ids, self._below = set(), 1  # those seen, and all below
        self.connections = self.lines = 0
        self.kinds = collections.Counter()
        self.problems = []

    def expect(self, kind, address, ended, up=None, down=None):
        """A connection that is over: the reasons that it may have in the log, and its bytes if they are known."""
        with self._lock:
            self.connections += 1
            self.kinds[kind] += 1
            self._expected[address].append((kind, ended, up, down))
            self._match(address)

    def log(self, text):
        line = json.loads(text)
        if line["event"] == "alert":
            contract.checked_alert(line)
            return
        contract.checked(line)
        with self._lock:
            self.lines += 1
            self._see(line["id"])
            address = line["downstream"]["address"]
            if address is None:
                self._nameless += 1
                return
            self._logged[address].append(line)
            self._match(address)

    def _see(self, number):
        if number < self._below or number in self._ids:
            self.problems.append(f"connection {number} ended twice")
        self._ids.add(number)
        while self._below in self._ids:
            self._ids.remove(self._below)
            self._below += 1

    def _match(self, address):
        expected, logged = self._expected[address], self._logged[address]
        while expected and logged:
            (kind, ended, up, down), line = expected.popleft(), logged.popleft()
            if line["ending"]["reason"] not in ended:
                self.problems.append(f"{kind} should end with one of {ended}: {json.dumps(line)}")
            if up is not None and line["bytes"] != {"to_upstream": up, "to_downstream": down}:
                self.problems.append(f"{kind} had {up} bytes up and {down} down: {json.dumps(line)}")
        if not expected and not logged:
            del self._expected[address], self._logged[address]

    def is_settled(self):
        with self._lock:
            return self.lines >= self.connections

    def check(self):
        with self._lock:
            without_line = [kind for expected in self._expected.values() for kind, *_ in expected]
            without_client = [line for logged in self._logged.values() for line in logged]
            if self.problems or without_client or len(without_line) != self._nameless:
                raise AssertionError(f"{len(self.problems)} problems, of which: {self.problems[:5]}; "
                                     f"without a line: {without_line[:20]}, lines without an address: {self._nameless}, "
                                     f"lines without a client: {without_client[:5]}")
            # Only who resets may be gone before its address is asked for.
            if wrong := [kind for kind in without_line if kind not in ("resets", "resets in the hello", "leaves")]:
                raise AssertionError(f"without a line: {wrong[:20]}")


class Clients:
    """Threads that do one thing after another until they are told to stop."""

    def __init__(self, port, context, ledger, seed):
        self._port, self._context, self._ledger = port, context, ledger
        self._stop = threading.Event()
        self.errors = []
        self._threads = [threading.Thread(target=self._run, args=(random.Random(seed * 100 + number),), daemon=True)
                         for number in range(CLIENTS)]
        for thread in self._threads:
            thread.start()

    def finish(self):
        self._stop.set()
        for thread in self._threads:
            thread.join(2 * PATIENCE)
            if thread.is_alive():
                raise AssertionError("a client hangs")
        if self.errors:
            raise self.errors[0]

    def _run(self, dice):
        doings = [self.asks] * 6 + [self.stalls, self.half_closes, self.half_closes, self.cuts_off, self.resets,
                                    self.resets_in_the_hello, self.says_garbage, self.leaves, self.is_silent,
                                    self.is_reset_by_the_server]
        while not self._stop.is_set():
            doing = dice.choice(doings)
            try:
                tcp = connect(self._port, seconds=PATIENCE, source=another_source())
                address = "%s:%d" % tcp.getsockname()
                ended, *counts = doing(tcp, dice)
                tcp.close()
                self._ledger.expect(doing.__name__.replace("_", " "), address, ended, *counts)
            except Exception as error:
                self.errors.append(AssertionError(f"{doing.__name__}: {error!r}"))
                return

    def _handshake(self, tcp):
        return Tls(tcp, self._context, "mail.test").handshake()

    @staticmethod
    def _request(tls, dice, down=None, what=ANSWER):
        """Sends one; the bytes of both ways and what the answer has to be."""
        up, seed = dice.randint(0, 60_000), dice.getrandbits(64)
        down = dice.randint(0, 60_000) if down is None else down
        body = dice.randbytes(up)
        tls.send(REQUEST.pack(what, up, down, seed) + body)
        return REQUEST.size + up, hashlib.sha256(body).digest(), seed, down

    @staticmethod
    def _answer(tls, digest, seed, down):
        answer = tls.receive_exactly(32 + down)
        if answer[:32] != digest:
            raise AssertionError("what was sent isn't what the server got")
        if hashlib.sha256(answer[32:]).digest() != hashlib.sha256(bytes_of(seed, down)).digest():
            raise AssertionError("what the server sent isn't what came")
        return len(answer)

    # Each of these gives the reasons for which its connection may have ended, and the bytes up and down if it knows.

    def asks(self, tcp, dice):
        tls = self._handshake(tcp)
        up = down = 0
        for _ in range(dice.randint(1, 4)):
            sent, *expected = self._request(tls, dice)
            up, down = up + sent, down + self._answer(tls, *expected)
        tls.half_close()
        if tls.receive() != b"":
            raise AssertionError("more than was asked for")
        return {"closed"}, up, down

    def stalls(self, tcp, dice):
        tls = self._handshake(tcp)
        up, *expected = self._request(tls, dice, down=3_000_000)
        time.sleep(dice.uniform(0.05, 0.3))
        down = self._answer(tls, *expected)
        tls.half_close()
        tls.receive()
        return {"closed"}, up, down

    def half_closes(self, tcp, dice):
        tls = self._handshake(tcp)
        up, *expected = self._request(tls, dice, down=dice.randint(0, 500_000))
        tls.half_close()
        down = self._answer(tls, *expected)
        if tls.receive() != b"":
            raise AssertionError("more than was asked for")
        return {"closed"}, up, down

    def cuts_off(self, tcp, dice):
        tls = self._handshake(tcp)
        up, *expected = self._request(tls, dice)
        down = self._answer(tls, *expected)
        tls.cut_off()
        self._hear_out(tcp)
        return {"truncated"}, up, down

    def resets(self, tcp, dice):
        tls = self._handshake(tcp)
        self._request(tls, dice, down=dice.choice([10, 1_000_000]))
        tls.reset()
        return {"reset"},

    def resets_in_the_hello(self, tcp, dice):
        hello = Tls(tcp, self._context, "mail.test").first_flight()
        tcp.sendall(hello[:dice.randint(1, len(hello))])
        reset(tcp)
        return {"reset", "no-data", "not-tls", "downstream-handshake-failed", "upstream-handshake-failed"},

    def says_garbage(self, tcp, dice):
        tcp.sendall(b"\x00" + dice.randbytes(dice.randint(1, 2000)))
        self._hear_out(tcp)
        return {"not-tls"},

    def leaves(self, tcp, dice):
        return {"no-data", "reset"},

    def is_silent(self, tcp, dice):
        self._hear_out(tcp)
        return {"hello-timeout", "no-data"},

    def is_reset_by_the_server(self, tcp, dice):
        tls = self._handshake(tcp)
        self._request(tls, dice, what=RESET)
        tls.receive_all()
        return {"reset"},

    @staticmethod
    def _hear_out(tcp):
        """Until mailtap ends it: whoever never is ended hangs, and the socket's deadline says so."""
        try:
            while tcp.recv(65536):
                pass
        except ConnectionResetError:
            pass


class Log:
    """The log's file and those that it was rotated into, read as they grow."""

    def __init__(self, file, ledger):
        self.file = file
        self._ledger = ledger
        self._open = {}  # by inode: the file, what is read of an unfinished line
        self._rotations = 0

    def read(self):
        for path in sorted(self.file.parent.glob(self.file.name + "*")):
            inode = path.stat().st_ino
            if inode not in self._open:
                self._open[inode] = [open(path, "rb"), b""]
        for entry in self._open.values():
            entry[1] += entry[0].read()
            *lines, entry[1] = entry[1].split(b"\n")
            for line in lines:
                if not line.startswith(b'{"event":"exchange"'):
                    self._ledger.log(line)

    def rotate(self):
        self._rotations += 1
        self.file.rename(f"{self.file}.{self._rotations}")

    def remove_old(self):
        """Those before the last rotation, which nobody writes to any more."""
        self.read()
        for path in self.file.parent.glob(self.file.name + ".*"):
            if int(path.suffix[1:]) < self._rotations:
                file, rest = self._open.pop(path.stat().st_ino)
                if rest:
                    raise AssertionError(f"a torn line: {rest[:200]!r}")
                file.close()
                path.unlink()


class Soak(harness.Claims):
    def configure(self, turn):
        """Every other time with other settings that change what new connections get."""
        leaf = [self.pki.own, self.other][turn % 2]
        self.configuration.write_text(f"""
idle-timeout = "{60 + turn % 2}s"
hello-timeout = "{HELLO_TIMEOUT}s"
workers = 2
core-dumps = true  # so that /proc tells of its descriptors
exchange-service = "none"
[[route]]
id = "soak"
listen = "127.0.0.1:0"
upstream = "127.0.0.1:{self.upstream.port}"
starttls = false  # whoever is silent has the time for a hello and no more
cert = "{leaf.cert}"
key = "{leaf.key}"
""")

    def reload_while(self, clients, seconds):
        """Changes the configuration and rotates the log until the time is up."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and not clients.errors and not self.interrupted.wait(0.5):
            self.tell()
            self.reloads += 1
            self.configure(self.reloads)
            self.log.rotate()
            self.tap.signal(signal.SIGHUP)
            self.tap.said("mailtap: reloaded", times=self.reloads)
            harness.wait_until(self.log.file.exists, "the new log", seconds=30)
            self.log.remove_old()

    def tell(self):
        """How it goes, once a minute."""
        minutes = int((time.monotonic() - self.began) / 60)
        if minutes == self.minutes:
            return
        self.minutes = minutes
        self.resident.append(self.tap.rss_kib())
        print(f"{minutes} min: {self.ledger.lines} connections ended, {self.descriptors()} descriptors, "
              f"{self.tap.rss_kib()} KiB", flush=True)

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.tap.pid}/fd"))

    def settled(self):
        """When every connection is over: descriptors and resident memory."""
        def done():
            self.log.read()
            return self.ledger.is_settled()
        try:
            harness.wait_until(done, "every connection to be logged", seconds=30)
        finally:
            self.ledger.check()
        return self.descriptors(), self.tap.rss_kib()

    def under_load(self, seconds, seed):
        clients = Clients(self.tap.port, self.context, self.ledger, seed)
        try:
            self.reload_while(clients, seconds)
        finally:
            clients.finish()
        return self.settled()

    def test_nothing_hangs_grows_or_is_lost(self):
        self.pki = Pki(self.folder)
        self.other = self.pki.local_ca.leaf("mail.test", key="rsa", file="other")
        self.context = client_context(self.pki.local_ca)
        self.upstream = Upstream(server_context(self.pki.server))
        self.addCleanup(self.upstream.close)
        self.configuration = self.folder / "soak.toml"
        self.reloads = 0
        self.began, self.minutes, self.resident = time.monotonic(), 0, []
        self.interrupted = threading.Event()
        self.addCleanup(signal.signal, signal.SIGINT, signal.signal(signal.SIGINT, lambda *_: self.interrupted.set()))
        self.configure(0)
        self.ledger = Ledger()
        log_file = self.folder / "soak.jsonl"
        self.log = Log(log_file, self.ledger)
        self.tap = self.mailtap("--config", self.configuration, log=log_file)

        before = self.under_load(SECONDS / 4, seed=1)
        after = self.under_load(SECONDS * 3 / 4, seed=2)
        print(f"{self.ledger.connections} connections, {self.reloads} reloads; descriptors and KiB after the warm-up "
              f"{before}, at the end {after}; {dict(self.ledger.kinds)}")
        self.assertLessEqual(after[0], before[0] + 2, "descriptors")
        if not harness.SANITIZED:  # whose quarantine grows
            self.assertLess(after[1], before[1] + GROWTH_KIB, "resident memory")
            if time.monotonic() - self.began > LONG:
                half = self.resident[len(self.resident) // 2]
                self.assertLess(after[1], half + LATE_GROWTH_KIB, f"resident memory in the second half: {self.resident}")
        self.assertGreater(self.ledger.connections, 50)
        self.tap.signal(signal.SIGTERM)
        self.assertEqual(self.tap.wait(), 0)
        self.log.read()
        self.ledger.check()
        self.assertEqual(self.ledger.lines, self.ledger.connections)


if __name__ == "__main__":
    harness.main(needs=["openssl"])
