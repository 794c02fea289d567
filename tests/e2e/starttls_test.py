"""STARTTLS through mailtap, by clients and servers that say exactly what a script says: upgrades, peers that slip in
plaintext, servers that take STARTTLS back, and everything that can break off before TLS."""

import signal

import harness
from certificates import Pki
from wire import Server, Words, client_context, connect, echo, server_context

# protocol: what the server says and hears until TLS, and what the client hears when it can't be had.
DIALOGUES = {
    "smtp": [("S", "220 mail.test ESMTP"), ("C", "EHLO router"),
             ("S", "250-mail.test", "250-STARTTLS", "250 SIZE"), ("C", "STARTTLS"), ("S", "220 go ahead")],
    "pop3": [("S", "+OK ready"), ("C", "CAPA"), ("S", "+OK", "STLS", "USER", "."), ("C", "STLS"), ("S", "+OK go")],
    "imap": [("S", "* OK [CAPABILITY IMAP4rev1 STARTTLS] hi"), ("C", "a1 CAPABILITY"),
             ("S", "* CAPABILITY IMAP4rev1 STARTTLS", "a1 OK done"), ("C", "a2 STARTTLS"), ("S", "a2 OK go")],
}


class Mismatch(AssertionError):
    pass


def play(words, dialogue, role):
    """Says what `role` has to say, and insists on what the other has."""
    for who, *lines in dialogue:
        if who == role:
            words.say(*lines)
        else:
            for line in lines:
                heard = words.hear()
                if heard != line:
                    raise Mismatch(f"heard {heard!r} instead of {line!r}")
    return words


