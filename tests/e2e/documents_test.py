"""README and docs/ do what they say: their commands are run in order, and what is shown as output is compared in shape."""

import json
import pathlib
import re
import shutil
import subprocess

import contract
import harness
from certificates import Authority
from documents import Block, Shell, blocks_of
from documents_given import give

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
        servers = []
        try:
            for block in blocks_of(document):
                if block.marker.startswith("given: "):
                    servers.append(give(shell, self.ca, block.marker.removeprefix("given: ")))
                else:
                    self.one(shell, document, block)
        finally:
            shell.close()
            for server in filter(None, servers):
                server.close()

    def one(self, shell, document, block):
        where = f"{document.name}:{block.number}"
        kind, _, rest = block.marker.partition(": ")
        if kind == "not run":
            self.assertGreater(len(rest), 5, f"{where}: say why it isn't run")
        elif kind == "file":
            file = shell.path(rest)
            file.write_text(shell.moved(block.text) + "\n")
            if block.text.startswith("#!"):
                file.chmod(0o755)
        elif kind == "synopsis":
            self.hold_synopsis(where, block)
        elif kind == "shown":
            if rest:
                shell.run(Block(block.number, [rest.removeprefix("by ")], "run"))
            missing = shell.awaited(block.lines)
            self.assertIsNone(missing, f"{where}: shown, and not printed. Printed:\n{shell.said()}")
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
            if shape is not None:
                contract.check(example, shape, where)

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
