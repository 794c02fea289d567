"""What scripts/tidy takes for changed, and what it needs to take a commit for clean."""

import contextlib
import importlib.machinery
import importlib.util
import io
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts/tidy"


def loaded():
    loader = importlib.machinery.SourceFileLoader("tidy", str(SCRIPT))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("tidy", loader))
    loader.exec_module(module)
    return module


@unittest.skipUnless(shutil.which("git"), "git is not installed")
class Tidy(unittest.TestCase):
    sources = {"tls/session.cpp": [], "tls/wire.cpp": [], "proxy/main.cpp": []}

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.tidy = loaded()
        self.tidy.ROOT = self.folder
        self.tidy.version = lambda: "14.0.6"
        self.git("init", "-q", "-b", "main")
        self.write(".ci/run", "\n")
        self.write("tls/wire.h", "int length();\n")
        self.write("tls/session.h", '#include "tls/wire.h"\n')
        self.write("tls/session.cpp", '#include "tls/session.h"\n')
        self.write("tls/wire.cpp", '#include "wire.h"\n')
        self.write("proxy/main.cpp", "int main() {}\n")
        self.first = self.commit("2026-01-01")
        self.quietly(self.tidy.record, self.first, "2026-01-01")

    def git(self, *words, date="2026-01-01"):
        names = {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER")
                 for what, value in (("NAME", "a"), ("EMAIL", "a@example.com"), ("DATE", f"{date}T12:00:00Z"))}
        return subprocess.run(["git", *words], cwd=self.folder, check=True, capture_output=True, text=True,
                              env={"PATH": "/usr/bin:/bin", "HOME": str(self.folder), "GIT_CONFIG_NOSYSTEM": "1", **names}).stdout.strip()

    def write(self, name, text):
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_text(text)

    def commit(self, date):
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "one", date=date)
        return self.git("rev-parse", "HEAD")

    def quietly(self, function, *arguments):
        with contextlib.redirect_stdout(io.StringIO()):
            return function(*arguments)

    def chosen(self):
        """As --changed does."""
        self.tidy.included.cache_clear()
        base, _ = self.tidy.recorded()
        return self.quietly(lambda: self.tidy.chosen(self.sources, self.tidy.changed_since(base) if base else None))

    def test_nothing_is_taken_of_the_recorded_commit_itself(self):
        self.commit("2026-01-02")
        self.assertEqual(self.chosen(), (set(), set()))

    def test_what_has_changed_is_taken_with_every_check_and_what_includes_it_without_the_path_sensitive(self):
        self.write("tls/wire.h", "long length();\n")
        self.write("tls/wire.cpp", '#include "wire.h"\n\n')
        self.commit("2026-01-02")
        self.assertEqual(self.chosen(), ({"tls/wire.cpp"}, {"tls/session.cpp"}))

    def test_a_change_that_is_not_committed_counts(self):
        self.write("proxy/main.cpp", "int main() { return 1; }\n")
        self.assertEqual(self.chosen(), ({"proxy/main.cpp"}, set()))

    def test_where_more_than_forty_have_changed_none_gets_the_path_sensitive_checks(self):
        many = {f"tls/{number}.cpp": [] for number in range(41)}
        for name in many:
            self.write(name, "\n")
        self.sources = many | self.sources
        self.assertEqual(self.chosen(), (set(), set(many)))

    def test_a_record_takes_all_that_have_changed_with_every_check(self):
        many = {f"tls/{number}.cpp": [] for number in range(41)}
        self.assertEqual(self.tidy.chosen(many, set(many), many=len(many)), (set(many), set()))

    def test_a_record_of_what_has_changed_does_not_put_off_the_next_look_at_everything(self):
        self.quietly(self.tidy.record, self.commit("2026-01-05"), "2026-01-01")
        self.assertEqual(self.chosen(), (set(), set()))
        self.commit("2026-01-09")
        self.assertTrue(self.everything())

    def everything(self):
        return self.chosen() == (set(self.sources), set())

    def test_without_a_record_everything_is_taken(self):
        (self.folder / ".ci/tidied").unlink()
        self.assertTrue(self.everything())

    def test_where_the_recorded_commit_is_not_known_everything_is_taken(self):
        self.write(".ci/tidied", f"{'0123456789' * 4} 2026-01-01 14.0.6\n")
        self.assertTrue(self.everything())

    def test_where_the_recorded_commit_is_not_known_all_of_a_large_tree_have_changed(self):
        many = {f"tls/{number}.cpp": [] for number in range(41)}
        for name in many:
            self.write(name, "\n")
        self.commit("2026-01-02")
        self.sources = many | self.sources
        self.write(".ci/tidied", f"{'0123456789' * 4} 2026-01-01 14.0.6\n")
        self.assertEqual(self.chosen(), (set(), set(self.sources)))
        self.tidy.version = lambda: "19.1.7"
        self.assertTrue(self.everything())

    def test_where_the_recorded_commit_is_of_another_branch_everything_is_taken(self):
        self.git("checkout", "-q", "--orphan", "other")
        self.commit("2026-01-02")
        self.assertTrue(self.everything())

    def test_a_record_of_a_week_ago_counts_and_an_older_one_does_not(self):
        self.commit("2026-01-08")
        self.assertEqual(self.chosen(), (set(), set()))
        self.commit("2026-01-09")
        self.assertTrue(self.everything())

    def test_another_clang_tidy_or_other_checks_look_at_everything(self):
        self.tidy.version = lambda: "19.1.7"
        self.assertTrue(self.everything())
        self.tidy.version = lambda: "14.0.6"
        self.write(".clang-tidy", "Checks: '*'\n")
        self.assertTrue(self.everything())

    def test_no_record_is_made_of_what_differs_from_the_commit(self):
        self.write("tls/new.cpp", "\n")
        with self.assertRaisesRegex(SystemExit, "tls/new.cpp"):
            self.tidy.as_committed()

    def test_no_record_is_made_where_the_commit_moved_on_meanwhile(self):
        self.commit("2026-01-02")
        with self.assertRaisesRegex(SystemExit, "moved on"):
            self.tidy.record(self.first, "2026-01-01")


if __name__ == "__main__":
    unittest.main()
