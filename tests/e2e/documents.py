"""The code blocks of a Markdown document, and a shell that runs them in order as a reader would.

What a block is follows from a comment before it, with a blank line between:

  (none)                    commands are run, one block after the other, in one shell and one empty folder;
                            anything else (a picture, a configuration, what a file has) is read over
  <!-- run: exit 3 -->      the last command ends with that status
  <!-- run: may fail -->    it needs what this machine may not have; it must be understood
  <!-- run: needs jq -->    left out where there is no such program
  <!-- run: until Ctrl-C --> each of its lines goes on until it is interrupted, as it soon is
  <!-- run: apart -->       in a network of its own, as root, with the ports and names that stand there; what is given right
                            before it is in there. Left out where there are no such rights, or (run: apart, needs nft) no
                            such program
  <!-- given: WHAT -->      what the reader has already (documents_given.py); several may stand before a block
  <!-- rehearsed: WHY -->   isn't run, but every preset, target, test, script, file and unit that it names is there
                            (documents_rehearsed.py)
  <!-- not run: WHY -->     what it needs isn't here
  <!-- synopsis -->         its options are held against the command's --help
  <!-- shown -->            what the blocks before it have printed, compared in shape; ... ends a line that goes on, and [...]
                            stands for any lines. A first line with $ is run before
  <!-- shown: by COMMAND --> what that prints, in the same way; by tests/e2e/NAME_test.py: that test has it printed and compares
  <!-- shape: COMMAND -->   JSON as that prints it: the same members at each place, of the same kind
  <!-- file: NAME -->       is written to NAME

Ports are moved to free ones, the same one for the same number in a document, servers that are given are put in the place
of their names, /etc/mailtap, /var/log/mailtap and /usr/local/bin are folders below the shell's, the service's user is whoever
runs this, and `mailtap run` without & is put into the background, until the next one. Whoever listens is waited for.
JSON that is shown is held against the contract (documents_test.py).
"""

import dataclasses
import os
import re
import socket
import subprocess
import sys
import time

import harness

COMMAND = re.compile(r"^(\(?(umask|mailtap|build/\S+/mailtap(-bench)?|curl|openssl|echo|kill|chgrp|jq|tshark|systemctl|systemd-\S+|"
                     r"scripts/\S+|cmake|ctest|git|podman|promtool|iptables|nft|ip|apt-get|cd|install|\{|export|test|python3|"
                     r"swaks|socat|certutil|sysctl|setpriv|build/\S+|for|rsync|sudo|journalctl|zcat)\b)")


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
            if comment[1].startswith("given: "):
                found.append(Block(at + 1, [], comment[1]))
            else:
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
                          (r"-{2,}", "--"), (r"\b\d+ days?\b", "DAYS"), (r"~[0-9a-f]+\b", "~ID"),
                          (r"\b1 (connection|exchange)\b", r"N \1s"), (r"\b\d+\b", "N"), (r"\s+", " "),
                          # Of a version that is switched off OpenSSL 3.0 says the former, 3.5 the latter.
                          (r"\balert (internal_error|protocol_version)\b", "alert REFUSAL")):
        line = re.sub(pattern, sign, line)
    return line.strip()


def missing_of(shown, printed):
    """The first line of `shown` that `printed` doesn't have in shape and order; None: it has all."""
    printed = [shape(line) for line in printed]
    at = 0
    for line in (shape(line) for line in shown if line.strip() and line.strip() != "[...]"):
        is_it = (lambda one: one.startswith(line[:-3])) if line.endswith("...") else line.__eq__
        found = next((i for i in range(at, len(printed)) if is_it(printed[i])), None)
        if found is None:
            return line
        at = found + 1
    return None


def unlike(example, real, where=""):
    """Where a JSON example isn't of the shape of what is real; None: it is. Empty lists are like any, and null like anything."""
    if example is None or real is None:
        return None
    if isinstance(example, dict) and isinstance(real, dict):
        if example.keys() != real.keys():
            return f"{where}: {sorted(example.keys() ^ real.keys())} in one of them alone"
        return next(filter(None, (unlike(example[key], real[key], f"{where}.{key}") for key in example)), None)
    if isinstance(example, list) and isinstance(real, list):
        return unlike(example[0], real[0], f"{where}[0]") if example and real else None
    return None if type(example) is type(real) else f"{where}: {example!r} for {real!r}"


