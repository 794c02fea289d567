"""Connections that a firewall diverts to mailtap on their way: netfilter's REDIRECT and TPROXY, IPv4 and IPv6. Three
network namespaces of the test's own, the machine in the middle being the client's router:

    client 10.77.1.2 ---- tap 10.77.1.1 | 10.77.2.1 ---- server 10.77.2.2
           fd77:1::2          fd77:1::1 | fd77:2::1             fd77:2::2
"""

import contextlib
import ctypes
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import unittest

import harness
from certificates import Pki
from servers import TELLING, Nginx, certified
from wire import Server, Tls, Words, client_context, echo, server_context

LISTEN = 8443  # in a namespace that is ours alone
SERVERS = {4: "10.77.2.2", 6: "fd77:2::2"}
CLIENTS = {4: "10.77.1.2", 6: "fd77:1::2"}

REDIRECT = """
table inet mailtap {
  chain prerouting {
    type nat hook prerouting priority dstnat; policy accept;
    iifname "to-client" tcp dport { 25, 443 } redirect to :8443
  }
}
"""
TPROXY = """
table inet mailtap {
  chain prerouting {
    type filter hook prerouting priority mangle; policy accept;
    iifname "to-client" tcp dport { 25, 443 } tproxy to :8443 meta mark set 1 accept
  }
}
"""
LOCAL_DELIVERY = (("rule", "fwmark", "1", "lookup", "100"), ("route", "local", "default", "dev", "lo", "table", "100"))


def ip(*arguments):
    subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)


@contextlib.contextmanager
def inside(namespace):
    """This thread, and the programs that it starts, are in the network namespace."""
    libc = ctypes.CDLL(None, use_errno=True)

    def enter(file):
        with open(file, "rb") as opened:
            if libc.setns(opened.fileno(), 0x40000000) != 0:  # CLONE_NEWNET
                raise OSError(ctypes.get_errno(), f"setns {file}")

    with open("/proc/thread-self/ns/net", "rb") as before:
        enter(f"/run/netns/{namespace}")
        try:
            yield
        finally:
            libc.setns(before.fileno(), 0x40000000)


def sysctl(name, value):
    pathlib.Path("/proc/sys/net", name).write_text(str(value))


