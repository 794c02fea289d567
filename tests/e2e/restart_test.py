"""SIGUSR2: a new process takes the listening sockets over, and no client notices."""

import os
import re
import signal
import threading

import harness
from scenes import WithEcho
from wire import Tls, client_context, connect, tls_client


class Clients:
    """Threads that connect, send, receive and close without a pause. finish() raises what went wrong."""

    def __init__(self, port, context, threads=4):
        self.done = 0
        self._errors = []
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._run, args=(port, context), daemon=True) for _ in range(threads)]
        for thread in self._threads:
            thread.start()

    def _run(self, port, context):
        while not self._stop.is_set():
            try:
                client = tls_client(port, context, seconds=20 * harness.PATIENCE)
                client.send(b"x" * 1000).receive_exactly(1000)
                client.close()
            except Exception as error:
                self._errors.append(error)
                return
            with self._lock:
                self.done += 1

    def more(self, count):
        """Waits until that many further connections are through."""
        goal = self.done + count
        harness.wait_until(lambda: self.done >= goal or self._errors, f"{count} more connections", seconds=30)
        if self._errors:
            raise self._errors[0]

    def finish(self):
        self._stop.set()
        for thread in self._threads:
            thread.join(30 * harness.PATIENCE)
        if self._errors:
            raise self._errors[0]
        return self.done


def successors(tap):
    """The processes that have taken over, in turn."""
    return [int(pid) for pid in re.findall(r"process (\d+) has taken over", tap.output())]


def runs(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):  # it may end between opening and reading
        return False


