"""`mailtap report` on what mailtap has logged itself, on bad lines, and its exit codes."""

import json
import os
import subprocess

import harness
from scenes import WithGoodAndWrong


class Report(WithGoodAndWrong):
    def report(self, *arguments, text="", status=0):
        done = subprocess.run([harness.MAILTAP, "report", *map(str, arguments)], input=text, capture_output=True, text=True,
                              timeout=30 * harness.PATIENCE, env=os.environ)
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stdout, done.stderr

    def test_it_tells_who_used_ews_with_a_password(self):
        tap = self.mailtap(*self.pki.present["own"], "--name", "mail.test", upstream=self.good)
        self.run_program("curl", "-sS", "--noproxy", "*", "--cacert", self.pki.local_ca.cert, "--user", "router:secret-word",
                         "--resolve", f"mail.test:{tap.port}:127.0.0.1", f"https://mail.test:{tap.port}/EWS/Exchange.asmx")
        tap.line()
        tap.stop()
        log = tap.log_file.read_text()
        document = json.loads(self.report("--json", tap.log_file, status=1)[0])
        uses = {use["what"]: use for use in document["uses"]}
        self.assertEqual({"ews", "basic"}, set(uses) & {"ews", "basic"})
        self.assertEqual([user["client"] for user in uses["ews"]["clients"]], ["127.0.0.1"])
        self.assertEqual(uses["ews"]["clients"][0]["connections"], 1)
        self.assertIn("2027-04-01", [deadline["date"] for deadline in uses["ews"]["deadlines"]])
        self.assertEqual(document["read"]["bad_lines"], 0)
        told, _ = self.report("-", "--lang", "vi", text=log, status=1)
        self.assertIn("127.0.0.1", told)
        self.assertIn("máy khách", told)
        self.assertNotIn("secret-word", told)

    def test_bad_lines_are_named_and_passed_over(self):
        log = self.folder / "broken.jsonl"
        log.write_text('2026-11-29 16:00:00 #1 text\n{"event":"connection","ti')
        told, complaint = self.report(log, status=66)
        self.assertIn("2 lines that can't be read", told)
        self.assertIn(f"{log}:1: no JSON", complaint)
        self.assertIn(f"{log}:2: ", complaint)

    def test_exit_codes_say_what_came_of_it(self):
        self.assertIn("nothing is known", self.report("-", text="")[0])
        self.assertIn("nothing is known", self.report("-", text="no log\n", status=66)[0])
        self.assertIn("can't be read", self.report(self.folder / "nowhere", status=66)[1])
        self.assertIn("can't be read", self.report(self.folder, status=66)[1])
        self.assertIn("--at", self.report("-", "--at", "tomorrow", status=64)[1])
        self.report(status=64)


if __name__ == "__main__":
    harness.main(needs=["nginx", "curl", "openssl"])
