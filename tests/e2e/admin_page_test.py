"""The live page in headless Chromium: what it shows of real connections, and that it answers under load."""

import json
import os
import pathlib
import re
import signal
import statistics
import threading
import time
import unittest

import harness
from browser import DOWN, END, ESCAPE, HOME, Browser, axe
from certificates import Pki
from servers import TELLING, Nginx, certified

FEEDER = os.environ.get("MAILTAP_ADMIN_FEEDER", "")
BENCH = os.environ.get("MAILTAP_BENCH_BINARY", "")
SHOTS = os.environ.get("MAILTAP_SCREENSHOTS", "")  # a folder to keep what was seen in
ROWS = "return [...document.querySelectorAll('#rows tr')].map(r => r.querySelector('.c-' + arguments[0]).textContent)"
IDS = "return [...document.querySelectorAll('#rows tr')].map(r => r.dataset.id)"
FIND = "const f = document.getElementById('find'); f.value = arguments[0]; f.dispatchEvent(new Event('input'));"
TOTAL = "Number(document.getElementById('totals').dataset.connections || 0)"
# How late a timer of the page fires that is due every 20 ms: the delay of its event loop.
MEASURE = """
window.delays = [];
(function next(due) {
  window.delays.push(performance.now() - due);
  setTimeout(next, 20, performance.now() + 20);
})(performance.now());
"""
# So many rows beside those that come.
MANY_ROWS = """
for (let i = 0; i < arguments[0]; ++i) connections.current.add({
  id: 1e7 + i, time: new Date(Date.now() - i * 7).toISOString(), route: "r" + i % 7, configured: `server${i % 16}.test:443`, name: `mail${i % 3}.contoso.com`,
  downstream: {address: `10.1.${i % 250}.${i % 200}:${10000 + i % 50000}`, tls: "TLSv1.2", resumed: false}, upstream: {address: `192.0.2.${i % 16}:443`, tls: "TLSv1.3", resumed: false},
  verdict: i % 9 ? {trust: "trusted", name: "match", faults: []} : {trust: "untrusted", name: "match", faults: ["expired"]}, reaction: null,
  total_us: i * 7919 % 1000000, bytes: i * 104729 % 1000000, ending: {reason: "closed", side: "downstream", routine: true}, notable: i % 9 === 0});
"""
# From each key and click to the picture that follows it, and what of that the page's own code took.
INTERACTIONS = """
window.interactions = [];
new PerformanceObserver(list => {
  for (const entry of list.getEntries()) if (entry.interactionId) window.interactions.push([entry.duration, entry.processingEnd - entry.processingStart]);
}).observe({type: "event", durationThreshold: 16});
"""


def late(all):
    """The 99th percentile."""
    return sorted(all)[int(len(all) * .99)]


