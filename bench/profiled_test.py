#!/usr/bin/env python3
"""What scripts/profiled builds on is there: without counts nothing is optimised by them, and mailtap-bench knows what it is
told to send."""

import os
import pathlib
import re
import shlex
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
SCRIPT = ROOT / "scripts/profiled"
BENCH = os.environ.get("MAILTAP_BENCH_BINARY", ROOT / "build/release/bench/tool/mailtap-bench")


class Profile(unittest.TestCase):
    def refusal(self, profile, compiler="GNU", counted=False):
        """What CMake says instead of configuring."""
        with tempfile.TemporaryDirectory() as build:
            if counted:
                (pathlib.Path(build) / "profile").mkdir()
            done = subprocess.run(["cmake", f"-DMAILTAP_PROFILE={profile}", f"-DCMAKE_C_COMPILER_ID={compiler}",
                                   f"-DCMAKE_CXX_COMPILER_ID={compiler}", "-P", ROOT / "cmake/Profile.cmake"],
                                  cwd=build, capture_output=True, text=True, check=False)
        self.assertNotEqual(done.returncode, 0)
        return " ".join(done.stderr.split())

    def test_nothing_is_optimised_by_counts_that_are_not_there(self):
        self.assertRegex(self.refusal("use"), "MAILTAP_PROFILE: nothing was counted into .*/profile yet: run scripts/profiled")
        self.assertNotIn("nothing was counted", self.refusal("use", counted=True))  # a script can't set a compiler's options

    def test_another_compiler_than_gcc_is_refused(self):
        self.assertIn("MAILTAP_PROFILE is for GCC alone: leave it out", self.refusal("count", compiler="Clang"))

    def test_what_is_neither_count_nor_use_is_refused(self):
        self.assertIn("MAILTAP_PROFILE is count or use, not both", self.refusal("both"))


class Script(unittest.TestCase):
    def test_mailtap_bench_knows_what_it_is_told_to_send(self):
        lines = re.findall(r"^train (.*)$", SCRIPT.read_text(encoding="utf-8"), re.M)
        self.assertGreaterEqual(len(lines), 5)
        for line in lines:
            command, *words = shlex.split(line)
            told = subprocess.run([BENCH, command, "--help"], capture_output=True, text=True, check=True).stdout
            for option in [word for word in words if word.startswith("--")] + ["--mailtap", "--peers", "--rounds"]:
                self.assertRegex(told, rf"(?m)^ +{option}\b", line)
            if "--scenario" in words:
                known = re.search(r"--scenario TEXT:{([^}]*)}", told).group(1).split(",")
                self.assertLessEqual(set(words[words.index("--scenario") + 1].split(",")), set(known), line)

    def test_a_bench_that_is_not_there_is_named(self):
        with tempfile.TemporaryDirectory() as build:
            done = subprocess.run([SCRIPT, build], env={**os.environ, "MAILTAP_BENCH": "/nonexistent/bench"},
                                  capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("MAILTAP_BENCH: /nonexistent/bench is no program", done.stderr)


if __name__ == "__main__":
    unittest.main()
