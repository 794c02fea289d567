"""What real clients say of chains, held against what mailtap's profiles say of the same: Java, Go, NSS, Chromium, Mono,
Python, Node.js, curl and GnuTLS, each against live servers, Java, Go and NSS also of chains that can't be served, and
wine's crypt32 of these alone.

The chains are those of mailtap demo's servers and, where they are at hand (MAILTAP_LIMBO=FILE, or shared/limbo beside the
repository), x509-limbo's: served where a case has a key and no time of its own. Ends with a table of agreement; what
disagrees is named in it, and docs/clients.md says why."""

import concurrent.futures
import datetime
import functools
import ipaddress
import json
import os
import pathlib
import re
import selectors
import shutil
import ssl
import subprocess
import threading

import harness
from browser import Browser

SOURCES = pathlib.Path(__file__).parent / "clients"
LIMBO = [os.environ.get("MAILTAP_LIMBO", ""), SOURCES.parents[2].parent / "shared/limbo/limbo-shared.json"]
WINE = "/usr/lib/wine/wine64"
LAB_NAME = "mail.contoso.example"


class Case:
    def __init__(self, id, name, chain, anchors, at=None, port=None, live_target=False):
        self.id, self.name, self.chain, self.anchors, self.at, self.port = id, name, chain, anchors, at, port
        self.target = f"127.0.0.1:{port}" if live_target else chain  # of mailtap check

    def line(self, how, name=True, anchors=None):
        seconds = "-" if self.at is None else int(self.at.timestamp())
        return "\t".join(map(str, [self.id, how, (name and self.name) or "-", seconds, self.chain, anchors or self.anchors]))


