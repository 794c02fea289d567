"""`mailtap explain`: arguments, files and standard input, exit codes, both languages, and commands that mailtap takes."""

import json
import os
import pathlib
import shlex
import subprocess

import harness
from certificates import Authority
from wire import Server, Tls, server_context

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
# Given behind a command: it parses everything, complains of this alone, and does nothing.
NO_OPTION = "--an-option-that-there-is-not"


class Explain(harness.Claims):
    def explain(self, *arguments, text="", status=0, **environment):
        done = subprocess.run([harness.MAILTAP, "explain", *map(str, arguments)], input=text.encode(), capture_output=True,
                              timeout=30 * harness.PATIENCE, env={**os.environ, **environment})
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stdout.decode(), done.stderr.decode()

    def causes(self, *arguments, **options):
        document = json.loads(self.explain("--json", *arguments, **options)[0])
        return [each["cause"] for each in document["explanations"]]

    def test_arguments_files_and_standard_input_are_read(self):
        self.assertEqual(self.causes("0x800B0109"), ["untrusted-root"])
        self.assertEqual(self.causes("-2146762487"), ["untrusted-root"])
        self.assertEqual(self.causes("x509:", "certificate", "signed", "by", "unknown", "authority"), ["not-trusted"])
        self.assertEqual(self.causes("--", "-ERR [AUTH] Authentication failed."), ["wrong-password"])
        self.assertEqual(self.causes(text="curl: (60)\n"), ["certificate-refused"])
        self.assertEqual(self.causes("-", text="curl: (60)\n"), ["certificate-refused"])
        file = self.folder / "router.log"
        file.write_bytes("﻿The remote certificate is invalid: UntrustedRoot\r\n".encode("utf-16-le"))
        self.assertEqual(self.causes("--file", file), ["untrusted-root"])
        self.assertEqual(self.causes("--file", file, "--file", "-", text="Connection refused"), ["untrusted-root", "refused"])

    def test_exit_codes_say_what_came_of_it(self):
        told, _ = self.explain("all is well", status=1)
        self.assertIn("Send instead", told)
        _, complaint = self.explain(text=" \n", status=64)
        self.assertIn("there is no text", complaint)
        _, complaint = self.explain("--file", self.folder / "nowhere", status=66)
        self.assertIn("nowhere", complaint)
        self.explain("--lang", "fr", "x", status=64)

    def test_it_speaks_vietnamese_when_asked_or_by_the_locale(self):
        self.assertIn("máy khách", self.explain("0x800B0109", "--lang", "vi")[0])
        self.assertIn("máy khách", self.explain("0x800B0109", LC_ALL="vi_VN.UTF-8")[0])
        self.assertIn("the client's", self.explain("0x800B0109", "--lang", "en", LC_ALL="vi_VN.UTF-8")[0])

    def test_it_gives_back_no_control_character(self):
        told, _ = self.explain(text="\x1b[2Jcurl: (60) \x1b]0;title\x07 x\x08\n")
        self.assertFalse([c for c in told if ord(c) < 32 and c != "\n"])

    def test_a_text_of_many_mebibytes_is_answered(self):
        told, _ = self.explain(text="curl: (60) Connection refused x509: certificate is valid for a\n" * 100_000)
        self.assertIn("1 MiB", told)

    def test_every_command_that_it_gives_is_one_that_mailtap_takes(self):
        lines = (ROOT / "inspect/explain/causes.txt").read_text().splitlines()
        commands = {line.removeprefix("next ") for line in lines if line.startswith("next ")}
        self.assertGreater(len(commands), 10)
        for command in commands:
            for target, server in (("SERVER", "SERVER:443"), ("smtp://mail.test:25", "mail.test:25")):
                words = shlex.split(command.replace("{target}", target).replace("{server}", server))
                done = subprocess.run([harness.MAILTAP, *words[1:], NO_OPTION], capture_output=True, text=True, timeout=30)
                self.assertEqual(done.returncode, 64, command)
                self.assertIn(f"{NO_OPTION} is no option", done.stdout + done.stderr, command)

    def test_what_curl_says_of_a_server_leads_to_the_command_that_checks_it(self):
        leaf = Authority(self.folder, "unknown").leaf("localhost")

        def script(tcp):
            try:
                Tls(tcp, server_context(leaf), server=True).handshake().receive()
            except OSError:
                pass  # curl doesn't trust it

        server = Server(script)
        url = f"https://localhost:{server.port}/"
        said = subprocess.run(["curl", "-sS", "--noproxy", "*", url], capture_output=True, text=True, timeout=30).stderr
        document = json.loads(self.explain("--json", text=f"{url}\n{said}")[0])
        first = document["explanations"][0]
        self.assertEqual(first["cause"], "not-trusted")
        self.assertEqual(first["next"], [f"mailtap check localhost:{server.port} --fetch-aia"])
        done = subprocess.run([harness.MAILTAP, *shlex.split(first["next"][0])[1:]], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertTrue(any(fault in done.stdout for fault in first["faults"]), done.stdout)


if __name__ == "__main__":
    harness.main(needs=["curl", "openssl"])
