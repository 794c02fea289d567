"""`mailtap router show` on a configuration file of the CRM E-mail Router whose servers are there."""

import json
import os
import subprocess

import harness
from scenes import WithGoodAndWrong

PROVIDER = '<ProviderConfiguration providerType="Microsoft.Crm.Tools.Email.Providers.%s">%s</ProviderConfiguration>'


class Router(WithGoodAndWrong):
    def file(self, *providers):
        path = self.folder / "EmailAgent.xml"
        path.write_bytes(("\ufeff<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<Configuration>\r\n" + "\r\n".join(providers) +
                          "</Configuration>\r\n").encode())
        return path

    def show(self, *arguments, status=0, lang="en"):
        done = subprocess.run([harness.MAILTAP, "router", "show", *map(str, arguments), "--lang", lang], capture_output=True, text=True,
                              timeout=60 * harness.PATIENCE)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout, done.stderr

    def exchange(self, port, besides=""):
        return PROVIDER % ("ExchangePollingMailboxProvider",
                           f"<EmailServer>https://localhost:{port}/EWS/Exchange.asmx</EmailServer><EmailUser>contoso\\router</EmailUser>"
                           f"<EmailPassword>secret-word</EmailPassword>{besides}")

    def servers(self, servers):
        return self.file(*(PROVIDER % ("ExchangePollingMailboxProvider", f"<EmailServer>{server}</EmailServer>") for server in servers))

    def test_each_server_is_checked_by_the_name_that_the_profile_has(self):
        file = self.file(self.exchange(self.good), self.exchange(self.good), self.exchange(self.wrong))
        trust = ("--trust", self.pki.upstream_ca.cert)
        document = json.loads(self.show(file, *trust, "--json", status=2)[0])
        self.assertEqual([profile["entries"] for profile in document["profiles"]], [2, 1])
        self.assertEqual(len(document["check"]["targets"]), 2)
        self.assertEqual(document["profiles"][1]["exit_status"], 2)
        self.assertEqual(document["exit_status"], 2)
        told, _ = self.show(file, *trust, status=2)
        self.assertRegex(told, r"incoming +Exchange +https://localhost")
        self.assertIn("NAME MISMATCH", told)

    def test_nothing_is_told_of_users_and_passwords(self):
        url = "<CrmServerUrl>https://router:secret-%sword@localhost/</CrmServerUrl>"
        file = self.file(*(self.exchange(self.good, url % between) for between in ("", "#", "?", "/", ";", "\\")))
        self.assertIn("(not shown: it may hold a password)", self.show(file, "--no-check")[0])
        self.assertIn("(không hiển thị: có thể chứa mật khẩu)", self.show(file, "--no-check", lang="vi")[0])
        for status, *how in ((0, "--no-check"), (0, "--no-check", "--json"), (2, "--trust", self.pki.upstream_ca.cert)):
            told, complained = self.show(file, *how, status=status)
            self.assertIn("localhost", told)
            self.assertNotIn("secret", told + complained)
            self.assertNotIn("contoso\\router", told + complained)

    def test_profiles_without_tls_are_told_of_in_both_languages(self):
        file = self.file(PROVIDER % ("Pop3PollingMailboxProvider", "<EmailServer>mail.test</EmailServer><EmailUseSsl>false</EmailUseSsl>"),
                         PROVIDER % ("SmtpPollingSendEmailProvider", "<EmailServer>mail.test</EmailServer><EmailPort>465</EmailPort>"))
        told, _ = self.show(file, "--no-check")
        self.assertIn("doesn't use TLS", told)
        self.assertIn("STARTTLS", told)
        told, _ = self.show(file, "--no-check", lang="vi")
        self.assertIn("hồ sơ không dùng TLS", told)
        self.assertIn("thư đến", told)
        document = json.loads(self.show(file, "--no-check", "--json", lang="vi")[0])
        self.assertIsNone(document["check"])
        self.assertIn("hồ sơ", document["profiles"][0]["note"])

    def test_of_many_servers_the_first_thousand_are_checked_and_the_others_told_of(self):
        file = self.servers(f"127.1.{n // 200}.{n % 200 + 1}:1" for n in range(1003))
        document = json.loads(self.show(file, "--timeout", "1s", "--json", status=4)[0])
        self.assertEqual(len(document["check"]["targets"]), 1000)
        self.assertEqual([profile["note"] is None for profile in document["profiles"]], [True] * 1000 + [False] * 3)
        self.assertIn("more than 1000 servers", document["profiles"][1002]["note"])
        self.assertIsNone(document["profiles"][1002]["exit_status"])
        self.assertNotIn("1000 servers", self.show(file, "--no-check")[0])

    def test_a_hundred_thousand_servers_are_listed(self):
        document = json.loads(self.show(self.servers(f"m{n}.test" for n in range(100_000)), "--no-check", "--json")[0])
        self.assertEqual(len(document["profiles"]), 100_000)

    def test_a_pipe_and_a_folder_are_refused_at_once(self):
        pipe = self.folder / "pipe"
        os.mkfifo(pipe)
        for what in (pipe, self.folder, "/dev/zero"):
            self.assertIn("is no regular file", self.show(what, "--no-check", status=66)[1])

    def test_what_cannot_be_read_is_said_with_its_line(self):
        file = self.file("<ProviderConfiguration>\r\n<open>")
        self.assertIn("EmailAgent.xml: line 4: it is no well-formed XML", self.show(file, status=66)[1])
        self.assertIn("nowhere", self.show(self.folder / "nowhere", status=66)[1])
        self.assertIn("no profiles yet", self.show(self.file())[0])
        self.assertIn("give FILE", self.show(status=64)[1])
        self.assertIn("--at", self.show(file, "--at", "tomorrow", status=64)[1])


if __name__ == "__main__":
    harness.main(needs=["nginx", "openssl"])
