"""Real mail clients and servers over STARTTLS through mailtap: openssl and swaks to postfix, fetchmail and Python's
IMAP client with IDLE to dovecot."""

import getpass
import imaplib
import os
import pathlib
import tempfile

import harness
from certificates import Pki
from servers import Dovecot, Postfix
from wire import client_context

MAIL = b"From: a@example.org\r\nTo: router@mail.test\r\nSubject: SECRET-SUBJECT\r\n\r\nSECRET-BODY\r\n.\r\n"


class StarttlsClients(harness.Claims):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pki = Pki(cls.folder)

    def tap(self, port, protocol, mode="issue", *options):
        return self.mailtap(*self.pki.present[mode], "--name", "mail.test", "--protocol", protocol, "--starttls",
                            *options, upstream=port)

    def upgraded(self, tap, protocol):
        """The connection's line, which must say that TLS began by STARTTLS, and the exchanges before it."""
        line = tap.line()
        exchanges = [exchange for exchange in tap.exchanges if exchange["id"] == line["id"]]
        self.assertEqual(line["starttls"], {"protocol": protocol, "offered": line["starttls"]["offered"],
                                            "outcome": "upgraded", "authentication": "none", "plaintext": False})
        self.assertNotEqual(line["starttls"]["offered"], False)
        self.assertEqual(line["verdict"]["trust"], "trusted")
        self.assertIsNone(line["traffic"]["stopped"])
        self.assertEqual(line["traffic"]["exchanges"], len(exchanges))
        return line, exchanges

    def summary(self, exchanges):
        return [f"{exchange['mail']['command']} {exchange['status']}" for exchange in exchanges]

    def nothing_secret(self, tap, *secrets):
        written = tap.log_file.read_text() + tap.output()
        for secret in secrets:
            self.assertNotIn(secret, written)

    def test_openssl_does_starttls_with_each_server(self):
        dovecot = self.started(Dovecot(self.folder, self.pki.server, [MAIL]))
        postfix = self.started(Postfix(self.folder, self.pki.server))
        leave = {"smtp": "QUIT", "pop3": "QUIT", "imap": "a LOGOUT"}
        for protocol, port in {"smtp": postfix.port, "pop3": dovecot.pop3, "imap": dovecot.imap}.items():
            for mode in ("own", "mirror"):
                with self.subTest(protocol=protocol, mode=mode):
                    tap = self.tap(port, protocol, mode)
                    said = self.run_program("openssl", "s_client", "-starttls", protocol, "-connect",
                                            f"127.0.0.1:{tap.port}", "-crlf", "-CAfile", self.pki.local_ca.cert,
                                            "-servername", "mail.test", "-verify_hostname", "mail.test",
                                            "-verify_return_error", "-quiet", input=leave[protocol] + "\n")
                    self.assertIn({"smtp": "221 ", "pop3": "+OK ", "imap": "a OK "}[protocol], said)
                    line, exchanges = self.upgraded(tap, protocol)
                    self.assertEqual(line["ending"]["reason"], "closed")
                    self.assertEqual(len(exchanges), 1)
                    tap.stop()

    def test_swaks_delivers_to_postfix(self):
        postfix = self.started(Postfix(self.folder, self.pki.server))
        # Debian 13's swaks verifies the name too, by the address that it connects to.
        tap = self.tap(postfix.port, "smtp", "issue", "--issue-name", "127.0.0.1")
        said = self.run_program("swaks", "--server", f"127.0.0.1:{tap.port}", "--tls", "--tls-verify", "--tls-ca-path",
                                self.pki.local_ca.cert, "--to", "router@mail.test", "--from", "a@mail.test", "--helo",
                                "router.test", "--header", "Subject: SECRET-SUBJECT", "--body", "SECRET-BODY")
        self.assertIn("queued as", said)
        line, exchanges = self.upgraded(tap, "smtp")
        self.assertEqual(self.summary(exchanges),
                         ["EHLO 250", "MAIL 250", "RCPT 250", "DATA 250", "QUIT 221"])
        data = exchanges[3]
        self.assertEqual(data["mail"]["messages"], 1)
        self.assertGreater(data["mail"]["message_bytes"], 200)
        self.assertGreater(data["bytes"]["request"], data["mail"]["message_bytes"])
        self.assertEqual([bool(e["mail"]["address"]) for e in exchanges], [False, True, True, False, False])
        self.assertEqual(line["traffic"]["protocol"], "smtp")
        self.assertEqual(line["traffic"]["services"], {"smtp": 5})
        tap.stop()
        self.nothing_secret(tap, "SECRET", "a@mail.test", "router@mail.test")

    def test_addresses_stand_in_the_log_as_they_are_when_that_is_asked_for(self):
        postfix = self.started(Postfix(self.folder, self.pki.server))
        tap = self.tap(postfix.port, "smtp", "issue", "--names", "plain")
        self.run_program("swaks", "--server", f"127.0.0.1:{tap.port}", "--tls", "--to", "router@mail.test", "--from",
                         "a@mail.test", "--helo", "router.test", "--body", "SECRET-BODY")
        _, exchanges = self.upgraded(tap, "smtp")
        self.assertEqual([e["mail"]["address"] for e in exchanges if e["mail"]["address"]], ["a@mail.test", "router@mail.test"])
        tap.stop()
        self.nothing_secret(tap, "SECRET")

    def fetch(self, protocol, port):
        home = pathlib.Path(tempfile.mkdtemp(prefix="fetchmail.", dir=self.folder))
        settings = home / "fetchmailrc"
        settings.write_text(f"""
            poll mail.test via 127.0.0.1 protocol {protocol} port {port} auth password
              user "router" password "secret" is "{getpass.getuser()}" here
              sslproto "TLS1.2+" sslcertck sslcertfile "{self.pki.local_ca.cert}" sslcommonname "mail.test"
              fetchall no rewrite mda "cat >> {home}/mail"
            """)
        settings.chmod(0o600)
        environment = {**os.environ, "HOME": str(home), "FETCHMAILHOME": str(home)}
        self.run_program("fetchmail", "-f", settings, "--pidfile", home / "pid", "--invisible", "-v", env=environment)
        return (home / "mail").read_bytes()

    def test_fetchmail_fetches_over_stls_and_starttls_from_dovecot(self):
        for protocol, fetches in {"pop3": "RETR +OK", "imap": "FETCH OK"}.items():
            with self.subTest(protocol=protocol):
                dovecot = self.started(Dovecot(self.folder, self.pki.server, [MAIL]))
                tap = self.tap(getattr(dovecot, protocol), protocol)
                self.assertIn(b"SECRET-BODY\n.\n", self.fetch(protocol, tap.port))
                line, exchanges = self.upgraded(tap, protocol)
                self.assertIn(fetches, self.summary(exchanges))
                self.assertGreaterEqual(sum(exchange["mail"]["message_bytes"] for exchange in exchanges), len(MAIL))
                self.assertIn("basic", [exchange["authentication"]["scheme"] for exchange in exchanges
                                        if exchange["authentication"]])
                self.assertEqual(line["ending"]["reason"], "closed")
                tap.stop()
                self.nothing_secret(tap, "SECRET", '"secret"', "router")

    def test_an_imap_client_idles_and_is_told_of_new_mail(self):
        dovecot = self.started(Dovecot(self.folder, self.pki.server, [MAIL]))
        tap = self.tap(dovecot.imap, "imap")
        client = imaplib.IMAP4("127.0.0.1", tap.port)
        context = client_context(self.pki.local_ca)
        context.check_hostname = False  # imaplib asks for the address that it connected to
        client.starttls(context)
        client.login("router", "secret")
        client.select("INBOX")
        client.send(b"idle1 IDLE\r\n")
        self.assertTrue(client.readline().startswith(b"+ "))
        other = imaplib.IMAP4("127.0.0.1", tap.port)
        other.starttls(context)
        other.login("router", "secret")
        self.assertEqual(other.append("INBOX", None, None, MAIL)[0], "OK")
        other.logout()
        while not (told := client.readline()).endswith(b" EXISTS\r\n"):
            self.assertTrue(told.startswith(b"* "), told)
        self.assertEqual(told, b"* 2 EXISTS\r\n")
        client.send(b"DONE\r\n")
        while not (told := client.readline()).startswith(b"idle1 "):
            self.assertTrue(told.startswith(b"* "), told)
        self.assertTrue(told.startswith(b"idle1 OK"), told)
        self.assertEqual(client.fetch("1", "(RFC822)")[0], "OK")
        client.logout()

        self.assertEqual([line["starttls"]["outcome"] for line in tap.lines(2)], ["upgraded", "upgraded"])
        by_command = {exchange["mail"]["command"]: exchange for exchange in tap.exchanges}
        self.assertEqual([by_command[command]["status"] for command in ("APPEND", "IDLE", "FETCH")], ["OK"] * 3)
        self.assertEqual(by_command["APPEND"]["mail"], {"command": "APPEND", "messages": 1, "message_bytes": len(MAIL), "fetched": 0,
                                                        "exists": None, "user": None, "mailbox": "INBOX", "address": None})
        self.assertEqual((by_command["SELECT"]["mail"]["mailbox"], by_command["SELECT"]["mail"]["exists"]), ("INBOX", 1))
        self.assertEqual(by_command["IDLE"]["mail"]["exists"], 2)
        # One user, one pseudonym, in both connections.
        users = {exchange["mail"]["user"] for exchange in tap.exchanges if exchange["mail"]["command"] == "LOGIN"}
        self.assertEqual(len(users), 1)
        self.assertRegex(users.pop(), "^~[0-9a-f]{10}$")
        self.assertEqual((by_command["FETCH"]["mail"]["messages"], by_command["FETCH"]["mail"]["fetched"]), (1, 1))
        self.assertGreaterEqual(by_command["FETCH"]["mail"]["message_bytes"], len(MAIL))
        tap.stop()
        self.nothing_secret(tap, "SECRET", '"secret"', "router")


if __name__ == "__main__":
    harness.main(needs=["dovecot", "fetchmail", "openssl", "postfix", "swaks"])
