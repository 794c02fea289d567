"""What is wrong with a command line or a configuration is said in a sentence that names it, and nothing starts."""

import socket

import harness
from certificates import Pki

USAGE = 64


class Errors(harness.Claims):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pki = Pki(cls.folder)
        cls.good = ["--listen", "127.0.0.1:0", "--upstream", "127.0.0.1:9"]

    def says(self, arguments, *words, status=None):
        """`mailtap arguments` ends by itself, not with success, and its output has each of `words`."""
        done = harness.subprocess.run([harness.MAILTAP, *map(str, arguments)], stdin=harness.subprocess.DEVNULL,
                                      capture_output=True, text=True, timeout=60 * harness.PATIENCE)
        with self.subTest(" ".join(map(str, arguments))):
            said = done.stderr
            self.assertGreater(done.returncode, 0, said)
            if status is not None:
                self.assertEqual(done.returncode, status, said)
            for word in words:
                self.assertIn(str(word), said)
            self.assertNotIn("listening", said)
            self.assertEqual(done.stdout, "")

    def test_a_command_line_that_cannot_be_read_is_a_usage_error(self):
        self.says([], status=USAGE)
        self.says(["walk"], "walk", status=USAGE)
        self.says(["run", *self.good, "--upstraem", "x:1"], "--upstraem", status=USAGE)
        self.says(["run", *self.good, "--name"], "--name", status=USAGE)
        self.says(["run", *self.good, "--name", "a", "--name", "b"], "--name", status=USAGE)

    def test_a_value_that_makes_no_sense_is_named_with_its_option(self):
        for option, value in (("--listen", "here"), ("--listen", "127.0.0.1:99999"), ("--upstream", "mail"),
                              ("--present", "forge"), ("--workers", "0"), ("--workers", "two"),
                              ("--idle-timeout", "soon"), ("--pin", "sha256//short"), ("--log-format", "xml"),
                              ("--max-connections", "-1"), ("--crypto", "openssl"), ("--name", "no such name")):
            arguments = ["run", *self.good]
            if option in arguments:
                arguments[arguments.index(option) + 1] = value
            else:
                arguments += [option, value]
            self.says(arguments, option, status=USAGE)

    def test_a_missing_option_is_named(self):
        self.says(["run"], "--listen", "--upstream", status=USAGE)
        self.says(["run", "--listen", ":0"], "upstream", status=USAGE)
        self.says(["run", *self.good, "--present", "own"], "cert", status=USAGE)
        self.says(["run", *self.good, "--present", "issue"], "ca-cert", status=USAGE)
        self.says(["run", *self.good, "--cert", self.pki.own.cert], "--cert", "key", status=USAGE)
        self.says(["run", *self.good, "--client-cert", self.pki.own.cert], "--client-cert", "key", status=USAGE)

    def test_a_file_that_is_not_there_or_no_good_is_named(self):
        nowhere = self.folder / "nowhere.pem"
        empty, text = self.folder / "empty.pem", self.folder / "text.pem"
        empty.write_text("")
        text.write_text("this is no certificate\n")
        own = self.pki.own
        for file in (nowhere, empty, text):
            self.says(["run", *self.good, "--cert", file, "--key", own.key], file)
            self.says(["run", *self.good, "--cert", own.cert, "--key", file], file)
            self.says(["run", *self.good, "--ca-cert", file, "--ca-key", self.pki.local_ca.key], file)
            self.says(["run", *self.good, "--trust", file], file)
            self.says(["run", *self.good, "--client-cert", file, "--client-key", own.key], file)
        self.says(["run", *self.good, "--trust", self.folder / "no-folder"], "no-folder")
        self.says(["run", *self.good, "--crl", text], text)
        self.says(["run", *self.good, "--log", self.folder / "no-folder" / "log"], "no-folder/log")
        self.says(["run", "--config", self.folder / "nowhere.toml"], "nowhere.toml")

    def test_a_key_of_another_certificate_is_noticed(self):
        self.says(["run", *self.good, "--cert", self.pki.own.cert, "--key", self.pki.server.key], self.pki.server.key)

    def test_a_ca_that_is_none_is_noticed(self):
        self.says(["run", *self.good, "--ca-cert", self.pki.own.cert, "--ca-key", self.pki.own.key], self.pki.own.cert)

    def configured(self, name, text):
        file = self.folder / name
        file.write_text(text)
        return file

    def test_a_configuration_error_has_file_line_and_column(self):
        route = '[[route]]\nlisten = "127.0.0.1:0"\nupstream = "127.0.0.1:9"\n'
        wrong = {
            "unknown.toml": (route + 'presnet = "own"\n', ":4:1:", "presnet", "present"),
            "type.toml": (route + "present = 3\n", ":4:1:", "present"),
            "value.toml": (route + 'present = "forge"\n', ":4:1:", "forge", "mirror"),
            "syntax.toml": (route + "name = \n", ":4:"),
            "file.toml": (route + 'trust = "nowhere.pem"\n', ":4:1:", "nowhere.pem"),
            "process.toml": (route + "workers = 2\n", ":4:1:", "workers"),
            "missing.toml": ('[[route]]\nlisten = "127.0.0.1:0"\n', ":1:1:", "upstream"),
            "duplicate.toml": (route.replace(":0", ":8443") * 2, ":5:1:", "8443"),
            "empty.toml": ("", "empty.toml", "route"),
        }
        for name, (text, *words) in wrong.items():
            file = self.configured(name, text)
            self.says(["run", "--config", file], file, *words)
            self.says(["config", "check", file], file, *words)

    def test_config_check_tells_what_a_good_configuration_says(self):
        file = self.configured("good.toml", f"""
workers = 3
[[route]]
id = "exchange"
listen = "127.0.0.1:8443"
upstream = "exchange.test:443"
name = "mail.test"
cert = "{self.pki.own.cert}"
key = "{self.pki.own.key}"
trust = "{self.pki.upstream_ca.cert}"
""")
        said = self.run_program(harness.MAILTAP, "config", "check", file)
        for word in ("exchange", "127.0.0.1:8443", "exchange.test:443", "mail.test", "own", "3 workers"):
            self.assertIn(word, said)

    def test_config_check_tells_everything_that_a_start_would_and_more_in_one_run(self):
        other = self.pki.upstream_ca.leaf("other.test")
        expired = self.pki.upstream_ca.leaf("mail.test", end="20210101000000Z")
        script = self.configured("hook", "#!/no/such/interpreter\n")
        script.chmod(0o755)
        token = self.configured("token", "short")
        token.chmod(0o600)
        file = self.configured("many.toml", f"""workers = 2
alert-command = "{script}"
admin = 9999
admin-token-file = "{token}"
[[route]]
listen = "127.0.0.1:8443"
upstream = "exchange.test:443"
trust = "{other.cert}"
cert = "{self.pki.own.cert}"
key = "{self.pki.server.key}"
[[route]]
listen = "127.0.0.1:8444"
upstream = "exchange.test:443"
name = "mail.test"
cert = "{other.cert}"
key = "{other.key}"
client-cert = "{other.cert}"
client-key = "{self.pki.own.cert}"
[[route]]
listen = "127.0.0.1:8445"
upstream = "exchange.test:443"
name = "mail.test"
cert = "{expired.cert}"
key = "{expired.key}"
log = "/no/such/folder/log"
trace = "{self.folder}"
trace-only = "nonsense"
[[route]]
listen = "127.0.0.1:8446"
upstream = "exchange.test:443"
ca-cert = "{other.cert}"
ca-key = "{other.key}"
pin-file = "{token}"
""".replace("admin = 9999", 'admin = "127.0.0.1:9999"'))
        done = harness.subprocess.run([harness.MAILTAP, "config", "check", file], capture_output=True, text=True,
                                      timeout=60 * harness.PATIENCE)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stdout, "")
        problems = [line for line in done.stderr.splitlines() if ": warning: " not in line]
        wanted = [("2:1: alert-command", "/no/such/interpreter"), ("4:1: admin-token-file", "is no token"),
                  ("8:1: trust", "another CA issued"), ("9:1: cert", "doesn't belong"), ("18:1: client-key", "no private key"),
                  ("25:1: log", "/no/such/folder"), ("27:1: trace-only", "nonsense"),
                  ("31:1: ca-cert", "no CA certificate"),
                  ("33:1: pin-file", "token:1: ")]
        self.assertEqual([line.removeprefix(f"{file}:").split(": ")[0:2] for line in problems],
                         [where.split(": ") for where, _ in wanted], done.stderr)
        for line, (_, word) in zip(problems, wanted):
            self.assertIn(word, line)
        for warning in (f"15:1: cert: warning: {other.cert} is for other.test, and clients ask for mail.test",
                        f"23:1: cert: warning: {expired.cert} expired on 2021-01-01"):
            self.assertIn(f"{file}:{warning}", done.stderr)

    def test_a_start_that_fails_tells_every_mistake(self):
        other = self.pki.upstream_ca.leaf("other.test")
        file = self.configured("two.toml", f"""[[route]]
listen = "127.0.0.1:0"
upstream = "exchange.test:443"
trust = "{other.cert}"
[[route]]
id = "second"
listen = "127.0.0.1:0"
upstream = "exchange.test:443"
cert = "{other.cert}"
key = "{self.pki.own.key}"
""")
        self.says(["run", "--config", file], f"{file}:4:1: trust: ", f"{file}:9:1: cert: ", status=1)

    def test_config_check_binds_only_where_it_is_asked_to(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            file = self.configured("ports.toml", f"[[route]]\nlisten = '{address}'\nupstream = 'exchange.test:443'\n")
            self.run_program(harness.MAILTAP, "config", "check", file)
            self.says(["config", "check", "--ports", file], f"{file}:2:1: listen: can't listen on {address}", "in use",
                      status=1)

    def test_a_port_in_use_is_named(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            self.says(["run", "--listen", address, "--upstream", "127.0.0.1:9"], address, "in use")

    def test_a_second_mailtap_on_the_same_port_refuses(self):
        tap = self.mailtap("--workers", "2", upstream=9)
        address = f"127.0.0.1:{tap.port}"
        for listen in (address, f":{tap.port}", f"0.0.0.0:{tap.port}"):
            self.says(["run", "--listen", listen, "--upstream", "127.0.0.1:9"], str(tap.port), "in use")
        tap.stop()

    def test_a_port_is_free_again_as_soon_as_mailtap_has_ended(self):
        first = self.mailtap("--workers", "2", upstream=9)
        socket.create_connection(("127.0.0.1", first.port)).close()
        first.line()
        first.stop()
        second = self.mailtap("--listen", f"127.0.0.1:{first.port}", "--upstream", "127.0.0.1:9")
        self.assertEqual(second.port, first.port)
        second.stop()

    def test_an_address_that_this_machine_has_not_is_named(self):
        self.says(["run", "--listen", "192.0.2.1:0", "--upstream", "127.0.0.1:9"], "192.0.2.1")

    def test_too_few_descriptors_for_anybody_are_an_error_at_the_start(self):
        done = harness.subprocess.run(
            ["sh", "-c", 'ulimit -n 45 && exec "$@"', "sh", harness.MAILTAP, "run", *self.good, "--workers", "2"],
            capture_output=True, text=True, timeout=60 * harness.PATIENCE)
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stderr, "descriptor limit of 45 leaves none for a connection")

    def test_more_connections_than_descriptors_are_refused_at_the_start(self):
        done = harness.subprocess.run(
            ["sh", "-c", 'ulimit -n 200 && exec "$@"', "sh", harness.MAILTAP, "run", *self.good, "--max-connections",
             "1000"], capture_output=True, text=True, timeout=60 * harness.PATIENCE)
        self.assertGreater(done.returncode, 0)
        self.assertIn("max-connections", done.stderr)
        self.assertIn("200", done.stderr)

    def test_help_and_version_succeed(self):
        for arguments in (["--help"], ["run", "--help"], ["config", "--help"], ["ca", "--help"], ["demo", "--help"]):
            with self.subTest(arguments):
                self.assertIn("--help", self.run_program(harness.MAILTAP, *arguments))
        self.assertRegex(self.run_program(harness.MAILTAP, "--version"), r"^mailtap \d+\.\d+\.\d+( \([0-9a-f]{9,}\+?\))?\n")

    def test_every_option_of_the_contract_that_run_knows_explains_itself(self):
        said = self.run_program(harness.MAILTAP, "run", "--help")
        for option in ("listen", "upstream", "name", "present", "cert", "key", "ca-cert", "ca-key", "trust",
                       "require-trusted", "pin", "workers", "log", "log-format", "keylog", "config"):
            self.assertIn(f"--{option}", said)


if __name__ == "__main__":
    harness.main(needs=["openssl"])
