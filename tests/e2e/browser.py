"""Headless Chromium, driven by its WebDriver (W3C WebDriver over HTTP), for what mailtap writes for browsers."""

import functools
import json
import pathlib
import re
import shutil
import subprocess
import tarfile
import tempfile
import urllib.request

import harness

ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
             "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage"]


AXE = "axe-core@4.10.3"


@functools.cache
def axe():
    """axe-core's source, which is fetched where a test may need peers (CI); None: it isn't to be had."""
    if not (harness.all_required() and shutil.which("npm")):
        return None
    with tempfile.TemporaryDirectory() as folder:
        try:
            subprocess.run(["npm", "pack", "--silent", AXE], cwd=folder, check=True, timeout=120, capture_output=True)
            with tarfile.open(next(pathlib.Path(folder).glob("*.tgz"))) as package:
                return package.extractfile("package/axe.min.js").read().decode()
        except (subprocess.SubprocessError, OSError, KeyError, StopIteration):
            return None


ENTER, ESCAPE, TAB, DOWN, UP, END, HOME = "\ue007", "\ue00c", "\ue004", "\ue015", "\ue013", "\ue010", "\ue011"


class Browser:
    def __init__(self, claims, arguments=(), env=None):
        port = harness.free_port()
        self.driver = claims.started(harness.Process(claims.folder, "chromedriver", ["chromedriver", f"--port={port}"], env=env))
        self.driver.wait_for(lambda: harness.accepts(port), "to accept", seconds=30)
        self.url = f"http://127.0.0.1:{port}"
        profile = claims.folder / f"chromium.{port}"
        chrome = {"binary": "/usr/bin/chromium", "args": [*ARGUMENTS, *arguments, f"--user-data-dir={profile}"]}
        self.session = ""
        self.session = "/session/" + self._post("/session", {"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": chrome, "goog:loggingPrefs": {"browser": "ALL"}}}})["sessionId"]
        claims.addCleanup(self.close)

    def _request(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + self.session + path, data, {"Content-Type": "application/json"}, method=method)
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60 * harness.PATIENCE) as answer:
            return json.load(answer)["value"]

    def _post(self, path, body):
        return self._request("POST", path, body)

    def close(self):
        try:
            self._request("DELETE", "")
        except OSError:
            pass  # it is killed anyway

    def open(self, url):
        self._post("/url", {"url": url})

    def refusals(self, urls):
        """Why they can't be fetched, by URL: "net::ERR_..."; None: they can."""
        self.open("data:,")
        self.run("""window.left = arguments[0].length; window.fetched = [];
                    for (const url of arguments[0])
                      fetch(url, {mode: "no-cors"}).then(() => fetched.push(url), () => {}).finally(() => --left);""", urls)
        harness.wait_until(lambda: self.run("return left") == 0, "the browser to fetch all", 120)
        fetched = set(self.run("return fetched"))
        errors = dict(re.findall(r"(https://\S+) - .*?(net::ERR_\w+)", "\n".join(self.complaints())))
        return {url: None if url in fetched else errors.get(url, "no error was told") for url in urls}

    def run(self, script, *arguments):
        """What the script, a function's body, returns."""
        return self._post("/execute/sync", {"script": script, "args": list(arguments)})

    def resize(self, width, height):
        self._post("/goog/cdp/execute", {"cmd": "Emulation.setDeviceMetricsOverride", "params": {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}})

    def prefer(self, scheme):
        """"dark" or "light"."""
        self._post("/goog/cdp/execute", {"cmd": "Emulation.setEmulatedMedia", "params": {
            "features": [{"name": "prefers-color-scheme", "value": scheme}]}})

    def main_thread(self):
        """How many milliseconds of processor time the page's main thread has used, the first time since some beginning."""
        self._post("/goog/cdp/execute", {"cmd": "Performance.enable", "params": {"timeDomain": "threadTicks"}})
        metrics = self._post("/goog/cdp/execute", {"cmd": "Performance.getMetrics", "params": {}})["metrics"]
        return 1000 * next(each["value"] for each in metrics if each["name"] == "ThreadTime")

    def picture(self):
        """Waits until the page has been drawn once more."""
        self._post("/execute/async", {"script": "requestAnimationFrame(() => setTimeout(arguments[0]))", "args": []})

    def _element(self, selector):
        return "/element/" + next(iter(self._post("/element", {"using": "css selector", "value": selector}).values()))

    def click(self, selector):
        """As a person does, with the pointer."""
        self._post(self._element(selector) + "/click", {})

    def type(self, selector, text):
        self._post(self._element(selector) + "/value", {"text": text})

    def press(self, *keys):
        """To what has the focus: characters, or WebDriver's code points for others (ENTER, ...)."""
        strokes = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self._post("/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": strokes}]})

    def complaints(self):
        """Errors of the page's scripts, and what its policy blocked."""
        return [entry["message"] for entry in self._post("/se/log", {"type": "browser"}) if entry["level"] == "SEVERE"]

    def violations(self):
        """What axe-core has against the page as it is now; None: there is no axe-core here."""
        source = axe()
        if source is None:
            return None
        self._post("/goog/cdp/execute", {"cmd": "Runtime.evaluate", "params": {"expression": source}})
        found = self._post("/execute/async", {"script": "axe.run(document, {resultTypes: ['violations']}).then(arguments[0])", "args": []})
        return [f"{each['id']}: {node['html'][:200]} {node['failureSummary']}" for each in found["violations"] for node in each["nodes"]]

    def screenshot(self, file):
        import base64
        file.write_bytes(base64.b64decode(self._request("GET", "/screenshot")))
