"""What stands between mailtap and a release of mbedTLS that it isn't made for: scripts/setup's pins, and the edits' anchors."""

import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]


class Folder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, name, text):
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_text(text)


class SetUp(Folder):
    def compare(self):
        done = subprocess.run([ROOT / "scripts/setup", "--compare", self.folder], capture_output=True, text=True)
        return done.returncode, done.stderr

    def test_another_release_ends_it_and_says_what_to_check(self):
        self.write("mbedtls_3.6.99.orig.tar.bz2", "another")
        code, said = self.compare()
        self.assertEqual(code, 1)
        for part in ("mbedTLS 3.6.99", "tls/mbedtls/edits", "scripts/setup", "ChangeLog", "tls_interoperability"):
            self.assertIn(part, said)

    def test_another_series_ends_it(self):
        self.write("mbedtls_4.0.0.orig.tar.bz2", "another")
        code, said = self.compare()
        self.assertEqual((code, "no longer of the 3.6 series" in said), (1, True))

    def test_another_archive_of_the_release_ends_it(self):
        pin = next(line for line in (ROOT / "scripts/setup").read_text().splitlines() if line.startswith("mbedtls_release="))
        self.write(f"mbedtls_{pin.partition('=')[2]}.orig.tar.bz2", "not what was released")
        code, said = self.compare()
        self.assertEqual((code, "its SHA-256 is another" in said), (1, True))


class Edits(Folder):
    """edited_source() of cmake/EditedSource.cmake."""

    def configure(self, *lines):
        self.write("CMakeLists.txt", "\n".join([
            "cmake_minimum_required(VERSION 3.25)", "project(edits LANGUAGES NONE)",
            f'include("{ROOT}/cmake/EditedSource.cmake")',
            *(f'edited_source(SOURCE "${{CMAKE_SOURCE_DIR}}/{name}" COPY "${{CMAKE_BINARY_DIR}}/{name}" '
              f'EDITS "${{CMAKE_SOURCE_DIR}}/{name}-edits" FILES *.c)' for name in lines)]))
        return subprocess.run(["cmake", "-S", self.folder, "-B", self.folder / "build"], capture_output=True, text=True)

    def built(self, name):
        return (self.folder / "build" / name).read_text()

    def test_two_sources_are_edited_in_one_build_and_other_files_copied(self):
        for release in ("new", "old"):
            self.write(f"{release}/a.c", f"the {release} one\n")
            self.write(f"{release}/b.c", "as it was\n")
            self.write(f"{release}-edits/word.cmake", f"edit(a.c [==[the {release}]==] [==[our {release}]==])\n")
        done = self.configure("new", "old")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual([self.built(name) for name in ("new/a.c", "old/a.c", "new/b.c")],
                         ["our new one\n", "our old one\n", "as it was\n"])

    def test_an_edit_whose_place_is_gone_ends_it_by_its_name(self):
        self.write("new/a.c", "another release\n")
        self.write("new-edits/word.cmake", "edit(a.c [==[the one]==] [==[ours]==])\n")
        done = self.configure("new")
        self.assertNotEqual(done.returncode, 0)
        said = " ".join(done.stderr.split())
        self.assertIn("new-edits/word.cmake", said)
        self.assertIn("0 times, not 1", said)
        self.assertIn("the test that the edit names", said)


class Reasons(unittest.TestCase):
    def test_each_edit_says_what_it_changes_why_and_which_test_would_fail(self):
        edits = [*ROOT.glob("tls/mbedtls/edits/*.cmake"), *ROOT.glob("tls/mbedtls/legacy/edits/*.cmake")]
        self.assertGreater(len(edits), 30)
        for edit in edits:
            with self.subTest(edit.name):
                comment = edit.read_text().split("\nedit(")[0]
                for part in ("# What: ", "# Why: ", "# Test: "):
                    self.assertIn(part, comment)
                test = comment.split("# Test: ")[1].split()[0].strip(",;.")
                if test.startswith("tests/"):
                    self.assertTrue((ROOT / test).exists(), f"{edit.name} names {test}, which isn't there")


if __name__ == "__main__":
    unittest.main()
