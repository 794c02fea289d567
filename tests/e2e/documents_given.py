"""What a reader of a document has already, and the document doesn't make: `<!-- given: WHAT -->` before a block.

  a server at HOST:PORT                       a web server with TLS, its certificate by a CA that nobody here trusts
  a server at HOST:PORT that demands a PROXY header
  a server at HOST:PORT that speaks smtp      (imap, pop3) which begins in plaintext and has STARTTLS
  this machine is HOST                        its addresses are this machine's
  the server of this page at HOST:PORT        of check.md: without its issuer, ends in 8 days; chain.pem is
                                              what it sends
  an Exchange at HOST:PORT                    Exchange Web Services that ask for NTLM
  a router that polls HOST:PORT               it has asked for a folder, and authenticated by NTLM
  a HAProxy with mailtap/NAME                 and its socket in /run/haproxy; nothing where there is no haproxy
  a CA FILE with FILE                         certificate and key
  a client that refuses what HOST:PORT shows  it has come and gone
  again: COMMAND                              what stood further up
  Ctrl-C                                      the mailtap that runs has ended
  traces in FOLDER                            four files of them
  a router's file NAME                        of the CRM E-mail Router: Exchange, the CRM server, SMTP
  a PFX NAME                                  with its password in the file `password`
  a log NAME                                  JSON lines of one connection, of a mailbox by EWS
  a file NAME: TEXT                           \\n is a line's end
"""

import datetime
import gzip
import json
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import threading

import ews_stub
import harness
from certificates import Authority, Leaf, openssl
from wire import Server, Tls, Words, server_context

LINE = {
    "event": "connection", "time": "2026-11-20T10:00:00.000Z", "id": 1, "route": "exchange",
    "downstream": {"address": "192.0.2.7:51234", "sni": None, "tls": "TLSv1.2"},
    "upstream": {"address": "10.0.0.5:443", "name": "mail.contoso.com", "tls": "TLSv1.2"},
    "verdict": None, "chain": [], "ending": {"reason": "closed", "side": "downstream"},
}
EXCHANGE = {
    "event": "exchange", "time": "2026-11-20T10:00:00.000Z", "id": 1, "exchange": 1, "route": "exchange", "service": "ews",
    "status": "200", "authentication": {"scheme": "bearer", "stage": "accepted", "ntlm": {"user": "~3f9a1c04d2"}}, "findings": [],
}


def answers(tls):
    """One request in HTTP, and its answer."""
    request = b""
    while b"\r\n\r\n" not in request:
        more = tls.receive()
        if not more:
            return tls.close()
        request += more
    tls.send(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n")
    tls.close()


def without_header(tcp):
    """Takes a PROXY header of either version."""
    head = tcp.recv(16, 0x2)  # MSG_PEEK
    if head.startswith(b"PROXY "):
        while tcp.recv(1) != b"\n":
            pass
    elif head.startswith(b"\r\n\r\n"):
        head = tcp.recv(16)
        tcp.recv(int.from_bytes(head[14:16], "big"))
    else:
        raise OSError("no PROXY header")


def smtp(words):
    words.say("220 mail.contoso.com ESMTP")
    words.hear()
    words.say("250-mail.contoso.com", "250 STARTTLS")
    words.hear()
    words.say("220 go ahead")


def imap(words):
    words.say("* OK IMAP4rev1 ready")
    while (line := words.hear()):
        tag, command = line.split(" ")[:2]
        if command.upper() == "CAPABILITY":
            words.say("* CAPABILITY IMAP4rev1 STARTTLS", f"{tag} OK")
        else:
            return words.say(f"{tag} OK")


def pop3(words):
    words.say("+OK ready")
    while (line := words.hear()):
        if line.upper() == "CAPA":
            words.say("+OK", "STLS", ".")
        else:
            return words.say("+OK")


def serving(context, kind):
    """A server's script. Who leaves in the middle is no fault of the document's."""
    dialogues = {"that speaks smtp": smtp, "that speaks imap": imap, "that speaks pop3": pop3}

    def script(tcp):
        try:
            if kind == "that demands a PROXY header":
                without_header(tcp)
            if kind in dialogues:
                dialogues[kind](Words(tcp))
                tls = Tls(tcp, context, server=True).handshake()
                tls.receive()
                return tls.close()
            answers(Tls(tcp, context, server=True).handshake())
        except OSError:
            pass
    return script


def contosos(shell, host, port):
    """As check.md shows it: the issuing CA's root is neither sent nor trusted, and the certificate ends in eight days."""
    folder = shell.folder
    root = Authority(folder, "Contoso Root CA")
    issuing = Authority(folder, "Contoso Issuing CA", issuer=root)
    end = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=8)).strftime("%Y%m%d235959Z")
    leaf = issuing.leaf("exchange.contoso.local", key="rsa", file=".exchange", begin="20200101000000Z", end=end,
                        extensions=["subjectAltName = DNS:exchange.contoso.local,DNS:exchange"])
    chain = pathlib.Path(leaf.cert)
    chain.write_text(chain.read_text() + pathlib.Path(issuing.cert).read_text())
    (folder / "chain.pem").write_text(chain.read_text())
    server = Server(serving(server_context(leaf), None), seconds=60)
    shell.servers[host, port] = str(server.port)
    return server