class Servers:
    """A TLS server for each case, each on a port of its own, all in one thread but for the handshakes."""

    def __init__(self):
        self.selector = selectors.DefaultSelector()
        self.pool = concurrent.futures.ThreadPoolExecutor(64)

    def add(self, chain, key):
        """Its port; None where OpenSSL can't serve such a certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        try:
            context.load_cert_chain(chain, key)
        except ssl.SSLError:
            return None
        port = harness.free_port()
        listener = harness.socket.create_server(("127.0.0.1", port), backlog=16)
        self.selector.register(listener, selectors.EVENT_READ, context)
        return port

    def run(self):
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            for ready, _ in self.selector.select():
                tcp, _ = ready.fileobj.accept()
                self.pool.submit(self._serve, tcp, ready.data)

    @staticmethod
    def _serve(tcp, context):
        tcp.settimeout(20 * harness.PATIENCE)
        try:
            with context.wrap_socket(tcp, server_side=True) as tls:
                tls.recv(65536)
                tls.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        except OSError:
            pass  # the client has refused


def is_address(name):
    try:
        return bool(ipaddress.ip_address(name))
    except ValueError:
        return False


class RealClients(harness.Claims):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.servers = Servers()
        cls.cases = cls.limbo() + cls.lab()
        cls.live = [case for case in cls.cases if case.port and case.name]
        cls.servers.run()
        cls.union = cls.folder / "all-anchors.pem"
        anchors = dict.fromkeys(pem for case in cls.live for pem in pems(case.anchors))
        cls.union.write_text("".join(anchors))

    @classmethod
    def lab(cls):
        demo = cls.started_for_all(harness.Process(cls.folder, "demo", [harness.MAILTAP, "demo", "--keep"],
                                                   env={**os.environ, "COLUMNS": "400"}))
        demo.wait_for(lambda: "-CAfile" in demo.output() and "refused" in demo.output().split("-CAfile")[-2],
                      "the lab's servers", 60)
        words = re.findall(r"^\s*(\S+)\s+127\.0\.0\.1:\d+\s+127\.0\.0\.1:(\d+)\s*$", demo.output(), re.MULTILINE)
        root = cls.folder / "contoso-root.pem"
        shutil.copy(re.search(r"\S+contoso-root\.pem", demo.output())[0], root)
        return [Case(f"lab::{name}", LAB_NAME, "-", root, port=int(port), live_target=True) for name, port in words]

    @classmethod
    def limbo(cls):
        """Cases of the core that a program can be asked about. None where the suite isn't."""
        suite = next((file for file in LIMBO if file and os.path.exists(file)), None)
        if suite is None:
            harness.tell("*** x509-limbo's testcases aren't here (MAILTAP_LIMBO=FILE): the lab's servers alone are compared ***")
            return []
        cases = []
        for number, test in enumerate(json.loads(pathlib.Path(suite).read_text())["testcases"]):
            at = test["validation_time"]
            if (test["validation_kind"] != "SERVER" or test["crls"] or test["max_chain_depth"] is not None or (at and "." in at)
                    or test["id"].startswith(("bettertls", "pathological"))):
                continue
            chain, anchors = cls.folder / f"{number}.chain", cls.folder / f"{number}.anchors"
            chain.write_text("\n".join([test["peer_certificate"], *test["untrusted_intermediates"]]))
            anchors.write_text("\n".join(test["trusted_certs"]))
            port = None
            # TLS has no suites for DSA any more.
            if test["peer_certificate_key"] and not at and "dsa" not in test["id"]:
                key = cls.folder / f"{number}.key"
                key.write_text(test["peer_certificate_key"])
                port = cls.servers.add(chain, key)
            cases.append(Case(test["id"], (test["expected_peer_name"] or {}).get("value"), chain, anchors,
                              at and datetime.datetime.fromisoformat(at), port))
        return cases

    @classmethod
    @functools.cache
    def opinions(cls, case, anchors=None, name=True):
        """What mailtap check says that each client says; None: that all accept it."""
        asked = [harness.MAILTAP, "check", case.target, "--trust", anchors or case.anchors, "--json"]
        asked += ["--name", case.name] if name and case.name else []
        asked += ["--at", case.at.isoformat().replace("+00:00", "Z")] if case.at else []
        done = subprocess.run(asked, capture_output=True, text=True, timeout=60 * harness.PATIENCE)
        target = json.loads(done.stdout)["targets"][0] if done.stdout else {"verdict": None, "error": done.stderr}
        assert target["verdict"], f"mailtap check says nothing of {case.id}: {target}"
        return target["verdict"].get("clients")

    def needs(self, *programs):
        if missing := harness.missing_programs(programs):
            if harness.all_required():
                self.fail(harness.not_tested(missing))
            harness.tell(f"*** {harness.not_tested(missing)} ***")
            self.skipTest(harness.not_tested(missing))

    def said(self, command, lines, env=None):
        """What a program prints of these lines: (what it does, words) by case; its exit status; its standard error's end."""
        done = subprocess.run([str(a) for a in command], input="\n".join(lines) + "\n", capture_output=True, text=True,
                              errors="replace", timeout=150 * harness.PATIENCE, env=env)
        said = {}
        for line in done.stdout.splitlines():
            id, does, words = (line + "\t").split("\t", 2)
            said[id] = (does, words.strip())
        return said, done.returncode, done.stderr[-4000:]

    def ask(self, command, lines, env=None):
        """What a program answers to each line: (accepts, words) by case."""
        said, _, errors = self.said(command, lines, env)
        self.assertEqual(len(said), len(lines), errors)
        return {id: (does == "accepts", words) for id, (does, words) in said.items()}

    def compare(self, title, client, answers, least, anchors=None, name=True):
        """Adds a row to the table. `least`: of a hundred cases, how many must agree, but for one."""
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            cases = [case for case in self.cases if case.id in answers]
            told = list(pool.map(lambda case: self.opinions(case, anchors, name), cases))
        agreed = refused = same = 0
        others = []
        for case, clients in zip(cases, told):
            accepts, words = answers[case.id]
            opinion = clients[client] if clients else {"accepts": True}
            if accepts != opinion["accepts"]:
                others.append(f"{case.id}: {'accepts' if accepts else 'refuses'} {words[:160]}; the profile: "
                              f"{(opinion.get('message') or 'accepts')[:160]}")
                continue
            agreed += 1
            if not accepts:
                refused += 1
                same += plain(opinion["message"]) in plain(words) or bool(opinion["code"] and opinion["code"] in words)
        harness.tell(f"{title:34} {client:17} {agreed:3} of {len(cases):3} agree; of {refused:2} that both refuse, {same:2} in "
                     "the same words")
        for other in others:
            harness.tell(f"    {other}")
        self.assertTrue(cases)
        self.assertGreaterEqual(100 * (agreed + 1), least * len(cases), "\n".join(others))

    def live_lines(self, anchors=None):
        return [case.line(case.port, anchors=anchors) for case in self.live]

    def each(self, question):
        """`question` of each live case, some at once."""
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            return {case.id: answer for case, answer in zip(self.live, pool.map(question, self.live))}

    def finished(self, *arguments, **options):
        done = subprocess.run([str(a) for a in arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace", timeout=60 * harness.PATIENCE, **options)
        return done.returncode, done.stdout

    def test_java_says_what_its_profile_says(self):
        self.needs("java", "javac")
        files = [case for case in self.cases if case.chain != "-"]
        open_up = ["--add-exports", "java.base/sun.security.util=ALL-UNNAMED"]
        self.finished("javac", *open_up, "-d", self.folder, SOURCES / "Chains.java")
        java = ["java", *open_up, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", self.folder, "Chains"]
        version = self.finished("java", "-version")[1].split('"')[1]
        # One Java for all three questions.
        lines = [case.line("file") for case in files]
        lines += [f"bare {case.line('file', name=False)}" for case in files]
        lines += [f"live {line}" for line in self.live_lines()]
        answers = self.ask(java, lines)
        bare = {id[5:]: answer for id, answer in answers.items() if id.startswith("bare ")}
        live = {id[5:]: answer for id, answer in answers.items() if id.startswith("live ")}
        if files:
            self.compare(f"Java {version}", "java", answers, 97)
            self.compare(f"Java {version}, without a name", "java", bare, 97, name=False)
        self.compare(f"Java {version}, live", "java", live, 97)

    def test_go_says_what_its_profile_says(self):
        self.needs("go")
        files = [case for case in self.cases if case.chain != "-"]
        program = self.folder / "chains"
        env = {"HOME": str(self.folder), **os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=mod", "GOTOOLCHAIN": "local"}
        status, said = self.finished("go", "build", "-o", program, SOURCES / "chains.go", env=env)
        self.assertEqual(status, 0, said)
        version = self.finished("go", "version")[1].split()[2].removeprefix("go")
        lines = [case.line("file") for case in files] + [f"live {line}" for line in self.live_lines()]
        answers = self.ask([program], lines)
        if files:
            self.compare(f"Go {version}", "go", answers, 93)
        live = {id[5:]: answer for id, answer in answers.items() if id.startswith("live ")}
        self.compare(f"Go {version}, live", "go", live, 93)

    def test_nss_says_what_its_profile_says(self):
        self.needs("certutil", "vfychain", "tstclnt")
        empty = self.folder / "nss"
        empty.mkdir()
        self.finished("certutil", "-N", "-d", f"sql:{empty}", "--empty-password")

        @functools.cache
        def database(anchors):
            folder = self.folder / f"nss-{harness.free_port()}"
            shutil.copytree(empty, folder)
            for number, pem in enumerate(pems(anchors)):
                file = folder / f"{number}.pem"
                file.write_text(pem)
                self.finished("certutil", "-A", "-d", f"sql:{folder}", "-n", f"anchor {number}", "-t", "C,,", "-a", "-i", file)
            return f"sql:{folder}"

        def verified(case):
            command = ["vfychain", "-d", database(case.anchors), "-u", "1"]
            command += ["-b", case.at.strftime("%y%m%d%H%MZ")] if case.at else []
            for number, pem in enumerate(pems(case.chain)):
                file = case.chain.with_suffix(f".{number}")
                file.write_text(pem)
                command += ["-a", file]
            status, said = self.finished(*command)
            return "Chain is good" in said, said

        def connected(case):
            """It tells of the handshake at once, and then waits for the server to close."""
            command = ["tstclnt", "-h", "127.0.0.1", "-p", str(case.port), "-d", database(case.anchors), "-a", case.name, "-Q"]
            with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                  errors="replace") as client:
                said = ""
                for line in client.stdout:
                    said += line
                    if line.startswith("Received "):
                        break
                client.kill()
            return "authentication of server cert failed" not in said and "Received " in said, said

        files = [case for case in self.cases if case.chain != "-" and (case.at is None or case.at.second == 0)]
        if files:
            with concurrent.futures.ThreadPoolExecutor(3) as pool:
                answers = {case.id: answer for case, answer in zip(files, pool.map(verified, files))}
            self.compare("NSS, vfychain", "nss", answers, 98, name=False)
        self.compare("NSS, tstclnt, live", "nss", self.each(connected), 98)

    def test_chromium_says_what_its_profile_says(self):
        self.needs("chromium", "chromedriver", "certutil")
        home = self.folder / "home"
        database = home / ".pki/nssdb"
        database.mkdir(parents=True)
        self.finished("certutil", "-N", "-d", f"sql:{database}", "--empty-password")
        for number, pem in enumerate(pems(self.union)):
            file = home / "anchor.pem"
            file.write_text(pem)
            self.finished("certutil", "-A", "-d", f"sql:{database}", "-n", f"anchor {number}", "-t", "C,,", "-a", "-i", file)
        browser = Browser(self, ["--host-resolver-rules=MAP * 127.0.0.1", "--disable-features=LocalNetworkAccessChecks"], {**os.environ, "HOME": str(home)})
        urls = {case.id: f"https://{case.name}:{case.port}/" for case in self.live}
        errors = browser.refusals([*urls.values()])
        answers = {id: (errors[url] is None, errors[url] or "") for id, url in urls.items()}
        self.compare("Chromium, live", "chromium", answers, 96, anchors=self.union)

    def test_mono_says_what_dotnet_frameworks_profile_says(self):
        self.needs("mono", "mcs")
        program = self.folder / "Chains.exe"
        env = {**os.environ, "HOME": str(self.folder)}
        status, said = self.finished("mcs", f"-out:{program}", SOURCES / "Chains.cs", env=env)
        self.assertEqual(status, 0, said)
        trust = self.folder / ".config/.mono/new-certs/Trust"
        trust.mkdir(parents=True)
        lines = []
        for case in self.live:
            folder = self.folder / f"trust-{case.port}"
            folder.mkdir(exist_ok=True)
            for number, pem in enumerate(pems(case.anchors)):
                hashed = subprocess.run(["openssl", "x509", "-hash", "-noout"], input=pem, capture_output=True, text=True).stdout
                (folder / f"{hashed.strip()}.{number}").write_text(pem)
            lines.append(case.line(case.port, anchors=folder))
        answers = self.ask(["mono", program, trust], lines, env)
        version = self.finished("mono", "--version")[1].split()[4]
        self.compare(f"Mono {version}, live", "dotnet-framework", answers, 82)

    def test_wines_crypt32_says_what_schannels_profile_says(self):
        """An implementation of its own, but the interface and the words are Windows'."""
        self.needs("x86_64-w64-mingw32-gcc", WINE)
        files = [case for case in self.cases if case.chain != "-"]
        if not files:
            self.skipTest("only chains in files can be asked about")
        program = self.folder / "chains.exe"
        status, said = self.finished("x86_64-w64-mingw32-gcc", "-O1", "-Wall", "-Werror", "-o", program, SOURCES / "chains.c",
                                     "-lcrypt32")
        self.assertEqual(status, 0, said)
        # No windows, no .NET, no browser, and nothing of whoever runs this.
        env = {**os.environ, "HOME": str(self.folder), "WINEPREFIX": str(self.folder / "wine"), "WINEDEBUG": "-all",
               "WINEDLLOVERRIDES": "mscoree,mshtml=", "DISPLAY": ""}
        self.addCleanup(subprocess.run, ["/usr/lib/wine/wineserver64", "-k"], env=env, check=False)
        said = {}
        while waiting := [case.line("file") for case in files if case.id not in said]:
            # It ends where crypt32 crashes, and is asked about the rest anew.
            more, status, errors = self.said([WINE, program], waiting, env)
            self.assertTrue(more and status in (0, 3), errors)
            said |= more
        answers = {id: (does == "accepts", words) for id, (does, words) in said.items() if does != "crashes"}
        version = self.finished(WINE, "--version", env=env)[1].split()[0].removeprefix("wine-")
        self.compare(f"wine {version}, crypt32", "schannel", answers, 76)
        for id in said.keys() - answers.keys():
            harness.tell(f"    {id}: crypt32 crashes")

    def test_python_says_what_its_profiles_say(self):
        strict = ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN

        def ask(case, flags):
            try:
                context = ssl.create_default_context(cafile=case.anchors)
                context.verify_flags = context.verify_flags & ~strict | flags
                with harness.socket.create_connection(("127.0.0.1", case.port), 20 * harness.PATIENCE) as tcp:
                    context.wrap_socket(tcp, server_hostname=case.name).close()
            except (OSError, ValueError) as error:
                return False, str(error)
            return True, ""
        version = ssl.OPENSSL_VERSION.split()[1]
        self.compare(f"Python, OpenSSL {version}, live", "python", self.each(lambda case: ask(case, 0)), 98)
        self.compare("  with 3.13's flags", "python-strict", self.each(lambda case: ask(case, strict)), 98)

    def test_node_says_what_its_profile_says(self):
        self.needs("node")
        answers = self.ask(["node", SOURCES / "chains.js"], self.live_lines())
        self.compare(f"Node.js {self.finished('node', '--version')[1].strip()}, live", "node", answers, 98)

    def test_curl_says_what_its_profile_says(self):
        self.needs("curl")

        def fetch(case):
            status, said = self.finished("curl", "-sS", "--noproxy", "*", "--cacert", case.anchors, "-o", "/dev/null", "--connect-to",
                                         f"::127.0.0.1:{case.port}", f"https://{case.name}/")
            return status == 0, said
        version = self.finished("curl", "--version")[1].split()[1]
        self.compare(f"curl {version}, live", "curl", self.each(fetch), 98)

    def test_gnutls_says_what_its_profile_says(self):
        self.needs("gnutls-cli")

        def connect(case):
            sni = [] if is_address(case.name) else ["--sni-hostname", case.name]
            status, said = self.finished("gnutls-cli", "--x509cafile", case.anchors, *sni, "--verify-hostname", case.name, "--port",
                                         case.port, "127.0.0.1")
            return status == 0, said
        version = self.finished("gnutls-cli", "--version")[1].split()[1]
        self.compare(f"GnuTLS {version}, live", "gnutls-3.7" if version.startswith("3.7") else "gnutls-3.8", self.each(connect), 97)


def plain(words):
    """A message without what stands for the connection, and without versions' lines of source."""
    for before in ("SSLHandshakeException: ", "tls: failed to verify certificate: "):
        words = words.split(before)[-1]
    return re.sub(r" \(_ssl\.c:\d+\)", "", words)


def pems(file):
    return [f"-----BEGIN CERTIFICATE-----{body}-----END CERTIFICATE-----\n" for body in
            re.findall("-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", pathlib.Path(file).read_text(), re.DOTALL)]


if __name__ == "__main__":
    harness.main(needs=["openssl"])
