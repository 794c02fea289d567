"""The manual pages and the completions that are made from the command line's definitions."""

import os
import pathlib
import re
import shutil
import unittest

import harness

PAGES = pathlib.Path(os.environ.get("MAILTAP_PAGES", ""))


def needs(program):
    return unittest.skipUnless(shutil.which(program), f"NOT TESTED: there is no {program}")


class Pages(harness.Claims):
    def manual(self):
        pages = sorted(PAGES.glob("*.[0-9]"))
        self.assertGreater(len(pages), 7, f"pages in {PAGES}")
        return pages

    @needs("man")
    def test_man_shows_every_page_without_a_warning(self):
        for page in self.manual():
            with self.subTest(page=page.name):
                said = self.run_program("sh", "-c", 'man --warnings -E UTF-8 -l -Tutf8 -Z "$0" 2>&1 >/dev/null', page)
                self.assertEqual(said, "")

    @needs("mandoc")
    def test_mandoc_has_nothing_to_say_of_them(self):
        for page in self.manual():
            with self.subTest(page=page.name):
                self.assertEqual(self.run_program("mandoc", "-Tlint", "-Wwarning", page), "")

    def test_every_option_that_help_lists_is_on_its_page(self):
        commands = {"run": [], "check": [], "explain": [], "report": [], "demo": [], "top": [], "config": ["check"], "router": ["show"], "trace": ["list", "show", "report"],
                    "ca": ["init", "show", "export", "sign", "issue", "import-pfx"]}
        listed = re.findall(r"^  ([a-z]+) ", re.split("(?i)subcommands:", self.run_program(harness.MAILTAP, "--help"))[1], re.M)
        self.assertEqual(set(commands), set(listed))
        for command, below in commands.items():
            page = (PAGES / f"mailtap-{command}.1").read_text()
            for words in [[command]] + [[command, each] for each in below]:
                options = re.findall(r"^ +(?:-\w, *)?(--[a-z0-9-]+)", self.run_program(harness.MAILTAP, *words, "--help"), re.M)
                self.assertGreater(len(options), 0)
                for option in options:
                    self.assertIn("\\fB" + option.replace("-", "\\-") + "\\fR", page, words)

    def test_every_option_of_the_file_is_on_its_page(self):
        page = (PAGES / "mailtap.toml.5").read_text()
        for option in re.findall(r"^ +--([a-z0-9-]+)", self.run_program(harness.MAILTAP, "run", "--help"), re.M):
            if option != "config":
                self.assertIn("\\fB" + option.replace("-", "\\-") + "\\fR = ", page)

    def completed_by_bash(self, *words):
        script = ('. "$MAILTAP_COMPLETION"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _mailtap; '
                  '[ ${#COMPREPLY[@]} = 0 ] || printf "%s\\n" "${COMPREPLY[@]}"')
        return self.run_program("bash", "-euc", script, "bash", *words, cwd=PAGES,
                                env={**os.environ, "MAILTAP_COMPLETION": str(PAGES / "mailtap.bash")}).split()

    def test_bash_completes_commands_options_and_values(self):
        for words, expected in [
                (["mailtap", "ru"], ["run"]),
                (["mailtap", "run", "--log"], ["--log", "--log-format"]),
                (["mailtap", "run", "--log-format", ""], ["text", "json"]),
                (["mailtap", "run", "--listen", ""], []),
                (["mailtap", "ca", "im"], ["import-pfx"]),
                (["mailtap", "ca", "init", "--key-type", "p"], ["p256", "p384", "p521"]),
                (["mailtap", "run", "--config", "mailtap.b"], ["mailtap.bash"]),
                (["mailtap", "run", "--trust", "sys"], ["system"]),
                (["mailtap", "check", "mailtap.b"], ["mailtap.bash"])]:
            with self.subTest(words=words):
                self.assertEqual(self.completed_by_bash(*words), expected)

    def test_bash_knows_every_option(self):
        options = set(re.findall(r"^ +(?:-\w, *)?(--[a-z0-9-]+)", self.run_program(harness.MAILTAP, "run", "--help"), re.M))
        self.assertEqual(set(self.completed_by_bash("mailtap", "run", "--")), options)

    @needs("fish")
    def test_fish_completes_commands_options_and_values(self):
        def completed(line):
            out = self.run_program("fish", "--no-config", "-c", f'source mailtap.fish; complete -C "{line}"', cwd=PAGES,
                                   env={**os.environ, "HOME": str(self.folder)})
            offered = (entry.split("\t")[0] for entry in out.splitlines())
            # Later releases of fish offer what has the word in its middle, too.
            return sorted(word for word in offered if word.startswith(line.split(" ")[-1]))
        self.assertEqual(completed("mailtap ru"), ["run"])
        self.assertEqual(completed("mailtap run --log"), ["--log", "--log-format"])
        self.assertEqual(completed("mailtap run --log-format "), ["json", "text"])
        self.assertEqual(completed("mailtap ca im"), ["import-pfx"])
        self.assertEqual(completed("mailtap ca init --key-type p"), ["p256", "p384", "p521"])

    @needs("zsh")
    def test_zsh_completes_commands_options_and_values(self):
        """In a terminal of zsh's own, as a person would."""
        script = r'''
            zmodload zsh/zpty
            zpty -b shell zsh -f -i
            zpty -w shell 'PS1=; fpath=('$1' $fpath); autoload -U compinit; compinit -u -d '$2'/dump; zstyle ":completion:*" list-colors ""
                LISTMAX=10000; setopt autolist nobeep; stty cols 200; print RE''ADY'
            typeset -i waited=0; out=
            while [[ $out != *READY* ]] { sleep 0.05; zpty -rt shell chunk && out+=$chunk; (( ++waited < 2000 )) || exit 1 }
            ask() {
                out=; waited=0
                zpty -wn shell "$1"$'\t'
                while [[ $out != *"$2"* ]] { sleep 0.05; zpty -rt shell chunk && out+=$chunk; (( ++waited < 400 )) || { print "no $2: $out"; exit 1 } }
                zpty -wn shell $'\x15'
            }
            ask 'mailtap ru' 'run'
            ask 'mailtap run --log-f' '--log-format'
            ask 'mailtap run --log-format js' 'json'
            ask 'mailtap ca imp' 'import-pfx'
            print fine
        '''
        said = self.run_program("zsh", "-f", "-c", script, "zsh", PAGES, self.folder, seconds=120,
                                env={**os.environ, "HOME": str(self.folder), "TERM": "dumb"})
        self.assertTrue(said.endswith("fine\n"), said)

    def test_powershell_is_given_every_command_option_and_value(self):
        """There is no PowerShell here: the tables that its script block looks things up in, as far as they can be read."""
        text = (PAGES / "mailtap.ps1").read_text()
        quoted = r"'((?:[^']|'')*)'"

        def table(name):
            (block,) = re.findall(rf"^  \${name} = @\{{\n(.*?)^  \}}$", text, re.M | re.S)
            return block

        def nested(name):
            entries = re.findall(rf"^    {quoted} = \[ordered\]@\{{\n(.*?)^    \}}$", table(name), re.M | re.S)
            return {key: re.findall(rf"^      {quoted} = {quoted}$", block, re.M) for key, block in entries}
        commands, options = nested("commands"), nested("options")
        self.assertIn("run", [name for name, _ in commands[""]])
        self.assertIn("import-pfx", [name for name, _ in commands["ca"]])
        listed = set(re.findall(r"^ +(?:-\w, *)?(--[a-z0-9-]+)", self.run_program(harness.MAILTAP, "run", "--help"), re.M))
        self.assertEqual({name for name, _ in options["run"] if name.startswith("--")}, listed)
        values = dict(re.findall(rf"^    {quoted} = @\((.*)\)$", table("values"), re.M))
        self.assertEqual(values["run --log-format"], "'text', 'json'")
        self.assertEqual(values["run --listen"], "")
        for keys in ([*options], [*values], *([name for name, _ in entries] for entries in options.values())):
            self.assertEqual(len({key.lower() for key in keys}), len(keys), "PowerShell's tables pass over case")


if __name__ == "__main__":
    harness.main(needs=[])