class Transparent(harness.Claims):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.client, cls.tap, cls.server = (f"mailtap-{os.getpid()}-{part}" for part in ("client", "tap", "server"))
        for name in (cls.client, cls.tap, cls.server):
            ip("netns", "add", name)
            cls.addClassCleanup(ip, "netns", "del", name)
            ip("-n", name, "link", "set", "lo", "up")
        cls.link(cls.client, "to-tap", "10.77.1.2/24", "fd77:1::2/64", cls.tap, "to-client", "10.77.1.1/24", "fd77:1::1/64")
        cls.link(cls.tap, "to-server", "10.77.2.1/24", "fd77:2::1/64", cls.server, "to-tap", "10.77.2.2/24", "fd77:2::2/64")
        for name, net in ((cls.client, 1), (cls.server, 2)):
            ip("-n", name, "route", "add", "default", "via", f"10.77.{net}.1")
            ip("-n", name, "-6", "route", "add", "default", "via", f"fd77:{net}::1")
        with inside(cls.tap):
            sysctl("ipv4/ip_forward", 1)
            sysctl("ipv6/conf/all/forwarding", 1)

        cls.pki = Pki(cls.folder)
        with inside(cls.server):
            cls.nginx = cls.started_for_all(Nginx(
                cls.folder, f"listen {{port}} ssl; listen 10.77.2.2:443 ssl; listen [fd77:2::2]:443 ssl; "
                            f"server_name mail.test; {certified(cls.pki.server)} "
                            + TELLING.replace("server=", "from=$remote_addr server=")))

    def setUp(self):
        self.undo = []  # commands, first to last

    @classmethod
    def link(cls, near, near_name, near_v4, near_v6, far, far_name, far_v4, far_v6):
        ip("-n", near, "link", "add", near_name, "type", "veth", "peer", "name", far_name, "netns", far)
        for name, device, v4, v6 in ((near, near_name, near_v4, near_v6), (far, far_name, far_v4, far_v6)):
            ip("-n", name, "address", "add", v4, "dev", device)
            ip("-n", name, "address", "add", v6, "dev", device, "nodad")
            ip("-n", name, "link", "set", device, "up")

    def divert(self, how):
        """The firewall's rules; undone at the end of the test, if undivert() hasn't done it before."""
        self.addCleanup(self.undivert)
        with inside(self.tap):
            self.run_program("nft", "-f", "-", input=TPROXY if how == "tproxy" else REDIRECT)
        self.undo.append(("nft", "delete", "table", "inet", "mailtap"))
        if how == "tproxy":
            self.deliver_locally()

    def divert_by_iptables(self, how):
        self.addCleanup(self.undivert)
        target = (("REDIRECT", "--to-ports", "8443") if how == "redirect" else
                  ("TPROXY", "--on-port", "8443", "--tproxy-mark", "1"))
        for program in ("iptables", "ip6tables"):
            rule = [program, "-t", "nat" if how == "redirect" else "mangle", "-A", "PREROUTING", "-i", "to-client", "-p", "tcp",
                    "-m", "multiport", "--dports", "443,993", "-j", *target]
            with inside(self.tap):
                done = subprocess.run(rule, check=False, capture_output=True, text=True)
            if done.returncode != 0:
                self.skipTest(f"{program}: {done.stderr}")
            self.undo.append(["-D" if word == "-A" else word for word in rule])
        if how == "tproxy":
            self.deliver_locally()

    def deliver_locally(self):
        for family in ("-4", "-6"):
            for kind, *rest in LOCAL_DELIVERY:
                ip("-n", self.tap, family, kind, "add", *rest)
                self.undo.append(("ip", family, kind, "del", *rest))

    def undivert(self):
        with inside(self.tap):
            while self.undo:
                self.run_program(*self.undo.pop(0))

    def inserted(self, how, *arguments, observes=False):
        mode = ["--mode", "observe"] if observes else self.pki.present["issue"]
        with inside(self.tap):
            return self.mailtap("--listen", f":{LISTEN}", "--transparent", how, *mode, "--trust",
                                self.pki.upstream_ca.cert, *arguments)

    def fetch(self, version, ca, *arguments):
        """https://mail.test/ as the client's curl gets it from the server's address."""
        host = SERVERS[version] if version == 4 else f"[{SERVERS[version]}]"
        with inside(self.client):
            return self.run_program("curl", "-sS", "--fail", "--max-time", 60, "--noproxy", "*", "--cacert", ca.cert,
                                    "--resolve", f"mail.test:443:{host}", *arguments, "https://mail.test/")

    def connect(self, host, port):
        with inside(self.client):
            return socket.create_connection((host, port), 20 * harness.PATIENCE)

    def check_diverted(self, how, observes):
        tap = self.inserted(how, observes=observes)
        self.divert(how)
        for version, only in ((4, "--tlsv1.3"), (6, "--tlsv1.3"), (4, "--tls-max=1.2")):
            with self.subTest(f"IPv{version} {only}"):
                self.assertIn("server=mail.test", self.fetch(
                    version, self.pki.upstream_ca if observes else self.pki.local_ca, *only.split("=")))
                line = tap.line()
                self.assertEqual(line["mode"], "observe" if observes else "intercept")
                self.assertEqual(line["verdict"]["trust"], "trusted")
                bracketed = "%s" if version == 4 else "[%s]"
                self.assertEqual(line["arrival"], {"way": how, "proxy": None})
                self.assertEqual(line["upstream"]["address"], bracketed % SERVERS[version] + ":443")
                self.assertEqual(line["upstream"]["configured"], line["upstream"]["address"])
                self.assertEqual(line["downstream"]["address"].rsplit(":", 1)[0], bracketed % CLIENTS[version])
                self.assertEqual((line["verdict"]["name"], line["verdict"]["name_checked"]), ("match", "mail.test"))
                self.assertEqual(line["ending"]["reason"], "closed")
        tap.stop()

    def test_redirected_connections_go_on_to_where_they_were_going(self):
        self.check_diverted("redirect", observes=False)

    def test_connections_by_tproxy_go_on_to_where_they_were_going(self):
        self.check_diverted("tproxy", observes=False)

    def test_redirected_connections_are_observed_on_their_way(self):
        self.check_diverted("redirect", observes=True)

    def test_connections_by_tproxy_are_observed_on_their_way(self):
        self.check_diverted("tproxy", observes=True)

    def check_undone(self, divert):
        for how in ("redirect", "tproxy"):
            with self.subTest(how):
                divert(how)
                tap = self.inserted(how)
                for version, seen_by_server in ((4, "10.77.2.1"), (6, "fd77:2::1")):
                    self.assertIn(f"from={seen_by_server}", self.fetch(version, self.pki.local_ca))
                    tap.line()
                self.undivert()
                for version in (4, 6):
                    self.assertIn(f"from={CLIENTS[version]}", self.fetch(version, self.pki.upstream_ca))
                tap.stop()

    def test_once_the_rules_are_gone_the_client_is_at_the_server_itself(self):
        self.check_undone(self.divert)

    @unittest.skipUnless(shutil.which("iptables") and shutil.which("ip6tables"), "needs iptables")
    def test_the_same_by_iptables(self):
        self.check_undone(self.divert_by_iptables)

    def test_a_server_that_greets_first_is_heard(self):
        def smtp(tcp):
            words = Words(tcp).say("220 mail.test ESMTP")
            words.hear()
            words.say("250-mail.test", "250 STARTTLS").hear()
            echo(words.say("220 go ahead").tls(server_context(self.pki.server), server=True))

        with inside(self.server):
            server = Server(smtp, seconds=20 * harness.PATIENCE, address=("10.77.2.2", 25))
        for observes in (False, True):
            with self.subTest(observes=observes):
                tap = self.inserted("redirect", observes=observes)
                self.divert("redirect")
                words = Words(self.connect(SERVERS[4], 25))
                self.assertEqual(words.hear(), "220 mail.test ESMTP")
                words.say("EHLO router").hear_until(lambda line: line.startswith("250 "))
                words.say("STARTTLS")
                self.assertEqual(words.hear()[:3], "220")
                tls = words.tls(client_context(self.pki.upstream_ca if observes else self.pki.local_ca), "mail.test")
                tls.send(b"through")
                self.assertEqual(tls.receive_exactly(7), b"through")
                tls.close()
                line = tap.line()
                self.assertEqual(line["starttls"]["outcome"], "upgraded")
                self.assertEqual(line["verdict"]["trust"], "trusted")
                tap.stop()
                self.undivert()
        server.finish()

    def test_a_client_on_the_same_machine_and_mailtap_as_a_user_of_its_own(self):
        self.folder.chmod(0o777)  # for its log
        with inside(self.client):
            tap = self.mailtap("--listen", f"127.0.0.1:{LISTEN}", "--transparent", "redirect", "--user", "nobody",
                               "--group", "nogroup", *self.pki.present["issue"])
            self.run_program("nft", "-f", "-", input="""
table inet mailtap {
  chain output {
    type nat hook output priority -100; policy accept;
    meta skuid != "nobody" ip daddr 10.77.2.2 tcp dport { 443, 993 } redirect to :8443
  }
}
""")
        self.assertIn("server=mail.test", self.fetch(4, self.pki.local_ca))
        self.assertEqual(tap.line()["upstream"]["address"], "10.77.2.2:443")
        with inside(self.client):
            self.run_program("nft", "delete", "table", "inet", "mailtap")
        self.assertIn("server=mail.test", self.fetch(4, self.pki.upstream_ca))
        tap.stop()

    def test_a_connection_to_mailtap_itself_is_refused(self):
        for how, observes in (("redirect", False), ("tproxy", False), ("redirect", True), ("tproxy", True)):
            with self.subTest(how, observes=observes):
                tap = self.inserted(how, observes=observes)
                with contextlib.suppress(ConnectionResetError):
                    self.assertEqual(self.connect("10.77.1.1", LISTEN).recv(1), b"")
                self.assertEqual(tap.ending(), ("loop", "mailtap"))
                tap.stop()

    def test_a_server_that_is_not_there_is_told_in_the_log(self):
        tap = self.inserted("redirect")
        self.divert("redirect")
        tls = Tls(self.connect("10.77.2.2", 25), client_context(self.pki.local_ca), "mail.test")
        with contextlib.suppress(OSError):
            tls.handshake()
        line = tap.line()
        self.assertEqual(line["ending"]["reason"], "connect-failed")
        self.assertEqual(line["upstream"]["configured"], "10.77.2.2:25")
        tap.stop()

    def test_tproxy_without_the_right_to_it_says_so(self):
        done = subprocess.run(["setpriv", "--bounding-set=-net_admin,-net_raw", "--inh-caps=-net_admin,-net_raw", "--",
                               harness.MAILTAP, "run", "--listen", "127.0.0.1:0", "--transparent", "tproxy"],
                              capture_output=True, text=True, timeout=20 * harness.PATIENCE)
        self.assertGreater(done.returncode, 0)
        self.assertIn("CAP_NET_ADMIN", done.stderr)


def why_not():
    """What this machine doesn't allow of that which the claims need; empty if it allows all."""
    if os.getuid() != 0:
        return "network namespaces are made by root alone; run it as root"
    name = f"mailtap-{os.getpid()}-trial"
    try:
        ip("netns", "add", name)
        try:
            ip("-n", name, "link", "set", "lo", "up")
            with inside(name):
                sysctl("ipv4/ip_forward", 1)
                for rules in (REDIRECT, TPROXY):
                    subprocess.run(["nft", "-f", "-"], input=rules, text=True, check=True, capture_output=True)
                    subprocess.run(["nft", "delete", "table", "inet", "mailtap"], check=True, capture_output=True)
        finally:
            ip("netns", "del", name)
    except FileNotFoundError:
        return ""  # a program is missing: the harness names it
    except subprocess.CalledProcessError as error:
        return f"{error.cmd}: {error.stderr.strip()}"
    except OSError as error:
        return str(error)
    return ""


if __name__ == "__main__":
    if reason := why_not():
        print(f"\n*** NOT TESTED: {reason} ***\n")
        sys.exit(77)
    harness.main(needs=["openssl", "curl", "nginx", "ip", "nft", "setpriv"])
