"""README and docs/ do what they say: their commands are run in order, and what is shown as output is compared in shape."""

import pathlib

import harness
from documents import Shell, blocks_of

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Documents(harness.Claims):
    def follow(self, document):
        """As a reader would, from top to bottom."""
        folder = self.folder / document.stem
        folder.mkdir()
        shell = Shell(folder, harness.MAILTAP, ROOT)
        try:
            for block in blocks_of(document):
                self.one(shell, document, block)
        finally:
            shell.close()

    def one(self, shell, document, block):
        where = f"{document.name}:{block.number}"
        kind, _, rest = block.marker.partition(": ")
        if kind == "not run":
            self.assertGreater(len(rest), 5, f"{where}: say why it isn't run")
        elif kind == "file":
            (shell.folder / rest).write_text(shell.moved(block.text) + "\n")
        elif kind == "shown":
            missing = shell.awaited(block.lines)
            self.assertIsNone(missing, f"{where}: shown, and not printed. Printed:\n{shell.said()}")
        elif block.is_command:
            printed, status = shell.run(block)
            self.assertNotIn("command not found", printed, where)
            self.assertNotRegex(printed, r"is no option|is no command", where)
            if rest == "may fail":
                return
            self.assertNotIn("mailtap: error", printed, where)
            self.assertEqual(status, int(rest.removeprefix("exit ")) if rest.startswith("exit ") else 0,
                             f"{where}: {block.text}\nprinted:\n{printed}")

    def test_a_shape_forgets_what_changes_alone(self):
        from documents import shape
        self.assertEqual(shape("2026-11-24 22:56:09 #1.1 127.0.0.1:8443  http  GET /  200  78 B up 4.8 KB down  5 ms"),
                         "TIME #ID 127.0.0.1:PORT http GET / 200 SIZE up SIZE down SIZE")


def followed(document):
    def test(self):
        self.follow(document)
    return test


for _document in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
    setattr(Documents, f"test_{_document.stem.lower()}_can_be_followed", followed(_document))

if __name__ == "__main__":
    harness.main(needs=["openssl", "curl", "bash"])