class Starttls(harness.Claims):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pki = Pki(cls.folder)

    def serve(self, script):
        """A server that runs `script(words)` for each connection; what it raises fails the test."""
        server = Server(lambda tcp: script(Words(tcp)))
        self.addCleanup(server.close)
        return server

    def tap(self, server, *options, mode="own"):
        port = server if isinstance(server, int) else server.port
        return self.mailtap(*self.pki.present[mode], "--name", "mail.test", "--starttls", *options, upstream=port)

    def upgrading(self, protocol):
        def script(words):
            play(words, DIALOGUES[protocol], "S")
            echo(words.tls(server_context(self.pki.server), server=True))
        return self.serve(script)

    def client(self, tap):
        return Words(connect(tap.port))

    def ended(self, tap, reason, side, **starttls):
        """The next line's ending (`side` None: either) and what it says of STARTTLS; the line."""
        line = tap.line()
        self.assertEqual(line["ending"]["reason"], reason, line["ending"])
        if side:
            self.assertEqual(line["ending"]["side"], side, line["ending"])
        for key, value in starttls.items():
            self.assertEqual(line["starttls"][key], value, line["starttls"])
        return line

    def said_noop(self, tls):
        """A command and its echo, then the end. A client that closes with session tickets unread would reset."""
        tls.send(b"NOOP\r\n")
        self.assertEqual(tls.receive_exactly(6), b"NOOP\r\n")
        tls.close()

    # --- upgrades ---

    def test_both_legs_upgrade_in_each_protocol_and_presentation_mode(self):
        for protocol, dialogue in DIALOGUES.items():
            for mode in ("own", "issue", "mirror"):
                with self.subTest(protocol=protocol, mode=mode):
                    server = self.upgrading(protocol)
                    tap = self.tap(server, "--protocol", protocol, mode=mode)
                    words = play(self.client(tap), dialogue, "C")
                    tls = words.tls(client_context(self.pki.local_ca), "mail.test")
                    self.said_noop(tls)
                    line = self.ended(tap, "closed", None, protocol=protocol, offered=True, outcome="upgraded",
                                      authentication="none")
                    self.assertEqual(line["verdict"]["trust"], "trusted")
                    self.assertEqual(line["downstream"]["sni"], "mail.test")
                    self.assertEqual(line["upstream"]["name"], "mail.test")
                    self.assertGreater(line["timing_us"]["plaintext"], 0)
                    server.finish()
                    tap.stop()

    def test_the_protocol_is_told_by_the_greeting(self):
        for protocol, dialogue in DIALOGUES.items():
            with self.subTest(protocol=protocol):
                tap = self.tap(self.upgrading(protocol))
                self.said_noop(play(self.client(tap), dialogue, "C").tls(client_context(self.pki.local_ca), "mail.test"))
                self.ended(tap, "closed", None, protocol=protocol, outcome="upgraded")
                tap.stop()

    def test_a_silent_client_gets_the_greeting_though_the_route_says_nothing_of_starttls(self):
        server = self.upgrading("imap")
        tap = self.mailtap(*self.pki.present["own"], upstream=server.port)
        self.said_noop(play(self.client(tap), DIALOGUES["imap"], "C").tls(client_context(self.pki.local_ca), "mail.test"))
        self.ended(tap, "closed", None, protocol="imap", outcome="upgraded")
        tap.stop()

    # --- plaintext where only TLS may follow (CVE-2011-0411) ---

    def test_plaintext_behind_the_clients_starttls_never_reaches_the_server(self):
        heard = []

        def script(words):
            words.say("220 mail.test")
            heard.extend(words.hear_all())
        tap = self.tap(self.serve(script), "--protocol", "smtp")
        words = self.client(tap)
        words.hear()
        words.say("STARTTLS", "RSET", "MAIL FROM:<injected@evil.test>")
        said = words.hear_all()
        self.assertTrue(said[0].startswith("421 "), said)
        self.ended(tap, "plaintext-injected", "downstream", outcome="unfinished")
        tap.stop()
        self.assertNotIn("MAIL FROM:<injected@evil.test>", heard)
        self.assertNotIn("RSET", heard)

    # --- STARTTLS taken away ---

    def test_where_plaintext_is_allowed_it_is_relayed_and_written_down(self):
        def script(words):
            play(words, [("S", "220 x"), ("C", "EHLO router"), ("S", "250-x", "250 PIPELINING"),
                         ("C", "MAIL FROM:<a@mail.test>")], "S")
            words.say("250 ok")
            self.assertEqual(words.hear_all(), ["RCPT TO:<b@mail.test>"])  # and the client's half-close
            words.say("250 and goodbye")
        server = self.serve(script)
        tap = self.tap(server, "--protocol", "smtp", "--allow-plaintext")
        tap.said("pass in plaintext")
        words = play(self.client(tap), [("S", "220 x"), ("C", "EHLO router"), ("S", "250-x", "250 PIPELINING"),
                                        ("C", "MAIL FROM:<a@mail.test>"), ("S", "250 ok")], "C")
        words.say("RCPT TO:<b@mail.test>")
        words.tcp.shutdown(1)
        self.assertEqual(words.hear_all(), ["250 and goodbye"])
        line = self.ended(tap, "closed", None, offered=False, outcome="not-offered", authentication="none")
        self.assertIsNone(line["upstream"]["tls"])
        self.assertIsNone(line["downstream"]["tls"])
        self.assertIsNone(line["verdict"])
        server.finish()
        tap.stop()

    # --- credentials before TLS ---

    def test_credentials_before_tls_are_refused_and_appear_nowhere(self):
        attempts = {
            "smtp": ("AUTH PLAIN c2VjcmV0LW1hcms=", "538 ", "QUIT", "221 bye"),
            "pop3": ("PASS c2VjcmV0LW1hcms=", "-ERR ", "QUIT", "+OK bye"),
            "imap": ("a7 LOGIN router c2VjcmV0LW1hcms=", "a7 NO [PRIVACYREQUIRED] ", "a8 LOGOUT", "a8 OK bye"),
        }
        for protocol, (attempt, refusal, leave, bye) in attempts.items():
            with self.subTest(protocol=protocol):
                heard = []

                def script(words):
                    play(words, DIALOGUES[protocol][:3], "S")
                    heard.append(words.hear())
                    words.say(bye)
                tap = self.tap(self.serve(script), "--protocol", protocol)
                words = play(self.client(tap), DIALOGUES[protocol][:3], "C")
                self.assertTrue((said := words.say(attempt).hear()).startswith(refusal), said)
                words.say(leave)
                self.assertEqual(words.hear_all(), [bye])
                self.ended(tap, "starttls-not-used", "downstream", offered=True, outcome="unfinished",
                           authentication="refused")
                tap.stop()
                self.assertEqual(heard, [leave])
                self.assertNotIn("c2VjcmV0LW1hcms=", tap.log_file.read_text() + tap.output())

    def test_draining_ends_what_is_still_in_plaintext_with_a_word(self):
        tap = self.tap(self.upgrading("smtp"), "--protocol", "smtp", "--drain-timeout", "300ms")
        words = self.client(tap)
        words.hear()
        tap.signal(signal.SIGTERM)
        said = words.hear_all()
        self.assertEqual(said, ["421 4.7.0 shutting down"])
        self.ended(tap, "shutdown", "mailtap")
        self.assertEqual(tap.wait(), 0)


if __name__ == "__main__":
    harness.main(needs=["openssl"])