class Shell:
    """bash with job control, in an empty folder that looks like the source tree where documents name files of it."""

    FOLDERS = {"/etc/mailtap": "etc-mailtap", "/var/log/mailtap": "log-mailtap", "/usr/local/bin": ".bin-local",
               "/var/lib/mailtap": "lib-mailtap", "/run/haproxy": ".run-haproxy", "logs.contoso.local:traces/": "logs-contoso"}
    # The service's user and what manages it, where there is no service but the mailtap that runs.
    STAND_INS = r"""
chgrp() { [ "$1" != mailtap ] || { shift; set -- "$(id -g)" "$@"; }; command chgrp "$@"; }
systemctl() {
  case "$*" in
    "reload mailtap") [ -z "$auto" ] || kill -HUP "$auto" ;;
    "kill --kill-who=main --signal=USR2 mailtap") [ -z "$auto" ] || kill -USR2 "$auto" ;;
    "restart mailtap") ;;
    *) echo "systemctl: command not found: $*"; return 127 ;;
  esac
}
type socat >/dev/null 2>&1 || socat() { "$python" "$tests/documents_given.py" say "$2"; }
until_interrupted() { timeout --foreground --kill-after=60 --signal=INT 2 "$@"; case $? in 0|124) ;; *) false ;; esac; }
"""

    # What "run: apart" has around it. What is still running when it is over ends with its namespace of processes.
    APART = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    NETWORK = r"""
ip link set lo up
ip link add eth0 type dummy 2>/dev/null || ip link add eth0 type veth peer name eth1
ip address add 10.0.0.11/24 dev eth0
ip link set eth0 up
for file in passwd group hosts; do cp /etc/$file .apart-$file; done
grep -q ^mailtap: .apart-passwd || echo "mailtap:x:983:983::/:/usr/sbin/nologin" >>.apart-passwd
grep -q ^mailtap: .apart-group || echo "mailtap:x:983:" >>.apart-group
echo "127.0.0.1 mail.contoso.com" >>.apart-hosts
for file in passwd group hosts; do mount --bind .apart-$file /etc/$file; done
listening() {  # PORT PID
  until grep -qi ":$(printf %04X "$1") [0-9A-F:]* 0A " /proc/net/tcp /proc/net/tcp6; do kill -0 "$2" || exit 1; sleep 0.05; done
}
"""

    def __init__(self, folder, mailtap, root):
        self.folder = folder
        self.mailtap = mailtap
        self.ports = {}
        self.servers = {}  # those given: host and port, and where they are
        self.own_names = set()
        self.output = folder / ".output"
        (folder / "build/release/proxy").mkdir(parents=True)
        (folder / "build/release/proxy/mailtap").symlink_to(mailtap)
        (folder / ".bin").mkdir()
        (folder / ".bin/mailtap").symlink_to(mailtap)
        for name in ("docs", "inspect"):
            (folder / name).symlink_to(root / name)
        for name in self.FOLDERS.values():
            (folder / name).mkdir()
        (folder / "packaging").mkdir()
        (folder / "packaging/mailtap.toml").write_text(self.moved((root / "packaging/mailtap.toml").read_text()))
        environment = {**os.environ, "PATH": f"{folder}/.bin:{os.environ['PATH']}", "LC_ALL": "C.UTF-8", "HOME": str(folder),
                       "python": sys.executable, "tests": str(root / "tests/e2e")}
        self.environment = environment
        self.process = subprocess.Popen(["bash", "--norc", "-s"], cwd=folder, env=environment, stdin=subprocess.PIPE,
                                        stdout=self.output.open("wb"), stderr=subprocess.STDOUT, start_new_session=True)
        self.steps = 0
        self.send("shopt -u checkwinsize; export COLUMNS=100")  # as documents show it, whatever the terminal
        self.send("set -m")  # jobs, and process groups of their own
        self.send(self.STAND_INS)

    def send(self, text):
        self.process.stdin.write((text + "\n").encode())
        self.process.stdin.flush()

    def said(self):
        return self.output.read_text(errors="replace")

    def path(self, name):
        """A file's place, with the folders that stand for the machine's."""
        for folder, stands_for in self.FOLDERS.items():
            name = name.replace(folder, str(self.folder / stands_for))
        return self.folder / name

    def moved(self, text):
        """With the ports that it listens on or asks for moved, and what is given in its place."""
        for folder, stands_for in self.FOLDERS.items():
            text = text.replace(folder, str(self.folder / stands_for))
        text = text.replace("PATH=/usr/bin:/bin", f"PATH={self.folder}/.bin:/usr/bin:/bin")
        for (host, port), to in self.servers.items():
            if port == "443":
                text = re.sub(rf"https://{re.escape(host)}(?=[/\s]|$)", f"https://127.0.0.1:{to}", text, flags=re.M)

        def move(match):
            port = match[2]
            if match[1] == "rsa:" or not 0 < int(port) < 65536:
                return match[0]
            if (at := self.servers.get((match[1][:-1], port))) is not None:
                return f"127.0.0.1:{at}"
            if match[1][:-1] in self.own_names:
                return "127.0.0.1:" + self.ports.setdefault(port, str(harness.free_port()))
            self.ports.setdefault(port, str(harness.free_port()))
            return match[1] + self.ports[port]
        # Where it looks unless told otherwise.
        text = re.sub(r"mailtap top(?! http)", "mailtap top http://127.0.0.1:8025/", text)
        return re.sub(r"(?<![\w.])((?:[\w.*-]+|\[[0-9a-f:]+\])?:|(?:--admin|-accept) )(\d{2,5})\b(?!\.\d)", move, text)

    def run(self, block, is_command=False):
        """Runs it, and gives what it printed with the exit status of its last command."""
        # Of a block with blank lines the parts that begin with a command: a configuration may stand beside it.
        parts = [part for part in block.text.split("\n\n") if is_command or COMMAND.match(part)]
        text = self.moved("\n".join(parts))
        begin = len(self.said())
        lines = []
        ports = set()  # of what this block has started
        for line in re.sub(r"\\\n\s*", "", text).splitlines():
            line = re.sub(r"\s+#\s.*$", "", line)
            # Dots stand for the rest of a route.
            line = re.sub(r"mailtap run (.*?) ?\.\.\.(?= |$)", r"mailtap run --listen 127.0.0.1:0 --upstream 127.0.0.1:9 \1",
                          line.replace("mailtap run ...", "mailtap run  ..."))
            if block.marker == "run: until Ctrl-C":
                line = f"until_interrupted {line}"
            waits = re.findall(r"(?:--listen|-accept|--admin)[ =](?:\S*:)?(\d+)(?=\s|$)", line)
            is_run = re.match(r"\S*mailtap run\b", line)
            if is_run and line.endswith("&") and not ports:
                lines.append("for one in $autos; do kill $one; wait $one; done 2>/dev/null; autos=")
                ports.add(waits[0] if waits else "0")
            if is_run and not line.endswith("&"):
                # Those of one block stand beside each other, where they have ports of their own.
                port = waits[0] if waits else "0"
                others = "$autos" if not ports else "$auto" if port in ports | {"0"} else ""
                ports.add(port)
                line = f'for one in {others}; do kill $one; wait $one; done 2>/dev/null; {line} & auto=$!; autos="$autos $auto"'
            lines.append(line)
            for port in waits if line.endswith(("&", '$auto"')) else []:
                if port == "0":
                    continue
                # By the kernel's table (proc(5)): a connection would be in the log.
                listens = f"grep -q ':{int(port):04X} [0-9A-F:]* 0A ' /proc/net/tcp /proc/net/tcp6"
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

    @staticmethod
    def may_be_apart():
        return os.geteuid() == 0 and subprocess.run([*Shell.APART, "true"], capture_output=True).returncode == 0

    def apart(self, block, given, serving):
        """What it prints, and its exit status. `serving`: per port the command of a server that is given."""
        lines = ["set -e", self.NETWORK]

        def background(line, port):
            lines.append(f"{line} & jobs=\"$jobs $!\"; listening {port} $!")
        for port, command in serving.items():
            background(command, port)
        # What begins is before what refers to it, such as the firewall's rules.
        for line in [*given, *re.sub(r"\\\n\s*", "", block.text).splitlines()]:
            if line.startswith("mailtap run"):
                file = re.search(r"--config (\S+)", line)
                where = line if not file else (self.folder / file[1]).read_text()
                background(line, re.search(r"(?:--listen |listen = \")\S*:(\d+)", where)[1])
            elif line.startswith("curl "):
                lines.append(f"{line} || test $? = 60")  # it trusts nobody here, and it has been answered by TLS
            elif line.startswith("openssl s_client "):
                lines.append(f"{line} 2>&1 | tee .said; grep -q '^New, TLS' .said")  # how it ends is the servers' to say
            else:
                lines.append(line)
        lines.append("for job in $jobs; do kill -0 $job; done")
        done = subprocess.run([*self.APART, "bash", "-c", "\n".join(lines)], cwd=self.folder, env=self.environment,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=120 * harness.PATIENCE)
        return done.stdout, done.returncode

    def do(self, command):
        """Of what is given: it has to go well."""
        printed, status = self.run(Block(0, [command], "run"), is_command=True)
        if status != 0:
            raise AssertionError(f"what is given ends with {status}: {command}\nprinted:\n{printed}")

    def awaited(self, shown):
        """Waits until what was printed has each of the lines in shape and order; gives the first that is missing."""
        deadline = time.monotonic() + 60 * harness.PATIENCE
        while True:
            missing = missing_of(shown, self.said().splitlines())
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
