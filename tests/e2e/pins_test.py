"""A route that accepts one key alone: given by hand, or remembered when it was first seen."""

import ssl

import harness
from certificates import Pki, self_signed
from wire import Server, client_context, echo, server_context, tls_client, tls_script

UNPROTECTED = "no longer protected"


class Pins(harness.Claims):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pki = Pki(cls.folder)
        cls.old = self_signed(cls.folder, "mail.test")
        cls.new = self_signed(cls.folder, "new.test")

    def setUp(self):
        self.pin_file = self.folder / f"pins.{harness.free_port()}"

    def serve(self, leaf):
        server = Server(tls_script(server_context(leaf), echo))
        self.addCleanup(server.close)
        return server

    def tap(self, *options, leaf=None, mode="own", **more):
        return self.mailtap(*self.pki.present[mode], "--name", "mail.test", *options,
                            upstream=self.serve(leaf or self.old).port, **more)

    def talk(self, tap):
        client = tls_client(tap.port, client_context())
        client.send(b"a").receive_exactly(1)
        client.close()
        return tap.line()

    def refused(self, tap):
        """What the log says of a client that is turned away with an alert."""
        with self.assertRaisesRegex(ssl.SSLError, "ACCESS_DENIED"):
            tls_client(tap.port, client_context())
        line = tap.line()
        self.assertEqual((line["ending"]["reason"], line["ending"]["side"]), ("refused-untrusted", "mailtap"))
        self.assertIsNone(line["policy"]["decided_by"])
        return line["ending"]["detail"]

    def test_the_first_key_is_remembered_and_another_is_refused_with_what_to_do(self):
        tap = self.tap("--pin-file", self.pin_file)
        self.assertEqual(self.talk(tap)["policy"], {"decided_by": "first-use", "unprotected": True})
        self.assertEqual(self.talk(tap)["policy"], {"decided_by": "pin-file", "unprotected": False})
        tap.stop()
        self.assertIn(f"mail.test {self.old.pin()}\n", self.pin_file.read_text())
        self.assertEqual(self.pin_file.stat().st_mode & 0o777, 0o600)

        tap = self.tap("--pin-file", self.pin_file, leaf=self.new)
        said = self.refused(tap)
        for word in (self.old.pin(), self.new.pin(), "mail.test", "pin file", "SIGHUP"):
            self.assertIn(word, said)
        tap.stop()

    def test_a_new_key_is_accepted_once_its_line_is_changed_and_mailtap_told(self):
        self.pin_file.write_text(f"mail.test {self.old.pin()}\n")
        tap = self.tap("--pin-file", self.pin_file, leaf=self.new)
        self.refused(tap)
        self.pin_file.write_text(f"mail.test {self.new.pin()}\n")
        tap.signal(harness.signal.SIGHUP)
        tap.said("reloaded")
        self.assertEqual(self.talk(tap)["policy"]["decided_by"], "pin-file")
        tap.stop()

    def test_workers_share_what_is_remembered(self):
        tap = self.tap("--pin-file", self.pin_file, "--workers", "4")
        for _ in range(8):
            self.talk(tap)
        tap.stop()
        self.assertEqual(self.pin_file.read_text().count(self.old.pin()), 1)

    def test_a_pin_given_comes_before_the_file(self):
        self.pin_file.write_text(f"mail.test {self.new.pin()}\n")
        tap = self.tap("--pin-file", self.pin_file, "--pin", self.old.pin())
        self.assertEqual(self.talk(tap)["policy"], {"decided_by": "pin", "unprotected": False})
        tap.stop()

    def test_an_untrusted_first_key_is_not_remembered_where_trust_is_required(self):
        tap = self.tap("--pin-file", self.pin_file, "--require-trusted")
        self.assertIn("self-signed", self.refused(tap))
        tap.stop()
        self.assertNotIn("sha256//", self.pin_file.read_text().split("SIGHUP.")[-1])

    def test_a_pin_file_that_is_none_is_named_before_the_listener_opens(self):
        self.pin_file.write_text("mail.test\n")
        for file, words in ((self.pin_file, f"{self.pin_file}:1: "), (self.folder / "none" / "pins", "none/pins"),
                            (self.folder, "is a folder")):
            done = harness.subprocess.run([harness.MAILTAP, "run", "--listen", "127.0.0.1:0", "--upstream", "127.0.0.1:9",
                                           "--pin-file", file], capture_output=True, text=True, timeout=10 * harness.PATIENCE)
            self.assertGreater(done.returncode, 0)
            self.assertIn(str(words), done.stderr)
            self.assertNotIn("listening", done.stderr)

    def test_a_trusted_certificate_over_an_untrusted_server_is_warned_of_at_the_start_and_in_the_log(self):
        for mode in ("own", "issue"):
            with self.subTest(mode):
                tap = self.tap(mode=mode)
                tap.said(UNPROTECTED)
                self.assertEqual(self.talk(tap)["policy"], {"decided_by": "nothing", "unprotected": True})
                tap.stop()

    def test_nobody_is_warned_where_the_server_is_trusted_or_pinned_or_the_router_sees_its_faults(self):
        for options, mode, leaf, policy in ((["--pin", self.old.pin()], "own", self.old, "pin"),
                                            (["--require-trusted"], "own", self.pki.server, "trust"),
                                            ([], "mirror", self.old, "nothing")):
            with self.subTest(policy):
                tap = self.tap(*options, mode=mode, leaf=leaf)
                self.assertEqual(self.talk(tap)["policy"], {"decided_by": policy, "unprotected": False})
                self.assertNotIn(UNPROTECTED, tap.output())
                tap.stop()


if __name__ == "__main__":
    harness.main(needs=["openssl"])
