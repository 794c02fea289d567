"""Everything for people in Vietnamese: each kind of output with --lang vi, looked through for English sentences. What stays
English is listed here: what other programs say, commands, names."""

import json
import os
import re
import subprocess

import harness
from browser import Browser
from certificates import Authority
from check_test import SServer
from scenes import WithGoodAndWrong

LIMBO = [os.environ.get("MAILTAP_LIMBO", ""), harness.pathlib.Path(__file__).resolve().parents[3] / "shared/limbo/limbo-shared.json"]
# Words that English sentences have and Vietnamese ones don't, with or without its marks.
ENGLISH = ("the is isn't are aren't was wasn't of its which that has hasn't had have haven't and not with without by from doesn't "
           "can't must were been there this for on at than")
SENTENCE = re.compile(r"(?<![\w'./:=-])(?:[A-Za-z']+ )?\b(?:%s)\b(?: [A-Za-z']+)?(?![\w'=/-])" % ENGLISH.replace(" ", "|"))
# What stands there as other programs have it.
OTHERS = [
    r"The underlying connection was closed:.*?validation procedure\.",  # .NET
    r"Microsoft Dynamics CRM E-mail Router", r"Start, Run, inetmgr", r"Start, All Programs, ", r"Privacy & Security",
    r"\(SSL - [^)]*\)", r"\(X509 - [^)]*\)",  # mbedTLS
    r'"[^"\n]*"', r"“[^”\n]*”", r"`[^`\n]*`",  # quoted
]
# Members of JSON that other programs, or programs' words, stand in.
PROGRAMS_MEMBERS = {"message", "exception", "code", "subject", "issuer", "names", "name", "name_checked", "text", "quote", "target", "greeting",
                    "source", "next", "event", "says"}


def english_in(text, *besides):
    for pattern in (*OTHERS, *besides):
        text = re.sub(pattern, " ", text, flags=re.S)
    return [found[0] for found in SENTENCE.finditer(text)]


def sentences_of(value, name=""):
    """The strings of a JSON document, with the name of their member."""
    if isinstance(value, dict):
        for key, each in value.items():
            if key not in PROGRAMS_MEMBERS and key != "clients":
                yield from sentences_of(each, key)
    elif isinstance(value, list):
        for each in value:
            yield from sentences_of(each, name)
    elif isinstance(value, str):
        yield name, value


