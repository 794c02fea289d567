"""The code blocks of a Markdown document, and a shell that runs them in order as a reader would.

What a block is follows from a comment before it, with a blank line between:

  (none)                    commands are run, one block after the other, in one shell and one empty folder;
                            anything else (a picture, a configuration, what a file has) is read over
  <!-- run: exit 3 -->      the last command ends with that status
  <!-- run: may fail -->    it needs what this machine may not have, such as a name that resolves; it must be understood
  <!-- not run: WHY -->     a person's machine is changed by it, or what it needs isn't here
  <!-- shown -->            what the blocks before it have printed, compared in shape; ... ends a line that goes on
  <!-- file: NAME -->       is written to NAME

Ports are moved to free ones, the same one for the same number in a document, and `mailtap run` without & is put into the
background, until the next one. Whoever listens is waited for.
"""

import dataclasses
import os
import re
import socket
import subprocess
import time

import harness

COMMAND = re.compile(r"^(\(?(umask|mailtap|build/\S+/mailtap(-bench)?|curl|openssl|echo|kill|chgrp|jq|tshark|systemctl|systemd-\S+|"
                     r"scripts/\S+|cmake|ctest|git|podman|promtool|iptables|nft|ip|apt-get|cd|install|\{|export|test|python3|"
                     r"swaks|socat|certutil|sysctl|setpriv|build/\S+|for|rsync|sudo)\b)")


@dataclasses.dataclass
class Block:
    number: int  # of its first line
    lines: list
    marker: str  # the comment before it

    @property
    def text(self):
        return "\n".join(self.lines)

    @property
    def is_command(self):
        return bool(COMMAND.match(self.lines[0])) or self.marker.startswith("run")


def blocks_of(document):
    lines = document.read_text().splitlines()
    found, marker, at = [], "", 0
    while at < len(lines):
        line = lines[at]
        if comment := re.fullmatch(r"\s*<!-- (.*) -->", line):
            marker = comment[1]
        elif line.startswith("    ") and (at == 0 or not lines[at - 1].strip()):
            end = at
            while end < len(lines) and (lines[end].startswith("    ") or (not lines[end].strip() and end + 1 < len(lines)
                                                                          and lines[end + 1].startswith("    "))):
                end += 1
            indent = min(len(one) - len(one.lstrip()) for one in lines[at:end] if one.strip())
            found.append(Block(at + 1, [one[indent:].rstrip() for one in lines[at:end]], marker))
            marker, at = "", end
            continue
        elif line.strip():
            marker = ""
        at += 1
    return found


