"""README and docs/ do what they say: their commands are run in order, and what is shown as output is compared in shape."""

import json
import pathlib
import re
import shutil
import subprocess

import contract
import harness
from certificates import Authority
from documents import Block, Shell, blocks_of, unlike
from documents_given import give, serving, serving_apart
from documents_rehearsed import Rehearsal
from wire import Server, server_context

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Documents(harness.Claims):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ca = Authority(cls.folder, "documents-ca", key="rsa")

    def follow(self, document):
        """As a reader would, from top to bottom."""
        folder = self.folder / document.stem
        folder.mkdir()
        shell = Shell(folder, harness.MAILTAP, ROOT)
        servers, given = [], []
        blocks = blocks_of(document)
        try:
            for i, block in enumerate(blocks):
                if block.marker.startswith("given: "):
                    given.append(block.marker.removeprefix("given: "))
                    following = next(one for one in blocks[i:] if not one.marker.startswith("given: "))
                    if not following.marker.startswith("run: apart"):
                        servers.append(give(shell, self.ca, given.pop()))
                elif block.marker.startswith("run: apart"):
                    self.apart(shell, f"{document.name}:{block.number}", block, given)
                    given = []
                else:
                    self.one(shell, document, block)
        finally:
            shell.close()
            for server in filter(None, servers):
                server.close()

    def apart(self, shell, where, block, given):
        program = block.marker.partition(", needs ")[2]
        if not shell.may_be_apart() or (program and not shutil.which(program)):
            return
        serving, again = {}, []
        for what in given:
            if what.startswith("again: "):
                again.append(what.removeprefix("again: "))
            elif server := serving_apart(shell, self.ca, what):
                serving.update([server])
            else:
                give(shell, self.ca, what)
        printed, status = shell.apart(block, again, serving)
        self.assertEqual(status, 0, f"{where}: {block.text}\nprinted:\n{printed}")
        self.assertNotRegex(printed, r"is no option|is no command|mailtap: error", where)

    def one(self, shell, document, block):
        where = f"{document.name}:{block.number}"
        kind, _, rest = block.marker.partition(": ")
        if kind == "not run":
            self.assertGreater(len(rest), 5, f"{where}: say why it isn't run")
        elif kind == "rehearsed":
            self.assertGreater(len(rest), 5, f"{where}: say why it isn't run")
            self.assertEqual(Rehearsal(ROOT, pathlib.Path(harness.MAILTAP)).hold(block.lines), [], where)
        elif kind == "file":
            file = shell.path(rest)
            file.write_text(shell.moved(block.text) + "\n")
            if block.text.startswith("#!"):
                file.chmod(0o755)
        elif kind == "synopsis":
            self.hold_synopsis(where, block)
        elif kind == "shown":
            if rest.endswith("_test.py"):
                self.assertTrue((ROOT / rest.removeprefix("by ")).exists(), where)  # that compares it
                return
            if rest:
                shell.run(Block(block.number, [rest.removeprefix("by ")], "run"))
            if block.lines[0].startswith("$ "):
                shell.run(Block(block.number, [block.lines[0].removeprefix("$ ")], "run"))
                block.lines = block.lines[1:]
            missing = shell.awaited(block.lines)
            self.assertIsNone(missing, f"{where}: shown, and not printed. Printed:\n{shell.said()}")
        elif kind == "shape":
            printed, _ = shell.run(Block(block.number, [rest], "run"), is_command=True)
            found = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
            self.assertIsNone(unlike(json.loads(block.text), found[0]), where)
        elif block.lines[0].startswith('{"event":'):
            self.hold_json(where, block)
        elif block.is_command:
            if rest.startswith("needs ") and not shutil.which(rest.removeprefix("needs ")):
                return
            printed, status = shell.run(block)
            self.assertNotIn("command not found", printed, where)
            self.assertNotRegex(printed, r"is no option|is no command", where)
            if rest == "may fail":
                return
            self.assertNotIn("mailtap: error", printed, where)
            self.assertEqual(status, int(rest.removeprefix("exit ")) if rest.startswith("exit ") else 0,
                             f"{where}: {block.text}\nprinted:\n{printed}")

    def hold_synopsis(self, where, block):
        """Every option in it is one of its command."""
        for command in re.findall(r"(?m)^mailtap (\w+(?: (?!DIR)[a-z-]+)?)(?:.*(?:\n .*)*)", "\n".join(block.lines)):
            text = "\n".join(block.lines)
            said = subprocess.run([harness.MAILTAP, *command.split(), "--help"], capture_output=True, text=True).stdout
            part = text[text.index(f"mailtap {command}"):].split("\nmailtap ")[0]
            for option in re.findall(r"--[a-z][a-z-]+", part):
                self.assertIn(option, said, f"{where}: mailtap {command}")

    def hold_json(self, where, block):
        """An example is what the log really has: every member, of that kind, and no other. Dots stand for any text."""
        for line in block.lines:
            example = json.loads(line)
            shape = {"connection": contract.SHAPE, "exchange": contract.EXCHANGE, "alert": contract.ALERT}.get(example["event"])
            self.assertIsNotNone(shape, f"{where}: say by <!-- shape: COMMAND --> what prints it")
            contract.check(example, shape, where)

    def test_every_member_of_checks_json_is_documented(self):
        """And none that there isn't. Those of options stand there with them."""
        leaf = self.ca.leaf("mail.contoso.com", key="rsa", file="documented")
        options = ["--json", "--fetch-aia", "--fetch-crl", "--fetch-ocsp", "--as", "java", "--hello", "openssl-3.0", "--protocols",
                   "--intolerance"]
        server = Server(serving(server_context(leaf), None), seconds=60)
        self.addCleanup(server.close)
        printed = subprocess.run([harness.MAILTAP, "check", f"127.0.0.1:{server.port}", *options], capture_output=True, text=True,
                                 timeout=120 * harness.PATIENCE)
        (target,) = json.loads(printed.stdout)["targets"]
        page = (ROOT / "docs/check.md").read_text()
        table = page[page.index("| key of a target |"):].split("\n\n")[0]
        rows = re.findall(r"(?m)^\| (`[^|]*) \|", table)
        documented = set(re.findall(r"`(\w+)`", " ".join(rows)))
        self.assertEqual(documented, set(target))

    def test_a_shape_forgets_what_changes_alone(self):
        from documents import shape
        self.assertEqual(shape("2026-11-24 22:56:09 #1.1 127.0.0.1:8443  http  GET /  200  78 B up 4.8 KB down  5 ms"),
                         "TIME #ID N.N.N.N:PORT http GET / N SIZE up SIZE down SIZE")


def followed(document):
    def test(self):
        self.follow(document)
    return test


for _document in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
    setattr(Documents, f"test_{_document.stem.lower()}_can_be_followed", followed(_document))

if __name__ == "__main__":
    harness.main(needs=["openssl", "curl", "bash"])
