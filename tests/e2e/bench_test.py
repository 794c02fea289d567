"""mailtap-bench counts what it says it counts. Times depend on the machine: none is judged here."""

import json
import os
import pathlib
import signal
import subprocess
import time

from certificates import Authority
from harness import Claims, main, wait_until
from servers import Nginx, certified

BENCH = os.environ["MAILTAP_BENCH_BINARY"]
MAILTAP = os.environ["MAILTAP_BINARY"]
PEERS = ["haproxy", "nginx"]


def children_of(pid):
    """Processes that `pid` has started and that still run."""
    found = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return found


class Bench(Claims):
    def bench(self, *arguments, status=0):
        """Runs it; its JSON."""
        file = self.folder / "figures.json"
        file.unlink(missing_ok=True)
        output = self.run_program(BENCH, *arguments, "--mailtap", MAILTAP, "--json", file, status=status, seconds=60)
        self.assertNotIn("NOT MEASURED", output)
        return json.loads(file.read_text())

    def proxies(self, figures, scenario, peers=PEERS):
        """What was measured in a scenario, by the proxy's name; all of the expected are there."""
        one = next(s for s in figures["scenarios"] if s["name"] == scenario)
        proxies = {proxy["name"]: proxy for proxy in one["proxies"]}
        self.assertEqual(list(proxies), ["mailtap", *peers])
        for proxy in proxies.values():
            self.assertEqual(proxy["failed"], 0, proxy)
        return proxies

    def test_every_proxy_carries_every_connection_of_every_round(self):
        figures = self.bench("handshake", "--peers", ",".join(PEERS), "--rounds", 2, "--connections", 12,
                             "--concurrency", 4, "--scenario", "tls12-ecdsa,tls12-rsa,tls13-ecdsa")
        self.assertEqual(figures["command"], "handshake")
        self.assertEqual(figures["options"]["connections"], 12)
        self.assertEqual(set(figures["versions"]), {"mailtap", *PEERS})
        for scenario in ("tls12-ecdsa", "tls12-rsa", "tls13-ecdsa"):
            for proxy in self.proxies(figures, scenario).values():
                self.assertEqual(proxy["completed"], 24)
                self.assertEqual(proxy["handshakes_upstream"], 24)
                self.assertEqual((proxy["resumed_downstream"], proxy["resumed_upstream"]), (0, 0))
                self.assertEqual(len(proxy["cpu_us_rounds"]), 2)
                self.assertGreater(proxy["cpu_us"], 0)
                self.assertGreaterEqual(proxy["response_p99_us"], proxy["response_p50_us"])

    def test_a_load_by_openssl_sees_the_same(self):
        figures = self.bench("handshake", "--load", "openssl", "--peers", "", "--rounds", 2, "--connections", 12,
                             "--concurrency", 4, "--scenario", "tls12-rsa,tls13-ecdsa")
        self.assertTrue(figures["load"].startswith("OpenSSL "), figures["load"])
        for scenario in ("tls12-rsa", "tls13-ecdsa"):
            mailtap = self.proxies(figures, scenario, [])["mailtap"]
            self.assertEqual((mailtap["completed"], mailtap["handshakes_upstream"]), (24, 24))

    def test_connections_come_at_a_rate_whatever_becomes_of_those_before(self):
        figures = self.bench("handshake", "--peers", "nginx", "--rounds", 2, "--connections", 30, "--rate", 200,
                             "--scenario", "tls12-ecdsa")
        self.assertEqual(figures["options"]["rate"], 200)
        for proxy in self.proxies(figures, "tls12-ecdsa", ["nginx"]).values():
            self.assertEqual((proxy["completed"], proxy["handshakes_upstream"]), (60, 60))
            self.assertGreaterEqual(proxy["handshake_p99_us"], proxy["handshake_p50_us"])

    def test_a_peers_binary_can_be_given_and_is_named_with_its_tls_library(self):
        haproxy = self.folder / "another-haproxy"
        haproxy.write_text('#!/bin/sh\n[ "$1" != -vv ] || { echo HAProxy version 9.9; '
                           'echo Running on SSL library version : AWS-LC 5.5.0; exit; }\nexec haproxy "$@"\n')
        haproxy.chmod(0o755)
        figures = self.bench("handshake", "--haproxy", haproxy, "--peers", "haproxy", "--rounds", 1, "--connections", 5,
                             "--scenario", "tls12-ecdsa")
        self.assertEqual(figures["versions"]["haproxy"], "HAProxy version 9.9")
        self.assertEqual(figures["tls_libraries"]["haproxy"], "AWS-LC 5.5.0")
        self.assertIn("OpenSSL", figures["tls_libraries"]["mailtap"])
        self.assertEqual(self.proxies(figures, "tls12-ecdsa", ["haproxy"])["haproxy"]["completed"], 5)

    def test_sessions_are_resumed_on_both_legs_when_the_scenario_is_about_them(self):
        figures = self.bench("handshake", "--peers", "nginx", "--rounds", 1, "--connections", 12, "--concurrency", 1,
                             "--scenario", "tls12-resumed,tls13-resumed")
        for scenario in ("tls12-resumed", "tls13-resumed"):
            mailtap = self.proxies(figures, scenario, ["nginx"])["mailtap"]
            self.assertEqual((mailtap["resumed_downstream"], mailtap["resumed_upstream"]), (12, 12), scenario)

    def test_observing_is_measured_beside_mere_relays(self):
        for scenario in ("tls12-ecdsa", "tls13-ecdsa"):
            figures = self.bench("observe", "--peers", ",".join(PEERS), "--rounds", 2, "--connections", 12, "--scenario",
                                 scenario)
            self.assertEqual(figures["command"], "observe")
            for proxy in self.proxies(figures, scenario).values():
                self.assertEqual(proxy["completed"], 24)
                self.assertEqual(proxy["handshakes_upstream"], 24)  # the probe's was while all warmed up

    def test_being_watched_is_measured_beside_not_being(self):
        figures = self.bench("handshake", "--peers", "mailtap-admin", "--rounds", 1, "--connections", 12, "--scenario",
                             "tls12-resumed")
        for proxy in self.proxies(figures, "tls12-resumed", ["mailtap-admin"]).values():
            self.assertEqual(proxy["completed"], 12)
            self.assertGreater(proxy["worker_us"], 0)
            self.assertLessEqual(proxy["worker_us"], proxy["cpu_us"])

    def test_bulk_moves_bytes_both_ways(self):
        figures = self.bench("bulk", "--peers", ",".join(PEERS), "--rounds", 1, "--mebibytes", 2,
                             "--scenario", "tls13-ecdsa")
        for proxy in self.proxies(figures, "tls13-ecdsa").values():
            self.assertGreater(proxy["cpu_s_per_gib_down"], 0)
            self.assertGreater(proxy["cpu_s_per_gib_up"], 0)

    def test_hold_measures_memory_of_open_connections(self):
        figures = self.bench("hold", "--peers", ",".join(PEERS), "--connections", 40, "--scenario", "tls12-ecdsa")
        for proxy in self.proxies(figures, "tls12-ecdsa").values():
            self.assertIsInstance(proxy["kib_per_connection"], float)

    def test_a_target_is_measured_from_outside(self):
        leaf = Authority(self.folder, "ca").leaf("mail.test")
        nginx = self.started(Nginx(self.folder, f"listen {{port}} ssl; {certified(leaf)}"))
        file = self.folder / "target.json"
        self.run_program(BENCH, "handshake", "--target", f"127.0.0.1:{nginx.ports[0]}", "--rounds", 1, "--connections", 8,
                         "--concurrency", 2, "--scenario", "tls12-ecdsa,tls13-resumed", "--json", file)
        full, resumed = json.loads(file.read_text())["scenarios"]
        self.assertEqual((full["completed"], full["failed"], full["resumed"]), (8, 0, 0))
        self.assertEqual((resumed["completed"], resumed["failed"], resumed["resumed"]), (8, 0, 8))

    def test_a_target_with_a_key_of_the_other_kind_is_named_with_what_to_choose(self):
        leaf = Authority(self.folder, "rsa-ca", key="rsa").leaf("mail.test", key="rsa", file="rsa-target")
        nginx = self.started(Nginx(self.folder / "rsa", f"listen {{port}} ssl; {certified(leaf)}"))
        ask = ("handshake", "--target", f"127.0.0.1:{nginx.ports[0]}", "--rounds", 1, "--connections", 4, "--concurrency", 2)
        said = self.run_program(BENCH, *ask, "--scenario", "tls12-ecdsa", status=1)
        self.assertIn("not one handshake of tls12-ecdsa came about: ", said)
        self.assertIn("it takes a server with an ECDSA certificate, so choose by --scenario what fits the server's key (tls12-rsa?)", said)
        # Of all there are, those that don't fit are passed over.
        self.assertRegex(self.run_program(BENCH, *ask, status=0), r"tls12-rsa +\d")

    def test_another_machine_is_no_target_without_a_word_that_it_is_ones_own(self):
        output = self.run_program(BENCH, "handshake", "--target", "192.0.2.1:443", status=1)
        self.assertIn("--i-own-this-server", output)

    def test_an_interrupted_run_leaves_no_process_behind(self):
        process = subprocess.Popen([BENCH, "handshake", "--mailtap", MAILTAP, "--rounds", "100", "--scenario",
                                    "tls12-ecdsa"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.addCleanup(process.kill)
        with process.stderr:
            process.stderr.readline()  # the first round is done
            started = children_of(process.pid)
            self.assertGreaterEqual(len(started), 3)
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=60)
        self.assertEqual(process.returncode, 1)
        wait_until(lambda: not any(pathlib.Path(f"/proc/{pid}").exists() for pid in started), "all to have ended")


if __name__ == "__main__":
    main(needs=["haproxy", "nginx", "openssl"])