class Quiet:
    """Whether the machine has nothing else to do while it lasts: how much others than this test and what it started use of
    it, and how late a timer fires beside it."""

    def __enter__(self):
        self._before = self._used()
        self._lateness, self._ended = [], threading.Event()
        self._timer = threading.Thread(target=self._tick, daemon=True)
        self._timer.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        self._timer.join()
        passed, busy, own = (after - before for after, before in zip(self._used(), self._before))
        self.others = max(0, busy - own) / max(1, passed)
        self.late = 1000 * late(self._lateness)
        self.is_quiet = self.others < .03 and self.late < 4

    def _tick(self):
        while True:
            due = time.monotonic() + .01
            if self._ended.wait(.01) and self._lateness:
                return
            self._lateness.append(time.monotonic() - due)

    @staticmethod
    def _used():
        """Ticks of all processors: those that passed, those that were used, those that this process and its descendants used."""
        cpu = [int(field) for field in pathlib.Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
        parents, used = {}, {}
        for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue  # it has ended
            process = int(stat.parent.name)
            parents[process], used[process] = int(fields[1]), sum(map(int, fields[11:15]))

        def is_ours(process):
            while process in parents and process != os.getpid():
                process = parents[process]
            return process == os.getpid()
        return sum(cpu), sum(cpu) - cpu[3] - cpu[4], sum(ticks for process, ticks in used.items() if is_ours(process))


class AdminPage(harness.Claims):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pki = pki = Pki(cls.folder)
        wrong = pki.upstream_ca.leaf("other.test")
        cls.nginx = cls.started_for_all(Nginx(cls.folder, f"listen {{port}} ssl; {certified(wrong)} {TELLING}"))

    def shot(self, browser, name):
        file = (pathlib.Path(SHOTS) if SHOTS else self.folder) / f"{name}.png"
        browser.screenshot(file)
        self.assertGreater(file.stat().st_size, 5000)

    def address(self, process):
        process.wait_for(lambda: "admin at http://" in process.output(), "to say where it is")
        return process.output().split("admin at ", 1)[1].split()[0]

    def shown(self, browser, script, what, *arguments):
        return harness.wait_until(lambda: browser.run("return " + script, *arguments), what, 60)

    def test_connections_come_and_one_is_shown_with_its_chain_and_handshakes(self):
        tap = self.mailtap(*self.pki.present["own"], "--trust", self.pki.upstream_ca.cert, "--name", "mail.test",
                           "--admin", "0", upstream=self.nginx.ports[0])
        browser = Browser(self)
        browser.resize(1200, 1000)
        browser.open(self.address(tap))
        self.shown(browser, "document.getElementById('state').textContent === 'live'", "the page to be live")
        for _ in range(3):
            self.curl(tap.port, self.pki.local_ca)
        self.shown(browser, "document.querySelectorAll('#rows tr').length === 3", "three rows")
        self.assertEqual(browser.run(ROWS, "verdict"), ["✗ trusted; name mismatch"] * 3)
        self.shown(browser, "document.getElementById('sentence').textContent.startsWith('1 of 1 servers has faults')", "the sentence")
        self.shown(browser, "document.getElementById('works').textContent.includes('the certificate is for another name')", "advice")
        self.shown(browser, "document.getElementById('upstreams').textContent.includes('days left')", "the server")
        self.shown(browser, "document.querySelector('#chart-rate svg path[d^=M]') !== null", "the chart")

        browser.run("document.querySelector('#rows tr').click()")
        self.shown(browser, "document.getElementById('chosen').textContent.includes('asked for mail.test; the certificate is for other.test')", "it")
        for tab, expected in (("chain", "CN=other.test"), ("clients", "net::ERR_CERT_COMMON_NAME_INVALID"), ("exchanges", "http: 1"), ("json", '"timing_us"')):
            browser.click(f"#tab-{tab}")
            self.assertIn(expected, browser.run("return document.getElementById('chosen').textContent"))
        browser.click("#tab-handshake")
        # Each message of either leg, and none twice.
        ladder = browser.run("return document.querySelector('#chosen svg').textContent")
        for message in ("client hello", "server hello", "certificate", "finished"):
            self.assertIn(message, ladder)
        self.assertEqual(ladder.count("client hello"), 2)
        self.shot(browser, "one")

        browser.run(FIND, "no such thing")
        self.shown(browser, "document.querySelectorAll('#rows tr').length === 0", "no row")
        browser.run(FIND, "mismatch")
        self.shown(browser, "document.querySelectorAll('#rows tr').length === 3", "the rows")
        self.assertEqual(browser.run(IDS), ["3", "2", "1"])
        self.shot(browser, "light")

        paper = "return getComputedStyle(document.body).backgroundColor"
        browser.prefer("light")
        light = browser.run(paper)
        browser.prefer("dark")
        self.assertNotEqual(browser.run(paper), light)
        self.shot(browser, "dark")
        browser.resize(390, 800)
        self.assertLessEqual(browser.run("return document.documentElement.scrollWidth"), 390)
        self.shot(browser, "phone")
        browser.click("#one-close")
        # Each control has a name, and the page its landmarks.
        self.assertEqual(browser.run("return [...document.querySelectorAll('input, select')].filter(e => !e.labels.length).length"), 0)
        self.assertEqual(browser.run("return ['header', 'main', 'footer', 'h1'].filter(t => !document.querySelector(t))"), [])
        self.assertEqual([c for c in browser.complaints() if "favicon" not in c], [])
        tap.lines(3)
        tap.stop()

    def test_what_is_looked_at_stands_in_the_address_and_is_found_again_from_there(self):
        tap = self.mailtap(*self.pki.present["own"], "--trust", self.pki.upstream_ca.cert, "--name", "mail.test",
                           "--admin", "0", upstream=self.nginx.ports[0])
        for version in ("TLSv1.2", "TLSv1.3", "TLSv1.3"):
            self.curl(tap.port, self.pki.local_ca, version=version)
        tap.lines(3)
        browser = Browser(self)
        browser.resize(1280, 800)
        browser.open(self.address(tap))
        self.shown(browser, "document.querySelectorAll('#rows tr').length === 3", "three rows")
        browser.type("#find", "-tls:1.2 -is:failed bytes:>10 verdict:name-mismatch,expired")
        self.shown(browser, "document.querySelectorAll('#rows tr').length === 2", "two rows")
        browser.click("th.c-lasted button")
        browser.click("th.c-lasted button")
        browser.click("#rows tr")
        self.shown(browser, "!document.getElementById('one').hidden", "it to be open")
        order = browser.run(IDS)
        browser.press("j")
        self.shown(browser, f"document.getElementById('one-heading').textContent.includes('#{order[1]},')", "the next one")
        self.shown(browser, f"location.hash.includes('id={order[1]}')", "the address")
        address = browser.run("return location.href")
        other = Browser(self)
        other.resize(1280, 800)
        other.open(address)
        self.shown(other, f"document.getElementById('one-heading')?.textContent.includes('#{order[1]},')", "the same one")
        self.shown(other, "document.querySelectorAll('#rows tr').length === 2", "two rows")
        self.assertEqual(other.run(IDS), order)
        browser.press(ESCAPE)
        self.shown(browser, "document.getElementById('one').hidden", "it to be closed")
        browser.run(FIND, "nothing:here tls:1.2")
        self.shown(browser, "document.querySelectorAll('#rows tr').length === 1", "one row")
        self.assertIn("There is no field", browser.run("return document.getElementById('find-problem').textContent"))
        self.assertEqual(other.complaints() + browser.complaints(), [])
        tap.stop()

    def test_the_reader_chooses_the_language(self):
        tap = self.mailtap(*self.pki.present["own"], "--trust", self.pki.upstream_ca.cert, "--name", "mail.test",
                           "--admin", "0", upstream=self.nginx.ports[0])
        self.curl(tap.port, self.pki.local_ca)
        tap.line()
        browser = Browser(self)
        browser.resize(1280, 800)
        browser.open(self.address(tap))
        self.shown(browser, "document.getElementById('sentence').textContent.includes('has faults')", "English")
        browser.run("const l = document.getElementById('language'); l.value = 'vi'; l.dispatchEvent(new Event('change'));")
        self.shown(browser, "document.getElementById('sentence').textContent.includes('máy chủ có lỗi')", "Vietnamese")
        self.shown(browser, "document.getElementById('works').textContent.includes('Trên máy')", "the next step in Vietnamese")
        self.assertEqual(browser.run("return document.documentElement.lang"), "vi")
        # No word is missing: both dictionaries have the same.
        self.assertEqual(browser.run("return words.missing"), [])
        tap.stop()

    def test_a_server_is_asked_what_its_tls_is_able_to(self):
        """And the page tells what `check --protocols` finds."""
        tap = self.mailtap(*self.pki.present["own"], "--trust", self.pki.upstream_ca.cert, "--name", "mail.test",
                           "--admin", "0", upstream=self.nginx.ports[0])
        self.curl(tap.port, self.pki.local_ca)
        tap.line()
        browser = Browser(self)
        browser.resize(1280, 800)
        browser.open(self.address(tap))
        self.shown(browser, "document.querySelectorAll('#survey-server option').length === 1", "a server to ask")
        self.assertEqual(browser.run("return document.querySelectorAll('.survey').length"), 0)
        browser.click("#to-surveys")
        browser.click("#survey-ask")
        self.shown(browser, "document.querySelectorAll('.survey').length === 1", "what it is able to")
        text = browser.run("return document.querySelector('.survey').textContent")
        report = json.loads(harness.surveyed(f"127.0.0.1:{self.nginx.ports[0]}"))["targets"][0]["protocols"]
        self.assertIn(f"grade {report['grade']}", text)
        for version in report["versions"]:
            for found in [suite["name"] for suite in version["suites"]] + version["groups"] + version["signature_algorithms"]:
                self.assertIn(found, text)
        for weakness in report["weaknesses"]:
            self.assertIn(weakness["name"], text)
        self.shot(browser, "survey")
        browser.run("const l = document.getElementById('language'); l.value = 'vi'; l.dispatchEvent(new Event('change'));")
        self.shown(browser, f"document.querySelector('.survey').textContent.includes('hạng {report['grade']}')", "Vietnamese")
        browser.resize(390, 800)
        self.assertLessEqual(browser.run("return document.documentElement.scrollWidth"), 390)
        self.assertEqual(browser.complaints(), [])
        tap.stop()

    @unittest.skipUnless(axe(), "NOT TESTED: no axe-core, which npm has in CI")
    def test_axe_core_has_nothing_against_the_page(self):
        tap = self.mailtap(*self.pki.present["own"], "--trust", self.pki.upstream_ca.cert, "--name", "mail.test",
                           "--admin", "0", upstream=self.nginx.ports[0])
        self.curl(tap.port, self.pki.local_ca)
        tap.line()
        browser = Browser(self)
        for width, height, scheme in ((1280, 800, "light"), (1400, 900, "dark"), (390, 800, "light"), (390, 800, "dark")):
            with self.subTest(width=width, scheme=scheme):
                browser.resize(width, height)
                browser.prefer(scheme)
                browser.open(self.address(tap))
                self.shown(browser, "document.querySelectorAll('#works li').length === 1", "the work")
                self.shown(browser, "document.querySelectorAll('#rows tr').length === 1", "the row")
                self.assertEqual(browser.violations(), [])
                browser.run("document.querySelector('#rows tr').click()")
                self.shown(browser, "!document.getElementById('one').hidden", "it to be open")
                for tab in ("summary", "chain", "clients", "handshake", "exchanges", "json"):
                    browser.run(f"document.getElementById('tab-{tab}').click()")
                    self.assertEqual(browser.violations(), [], tab)
        tap.stop()

    def test_after_a_restart_the_page_goes_on_with_the_successor(self):
        tap = self.mailtap(*self.pki.present["own"], "--trust", self.pki.upstream_ca.cert, "--name", "mail.test",
                           "--admin", "0", upstream=self.nginx.ports[0])
        browser = Browser(self)
        browser.resize(1200, 1000)
        browser.open(self.address(tap))
        self.shown(browser, "document.getElementById('state').textContent === 'live'", "the page to be live")
        for _ in range(3):
            self.curl(tap.port, self.pki.local_ca)
        self.shown(browser, "document.querySelectorAll('#rows tr').length === 3", "three rows")
        tap.signal(signal.SIGUSR2)
        tap.said("has taken over")
        successor = int(re.search(r"process (\d+) has taken over", tap.output())[1])
        self.shown(browser, "document.querySelectorAll('#rows tr').length === 0", "the old process's rows to go")
        self.shown(browser, "document.getElementById('state').textContent === 'live'", "the page to be live again")
        self.curl(tap.port, self.pki.local_ca)
        self.shown(browser, "document.querySelectorAll('#rows tr').length === 1", "the successor's row")
        browser.run("document.querySelector('#rows tr').click()")
        self.shown(browser, "document.getElementById('chosen').textContent.includes('the certificate is for other.test')", "its certificate")
        self.assertEqual(tap.wait(), 0)
        os.kill(successor, signal.SIGTERM)
        tap.lines(4)

    def test_a_token_is_asked_for_and_taken(self):
        token = self.folder / "token"
        token.write_text("0123456789abcdef\n")
        token.chmod(0o600)
        tap = self.mailtap(*self.pki.present["own"], "--admin", "0", "--admin-token-file", token, upstream=self.nginx.ports[0])
        browser = Browser(self)
        browser.open(self.address(tap))
        self.shown(browser, "!document.getElementById('token-asked').hidden", "to be asked")
        browser.run("document.getElementById('token').value = '0123456789abcdef'; document.querySelector('#token-form button').click()")
        self.shown(browser, "document.getElementById('state').textContent === 'live'", "the page to be live")
        tap.stop()

    def look_at_the_table(self, browser):
        """A picture that is out of sight isn't drawn: what is measured until then is the next change of what is in sight."""
        browser.run("document.getElementById('connections').scrollIntoView({block: 'start'})")
        browser.picture()

    def picture_times(self, browser, least):
        """From each key and click to the picture that follows it, and the page's own code in that: sorted milliseconds."""
        told = browser.run("return window.interactions")
        told += [(16, 0)] * max(0, least - len(told))  # those that took less aren't told of
        took, handled = (sorted(entry[i] for entry in told) for i in (0, 1))
        harness.tell(f"{len(told)} events of keys and clicks: median {statistics.median(took):.0f} ms to the next picture, 99th percentile "
              f"{late(took):.0f} ms; of that the page's own code {statistics.median(handled):.1f} and {late(handled):.1f} ms")
        return took

    def check_it_answers(self, browser, connections):
        """While that many more come."""
        before = self.shown(browser, TOTAL, "connections")
        browser.run(MEASURE)
        began = time.monotonic()
        self.shown(browser, f"{TOTAL} > arguments[0]", f"{connections} more connections", before + connections)
        rate = (browser.run("return " + TOTAL) - before) / (time.monotonic() - began)
        delays = sorted(browser.run("return window.delays"))
        median = delays[len(delays) // 2]
        harness.tell(f"at {rate:.0f} connections/s the page's event loop was late by {median:.1f} ms in the median, 99th percentile "
              f"{late(delays):.1f} ms, most {delays[-1]:.1f} ms")
        self.assertLess(median, 50 * harness.PATIENCE)
        self.assertLessEqual(browser.run("return document.querySelectorAll('#rows tr').length"), 100)

    @unittest.skipUnless(BENCH, "needs mailtap-bench, which wants OpenSSL's headers")
    def test_the_page_answers_under_real_connections(self):
        """As many a second as the machine gives, resumed on both legs; the browser shares it."""
        good = self.started(Nginx(self.folder, f"listen {{port}} ssl; {certified(self.pki.server)} {TELLING}"))
        for version in ("tls12", "tls13"):
            with self.subTest(version):
                tap = self.mailtap(*self.pki.present["own"], "--trust", self.pki.upstream_ca.cert, "--name", "mail.test",
                                   "--admin", "0", "--workers", "1", upstream=good.ports[0])
                browser = Browser(self)
                browser.resize(1200, 1000)
                browser.open(self.address(tap))
                self.shown(browser, "document.getElementById('state').textContent === 'live'", "the page to be live")
                load = self.started(harness.Process(self.folder, "load", [
                    BENCH, "handshake", "--target", f"127.0.0.1:{tap.port}", "--scenario", f"{version}-resumed", "--rounds",
                    "100", "--connections", "100000"]))
                self.check_it_answers(browser, int(os.environ.get("MAILTAP_PAGE_CONNECTIONS", 2000)))
                browser.run(MANY_ROWS, 100_000)
                self.shown(browser, "Number(document.getElementById('grid').getAttribute('aria-rowcount')) > 90000", "100,000 rows")
                self.look_at_the_table(browser)
                browser.run(INTERACTIONS)
                browser.run("document.getElementById('grid').focus({preventScroll: true})")
                for key in [DOWN] * 20 + [END, HOME] * 5:
                    browser.press(key)
                    browser.picture()
                self.assertLess(statistics.median(self.picture_times(browser, 30)), 100 * harness.PATIENCE)
                self.shot(browser, f"real-{version}")
                self.assertEqual([c for c in browser.complaints() if "favicon" not in c], [])
                load.kill()
                tap.kill()

    def test_keys_and_clicks_are_answered_with_100000_rows_and_2000_connections_a_second(self):
        """The processor time of the page's main thread, which a busy machine hardly changes, is held to; and the time to the picture,
        its 99th percentile where the machine has nothing else to do."""
        feeder = self.started(harness.Process(self.folder, "feeder", [FEEDER, "2000"]))
        browser = Browser(self)
        browser.resize(1280, 800)
        browser.open(self.address(feeder))
        self.shown(browser, TOTAL, "connections")
        browser.run(MANY_ROWS, 100_000)
        browser.run(FIND, "")
        self.shown(browser, "Number(document.getElementById('grid').getAttribute('aria-rowcount')) > 100000", "100,000 rows")
        self.assertLessEqual(browser.run("return document.querySelectorAll('#rows tr').length"), 100)
        began, before = time.monotonic(), browser.main_thread()
        self.shown(browser, TOTAL + " > arguments[0]", "more connections", browser.run("return " + TOTAL) + 10_000)
        updates = (browser.main_thread() - before) / (time.monotonic() - began)

        self.look_at_the_table(browser)
        browser.run(INTERACTIONS)
        work = {"filter": [], "sort": [], "key": []}

        def interact(what, how, *arguments):
            before = browser.main_thread()
            how(*arguments)
            browser.picture()
            work[what].append(browser.main_thread() - before)

        with Quiet() as machine:
            for letter in "verdict:untrusted lasted:>500ms":
                interact("filter", browser.type, "#find", letter)
            browser.run(FIND, "")
            for column in ("client", "verdict", "id", "id"):
                interact("sort", browser.click, f"th.c-{column} button")
            self.shown(browser, "!connections.current.isBusy", "all to be sorted")
            browser.run("document.getElementById('grid').focus({preventScroll: true})")
            for key in [DOWN] * 60 + [END, HOME] * 10:
                interact("key", browser.press, key)
        for what, each in work.items():
            harness.tell(f"{what}: {len(each)} times, the main thread's processor time {statistics.median(each):.1f} ms in the median, 99th percentile {late(each):.1f} ms")
        harness.tell(f"updates alone: {updates:.0f} ms of it a second")
        took = self.picture_times(browser, 100)
        harness.tell(f"others used {100 * machine.others:.0f} % of the machine, a timer beside it was late by {machine.late:.1f} ms at the 99th percentile: "
              + ("quiet" if machine.is_quiet else "not quiet, so the time to the picture says little"))
        # Filtering and sorting 100,000 rows, and leaving out those that are too many, is done in pieces, between which keys are
        # answered: what is counted is all of it together, and the collector of garbage.
        self.assertLess(statistics.median(work["key"]), 50)
        self.assertLess(late(work["key"]), 250)
        self.assertLess(late(work["filter"] + work["sort"]), 500)
        self.assertLess(updates, 250)
        self.assertLess(statistics.median(took), 100 * harness.PATIENCE)
        if machine.is_quiet:
            self.assertLess(late(took), 100)
        self.assertEqual(browser.complaints(), [])

    def test_the_page_answers_at_2000_connections_a_second(self):
        feeder = self.started(harness.Process(self.folder, "feeder", [FEEDER, "2000"]))
        browser = Browser(self)
        browser.resize(1200, 1000)
        browser.open(self.address(feeder))
        self.check_it_answers(browser, 20_000)
        # Those of note are there, however many good ones came.
        browser.run(FIND, "is:notable")
        of_note = {"✗ UNTRUSTED self-signed; name mismatch", "– no certificate seen"}
        harness.wait_until(lambda: (verdicts := set(browser.run(ROWS, "verdict"))) and verdicts <= of_note, "those of note alone", 60)
        self.shot(browser, "load")
        self.assertEqual([c for c in browser.complaints() if "favicon" not in c], [])


if __name__ == "__main__":
    harness.PACKAGES["chromedriver"] = "chromium-driver"
    harness.main(needs=["nginx", "curl", "chromium", "chromedriver"])
