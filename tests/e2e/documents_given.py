"""What a reader of a document has already, and the document doesn't make: `<!-- given: WHAT -->` before a block.

  a server at HOST:PORT                       a web server with TLS, its certificate by a CA that nobody here trusts
  a server at HOST:PORT that demands a PROXY header
  a server at HOST:PORT that speaks smtp      (imap, pop3) which begins in plaintext and has STARTTLS
  this machine is HOST                        its addresses are this machine's
  a CA FILE with FILE                         certificate and key
  a client that refuses what HOST:PORT shows  it has come and gone
  again: COMMAND                              what stood further up
  Ctrl-C                                      the mailtap that runs has ended
  a PFX NAME                                  with its password in the file `password`
  a log NAME                                  JSON lines of one connection, of a mailbox by EWS
  a file NAME: TEXT                           \\n is a line's end
"""

import gzip
import json
import re

from certificates import openssl
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
            return
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
                Tls(tcp, context, server=True).handshake().receive()
                return
            answers(Tls(tcp, context, server=True).handshake())
        except OSError:
            pass
    return script


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
    if found := re.fullmatch(r"this machine is ([\w.-]+)", what):
        shell.own_names.add(found[1])
    elif found := re.fullmatch(r"a CA (\S+) with (\S+)", what):
        shell.do(f"mailtap ca init --ca-cert {found[1]} --ca-key {found[2]}")
    elif found := re.fullmatch(r"a client that refuses what (\S+) shows", what):
        shell.do(f"! curl --silent https://{found[1]}/")
    elif found := re.fullmatch(r"again: (.*)", what):
        shell.do(found[1])
    elif what == "Ctrl-C":
        shell.do("kill -INT $auto; wait $auto")
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
