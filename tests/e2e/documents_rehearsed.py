"""Commands of documents that aren't run, as they take hours or change the machine: what they name is there all the same.

Every program has its own look: presets and targets are those of CMake's, tests those of CTest's, scripts and files are in the
tree, units and users in packaging. What nobody here knows is a complaint.
"""

import functools
import json
import os
import re
import shlex
import subprocess


class Rehearsal:
    def __init__(self, root, mailtap):
        self.root = root
        self.tree = next((one for one in mailtap.resolve().parents if (one / "build.ninja").is_file()), None)  # where it was built
        self.complaints = []

    def hold(self, lines):
        """What is wrong with these lines of a shell's."""
        self.complaints = []
        for line in re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines():
            line = re.split(r"\s+#\s|\s{3,}(?=[a-z])", line)[0]
            for part in re.split(r"&&|;|\|", line):
                words = [word for word in shlex.split(part.strip().strip("()")) if not re.fullmatch(r"\w+=\S*", word)]
                if words:
                    self.command(words)
        return self.complaints

    def command(self, words):
        program, rest = words[0], words[1:]
        look = getattr(self, "of_" + re.sub(r"\W", "_", program), None)
        if program.startswith("scripts/"):
            self.script(program, rest)
        elif program.startswith("build/"):
            self.target(program.rsplit("/", 1)[1])
            for file in (word for word in rest if word.startswith("tests/")):
                self.in_tree(file)
        elif look is None and "/" in program:
            self.script(program, rest)
        elif look is None:
            self.complain(f"nobody knows how to rehearse {program}")
        else:
            look(rest)

    def complain(self, what):
        self.complaints.append(what)

    def in_tree(self, name):
        if not (self.root / name).exists():
            self.complain(f"{name} isn't there")

    def script(self, name, rest):
        self.in_tree(name)
        if not os.access(self.root / name, os.X_OK):
            return self.complain(f"{name} can't be run")
        text = (self.root / name).read_text()
        for option in (word for word in rest if word.startswith("--")):
            if option not in text:
                self.complain(f"{name} has no {option}")
        if name == "scripts/test":
            self.tests([word for word in rest if word != "--changed"])
        elif name == "scripts/boot":
            for word in rest:
                if word.istitle() and not re.search(rf"(?m)^class {word}\b", (self.root / "tests/boot/booted_test.py").read_text()):
                    self.complain(f"there are no claims {word} to boot for")

    @functools.cached_property
    def presets(self):
        return json.loads((self.root / "CMakePresets.json").read_text())

    def preset(self, words, kind):
        for name in (words[i + 1] for i, word in enumerate(words) if word == "--preset"):
            if name not in [one["name"] for one in self.presets[kind]]:
                self.complain(f"{kind}: there is no {name}")

    @functools.cached_property
    def targets(self):
        said = subprocess.run(["ninja", "-C", self.tree, "-t", "targets", "all"], capture_output=True, text=True, check=True).stdout
        return {line.split(":")[0].rsplit("/", 1)[-1] for line in said.splitlines() if ": " in line}

    def target(self, name):
        # A fuzz target has its driver in a sanitizer's build alone.
        if name.endswith("_fuzz"):
            self.in_tree(f"tests/fuzz/{name}.cpp")
        elif self.tree and name not in self.targets:
            self.complain(f"there is no target {name}")

    def tests(self, words):
        """Something is left when CTest's own choosing is done."""
        if not self.tree or not words:
            return
        listed = subprocess.run(["ctest", "--test-dir", self.tree, "-N", *words], capture_output=True, text=True).stdout
        if not re.search(r"Total Tests: [1-9]", listed):
            self.complain(f"no test is left by {words}")

    def of_cmake(self, words):
        if words[0] == "--build":
            self.preset(words, "buildPresets")
            if "--target" in words:
                for name in words[words.index("--target") + 1:]:
                    self.target(name)
            return
        self.preset(words, "configurePresets")
        known = "\n".join(file.read_text() for file in [self.root / "CMakeLists.txt", self.root / "tls/mbedtls/CMakeLists.txt",
                                                             *(self.root / "cmake").rglob("*.cmake")])
        for option in re.findall(r"-D(\w+)=", " ".join(words)):
            if option not in known:
                self.complain(f"CMake knows no {option}")

    def of_ctest(self, words):
        self.preset(words, "testPresets")
        at = words.index("--preset") if "--preset" in words else None
        self.tests(words if at is None else words[:at] + words[at + 2:])

    def of_cpack(self, words):
        self.assert_none(words)

    def assert_none(self, words):
        if words:
            self.complain(f"more than expected: {words}")

    def of_cd(self, words):
        if not words[0].startswith("build"):
            self.in_tree(words[0])

    def of_export(self, words):
        self.assert_none(words)  # NAME=VALUE has been left out

    def of_git(self, words):
        if words[0] != "clone" or not words[1].startswith("https://"):
            self.complain(f"git {words}")

    def of_apt_get(self, words):
        if words[0] != "install" or len(words) < 2:
            self.complain(f"apt-get {words}")

    def of_podman(self, words):
        if "-f" in words:
            self.in_tree(words[words.index("-f") + 1])

    def of_python3(self, words):
        """pytest finds what is asked for."""
        if words[:2] == ["-m", "pytest"]:
            for file in (word for word in words if word.endswith(".py")):
                self.in_tree(f"tests/e2e/{file}")
            if "-k" in words and words[words.index("-k") + 1] not in (self.root / f"tests/e2e/{words[2]}").read_text():
                self.complain(f"no claim has {words[words.index('-k') + 1]} in its name")
            return
        self.in_tree(f"tests/e2e/{words[0]}")
        for name in words[1:]:
            kind, _, claim = name.partition(".")
            text = (self.root / f"tests/e2e/{words[0]}").read_text()
            if f"class {kind}(" not in text or f"def {claim}(" not in text:
                self.complain(f"{words[0]} has no claim {name}")

    def of_systemctl(self, words):
        for unit in (word for word in words[1:] if not word.startswith("-")):
            name = unit if "." in unit else f"{unit}.service"
            if name != "mailtap.service" and not list((self.root / "packaging").rglob(name)):
                self.complain(f"there is no unit {name}")

    def of_systemd_sysusers(self, words):
        self.in_tree("packaging/systemd/" + words[0].replace(".conf", ".sysusers"))

    def of_install(self, words):
        for file in (word for word in words if "/" in word and not word.startswith("/")):
            self.in_tree(file)
