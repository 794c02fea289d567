"""nginx, dovecot and postfix with configurations of their own, as whatever user runs the tests."""

import os
import shutil
import signal
import subprocess

from harness import Process, free_port


class Nginx(Process):
    """Each of `servers` is the inside of a server {} block; `{port}` in it becomes a free port, which `ports`
    then holds in order."""

    def __init__(self, folder, *servers):
        root = folder / f"nginx.{free_port()}"
        self.root = root / "html"
        self.root.mkdir(parents=True)
        self.ports = [free_port() for _ in servers]
        blocks = "\n".join("server {\n" + text.replace("{port}", f"127.0.0.1:{port}") + "\n}"
                           for text, port in zip(servers, self.ports))
        paths = "\n".join(f"{kind}_temp_path {root}/{kind};"
                          for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (root / "nginx.conf").write_text(f"""
daemon off;
master_process off;
pid {root}/pid;
error_log stderr warn;
worker_rlimit_nofile 8192;
events {{ worker_connections 4096; }}
http {{
  ssl_protocols TLSv1.2 TLSv1.3;
  access_log off;
  default_type text/plain;
  root {self.root};
  client_max_body_size 1g;
  keepalive_timeout 120s;
  client_header_timeout 120s;
  server_tokens off;
  {paths}
  {blocks}
}}
""")
        command = ["nginx", "-p", root, "-e", "stderr", "-c", root / "nginx.conf"]
        super().__init__(folder, "nginx", command)
        for port in self.ports:
            self.wait_for_port(port)


def certified(leaf):
    return f"ssl_certificate {leaf.cert}; ssl_certificate_key {leaf.key};"


def only(version):
    return f"ssl_protocols {version};"


# What nginx saw of the connection, a word each.
TELLING = """location / { return 200 "protocol=$ssl_protocol sni=$ssl_server_name server=$server_name
    alpn=$ssl_alpn_protocol reused=$ssl_session_reused client=$ssl_client_s_dn verified=$ssl_client_verify\\n"; }
""".replace("\n    ", " ")


class Dovecot(Process):
    """POP3 and IMAP, by STARTTLS and with TLS at once, with one user, `router`, password `secret`, and `mails`
    (bytes) in its inbox. Run by root it changes to nobody, as dovecot opens no mail as root."""

    def __init__(self, folder, leaf, mails):
        root = folder / f"dovecot.{free_port()}"
        inbox = root / "home" / "Maildir"
        for part in ("tmp", "new", "cur"):
            (inbox / part).mkdir(parents=True)
        for number, mail in enumerate(mails):
            (inbox / "new" / f"{1700000000 + number}.M{number}P1.mail").write_bytes(mail)
        self.imaps, self.pop3s, self.imap, self.pop3 = (free_port() for _ in range(4))

        is_root = os.getuid() == 0
        user = "nobody" if is_root else subprocess.check_output(["id", "-un"], text=True).strip()
        group = subprocess.check_output(["id", "-gn", user], text=True).strip()
        cert, key = root / "leaf.pem", root / "leaf.key"
        shutil.copy(leaf.cert, cert)
        shutil.copy(leaf.key, key)
        (root / "passwd").write_text("router:{PLAIN}secret\n")
        (root / "dovecot.conf").write_text(self._configuration(root, user, group, cert, key))
        if is_root:
            subprocess.run(["chown", "-R", f"{user}:{group}", root], check=True)
        options = {"user": user, "group": group, "extra_groups": []} if is_root else {}
        super().__init__(folder, "dovecot", ["dovecot", "-F", "-c", root / "dovecot.conf"], cwd=root, **options)
        for port in (self.imaps, self.pop3s, self.imap, self.pop3):
            self.wait_for_port(port)

    def _configuration(self, root, user, group, cert, key):
        version = subprocess.check_output(["dovecot", "--version"], text=True)
        common = f"""
base_dir = {root}/run
state_dir = {root}/state
log_path = /dev/stderr
protocols = imap pop3
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
ssl = required
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {self.imap}
  }}
  inet_listener imaps {{
    port = {self.imaps}
    ssl = yes
  }}
}}
service pop3-login {{
  chroot =
  inet_listener pop3 {{
    port = {self.pop3}
  }}
  inet_listener pop3s {{
    port = {self.pop3s}
    ssl = yes
  }}
}}
"""
        if version.startswith("2.3"):
            return common + f"""
ssl_cert = <{cert}
ssl_key = <{key}
mail_location = maildir:{root}/home/Maildir
first_valid_uid = 1
passdb {{
  driver = passwd-file
  args = {root}/passwd
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={root}/home
}}
"""
        return "dovecot_config_version = 2.4.0\ndovecot_storage_version = 2.4.0\n" + common + f"""
ssl_server_cert_file = {cert}
ssl_server_key_file = {key}
mail_driver = maildir
mail_path = {root}/home/Maildir
first_valid_uid = 1
passdb passwd-file {{
  passwd_file_path = {root}/passwd
}}
userdb static {{
  fields {{
    uid = {user}
    gid = {group}
    home = {root}/home
  }}
}}
"""


class Postfix(Process):
    """SMTP with STARTTLS, or TLS from the first byte, for mail.test, whose mail it throws away. Its master runs as root alone."""

    SERVICES = ("cleanup unix n - n - 0 cleanup", "qmgr unix n - n 300 1 qmgr", "tlsmgr unix - - n 1000? 1 tlsmgr",
                "rewrite unix - - n - - trivial-rewrite", "bounce unix - - n - 0 bounce", "defer unix - - n - 0 bounce",
                "trace unix - - n - 0 bounce", "error unix - - n - - error", "discard unix - - n - - discard",
                "anvil unix - - n - 1 anvil", "proxymap unix - - n - - proxymap",
                "postlog unix-dgram n - n - 1 postlogd")

    def __init__(self, folder, leaf, implicit_tls=False):
        root = folder / f"postfix.{free_port()}"
        for part in ("conf", "queue", "data"):
            (root / part).mkdir(parents=True)
        shutil.chown(root / "data", "postfix")
        self.port = free_port()
        (root / "conf" / "master.cf").write_text(
            "\n".join((f"127.0.0.1:{self.port} inet n - n - - smtpd -o smtpd_tls_wrappermode={'yes' if implicit_tls else 'no'}",
                       *self.SERVICES)) + "\n")
        (root / "conf" / "main.cf").write_text(f"""
compatibility_level = 3.6
queue_directory = {root}/queue
data_directory = {root}/data
maillog_file = /dev/stdout
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.test
mydestination = mail.test
local_recipient_maps =
local_transport = discard:
alias_maps =
smtpd_peername_lookup = no
smtpd_tls_cert_file = {leaf.cert}
smtpd_tls_key_file = {leaf.key}
smtpd_tls_security_level = may
""")
        self._pid_file = root / "queue" / "pid" / "master.pid"
        super().__init__(folder, "postfix", ["postfix", "-c", root / "conf", "start-fg"])
        self.wait_for_port(self.port)

    def kill(self):
        """Its master leads a process group of its own."""
        if self._pid_file.exists():
            try:
                os.killpg(int(self._pid_file.read_text()), signal.SIGKILL)
            except ProcessLookupError:
                pass
        super().kill()