def shape(line):
    """What of an output stays the same from run to run."""
    for pattern, sign in ((r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?Z?", "TIME"), (r"\d{4}-\d\d-\d\d", "DAY"),
                          (r"sha256//[A-Za-z0-9+/]+=*", "PIN"), (r"\b[0-9a-f]{40,}\b", "DIGEST"),
                          (r"\b(\d+(\.\d+)?) ([KMG]?B|us|ms|s)\b", "SIZE"), (r":\d{2,5}\b", ":PORT"), (r"#\d+(\.\d+)?", "#ID"),
                          (r"\b\d+ days?\b", "DAYS"), (r"\s+", " ")):
        line = re.sub(pattern, sign, line)
    return line.strip()


class Shell:
    """bash with job control, in an empty folder that looks like the source tree where documents name files of it."""

    def __init__(self, folder, mailtap, root):
        self.folder = folder
        self.ports = {}
        self.output = folder / ".output"
        (folder / "build/release/proxy").mkdir(parents=True)
        (folder / "build/release/proxy/mailtap").symlink_to(mailtap)
        (folder / ".bin").mkdir()
        (folder / ".bin/mailtap").symlink_to(mailtap)
        for name in ("docs",):
            (folder / name).symlink_to(root / name)
        (folder / "packaging").mkdir()
        (folder / "packaging/mailtap.toml").write_text(self.moved((root / "packaging/mailtap.toml").read_text()))
        environment = {**os.environ, "PATH": f"{folder}/.bin:{os.environ['PATH']}", "LC_ALL": "C.UTF-8", "HOME": str(folder)}
        self.process = subprocess.Popen(["bash", "--norc", "-s"], cwd=folder, env=environment, stdin=subprocess.PIPE,
                                        stdout=self.output.open("wb"), stderr=subprocess.STDOUT, start_new_session=True)
        self.steps = 0
        self.send("set -m")  # jobs, and process groups of their own

    def send(self, text):
        self.process.stdin.write((text + "\n").encode())
        self.process.stdin.flush()

    def said(self):
        return self.output.read_text(errors="replace")

    def moved(self, text):
        """With the ports that it listens on or asks for moved."""
        def move(match):
            port = match[2]
            if match[1] == "rsa:" or not 0 < int(port) < 65536:
                return match[0]
            self.ports.setdefault(port, str(harness.free_port()))
            return match[1] + self.ports[port]
        return re.sub(r"(?<![\w.])((?:[\w.*-]+|\[[0-9a-f:]+\])?:|(?:--admin|-accept) )(\d{2,5})\b", move, text)

    def run(self, block):
        """Runs it, and gives what it printed with the exit status of its last command."""
        # Of a block with blank lines the parts that begin with a command: a configuration may stand beside it.
        parts = [part for part in block.text.split("\n\n") if COMMAND.match(part)]
        text = self.moved("\n".join(parts))
        begin = len(self.said())
        lines = []
        for line in re.sub(r"\\\n\s*", "", text).splitlines():
            line = re.sub(r"\s+#\s.*$", "", line)
            waits = re.search(r"(?:--listen|-accept|--admin)[ =](?:\S*:)?(\d+)(?=\s|$)", line)
            if re.match(r"\S*mailtap run\b", line) and not line.endswith("&"):
                line = f'[ -z "$auto" ] || {{ kill $auto; wait $auto; }} 2>/dev/null; {line} & auto=$!'
            lines.append(line)
            if line.endswith(("&", "auto=$!")) and waits and waits[1] != "0":
                # By the kernel's table (proc(5)): a connection would be in the log.
                listens = f"grep -q ':{int(waits[1]):04X} [0-9A-F:]* 0A ' /proc/net/tcp /proc/net/tcp6"
                lines.append(f"until {listens}; do kill -0 $! 2>/dev/null || break; sleep 0.05; done")
        self.steps += 1
        mark = f"@@{self.steps}@"
        self.send("{\n" + "\n".join(lines) + f"\n}} </dev/null\necho {mark}$?")
        deadline = time.monotonic() + 120 * harness.PATIENCE
        while not (done := re.search(rf"{mark}(\d+)\n", self.said())):
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise AssertionError(f"line {block.number} doesn't end:\n{block.text}\nprinted:\n{self.said()[begin:]}")
            time.sleep(0.02)
        return self.said()[begin:done.start()], int(done[1])

    def awaited(self, shown):
        """Waits until what was printed has each of the lines in shape and order; gives the first that is missing."""
        wanted = [shape(line) for line in shown if line.strip() and line.strip() != "[...]"]
        deadline = time.monotonic() + 60 * harness.PATIENCE
        while True:
            printed = [shape(line) for line in self.said().splitlines()]
            at = 0
            missing = None
            for line in wanted:
                is_it = (lambda one: one.startswith(line[:-3])) if line.endswith("...") else line.__eq__
                found = next((i for i in range(at, len(printed)) if is_it(printed[i])), None)
                if found is None:
                    missing = line
                    break
                at = found + 1
            if missing is None or time.monotonic() > deadline:
                return missing
            time.sleep(0.05)

    def close(self):
        """Ends every job, and then the shell."""
        self.send("kill $(jobs -p) 2>/dev/null; exit")
        self.process.stdin.close()
        try:
            self.process.wait(20 * harness.PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        # What still runs of its session, whose process groups are many.
        subprocess.run(["pkill", "-KILL", "-s", str(self.process.pid)], check=False)
