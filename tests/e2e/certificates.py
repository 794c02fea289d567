"""Certificates for the tests, made by openssl: a CA each, and leaves with whatever is wrong with them."""

import datetime
import fcntl
import os
import pathlib
import shutil
import subprocess
import tempfile


def openssl(*arguments):
    done = subprocess.run(["openssl", *(str(a) for a in arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=60)
    if done.returncode != 0:
        raise AssertionError(f"openssl {arguments} failed:\n{done.stdout}")
    return done.stdout


def new_key(file, kind):
    if kind.startswith("rsa"):
        bits = kind[3:] or "2048"
        openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", f"rsa_keygen_bits:{bits}", "-out", file)
    else:
        curve = {"p384": "P-384", "p521": "P-521"}.get(kind, "P-256")
        openssl("genpkey", "-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:{curve}", "-out", file)


class Leaf:
    """A certificate and its key, in PEM files."""

    def __init__(self, cert, key):
        self.cert = cert
        self.key = key

    def sha256(self):
        """Of its DER, in hex as the log has it."""
        fingerprint = openssl("x509", "-in", self.cert, "-noout", "-fingerprint", "-sha256")
        return fingerprint.split("=")[1].strip().replace(":", "").lower()

    def pin(self):
        """As curl's --pinnedpubkey and mailtap's --pin write it."""
        shell = 'openssl x509 -in "$1" -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | openssl base64'
        return "sha256//" + subprocess.check_output(["sh", "-c", shell, "sh", self.cert], text=True).strip()


def sign_itself(leaf, subject, *extensions, issuer=None):
    """Makes the certificate of `leaf`'s key with these extensions, and none that the machine's openssl.cnf adds.
    Signed by itself, or by `issuer`."""
    settings = pathlib.Path(f"{leaf.cert}.cnf")
    settings.write_text("[req]\ndistinguished_name = dn\nx509_extensions = extensions\n[dn]\n[extensions]\n"
                        + "\n".join(extensions) + "\nsubjectKeyIdentifier = hash\n")
    by = ["-CA", issuer.cert, "-CAkey", issuer.key] if issuer else []
    openssl("req", "-x509", "-new", "-config", settings, "-key", leaf.key, "-subj", subject, "-days", "30",
            "-out", leaf.cert, *by)


class Authority(Leaf):
    def __init__(self, folder, name, key="ec", issuer=None, ca=True, extensions=()):
        super().__init__(folder / f"{name}.pem", folder / f"{name}.key")
        self.folder = folder
        self.name = name
        new_key(self.key, key)
        sign_itself(self, f"/O=mailtap tests/CN={name}", f"basicConstraints=critical,CA:{'TRUE' if ca else 'FALSE'}",
                    "keyUsage=critical,keyCertSign,cRLSign", *extensions, issuer=issuer)

    def crl(self, file, revoked=(), days=7):
        """Its revocation list in DER, with these certificates on it."""
        stem = f"{self.folder}/{file}"
        pathlib.Path(f"{stem}.index").write_text("")
        pathlib.Path(f"{stem}.number").write_text("01")
        settings = pathlib.Path(f"{stem}.cnf")
        settings.write_text(f"[ca]\ndefault_ca = this\n[this]\ndatabase = {stem}.index\ncrlnumber = {stem}.number\n"
                            f"default_md = sha256\ndefault_crl_days = {days}\n")
        by = ("-config", settings, "-cert", self.cert, "-keyfile", self.key)
        for leaf in revoked:
            openssl("ca", *by, "-revoke", leaf.cert)
        openssl("ca", *by, "-gencrl", "-out", f"{stem}.pem")
        openssl("crl", "-in", f"{stem}.pem", "-outform", "der", "-out", f"{stem}.crl")
        return pathlib.Path(f"{stem}.crl")

    def leaf(self, *names, key="ec", begin="20200101000000Z", end="20991231000000Z", file=None,
             extensions=(), digest="sha256"):
        """A server's certificate for these DNS names, with its key. `begin` and `end`: YYYYMMDDHHMMSSZ.
        `extensions`: lines besides the usual ones, or instead of those of the same name."""
        stem = f"{self.folder}/{file or f'{self.name}-{names[0]}-{key}-{end}-{digest}'}"
        leaf = Leaf(f"{stem}.pem", f"{stem}.key")
        new_key(leaf.key, key)
        request = f"{stem}.csr"
        openssl("req", "-new", "-key", leaf.key, "-subj", f"/CN={names[0]}", "-out", request)
        settings = pathlib.Path(f"{stem}.cnf")
        pathlib.Path(f"{stem}.index").write_text("")
        settings.write_text(f"""
[ca]
default_ca = this
[this]
database = {stem}.index
new_certs_dir = {self.folder}
rand_serial = yes
default_md = {digest}
policy = any
x509_extensions = extensions
[any]
commonName = supplied
[extensions]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature,keyEncipherment
extendedKeyUsage = serverAuth,clientAuth
subjectAltName = {",".join("DNS:" + name for name in names)}
authorityKeyIdentifier = keyid
""" + "\n".join(extensions))
        # `openssl ca` is the one that takes arbitrary dates in every OpenSSL 3.
        openssl("ca", "-batch", "-notext", "-config", settings, "-cert", self.cert, "-keyfile", self.key,
                "-startdate", begin, "-enddate", end, "-in", request, "-out", leaf.cert)
        return leaf


def self_signed(folder, name, key="ec"):
    leaf = Leaf(folder / f"self-signed-{name}.pem", folder / f"self-signed-{name}.key")
    new_key(leaf.key, key)
    sign_itself(leaf, f"/CN={name}", "basicConstraints=critical,CA:FALSE", "keyUsage=digitalSignature",
                "extendedKeyUsage=serverAuth", f"subjectAltName=DNS:{name}")
    return leaf


def ready_made():
    """A folder with two CAs and a leaf of each, made once a day for all tests: making them takes longer than many a test."""
    folder = pathlib.Path(tempfile.gettempdir()) / f"mailtap-e2e-certificates-{os.getuid()}-{datetime.date.today()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = folder / "made"
        if not made.exists():
            making = pathlib.Path(tempfile.mkdtemp(dir=folder))
            for name in ("upstream-ca", "local-ca"):
                Authority(making, name).leaf("mail.test", file=f"{name}-leaf")
            making.rename(made)
        return made


class Pki:
    """What most tests need: a CA that the mail server's certificate is of, and another one, ours, that only the
    router knows. Both certificates are for mail.test."""

    def __init__(self, folder):
        for file in ready_made().iterdir():
            shutil.copy(file, folder)
        self.upstream_ca, self.server = self._of(folder, "upstream-ca")
        self.local_ca, self.own = self._of(folder, "local-ca")
        trust = ["--trust", self.upstream_ca.cert]
        # The options of each presentation mode; in all of them a client that knows local_ca is content.
        self.present = {
            "own": [*trust, "--present", "own", "--cert", self.own.cert, "--key", self.own.key],
            "issue": [*trust, "--present", "issue", "--ca-cert", self.local_ca.cert, "--ca-key", self.local_ca.key],
            "mirror": [*trust, "--present", "mirror", "--ca-cert", self.local_ca.cert, "--ca-key", self.local_ca.key],
        }

    @staticmethod
    def _of(folder, name):
        """The CA of this name and its leaf, as ready_made() has them."""
        authority = Authority.__new__(Authority)
        Leaf.__init__(authority, folder / f"{name}.pem", folder / f"{name}.key")
        authority.folder, authority.name = folder, name
        return authority, Leaf(f"{folder}/{name}-leaf.pem", f"{folder}/{name}-leaf.key")