class Languages(WithGoodAndWrong):
    def assert_vietnamese(self, text, *besides):
        lines = [f"{found}: {line.strip()}" for line in text.splitlines() for found in english_in(line, *besides)]
        self.assertEqual(lines[:20], [], f"{len(lines)} in all")

    def assert_json_is_vietnamese(self, document):
        found = [f"{name}: {text}" for name, text in sentences_of(document) if english_in(text)]
        self.assertEqual(found[:20], [], f"{len(found)} in all")

    def check(self, *arguments, statuses=(0, 1, 2, 3, 4)):
        done = subprocess.run([harness.MAILTAP, "check", *map(str, arguments), "--lang", "vi"], capture_output=True, text=True,
                              timeout=120 * harness.PATIENCE)
        self.assertIn(done.returncode, statuses, done.stderr)
        return re.sub(r"\n {14,}", " ", done.stdout)  # as it was before it was wrapped

    def clients_left_out(self, text):
        """Without what clients say, each in its own words."""
        kept, inside = [], False
        for line in text.splitlines():
            title = line[:14].strip()
            if title and line.startswith("  "):
                inside = title == "phía khách"
            elif not line.startswith(" "):
                inside = False
            if not inside:
                kept.append(line)
        return "\n".join(kept)

    def test_check_of_each_of_the_demonstrations_servers(self):
        demo = self.started(harness.Process(self.folder, "demo", [harness.MAILTAP, "demo", "--keep"], env={**os.environ, "COLUMNS": "400"}))
        demo.wait_for(lambda: "-CAfile" in demo.output() and "refused" in demo.output().split("-CAfile")[-2], "the lab's servers", 60)
        ports = re.findall(r"^\s*\S+\s+127\.0\.0\.1:\d+\s+127\.0\.0\.1:(\d+)\s*$", demo.output(), re.MULTILINE)
        self.assertEqual(len(ports), 16)
        root = re.search(r"\S+contoso-root\.pem", demo.output())[0]
        asked = [f"127.0.0.1:{port}" for port in ports]
        how = ["--name", "mail.contoso.example", "--trust", root, "--crl", root.replace("contoso-root.pem", "contoso.crl")]
        text = self.check(*asked, *how)
        self.assertIn("cần làm", text)
        self.assert_vietnamese(self.clients_left_out(text))
        self.assert_json_is_vietnamese(json.loads(self.check(*asked, *how, "--json")))
        self.assert_vietnamese(self.clients_left_out(self.check(*asked, *how, "--as", "java")))

    def test_check_of_each_chain_of_the_corpus(self):
        file = next((harness.pathlib.Path(path) for path in LIMBO if path and harness.pathlib.Path(path).exists()), None)
        if file is None:
            harness.tell("*** x509-limbo's testcases aren't here (MAILTAP_LIMBO=FILE): the other outputs alone are looked through ***")
            return
        cases = [case for case in json.loads(file.read_text())["testcases"] if not case["id"].startswith(("bettertls", "pathological"))]
        files, anchors = [], set()
        for number, case in enumerate(cases):
            chain = self.folder / f"limbo{number}.pem"
            chain.write_text("\n".join([case["peer_certificate"], *case["untrusted_intermediates"]]))
            files.append(chain)
            anchors.update(case["trusted_certs"])
        # Anchors that mailtap doesn't take as such are left out.
        trust = []
        for number, anchor in enumerate(sorted(anchors)):
            root = self.folder / f"limbo-root{number}.pem"
            root.write_text(anchor)
            trust += ["--trust", root]
        targets = self.folder / "targets"
        targets.write_text("".join(f"{file}\n" for file in files))
        for profile in ("rfc5280", "webpki"):
            lines = self.check("--targets", targets, "--json", "--profile", profile, *trust).splitlines()
            self.assertGreater(len(lines), len(files))
            found = sorted({re.sub(r"\d+", "0", f"{name}: {text}") for line in lines for name, text in sentences_of(json.loads(line)) if english_in(text)})
            self.assertEqual(found[:40], [], f"{len(found)} in all")

    def test_check_of_what_cannot_be_checked(self):
        port = harness.free_port()
        text = self.check(f"127.0.0.1:{port}", "no-such-host.invalid:443", "--timeout", "5s")
        self.assert_vietnamese(text, r"no-such-host\.invalid")
        plain = self.started(harness.Process(self.folder, "plain", ["python3", "-m", "http.server", "--bind", "127.0.0.1", str(port)]))
        plain.wait_for_port(port)
        self.assert_vietnamese(self.check(f"127.0.0.1:{port}"))
        self.assert_vietnamese(self.check(f"127.0.0.1:{port}", "--starttls", "smtp", "--timeout", "5s"))

    def test_check_of_protocols(self):
        ca = Authority(self.folder, "old")
        leaf = ca.leaf("mail.test", key="rsa2048")
        old = self.started(SServer(self.folder, leaf, "-cipher", "ALL:COMPLEMENTOFALL:@SECLEVEL=0", "-no_tls1_3", "-legacy_renegotiation"))
        new = self.started(SServer(self.folder, leaf, "-tls1_3"))
        for server in (old, new):
            how = [f"127.0.0.1:{server.port}", "--name", "mail.test", "--trust", ca.cert, "--protocols"]
            self.assert_vietnamese(self.clients_left_out(self.check(*how)), r"extended main secret", r"silence|closed|reset")
            self.assert_json_is_vietnamese(json.loads(self.check(*how, "--json")))

    def run_with_each_ending(self, log, *arguments):
        """A proxy that saw a good server, a wrong one and none, clients that accept, refuse and speak no TLS."""
        routes = []
        for name, upstream in (("good", self.good), ("wrong", self.wrong), ("none", harness.free_port())):
            routes += ["[[route]]", f'id = "{name}"', 'listen = "127.0.0.1:0"', f'upstream = "127.0.0.1:{upstream}"', 'name = "mail.test"']
        present = [str(argument) for argument in self.pki.present["own"]]
        options = [f'{present[i].removeprefix("--")} = "{present[i + 1]}"' for i in range(0, len(present), 2)]
        config = self.folder / f"{harness.free_port()}.toml"
        config.write_text("\n".join([*options, *routes]) + "\n")
        tap = self.started(harness.Process(self.folder, "mailtap", [harness.MAILTAP, "run", "--config", config, "--lang", "vi", "--log", log,
                                                                    *arguments]))
        tap.wait_for(lambda: tap.output().count("listening ") == 3, "to listen")
        for port in re.findall(r"listening \S+:(\d+)\n", tap.output()):
            for ca in (self.pki.local_ca, self.pki.upstream_ca):
                subprocess.run(["curl", "-sS", "--noproxy", "*", "--cacert", ca.cert, "--resolve", f"mail.test:{port}:127.0.0.1",
                                f"https://mail.test:{port}/"], capture_output=True, timeout=60 * harness.PATIENCE)
            subprocess.run(["curl", "-sS", "--noproxy", "*", "--max-time", "5", f"http://127.0.0.1:{port}/"], capture_output=True,
                           timeout=60 * harness.PATIENCE)
        return tap

    def test_run_in_its_log(self):
        log = self.folder / "vi.log"
        self.run_with_each_ending(log)
        harness.wait_until(lambda: log.exists() and log.read_text().count(" -> ") >= 9, "nine connections")
        self.assert_vietnamese(log.read_text())
        self.assertIn("máy chủ", log.read_text())
        log = self.folder / "vi.jsonl"
        self.run_with_each_ending(log, "--log-format", "json")
        harness.wait_until(lambda: log.exists() and log.read_text().count('"event":"connection"') >= 9, "nine connections")
        for line in log.read_text().splitlines():
            self.assert_json_is_vietnamese(json.loads(line))
        reported = subprocess.run([harness.MAILTAP, "report", log, "--lang", "vi"], capture_output=True, text=True, timeout=60 * harness.PATIENCE)
        self.assertIn("kết nối", reported.stdout)
        self.assert_vietnamese(reported.stdout)

    def page_in_vietnamese(self, browser, url):
        browser.open(url + "#lang=vi")
        harness.wait_until(lambda: browser.run("return document.querySelectorAll('#rows tr').length") >= 9, "the rows", 60)
        wait = "return document.getElementById('sentence').textContent.includes('máy chủ')"
        harness.wait_until(lambda: browser.run(wait), "the sentence", 60)
        self.assert_vietnamese(browser.run("return document.body.innerText"), r"UNTRUSTED|no certificate seen|trusted; name mismatch|name mismatch", r"/api/\S+")
        ids = browser.run("return [...document.querySelectorAll('#rows tr')].map(r => r.dataset.id)")
        for number in ids:
            browser.run("document.querySelector(`#rows tr[data-id='${arguments[0]}']`).click()", number)
            harness.wait_until(lambda: browser.run("return document.getElementById('one-heading').textContent").find(f"#{number},") >= 0, "it", 60)
            for tab in ("summary", "chain", "handshake", "exchanges"):
                browser.click(f"#tab-{tab}")
                shown = browser.run("return document.getElementById('chosen').textContent")
                self.assert_vietnamese(shown, r"UNTRUSTED|no certificate seen|trusted; name mismatch|name mismatch", r"net::\S+")

    def test_the_live_page_top_and_the_report_of_traces(self):
        traces = self.folder / "traces"
        tap = self.run_with_each_ending("-", "--admin", "0", "--trace", traces)
        tap.wait_for(lambda: "admin at http://" in tap.output(), "to say where it is")
        url = tap.output().split("admin at ", 1)[1].split()[0]
        shown = subprocess.run([harness.MAILTAP, "top", url, "--once", "--lang", "vi"], capture_output=True, text=True, timeout=60 * harness.PATIENCE)
        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.assertIn("máy chủ", shown.stdout)
        self.assert_vietnamese(shown.stdout)
        browser = Browser(self)
        browser.resize(1280, 1400)
        self.page_in_vietnamese(browser, url)
        tap.popen.terminate()
        tap.wait()
        listed = self.run_program(harness.MAILTAP, "trace", "list", traces, "--lang", "vi")
        self.assertIn("MÁY KHÁCH", listed)
        self.assert_vietnamese(listed)
        for number in re.findall(r"(?m)^(\d+) +\d{4}-", listed):
            shown = self.run_program(harness.MAILTAP, "trace", "show", traces, number, "--lang", "vi")
            self.assertIn("máy khách", shown)
            self.assert_vietnamese(shown)
        # Recorded in the one language, read in the other, and the other way round.
        report = self.folder / "report.html"
        for made_in in ("vi", "en"):
            self.run_program(harness.MAILTAP, "trace", "report", traces, "-o", report, "--lang", made_in)
            self.page_in_vietnamese(browser, report.as_uri())

    def test_what_is_said_at_the_start_at_a_reload_and_at_the_end(self):
        (self.folder / "ca-key.pem").write_bytes(harness.pathlib.Path(self.pki.local_ca.key).read_bytes())
        (self.folder / "ca-key.pem").chmod(0o644)
        tap = self.started(harness.Process(self.folder, "mailtap", [
            harness.MAILTAP, "run", "--listen", "127.0.0.1:0", "--upstream", f"127.0.0.1:{self.good}", "--ca-cert", self.pki.local_ca.cert,
            "--ca-key", self.folder / "ca-key.pem", "--allow-plaintext", "--protocol", "smtp", "--starttls", "--legacy-tls", "downstream",
            "--keylog", self.folder / "keys", "--lang", "vi"]))
        tap.wait_for(lambda: "listening " in tap.output(), "to listen")
        tap.popen.send_signal(harness.signal.SIGHUP)
        tap.wait_for(lambda: "đã đọc lại cấu hình" in tap.output(), "to reload")
        tap.popen.terminate()
        tap.wait()
        self.assertIn("bí mật TLS", tap.output())
        self.assert_vietnamese(tap.output())

    def helped(self, *words, **environment):
        """What --help of a command says."""
        done = subprocess.run([harness.MAILTAP, *words, "--help"], capture_output=True, text=True, timeout=60 * harness.PATIENCE,
                              env={**os.environ, **environment})
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_the_help_of_every_command(self):
        waiting, seen = [()], []
        while waiting:
            words = waiting.pop()
            seen.append(words)
            text = self.helped(*words, "--lang", "vi")
            self.assertIn("Cách dùng: mailtap", text)
            self.assert_vietnamese(text, r"\bon\|off\b", r": on\.")  # values
            below = re.search(r"\nCác lệnh con:\n((?: .*\n)*)", text)
            waiting += [(*words, name) for name in re.findall(r"(?m)^  (\S+)", below[1])] if below else []
        self.assertIn(("ca", "import-pfx"), seen)
        self.assertGreater(len(seen), 20)
        self.assertEqual(self.helped("run", LC_ALL="vi_VN.UTF-8"), self.helped("run", "--lang=vi"))
        self.assertIn("Usage: mailtap run", self.helped("run", "--lang", "en", LC_ALL="vi_VN.UTF-8"))

    def test_ca(self):
        def said(*words):
            return self.run_program(harness.MAILTAP, "ca", *words, "--lang", "vi")
        file = {name: self.folder / name for name in ("ca.pem", "ca.key", "leaf.pem", "leaf.key", "copy.crt")}
        ca = ["--ca-cert", file["ca.pem"], "--ca-key", file["ca.key"]]
        self.assert_vietnamese(said("init", *ca))
        shown = said("show", *ca)
        self.assertIn("thuộc về nó", shown)
        self.assert_vietnamese(shown.splitlines()[-1])  # before it is mbedTLS's own description
        self.assert_vietnamese(said("export", "--ca-cert", file["ca.pem"], "--cert", file["copy.crt"]))
        self.assert_vietnamese(said("issue", *ca, "--name", "mail.test", "--cert", file["leaf.pem"], "--key", file["leaf.key"]))

    def test_explain(self):
        messages = harness.pathlib.Path(__file__).resolve().parents[1] / "inspect/explain/messages.tsv"
        texts = [line.split("\t")[-1] for line in messages.read_text().splitlines() if line and not line.startswith("#")]
        texts.append("nothing that anybody knows")
        whole = self.folder / "messages"
        whole.write_text("\n".join(texts) + "\n")
        done = subprocess.run([harness.MAILTAP, "explain", "--lang", "vi", "--json"], stdin=whole.open(), capture_output=True, text=True,
                              timeout=120 * harness.PATIENCE)
        document = json.loads(done.stdout)
        self.assertGreater(len(document["explanations"]), 50)
        self.assert_json_is_vietnamese(document)
        unknown = subprocess.run([harness.MAILTAP, "explain", "nothing that anybody knows", "--lang", "vi"], capture_output=True, text=True,
                                 timeout=60 * harness.PATIENCE)
        self.assert_vietnamese(unknown.stdout)


if __name__ == "__main__":
    harness.PACKAGES["chromedriver"] = "chromium-driver"
    harness.main(needs=["openssl", "nginx", "curl", "chromium", "chromedriver"])