def routers_file():
    """24 mailboxes: 12 that Exchange Web Services serve both ways, and 12 to send by SMTP."""
    crm = "<CrmServerUrl>https://crm.contoso.local/Contoso</CrmServerUrl>"
    provider = '<ProviderConfiguration providerType="Microsoft.Crm.Tools.Email.Providers.%s"><EmailServer>%s</EmailServer>%s</ProviderConfiguration>'
    entries = ([provider % ("ExchangePollingMailboxProvider", "https://mail.contoso.local/EWS/Exchange.asmx",
                            "<EmailUseSsl>true</EmailUseSsl>" + crm)] * 12
               + [provider % ("SmtpPollingSendEmailProvider", "mail.contoso.local", "<EmailPort>465</EmailPort><EmailUseSsl>true</EmailUseSsl>" + crm)]
               * 12)
    return "<?xml version=\"1.0\"?>\n<Configuration>\n" + "\n".join(entries) + "\n</Configuration>\n"


class Ended:
    """A program that ends when the document does."""

    def __init__(self, process):
        self.process = process

    def close(self):
        self.process.kill()
        self.process.wait()


def haproxy(shell, name):
    if not (program := shutil.which("haproxy", path="/usr/sbin:/usr/bin")):
        return None
    folder = shell.path("/run/haproxy")
    (folder / "haproxy.cfg").write_text(f"""global
  stats socket unix@admin.sock level admin
defaults
  mode tcp
  timeout connect 5s
  timeout client 5s
  timeout server 5s
listen mailtap
  bind 127.0.0.1:{harness.free_port()}
  server {name} 127.0.0.1:{harness.free_port()}
""")
    process = subprocess.Popen([program, "-db", "-f", "haproxy.cfg"], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    harness.wait_until(lambda: (folder / "admin.sock").exists() or process.poll() is not None, "HAProxy's socket")
    if process.poll() is not None:
        raise AssertionError("haproxy ends at its configuration")
    return Ended(process)


def say(to):
    """As socat: standard input to a UNIX socket, and what it answers. HAProxy says nothing when all is well."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(to)
        connection.sendall(sys.stdin.buffer.read())
        connection.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: connection.recv(4096), b"")).decode().strip()
    print(answer)
    return 1 if answer else 0


def serving_apart(shell, ca, what):
    """The port and the command of a server that is given in another network; None: something else is given."""
    found = re.fullmatch(r"a server at ([\w.-]+):(\d+)(?: (that .*))?", what)
    if not found:
        return None
    host, port, kind = found.groups()
    leaf = ca.leaf(host, key="rsa", file=f"{shell.folder.name}-{host}-{port}-apart")
    return port, f'"$python" "$tests/documents_given.py" serve {port} {leaf.cert} {leaf.key} {kind or ""}'


def give(shell, ca, what):
    """Makes it so in the shell's folder and network; a server that is to be closed, or None."""
    if found := re.fullmatch(r"a server at ([\w.-]+):(\d+)(?: (that .*))?", what):
        host, port, kind = found.groups()
        # For the address that stands for it too, so that no fault comes of the test's own doing.
        names = f"subjectAltName = DNS:{host},DNS:mail.contoso.com,DNS:localhost,IP:127.0.0.1"
        leaf = ca.leaf(host, key="rsa", file=f"{shell.folder.name}-{host}-{port}", extensions=[names])
        server = Server(serving(server_context(leaf), kind), seconds=60)
        shell.servers[host, port] = str(server.port)
        return server
    if found := re.fullmatch(r"the server of this page at (\S+):(\d+)", what):
        return contosos(shell, *found.groups())
    if found := re.fullmatch(r"an Exchange at (\S+):(\d+)", what):
        stub = ews_stub.EwsStub(ca.leaf(found[1], key="rsa", file=f"{shell.folder.name}-exchange"), "ntlm")
        shell.servers[found.groups()] = str(stub.port)
        return stub
    if found := re.fullmatch(r"a HAProxy with mailtap/(\w+)", what):
        return haproxy(shell, found[1])
    if found := re.fullmatch(r"a router that polls (\S+)", what):
        (shell.folder / ".poll").write_text(ews_stub.request("GetFolder"))
        shell.do(rf"curl --silent --insecure --output /dev/null --ntlm --user 'CONTOSO\anna:secret' --data-binary @.poll "
                 f"https://{found[1]}/EWS/Exchange.asmx")
    elif found := re.fullmatch(r"this machine is ([\w.-]+)", what):
        shell.own_names.add(found[1])
    elif found := re.fullmatch(r"a CA (\S+) with (\S+)", what):
        shell.do(f"mailtap ca init --ca-cert {found[1]} --ca-key {found[2]}")
    elif found := re.fullmatch(r"a client that refuses what (\S+) shows", what):
        shell.do(f"! curl --silent https://{found[1]}/")
    elif found := re.fullmatch(r"again: (.*)", what):
        shell.do(found[1])
    elif found := re.fullmatch(r"traces in (\S+)", what):
        folder = shell.path(found[1])
        folder.mkdir(parents=True)
        for number, end in ((1, "jsonl"), (1, "pcapng"), (2, "jsonl"), (2, "pcapng")):
            (folder / f"mailtap-20261120T100000Z-77-{number}.{end}").write_text("")
    elif what == "Ctrl-C":
        shell.do("kill -INT $auto; wait $auto")
    elif found := re.fullmatch(r"a router's file (\S+)", what):
        (shell.folder / found[1]).write_text(routers_file())
    elif found := re.fullmatch(r"a PFX (\S+)", what):
        leaf = ca.leaf("mail.contoso.com", key="rsa", file=f"{shell.folder.name}-pfx")
        openssl("pkcs12", "-export", "-in", leaf.cert, "-inkey", leaf.key, "-passout", "pass:secret", "-out",
                shell.folder / found[1])
        (shell.folder / "password").write_text("secret\n")
    elif found := re.fullmatch(r"a log (\S+)", what):
        file = shell.path(found[1])
        text = json.dumps(EXCHANGE) + "\n" + json.dumps(LINE) + "\n"
        if file.suffix == ".gz":
            file.write_bytes(gzip.compress(text.encode()))
        else:
            file.write_text(text)
    elif found := re.fullmatch(r"a file (\S+): (.*)", what):
        text = shell.moved(found[2].replace("\\n", "\n")) + "\n"
        # What begins with #! is a program, found by its name.
        file = shell.folder / ".bin" / found[1] if text.startswith("#!") else shell.path(found[1])
        file.write_text(text)
        file.chmod(0o755 if text.startswith("#!") else 0o600)
    else:
        raise AssertionError(f"nothing can be given that is called {what!r}")
    return None


if __name__ == "__main__":
    if sys.argv[1] == "say":
        sys.exit(say(sys.argv[2].removeprefix("UNIX-CONNECT:")))
    port, cert, key = sys.argv[2:5]
    Server(serving(server_context(Leaf(pathlib.Path(cert), pathlib.Path(key))), " ".join(sys.argv[5:]) or None),
           seconds=60, address=("127.0.0.1", int(port)))
    threading.Event().wait()
