"""STARTTLS through mailtap, by clients and servers that say exactly what a script says: upgrades, peers that slip in
plaintext, servers that take STARTTLS back, and everything that can break off before TLS."""

import signal
import ssl

import harness
from certificates import Pki
from wire import Server, Words, client_context, connect, echo, how_tcp_ends, reset, server_context, tls_client

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

    def test_a_client_that_is_slow_with_its_hello_is_served_as_ever(self):
        """It is silent long enough for the server to be asked, which doesn't greet."""
        server = Server(lambda tcp: echo(Words(tcp).tls(server_context(self.pki.server), server=True)))
        self.addCleanup(server.close)
        tap = self.mailtap(*self.pki.present["own"], upstream=server.port)
        tcp = connect(tap.port)
        harness.wait_until(server.accepted, "mailtap to ask the server")
        tls = Words(tcp).tls(client_context(self.pki.local_ca), "mail.test")
        tls.send(b"hello")
        self.assertEqual(tls.receive_exactly(5), b"hello")
        tls.close()
        self.assertIsNone(self.ended(tap, "closed", None)["starttls"])
        tap.stop()

    def test_a_server_that_tires_of_a_silent_client_is_connected_to_again(self):
        left = []

        def script(words):
            if not left:
                left.append(1)
                return
            echo(words.tls(server_context(self.pki.server), server=True))
        server = self.serve(script)
        tap = self.mailtap(*self.pki.present["own"], upstream=server.port)
        tcp = connect(tap.port)
        harness.wait_until(lambda: left, "mailtap to ask the server")
        tls = Words(tcp).tls(client_context(self.pki.local_ca), "mail.test")
        tls.send(b"hello")
        self.assertEqual(tls.receive_exactly(5), b"hello")
        tls.close()
        self.ended(tap, "closed", None)
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

    def test_plaintext_instead_of_a_hello_is_the_same(self):
        tap = self.tap(self.upgrading("smtp"), "--protocol", "smtp")
        words = play(self.client(tap), DIALOGUES["smtp"], "C")
        words.say("MAIL FROM:<injected@evil.test>")
        self.assertEqual(words.hear_all(), [])
        self.ended(tap, "plaintext-injected", "downstream", outcome="upgraded")
        tap.stop()

    def test_plaintext_behind_the_servers_go_ahead_never_reaches_the_client(self):
        injected = {"smtp": "250 injected", "pop3": "+OK injected", "imap": "* OK [CAPABILITY IMAP4rev1] injected"}
        for protocol, dialogue in DIALOGUES.items():
            with self.subTest(protocol=protocol):
                def script(words):
                    play(words, dialogue[:-1], "S")
                    words.say(dialogue[-1][1], injected[protocol])
                    words.hear_all()
                tap = self.tap(self.serve(script), "--protocol", protocol)
                words = play(self.client(tap), dialogue[:-1], "C")
                said = words.hear_all()
                self.assertNotIn(dialogue[-1][1], said)
                self.assertFalse([line for line in said if "injected" in line], said)
                self.ended(tap, "plaintext-injected", "upstream", outcome="unfinished")
                tap.stop()

    def test_plaintext_that_comes_after_the_go_ahead_is_seen_though_the_client_is_slow(self):
        said = []

        def script(words):
            play(words, DIALOGUES["smtp"], "S")
            harness.wait_until(lambda: said, "the client to have its go-ahead")
            words.say("250 injected")
            words.hear_all()
        tap = self.tap(self.serve(script), "--protocol", "smtp")
        words = play(self.client(tap), DIALOGUES["smtp"], "C")
        said.append(1)
        self.assertEqual(words.hear_all(), [])
        self.ended(tap, "plaintext-injected", "upstream", outcome="upgraded")
        tap.stop()

    # --- STARTTLS taken away ---

    def test_a_capability_that_is_stripped_is_noticed_and_the_client_told(self):
        stripped = {
            "smtp": ([("S", "220 x"), ("C", "EHLO router"), ("S", "250-x", "250 AUTH PLAIN")], "421 "),
            "pop3": ([("S", "+OK x"), ("C", "CAPA"), ("S", "+OK", "USER", ".")], "-ERR "),
            "imap": ([("S", "* OK x"), ("C", "a CAPABILITY"), ("S", "* CAPABILITY IMAP4rev1", "a OK x")], "* BYE "),
        }
        for protocol, (dialogue, told) in stripped.items():
            with self.subTest(protocol=protocol):
                tap = self.tap(self.serve(lambda words: play(words, dialogue, "S").hear_all()), "--protocol", protocol)
                said = play(self.client(tap), dialogue[:-1], "C").hear_all()
                self.assertTrue(said[0].startswith(told), said)
                self.assertIn("does not offer STARTTLS", said[0])
                line = self.ended(tap, "starttls-not-offered", "upstream", offered=False, outcome="not-offered")
                self.assertIsNone(line["verdict"])
                tap.stop()

    def test_a_server_that_takes_its_offer_back_is_noticed_and_the_client_told(self):
        refusals = {"smtp": "454 4.3.0 not now", "pop3": "-ERR not now", "imap": "a2 NO not now"}
        for protocol, refusal in refusals.items():
            with self.subTest(protocol=protocol):
                dialogue = [*DIALOGUES[protocol][:-1], ("S", refusal)]
                tap = self.tap(self.serve(lambda words: play(words, dialogue, "S").hear_all()), "--protocol", protocol)
                words = play(self.client(tap), dialogue, "C")
                words.hear_all()
                line = self.ended(tap, "starttls-refused", "upstream", offered=True, outcome="refused")
                self.assertIn(refusal.split()[protocol == "imap"], line["ending"]["detail"])
                tap.stop()

    def test_where_plaintext_is_allowed_it_is_relayed_and_written_down(self):
        def script(words):
            play(words, [("S", "220 x"), ("C", "EHLO router"), ("S", "250-x", "250 PIPELINING"),
                         ("C", "MAIL FROM:<a@mail.test>")], "S")
            words.say("250 ok")
            self.assertEqual(words.hear_all(), ["RCPT TO:<b@mail.test>"])  # and the client's half-close
            words.say("250 and goodbye")
        server = self.serve(script)
        tap = self.tap(server, "--protocol", "smtp", "--allow-plaintext")
        self.assertIn("pass in plaintext", tap.output())
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

    # --- what breaks off before TLS ---

    def test_silence_of_either_side_runs_into_the_starttls_timeout(self):
        silent = self.serve(lambda words: words.hear_all())
        tap = self.tap(silent, "--protocol", "smtp", "--starttls-timeout", "600ms")
        said = self.client(tap).hear_all()
        self.assertTrue(said[0].startswith("421 "), said)
        self.ended(tap, "starttls-timeout", "upstream", protocol="smtp", outcome="unfinished", offered=None)
        tap.stop()

        greets = self.serve(lambda words: words.say("220 x").hear_all())
        tap = self.tap(greets, "--protocol", "smtp", "--starttls-timeout", "600ms")
        self.assertEqual(self.client(tap).hear_all()[0], "220 x")
        self.ended(tap, "starttls-timeout", "downstream")
        tap.stop()

    def test_a_client_that_asks_for_tls_and_stays_silent_runs_into_the_hello_timeout(self):
        tap = self.tap(self.upgrading("pop3"), "--hello-timeout", "600ms")
        self.assertEqual(play(self.client(tap), DIALOGUES["pop3"], "C").hear_all(), [])
        self.ended(tap, "hello-timeout", "downstream", outcome="upgraded")
        tap.stop()

    def test_resets_before_tls_are_resets(self):
        def resets(words):
            words.say("220 x").hear()
            reset(words.tcp)
        tap = self.tap(self.serve(resets), "--protocol", "smtp")
        words = self.client(tap)
        words.hear()
        self.assertTrue((said := words.say("EHLO router").hear_all())[0].startswith("421 "), said)
        self.ended(tap, "reset", "upstream")
        tap.stop()

        ends = []
        tap = self.tap(self.serve(lambda words: (words.say("220 x").hear(), words.say("250 x"),
                                                 ends.append(how_tcp_ends(words.tcp)))), "--protocol", "smtp")
        words = self.client(tap)
        words.hear()
        words.say("NOOP").hear()
        reset(words.tcp)
        self.ended(tap, "reset", "downstream")
        tap.stop()
        harness.wait_until(lambda: ends, "the server to see the end")

    def test_a_client_that_leaves_without_a_word_is_no_fault(self):
        tap = self.tap(self.upgrading("smtp"), "--protocol", "smtp")
        words = self.client(tap)
        self.assertEqual(words.hear(), "220 mail.test ESMTP")
        words.tcp.close()
        self.assertEqual(tap.ending(), ("starttls-not-used", "downstream"))
        tap.stop()

    def test_a_client_that_half_closes_after_quit_still_hears_the_answer(self):
        tap = self.tap(self.serve(lambda words: (words.say("220 x").hear(), words.say("221 bye"))), "--protocol", "smtp")
        words = self.client(tap).say("QUIT")
        words.tcp.shutdown(1)
        self.assertEqual(words.hear_all(), ["220 x", "221 bye"])
        self.ended(tap, "starttls-not-used", "downstream")
        tap.stop()

    def test_a_server_that_is_not_there_is_told_in_the_protocols_words(self):
        for protocol, told in {"smtp": "421 ", "pop3": "-ERR ", "imap": "* BYE "}.items():
            with self.subTest(protocol=protocol):
                tap = self.tap(harness.free_port(), "--protocol", protocol)
                self.assertTrue((said := self.client(tap).hear_all())[0].startswith(told), said)
                self.ended(tap, "connect-failed", "upstream")
                tap.stop()

    def test_a_client_that_begins_with_tls_on_such_a_route_is_told_apart(self):
        tap = self.tap(self.upgrading("smtp"), "--protocol", "smtp")
        with self.assertRaises((ssl.SSLError, OSError)):
            tls_client(tap.port, client_context())
        line = self.ended(tap, "plaintext-error", "downstream")
        self.assertIn("began with TLS", line["ending"]["detail"])
        tap.stop()

    def test_a_server_certificate_that_may_not_be_trusted_is_refused_after_starttls_too(self):
        tap = self.mailtap("--present", "own", "--cert", self.pki.own.cert, "--key", self.pki.own.key, "--trust",
                           self.pki.local_ca.cert, "--require-trusted", "--starttls", upstream=self.refusable().port)
        words = play(self.client(tap), DIALOGUES["imap"], "C")
        with self.assertRaisesRegex(ssl.SSLError, "(?i)access.denied"):
            words.tls(client_context(self.pki.local_ca), "mail.test")
        line = self.ended(tap, "refused-untrusted", "mailtap", outcome="upgraded")
        self.assertEqual(line["verdict"]["trust"], "untrusted")
        tap.stop()

    def refusable(self):
        def script(words):
            play(words, DIALOGUES["imap"], "S")
            try:
                words.tls(server_context(self.pki.server), server=True).receive()
            except (ssl.SSLError, OSError):
                pass  # mailtap leaves
        return self.serve(script)

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
