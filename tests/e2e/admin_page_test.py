"""The live page in headless Chromium: what it shows of real connections, and that it answers under load."""

import os
import pathlib
import re
import signal
import time
import unittest

import harness
from browser import Browser
from certificates import Pki
from servers import TELLING, Nginx, certified

FEEDER = os.environ.get("MAILTAP_ADMIN_FEEDER", "")
BENCH = os.environ.get("MAILTAP_BENCH_BINARY", "")
SHOTS = os.environ.get("MAILTAP_SCREENSHOTS", "")  # a folder to keep what was seen in
ROWS = "return [...document.querySelectorAll('#rows tr')].map(r => r.children[arguments[0]].textContent)"
# How late a timer of the page fires that is due every 20 ms: the delay of its event loop.
MEASURE = """
window.delays = [];
(function next(due) {
  window.delays.push(performance.now() - due);
  setTimeout(next, 20, performance.now() + 20);
})(performance.now());
"""


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
        self.assertEqual(browser.run(ROWS, 6), ["trusted; name mismatch"] * 3)
        self.shown(browser, "document.getElementById('advice').textContent.includes('mail.test')", "advice")
        self.shown(browser, "document.getElementById('upstreams').textContent.includes('days to expiry')", "the server")
        self.shown(browser, "document.querySelector('#chart svg path') !== null", "the chart")

        browser.run("document.querySelector('#rows button').click()")
        self.shown(browser, "document.querySelectorAll('#chosen svg rect').length === 3", "the waterfall")
        chosen = browser.run("return document.getElementById('chosen').textContent")
        self.assertIn("CN=other.test", chosen)
        self.assertIn("asked for mail.test; the certificate is for other.test", chosen)

        find = "const f = document.getElementById('find'); f.value = arguments[0]; f.dispatchEvent(new Event('input'));"
        browser.run(find, "no such thing")
        self.assertEqual(browser.run(ROWS, 0), [])
        browser.run(find, "mismatch")
        self.assertEqual(browser.run(ROWS, 0), ["3", "2", "1"])
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
        # Each control has a name, and the page its landmarks.
        self.assertEqual(browser.run("return [...document.querySelectorAll('input, select')].filter(e => !e.labels.length).length"), 0)
        self.assertEqual(browser.run("return ['header', 'main', 'footer', 'h1'].filter(t => !document.querySelector(t))"), [])
        self.assertEqual([c for c in browser.complaints() if "favicon" not in c], [])
        tap.lines(3)
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
        browser.run("document.querySelector('#rows button').click()")
        self.shown(browser, "document.getElementById('chosen').textContent.includes('CN=other.test')", "its certificate")
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

    def check_it_answers(self, browser, connections):
        """While that many more come; how many came a second."""
        total = "Number(document.querySelectorAll('#numbers b')[2].textContent.replace(/\\D/g, ''))"
        before = self.shown(browser, total, "connections")
        browser.run(MEASURE)
        began = time.monotonic()
        self.shown(browser, f"{total} > arguments[0]", f"{connections} more connections", before + connections)
        rate = (browser.run("return " + total) - before) / (time.monotonic() - began)
        delays = sorted(browser.run("return window.delays"))
        median, late = delays[len(delays) // 2], delays[int(len(delays) * .99)]
        print(f"at {rate:.0f} connections/s the page's event loop was late by {median:.1f} ms in the median, 99th percentile "
              f"{late:.1f} ms, most {delays[-1]:.1f} ms")
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
                self.shot(browser, f"real-{version}")
                self.assertEqual([c for c in browser.complaints() if "favicon" not in c], [])
                load.kill()
                tap.kill()

    def test_the_page_answers_at_2000_connections_a_second(self):
        feeder = self.started(harness.Process(self.folder, "feeder", [FEEDER, "2000"]))
        browser = Browser(self)
        browser.resize(1200, 1000)
        browser.open(self.address(feeder))
        self.check_it_answers(browser, 20_000)
        # Those of note are there, however many good ones came.
        browser.run("const o = document.getElementById('only'); o.value = 'notable'; o.dispatchEvent(new Event('change'));")
        verdicts = set(browser.run(ROWS, 6))
        self.assertLessEqual(verdicts, {"UNTRUSTED self-signed; name mismatch", "no certificate seen"})
        self.assertTrue(verdicts)
        self.shot(browser, "load")
        self.assertEqual([c for c in browser.complaints() if "favicon" not in c], [])


if __name__ == "__main__":
    harness.PACKAGES["chromedriver"] = "chromium-driver"
    harness.main(needs=["nginx", "curl", "chromium", "chromedriver"])
