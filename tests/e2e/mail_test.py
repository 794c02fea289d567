"""fetchmail, a mail router, fetches from dovecot through mailtap, over POP3S and IMAPS."""

import getpass
import os
import pathlib
import tempfile

import harness
from certificates import Pki
from servers import Dovecot

MAILS = [
    b"From: sender@example.org\r\nTo: router@mail.test\r\nSubject: plain\r\nMessage-ID: <1@example.org>\r\n\r\n"
    b"Dots at the start of a line\r\n.\r\n..\r\nand the end.\r\n",
    b"From: sender@example.org\r\nTo: router@mail.test\r\nSubject: long\r\nMessage-ID: <2@example.org>\r\n\r\n"
    + b"".join(b"line %d %s\r\n" % (i, b"x" * (i % 900)) for i in range(5000)),
]


class Mail(harness.Claims):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pki = Pki(cls.folder)

    def setUp(self):
        self.dovecot = self.started(Dovecot(self.folder, self.pki.server, MAILS))

    def fetch(self, protocol, port, ca, status=0):
        """Runs fetchmail once; what it said, and the mails that it delivered."""
        home = pathlib.Path(tempfile.mkdtemp(prefix="fetchmail.", dir=self.folder))
        settings = home / "fetchmailrc"
        # It delivers by a program: one file a mail, in order.
        deliver = home / "deliver"
        deliver.write_text(f'#!/bin/sh\ncat > "{home}/$(ls "{home}" | grep -c mail-).tmp" && '
                           f'mv "{home}"/*.tmp "{home}/mail-$(ls "{home}" | grep -c mail-)"\n')
        deliver.chmod(0o755)
        settings.write_text(f"""
            poll mail.test via 127.0.0.1 protocol {protocol} port {port} auth password
              user "router" password "secret" is "{getpass.getuser()}" here
              ssl sslcertck sslcertfile "{ca.cert}" sslcommonname "mail.test"
              fetchall no rewrite mda "{deliver}"
            """)
        settings.chmod(0o600)
        environment = {**os.environ, "HOME": str(home), "FETCHMAILHOME": str(home)}
        said = self.run_program("fetchmail", "-f", settings, "--pidfile", home / "pid", "--invisible", "-v",
                                status=status, env=environment)
        return said, [file.read_bytes() for file in sorted(home.glob("mail-*"))]

    def delivers(self, protocol, port):
        for mode in ("own", "issue", "mirror"):
            with self.subTest(mode=mode):
                if mode != "own":
                    self.setUp()  # what was fetched is gone
                tap = self.mailtap(*self.pki.present[mode], "--name", "mail.test",
                                   upstream=getattr(self.dovecot, port))
                said, delivered = self.fetch(protocol, tap.port, self.pki.local_ca)
                self.assertEqual(len(delivered), len(MAILS), said)
                for mail, sent in zip(delivered, MAILS):
                    head, _, body = mail.partition(b"\n\n")
                    sent_head, _, sent_body = sent.replace(b"\r\n", b"\n").partition(b"\n\n")
                    self.assertEqual(body, sent_body)
                    self.assertLessEqual(set(sent_head.split(b"\n")), set(head.split(b"\n")))
                line = tap.line()
                self.assertEqual(line["verdict"]["trust"], "trusted")
                self.assertEqual(line["ending"]["reason"], "closed")
                self.assertGreater(line["bytes"]["to_downstream"], sum(map(len, MAILS)))
                tap.stop()

    def test_mail_fetched_over_pop3s_is_the_mail_that_was_sent(self):
        self.delivers("pop3", "pop3s")

    def test_mail_fetched_over_imaps_is_the_mail_that_was_sent(self):
        self.delivers("imap", "imaps")

    def test_a_router_that_does_not_know_our_ca_refuses_and_the_log_says_so(self):
        tap = self.mailtap(*self.pki.present["own"], upstream=self.dovecot.imaps)
        said, delivered = self.fetch("imap", tap.port, self.pki.upstream_ca, status=2)
        self.assertIn("certificate verify failed", said)
        self.assertEqual(delivered, [])
        line = tap.line()
        self.assertEqual(line["ending"]["reason"], "downstream-handshake-failed")
        self.assertEqual(line["ending"]["side"], "downstream")
        self.assertIn("unknown_ca", line["ending"]["detail"])
        tap.stop()

    def test_an_imap_conversation_by_openssl_goes_both_ways(self):
        tap = self.mailtap(*self.pki.present["issue"], "--name", "mail.test", upstream=self.dovecot.imaps)
        said = self.run_program("openssl", "s_client", "-connect", f"127.0.0.1:{tap.port}", "-quiet", "-CAfile",
                                self.pki.local_ca.cert, "-verify_return_error",
                                input="a login router secret\r\nb select INBOX\r\nc logout\r\n")
        self.assertIn("* 2 EXISTS", said)
        self.assertIn("c OK", said)
        self.assertEqual(tap.line()["ending"]["reason"], "closed")
        tap.stop()


if __name__ == "__main__":
    harness.main(needs=["dovecot", "fetchmail", "openssl"])
