"""`mailtap trace list|show|report` on what was really recorded; the report in a real browser."""

import json
import subprocess

import harness
from browser import ESCAPE, Browser
from scenes import WithGoodAndWrong


class TraceViews(WithGoodAndWrong):
    def recorded(self):
        """Three connections: a good one, one to a server with a wrong name, and one whose client refuses."""
        self.traces = self.folder / f"traces.{harness.free_port()}"
        for upstream, ca, status in ((self.good, self.pki.local_ca, 0), (self.wrong, self.pki.local_ca, 0),
                                     (self.good, self.pki.upstream_ca, 60)):
            tap = self.mailtap(*self.pki.present["own"], "--name", "mail.test", "--trace", self.traces, upstream=upstream)
            self.run_program("curl", "-sS", "--noproxy", "*", "--cacert", ca.cert, "--resolve", f"mail.test:{tap.port}:127.0.0.1",
                             f"https://mail.test:{tap.port}/", status=status)
            tap.line()
            tap.stop()

    def mailtap_trace(self, *arguments, status=0):
        done = subprocess.run([harness.MAILTAP, "trace", *map(str, arguments)], capture_output=True, text=True,
                              timeout=30 * harness.PATIENCE)
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stdout + done.stderr

    def test_list_and_show_tell_of_what_was_recorded(self):
        self.recorded()
        listed = self.mailtap_trace("list", self.traces).splitlines()
        self.assertEqual(len(listed), 5)
        self.assertIn("trusted; name mismatch", listed[2])
        self.assertIn("downstream-handshake-failed", listed[3])
        self.assertIn("1 connection", self.mailtap_trace("list", self.traces, "--only", "failed").splitlines()[-1])
        self.assertIn("1 connection", self.mailtap_trace("list", self.traces, "--only", "mismatch").splitlines()[-1])
        (failed,) = [file for file in sorted(self.traces.glob("*.jsonl")) if "unknown_ca" in file.read_text()]
        shown = self.mailtap_trace("show", failed, 1)
        self.assertIn("the client ends the handshake", shown)
        self.assertIn("alert unknown_ca (48)", shown)
        self.assertIn("TLS_AES", shown)

    def test_what_is_not_there_is_said_with_what_to_do(self):
        self.recorded()
        self.assertIn("isn't there", self.mailtap_trace("list", self.folder / "nowhere", status=1))
        self.assertIn("mailtap trace list", self.mailtap_trace("show", self.traces, 99, status=1))
        self.assertIn("is no condition", self.mailtap_trace("list", self.traces, "--only", "never", status=64))
        self.assertIn("passes --only", self.mailtap_trace("report", self.traces, "--only", "expired", "-o", self.folder / "x.html", status=1))
        with open(sorted(self.traces.glob("*.jsonl"))[-1], "a") as file:
            file.write('{"event":"trace","sche')  # cut off by a crash
        told = self.mailtap_trace("list", self.traces)
        self.assertIn("1 line is no trace", told)
        self.assertIn("3 connections", told)

    def test_the_report_tells_what_the_servers_tls_is_able_to_where_it_is_given_a_survey(self):
        self.recorded()
        report, found = self.folder / "surveyed.html", self.folder / "survey.json"
        found.write_text(harness.surveyed(f"127.0.0.1:{self.good}"))
        protocols = json.loads(found.read_text())["targets"][0]["protocols"]
        self.assertIn("no survey is in it", self.mailtap_trace("report", self.traces, "-o", report, "--survey", sorted(self.traces.glob("*.jsonl"))[0], status=1))
        self.mailtap_trace("report", self.traces, "-o", report, "--survey", found)
        browser = Browser(self)
        browser.resize(1280, 800)
        browser.open(report.as_uri())
        text = browser.run("return document.querySelector('.survey').textContent")
        self.assertIn(f"grade {protocols['grade']}", text)
        for suite in [suite["name"] for version in protocols["versions"] for suite in version["suites"]]:
            self.assertIn(suite, text)
        browser.run("const l = document.getElementById('language'); l.value = 'vi'; l.dispatchEvent(new Event('change'));")
        self.assertIn(f"hạng {protocols['grade']}", browser.run("return document.querySelector('.survey').textContent"))
        self.assertEqual(browser.run("return words.missing"), [])
        self.assertEqual(browser.complaints(), [])

    def test_the_report_works_in_a_browser_large_small_light_and_dark(self):
        self.recorded()
        report = self.folder / "report.html"
        self.assertIn("3 connections", self.mailtap_trace("report", self.traces, "-o", report))
        browser = Browser(self)
        browser.resize(1200, 900)
        browser.open(report.as_uri())
        self.assertEqual(browser.run("return document.documentElement.dataset.ready"), "1")
        rows = "return [...document.querySelectorAll('#rows tr')].map(r => r.querySelector('.c-' + arguments[0]).textContent)"
        shown = lambda count: harness.wait_until(lambda: len(browser.run(rows, "verdict")) == count, f"{count} rows", 60)
        shown(3)
        self.assertEqual(browser.run("return document.getElementById('sentence').textContent"),
                         "2 of 2 servers have faults; the router rejected 1 certificate.")
        self.assertEqual(browser.run("return document.querySelectorAll('#servers article').length"), 2)
        self.assertEqual(browser.run("return document.querySelectorAll('#works li').length"), 2)
        # The certificate that isn't for its name: who refuses it, and how.
        said = browser.run("return [...document.querySelectorAll('#servers details.technical')].map(d => d.textContent)")
        self.assertEqual(len([text for text in said if "No subject alternative" in text and "java" in text]), 1, said)
        # The failed one's alert stands out on its ladder.
        chosen = "return document.getElementById('chosen').textContent"
        filtering = "const f = document.getElementById('find'); f.value = arguments[0]; f.dispatchEvent(new Event('input'));"
        browser.run(filtering, "is:failed")
        shown(1)
        browser.click("#rows tr")
        harness.wait_until(lambda: "downstream-handshake-failed" in browser.run(chosen), "the connection", 60)
        browser.click("#tab-handshake")
        self.assertIn("alert unknown ca", browser.run(chosen))
        self.assertEqual(browser.run("return document.querySelectorAll('#chosen .arrow.bad').length"), 1)
        browser.press(ESCAPE)
        browser.run(filtering, "verdict:name-mismatch")
        # One row is shown of the filter before as well: the page filters a moment after the last letter.
        harness.wait_until(lambda: browser.run(rows, "verdict") == ["✗ trusted; name mismatch"], "the mismatch alone", 60)
        browser.run(filtering, "no such thing")
        shown(0)
        browser.run(filtering, "")
        shown(3)
        times = "return [...document.querySelectorAll('#rows tr')].map(r => r.querySelector('.c-lasted').textContent)"
        unit = {"µs": 1, "us": 1, "ms": 1_000, "s": 1_000_000}
        lasted = lambda: [float(text.split()[0]) * unit[text.split()[1]] for text in browser.run(times)]
        for direction, is_backwards in (("descending", True), ("ascending", False)):
            browser.click("th.c-lasted button")
            harness.wait_until(lambda: browser.run("return document.querySelector('th.c-lasted').ariaSort") == direction, direction, 60)
            # The rows are drawn a moment after the head.
            harness.wait_until(lambda: (now := lasted()) == sorted(now, reverse=is_backwards), f"rows {direction}", 60)
        self.assertIn(browser.violations(), (None, []))
        browser.run("const l = document.getElementById('language'); l.value = 'vi'; l.dispatchEvent(new Event('change'));")
        self.assertIn("máy chủ có lỗi", browser.run("return document.getElementById('sentence').textContent"))
        self.mailtap_trace("report", self.traces, "-o", report, "--lang", "vi")
        self.assertIn('<html lang="vi"', report.read_text())

        paper = "return getComputedStyle(document.body).backgroundColor"
        browser.prefer("light")
        light = browser.run(paper)
        browser.prefer("dark")
        self.assertNotEqual(browser.run(paper), light)
        browser.resize(390, 800)
        self.assertLessEqual(browser.run("return document.documentElement.scrollWidth"), 390)
        browser.screenshot(self.folder / "phone.png")
        self.assertGreater((self.folder / "phone.png").stat().st_size, 5000)
        self.assertEqual(browser.complaints(), [])

    def test_an_observed_connection_is_one_handshake_between_client_and_server(self):
        traces = self.folder / f"traces.{harness.free_port()}"
        tap = self.mailtap("--mode", "observe", "--trust", self.pki.upstream_ca.cert, "--trace", traces, upstream=self.good)
        for version in ("TLSv1.2", "TLSv1.3"):
            self.curl(tap.port, self.pki.upstream_ca, version=version)
        ids = {line["downstream"]["tls"]: line["id"] for line in tap.lines(2)}
        tap.stop()
        for version, is_probed in (("TLSv1.2", False), ("TLSv1.3", True)):
            shown = self.mailtap_trace("show", traces, ids[version])
            self.assertIn("observed, and changed nothing", shown)
            self.assertEqual("a connection of mailtap's own" in shown, is_probed)
            self.assertEqual(shown.count("client_hello"), 1)
        report = self.folder / "observed.html"
        self.mailtap_trace("report", traces, "-o", report)
        browser = Browser(self)
        browser.resize(1200, 900)
        browser.open(report.as_uri())
        self.assertIn("by a connection of mailtap's own", browser.run("return document.getElementById('servers').textContent"))
        harness.wait_until(lambda: browser.run("return document.querySelectorAll('#rows tr').length") == 2, "two rows", 60)
        for row in (1, 2):
            browser.click(f"#rows tr:nth-child({row})")
            number = browser.run(f"return document.querySelector('#rows tr:nth-child({row})').dataset.id")
            harness.wait_until(lambda: f"#{number}," in browser.run("return document.getElementById('one')?.textContent || ''"), "it to be shown", 60)
            browser.click("#tab-summary")
            self.assertIn("observed, not intercepted", browser.run("return document.getElementById('chosen').textContent"))
            browser.click("#tab-handshake")
            ladder = browser.run("return document.getElementById('chosen').textContent")
            self.assertNotIn("mailtap", ladder)
            self.assertEqual(ladder.count("client hello"), 1)
        self.assertEqual(browser.complaints(), [])


if __name__ == "__main__":
    harness.PACKAGES["chromedriver"] = "chromium-driver"
    harness.main(needs=["nginx", "curl", "chromium", "chromedriver"])