class Restart(WithEcho):
    ECHO = {"seconds": 60}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.context = client_context(cls.pki.local_ca)

    def ends(self, tap, pid):
        os.kill(pid, signal.SIGTERM)
        harness.wait_until(lambda: not runs(pid), f"process {pid} to end", seconds=20)

    def test_under_load_nobody_is_refused_and_nobody_is_cut_off(self):
        tap = self.mailtap(*self.pki.present["own"], "--workers", "2", upstream=self.echo.port)
        stays = tls_client(tap.port, self.context)
        stays.send(b"before").receive_exactly(6)
        clients = Clients(tap.port, self.context)
        clients.more(20)
        tap.signal(signal.SIGUSR2)
        first = harness.wait_until(lambda: successors(tap), "a first successor")[0]
        clients.more(20)
        os.kill(first, signal.SIGUSR2)  # and once more, from the one that took over
        second = harness.wait_until(lambda: successors(tap)[1:], "a second successor")[0]
        clients.more(20)
        done = clients.finish()
        stays.send(b"still").receive_exactly(5)  # the first process still serves it
        stays.close()
        self.assertEqual(tap.wait(20), 0)
        self.ends(tap, second)
        harness.wait_until(lambda: not runs(first), "the first successor to end", seconds=20)
        lines = tap.lines(done + 1)
        self.assertEqual({line["ending"]["reason"] for line in lines}, {"closed"})
        ids = [line["id"] for line in lines]
        self.assertEqual(len(set(ids)), len(ids), "a number stands for one connection")
        self.assertEqual({number // 1_000_000 for number in ids}, {0, 1, 2}, "its millions tell the process")
        tap.stop()

    def test_who_waits_to_be_accepted_is_served(self):
        """The only place is taken, so nobody is accepted any more: those who wait outlive the old process."""
        tap = self.mailtap(*self.pki.present["own"], "--workers", "1", "--max-connections", "1", upstream=self.echo.port)
        holds = tls_client(tap.port, self.context)
        waiting = [connect(tap.port, seconds=20 * harness.PATIENCE) for _ in range(5)]
        tap.signal(signal.SIGUSR2)
        pid = harness.wait_until(lambda: successors(tap), "a successor")[0]
        for tcp in waiting:
            client = Tls(tcp, self.context, "mail.test").handshake()
            client.send(b"x").receive_exactly(1)
            client.close()
        holds.close()
        self.assertEqual(tap.wait(20), 0)
        self.ends(tap, pid)
        self.assertEqual({line["ending"]["reason"] for line in tap.lines(6)}, {"closed"})
        tap.stop()

    def test_told_to_stop_both_drain_and_told_twice_both_end(self):
        """As a service manager does, to all processes of a service."""
        for times in (1, 2):
            with self.subTest(times=times):
                tap = self.mailtap(*self.pki.present["own"], "--drain-timeout", "10m", upstream=self.echo.port)
                before = tls_client(tap.port, self.context, seconds=60 * harness.PATIENCE)
                before.send(b"x").receive_exactly(1)
                tap.signal(signal.SIGUSR2)
                pid = harness.wait_until(lambda: successors(tap), "a successor")[0]
                after = tls_client(tap.port, self.context, seconds=60 * harness.PATIENCE)
                after.send(b"x").receive_exactly(1)
                tap.signal(signal.SIGTERM)
                os.kill(pid, signal.SIGTERM)
                harness.wait_until(lambda: tap.output().count("draining") == 2, "the new process to drain too")
                for client in (before, after):
                    client.send(b"still").receive_exactly(5)
                if times == 2:
                    tap.signal(signal.SIGTERM)
                    os.kill(pid, signal.SIGTERM)
                    for client in (before, after):
                        self.assertNotEqual(client.receive_all()[1], "close_notify")
                before.close()
                after.close()
                self.assertEqual(tap.wait(), 0)
                harness.wait_until(lambda: not runs(pid), "the new process to end")
                self.assertEqual([line["ending"]["reason"] for line in tap.lines(2)], [["closed"], ["shutdown"]][times - 1] * 2)
                tap.stop()

    def test_a_new_process_that_dies_once_it_has_taken_over_is_replaced(self):
        for stays in (True, False):  # a connection that the old process has to wait for, or none
            with self.subTest(stays=stays):
                tap = self.mailtap(*self.pki.present["own"], "--workers", "1", upstream=self.echo.port)
                if stays:
                    before = tls_client(tap.port, self.context)
                    before.send(b"x").receive_exactly(1)
                tap.signal(signal.SIGUSR2)
                first = harness.wait_until(lambda: successors(tap), "a successor")[0]
                os.kill(first, signal.SIGKILL)
                second = harness.wait_until(lambda: successors(tap)[1:], "another successor")[0]
                self.assertIn("the process that had taken over is gone", tap.output())
                after = tls_client(tap.port, self.context)
                after.send(b"y").receive_exactly(1)
                after.close()
                if stays:
                    before.send(b"still").receive_exactly(5)
                    before.close()
                self.assertEqual(tap.wait(20), 0)
                self.ends(tap, second)
                ids = {line["id"] for line in tap.lines(2 if stays else 1)}
                self.assertEqual(ids, {1, 2_000_000} if stays else {2_000_000})
                tap.stop()

    def test_a_new_process_that_fails_leaves_the_old_one_at_work(self):
        configuration = self.folder / "changing.toml"
        good = ('[[route]]\nid = "exchange"\nlisten = "127.0.0.1:0"\n'
                f'upstream = "127.0.0.1:{self.echo.port}"\n')
        configuration.write_text(good)
        tap = self.mailtap(*self.pki.present["own"], "--config", configuration)
        configuration.write_text("this is no TOML")
        tap.signal(signal.SIGUSR2)
        tap.said("no other process has taken over, this one goes on: it ended with status 64")
        client = tls_client(tap.port, self.context)
        client.send(b"x").receive_exactly(1)
        configuration.write_text(good)
        tap.signal(signal.SIGUSR2)  # and then one that doesn't
        pid = harness.wait_until(lambda: successors(tap), "a successor")[0]
        client.close()
        self.assertEqual(tap.wait(20), 0)
        client = tls_client(tap.port, self.context)
        client.send(b"x").receive_exactly(1)
        client.close()
        self.ends(tap, pid)
        self.assertEqual([line["ending"]["reason"] for line in tap.lines(2)], ["closed", "closed"])
        tap.stop()

    def test_the_number_of_workers_may_change(self):
        configuration = self.folder / "workers.toml"

        def write(workers):
            configuration.write_text(f'workers = {workers}\n[[route]]\nid = "a:b"\nlisten = "127.0.0.1:0"\n'
                                     f'upstream = "127.0.0.1:{self.echo.port}"\n')
        write(1)
        tap = self.mailtap(*self.pki.present["own"], "--config", configuration)
        clients = Clients(tap.port, self.context)
        pid = tap.pid
        for turn, workers in enumerate([3, 2]):
            write(workers)
            clients.more(10)
            os.kill(pid, signal.SIGUSR2)
            pid = harness.wait_until(lambda: successors(tap)[turn:], f"{workers} workers")[0]
            clients.more(20)
        done = clients.finish()
        self.assertEqual(tap.wait(20), 0)
        self.ends(tap, pid)
        self.assertEqual({line["ending"]["reason"] for line in tap.lines(done)}, {"closed"})
        tap.stop()


if __name__ == "__main__":
    harness.main(needs=["openssl"])
