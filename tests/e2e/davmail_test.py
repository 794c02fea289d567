"""DavMail, a client of Exchange Web Services that real people use, fetches and sends mail through mailtap: its
operations stand in the log, and nothing of what it carried."""

import imaplib
import smtplib

import harness
from certificates import Authority, openssl
from ews_mailbox import Mailbox
from ews_stub import EwsStub

JAR = "/usr/share/davmail/davmail.jar"
PASSWORD = "SEKRIT-PASSWORD"
MESSAGE = ("From: bert@contoso.com\r\nTo: anna@contoso.com\r\nSubject: SEKRIT-SUBJECT\r\nDate: Tue, 24 Nov 2026 12:00:00 +0000\r\n"
           "Message-ID: <1@contoso.com>\r\n\r\nSEKRIT-BODY\r\n")
SETTINGS = """davmail.server=true
davmail.mode=EWS
davmail.url=https://localhost:{port}/EWS/Exchange.asmx
davmail.imapPort={imap}
davmail.smtpPort={smtp}
davmail.bindAddress=127.0.0.1
davmail.server.certificate.hash={hash}
davmail.disableUpdateCheck=true
davmail.enableProxy=false
davmail.useSystemProxies=false
davmail.logFilePath={folder}/davmail.log
log4j.rootLogger=WARN
log4j.logger.davmail=DEBUG
"""


class DavMail(harness.Process):
    """Speaks EWS to port `port` of localhost, whose certificate it accepts; listens on `imap` and `smtp`."""

    def __init__(self, folder, port, certificate):
        self.imap, self.smtp = harness.free_port(), harness.free_port()
        settings = folder / f"davmail.{port}.properties"
        fingerprint = openssl("x509", "-in", certificate, "-noout", "-fingerprint", "-sha1").split("=")[1].strip()
        settings.write_text(SETTINGS.format(port=port, imap=self.imap, smtp=self.smtp, hash=fingerprint, folder=folder))
        super().__init__(folder, "davmail", ["java", "-Djava.awt.headless=true", f"-Duser.home={folder}", "-jar", JAR,
                                             "-server", settings])
        self.wait_for(lambda: "listening on SMTP" in self.output(), "to listen", seconds=60)


class Davmail(harness.Claims):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        authority = Authority(cls.folder, "exchange-ca")
        cls.server = authority.leaf("localhost")
        cls.shown = authority.leaf("localhost", file="shown")
        cls.presented = ["--trust", authority.cert, "--present", "own", "--cert", cls.shown.cert, "--key", cls.shown.key]

    def running(self, authentication):
        """A mailbox, mailtap before it, DavMail before that."""
        mailbox = Mailbox(MESSAGE)
        stub = EwsStub(self.server, authentication, mailbox=mailbox)
        self.addCleanup(stub.close)
        mailtap = self.mailtap(*self.presented, "--name", "localhost", upstream=stub.port)
        return mailbox, mailtap, self.started(DavMail(self.folder, mailtap.port, self.shown.cert))

    def ended(self, mailtap, davmail):
        """All exchanges of all connections, once DavMail has gone. Nothing secret is in what mailtap wrote."""
        davmail.kill()
        mailtap.expected_besides = {"closed", "truncated", "reset"}
        mailtap.stop()
        written = mailtap.log_file.read_text() + mailtap.output()
        for secret in (PASSWORD, "SEKRIT", "anna", "bert"):
            self.assertNotIn(secret, written)
        return mailtap.exchanges

    def read_mail(self, davmail):
        with imaplib.IMAP4("127.0.0.1", davmail.imap, timeout=60 * harness.PATIENCE) as client:
            client.login("anna", PASSWORD)
            self.assertEqual(client.select("INBOX"), ("OK", [b"1"]))
            return client.fetch("1", "(BODY[])")[1][0][1].decode()

    def test_reading_and_sending_mail_are_the_operations_in_the_log(self):
        mailbox, mailtap, davmail = self.running("basic")
        self.assertEqual(self.read_mail(davmail), MESSAGE)
        with smtplib.SMTP("127.0.0.1", davmail.smtp, timeout=60 * harness.PATIENCE) as client:
            client.login("anna", PASSWORD)
            client.sendmail("anna@contoso.com", ["bert@contoso.com"], MESSAGE)
            with self.assertRaises(smtplib.SMTPDataError):
                client.sendmail("anna@contoso.com", ["bert@contoso.com"], MESSAGE.replace("<1@", "<2@"))
        self.assertIn("SEKRIT-BODY", mailbox.sent[0])
        exchanges = [e for e in self.ended(mailtap, davmail) if e["http"]["method"] == "POST" and e["status"] == "200"]
        self.assertEqual([e["http"]["operation"] for e in exchanges], mailbox.asked)
        self.assertLessEqual({"GetFolder", "ConvertId", "FindItem", "GetItem", "CreateItem"}, set(mailbox.asked))
        for exchange in exchanges:
            self.assertEqual((exchange["service"], exchange["http"]["path"].lower()), ("ews", "/ews/exchange.asmx"))
            self.assertEqual(exchange["authentication"]["scheme"], "basic")
            self.assertEqual(exchange["findings"], ["basic-over-tls"])
        codes = [(e["http"]["response_code"], e["failed"]) for e in exchanges]
        self.assertEqual(codes, [("NoError", False)] * (len(codes) - 1) + [("ErrorSendAsDenied", True)])

    def test_its_ntlm_is_decoded_round_by_round(self):
        _, mailtap, davmail = self.running("ntlm")
        self.assertEqual(self.read_mail(davmail), MESSAGE)
        exchanges = self.ended(mailtap, davmail)
        rounds = [e for e in exchanges if e["authentication"] and e["authentication"]["ntlm"]]
        self.assertEqual({(e["authentication"]["scheme"], e["authentication"]["stage"]) for e in rounds},
                         {("ntlm", "challenged"), ("ntlm", "accepted")})
        last = next(e for e in rounds if e["authentication"]["stage"] == "accepted")
        ntlm = last["authentication"]["ntlm"]
        self.assertTrue(ntlm["user"].startswith("~"), ntlm)
        # DavMail 6.0 (Debian 12) binds to no certificate, 6.3 (Debian 13) to the one that it is shown.
        self.assertIn((ntlm["channel_binding"], last["findings"]), [("absent", []), ("presented", ["bound-to-presented"])])


if __name__ == "__main__":
    harness.main(needs=["davmail-server", "openssl"])
