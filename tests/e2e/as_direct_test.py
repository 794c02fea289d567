"""What works between two real peers works through mailtap: OpenSSL's and GnuTLS's clients with unusual options, before servers
with unusual ones, directly and then through mailtap. Where both sides come to terms directly, they must through mailtap, in the
same version; what mailtap can't do is listed here, and the log has to say it by name."""

import re
import subprocess

import harness
from certificates import Leaf, openssl, sign_itself
from harness import Process, free_port

KEYS = {
    "rsa": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
    "ec": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
    "secp256k1": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"],
    "P-224": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-224"],
    "brainpool": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:brainpoolP384r1"],
    "ed25519": ["-algorithm", "ED25519"],
    "ed448": ["-algorithm", "ED448"],
    "rsa-pss": ["-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"],
}
ANY = ["-cipher", "ALL:@SECLEVEL=0"]
# Name: the program, its key, its options (GnuTLS: its priorities).
SERVERS = {
    "OpenSSL, RSA": ("openssl", "rsa", []),
    "OpenSSL, TLS 1.2": ("openssl", "rsa", ["-tls1_2", *ANY]),
    "OpenSSL, TLS 1.0": ("openssl", "rsa", ["-tls1", *ANY]),
    "OpenSSL, SHA-224 alone": ("openssl", "rsa", ["-tls1_2", "-sigalgs", "RSA+SHA224"]),
    "OpenSSL, secp256k1": ("openssl", "secp256k1", []),
    "OpenSSL, P-224": ("openssl", "P-224", ["-cipher", "ALL:@SECLEVEL=1"]),
    "OpenSSL, brainpool": ("openssl", "brainpool", []),
    "OpenSSL, rare curves": ("openssl", "rsa", ["-tls1_2", *ANY, "-groups", "secp224k1:secp192r1:secp192k1:secp224r1:secp256k1"]),
    "OpenSSL, Ed25519": ("openssl", "ed25519", []),
    "OpenSSL, Ed448": ("openssl", "ed448", []),
    "OpenSSL, RSASSA-PSS": ("openssl", "rsa-pss", []),
    "OpenSSL, CCM in TLS 1.3": ("openssl", "rsa", ["-tls1_3", "-ciphersuites", "TLS_AES_128_CCM_SHA256"]),
    "OpenSSL, CCM with short tags": ("openssl", "rsa", ["-tls1_3", "-ciphersuites", "TLS_AES_128_CCM_8_SHA256"]),
    "OpenSSL, Camellia": ("openssl", "rsa", ["-tls1_2", "-cipher", "ECDHE-RSA-CAMELLIA256-SHA384:CAMELLIA128-SHA"]),
    "OpenSSL, ARIA": ("openssl", "ec", ["-tls1_2", "-cipher", "ECDHE-ECDSA-ARIA256-GCM-SHA384"]),
    "OpenSSL, CCM in TLS 1.2": ("openssl", "ec", ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-CCM"]),
    "GnuTLS, RSA": ("gnutls", "rsa", "NORMAL:+DHE-RSA"),
    "GnuTLS, ECDSA": ("gnutls", "ec", "NORMAL"),
    "GnuTLS, 3DES in TLS 1.2": ("gnutls", "rsa", "NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+3DES-CBC"),
    "GnuTLS, Ed25519": ("gnutls", "ed25519", "NORMAL"),
}
OLD = ["-tls1", "-cipher", "DEFAULT:@SECLEVEL=0"]
CLIENTS = [
    ("openssl", []),
    ("openssl", ["-tls1_2", "-fallback_scsv"]),
    ("gnutls", ["NORMAL:+3DES-CBC"]),
    ("openssl", [*OLD, "-fallback_scsv"]),
    ("openssl", OLD),
    ("openssl", ["-tls1_2", "-groups", "ffdhe2048"]),
    ("openssl", ["-tls1_2", "-groups", "P-384"]),
    ("openssl", ["-tls1_2", "-groups", "secp256k1"]),
    ("openssl", ["-groups", "X25519:secp256k1:P-224:brainpoolP384r1"]),
    ("openssl", ["-tls1_2", *ANY, "-groups", "P-192"]),
    ("openssl", ["-tls1_2", *ANY, "-groups", "secp224k1:secp192k1"]),
    ("openssl", ["-sigalgs", "RSA+SHA256"]),
    ("openssl", ["-sigalgs", "RSA+SHA224:ECDSA+SHA224"]),
    ("openssl", ["-sigalgs", "ed25519"]),
    ("openssl", ["-sigalgs", "ed448"]),
    ("openssl", ["-sigalgs", "rsa_pss_pss_sha256"]),
    ("openssl", ["-ciphersuites", "TLS_AES_128_CCM_SHA256", "-cipher", "ECDHE-ECDSA-AES128-CCM:AES128-CCM"]),
    ("openssl", ["-tls1_2", "-cipher", "CAMELLIA128-SHA"]),
    ("openssl", ["-tls1_2", "-cipher", "ARIA256-GCM-SHA384:ECDHE-ECDSA-ARIA256-GCM-SHA384"]),
    ("openssl", ["-ciphersuites", "TLS_AES_128_CCM_8_SHA256", "-cipher", "AES128-CCM8:ECDHE-ECDSA-AES128-CCM8"]),
    ("openssl", ["-tls1_2", "-cipher", "ADH-AES128-SHA:@SECLEVEL=0"]),
    ("openssl", ["-tls1_2", "-no_ems", "-no_ticket", "-cipher", "AES128-SHA:ECDHE-ECDSA-AES128-SHA"]),
    ("gnutls", ["NORMAL"]),
    ("gnutls", ["NORMAL", "--recordsize", "512"]),
    ("gnutls", ["NORMAL:-VERS-ALL:+VERS-TLS1.2:-GROUP-ALL:+GROUP-FFDHE3072:+DHE-RSA"]),
    ("gnutls", ["NORMAL:-SIGN-ALL:+SIGN-RSA-SHA256"]),
    ("gnutls", ["NORMAL:-SIGN-ALL:+SIGN-EdDSA-Ed25519"]),
    ("gnutls", ["NORMAL:-CIPHER-ALL:+AES-128-CCM"]),
    ("gnutls", ["NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+3DES-CBC"]),
    ("gnutls", ["NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+CAMELLIA-256-GCM"]),
    ("gnutls", ["NORMAL:-VERS-ALL:+VERS-TLS1.2:%NO_EXTENSIONS"]),
    ("gnutls", ["NORMAL:-VERS-TLS1.3:%FALLBACK_SCSV"]),
    ("gnutls", ["SUITEB192"]),
]
# What mailtap can't do, by a client's last option, and what the log says of it.
UNABLE = {
    "ADH-AES128-SHA:@SECLEVEL=0": "mailtap has none of its cipher suites: TLS_DH_anon_WITH_AES_128_CBC_SHA",
}
REQUEST = "GET / HTTP/1.0\r\n\r\n"
VERSION = re.compile(r"Protocol *: TLSv(1\S*)|New, TLSv(1\.3)|Description: \(TLS(1\.\d)")


def version_spoken(client, options, port):
    """In which version a client comes to terms and gets an answer, "1.2"; nothing: it doesn't."""
    if client == "openssl":
        arguments = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-ign_eof", "-servername", "mail.test", *options]
    else:
        arguments = ["gnutls-cli", "--port", port, "--no-ca-verification", "--sni-hostname", "mail.test", "--logfile", "/dev/stdout",
                     "--priority", *options, "127.0.0.1"]
    done = subprocess.run([str(each) for each in arguments], input=REQUEST, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, errors="replace", timeout=30 * harness.PATIENCE)
    # GnuTLS's may close before it has printed the answer: its handshake counts.
    answered = "HTTP/1.0 200" in done.stdout if client == "openssl" else "Handshake was completed" in done.stdout
    found = VERSION.search(done.stdout)
    if not answered or not found:
        return None
    version = next(group for group in found.groups() if group)
    return version if "." in version else version + ".0"


class AsDirect(harness.Claims):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.leaves = {}
        for kind, arguments in KEYS.items():
            leaf = cls.leaves[kind] = Leaf(cls.folder / f"{kind}.pem", cls.folder / f"{kind}.key")
            openssl("genpkey", *arguments, "-out", leaf.key)
            usage = "digitalSignature,keyEncipherment" if kind == "rsa" else "digitalSignature"
            sign_itself(leaf, "/CN=mail.test", "basicConstraints=critical,CA:FALSE", f"keyUsage={usage}",
                        "subjectAltName=DNS:mail.test")
        cls.dh = cls.folder / "dh.pem"
        openssl("genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt", "group:ffdhe2048", "-out", cls.dh)
        cls.ports = {name: cls.serve(*server) for name, server in SERVERS.items()}
        cls.direct = {(name, str(client)): version_spoken(*client, port)
                      for name, port in cls.ports.items() for client in CLIENTS}

    @classmethod
    def serve(cls, program, key, options):
        port, leaf = free_port(), cls.leaves[key]
        if program == "openssl":
            arguments = ["openssl", "s_server", "-accept", port, "-www", "-cert", leaf.cert, "-key", leaf.key, "-dhparam", cls.dh,
                         *options]
        else:
            arguments = ["gnutls-serv", "--http", "--port", port, "--x509certfile", leaf.cert, "--x509keyfile", leaf.key, "--priority",
                         options]
        server = cls.started_for_all(Process(cls.folder, program, arguments))
        server.wait_for_port(port)
        return port

    def compare(self, servers, *options, may_be_newer=False):
        """Everything that works directly, through a mailtap with these options. `may_be_newer`: a client that needn't wait for
        the server is answered in the version that it has in common with mailtap."""
        compared = 0
        for name in servers:
            tap = self.mailtap("--name", "mail.test", "--legacy-tls", "--protocol", "raw", "--workers", "1", *options,
                               upstream=self.ports[name])
            for client in CLIENTS:
                direct = self.direct[name, str(client)]
                if direct is None:
                    continue
                with self.subTest(server=name, client=client):
                    compared += 1
                    through = version_spoken(*client, tap.port)
                    line = tap.line()
                    said = UNABLE.get(client[1][-1] if client[1] else "")
                    if said:
                        self.assertIn(said, line["ending"]["detail"])
                        self.assertIsNone(through)
                    elif may_be_newer:
                        self.assertGreaterEqual(through or "", direct, line["ending"])
                    else:
                        self.assertEqual(through, direct, line["ending"])
            tap.stop()
        return compared

    def test_what_works_directly_works_before_a_mirrored_certificate(self):
        self.assertGreater(self.compare(SERVERS, "--present", "mirror"), 60)

    def test_what_works_directly_works_before_an_issued_certificate(self):
        self.run_program(harness.MAILTAP, "ca", "init", "--ca-cert", self.folder / "ca.pem", "--ca-key", self.folder / "ca.key")
        servers = ["OpenSSL, TLS 1.2", "OpenSSL, TLS 1.0"]
        self.compare(servers, "--present", "issue", "--ca-cert", self.folder / "ca.pem", "--ca-key", self.folder / "ca.key",
                     may_be_newer=True)

    def test_what_works_directly_works_before_certificates_of_ones_own(self):
        own = [word for kind in ("rsa", "ec") for word in ("--cert", self.leaves[kind].cert, "--key", self.leaves[kind].key)]
        self.compare(["OpenSSL, RSA"], "--present", "own", *own, may_be_newer=True)


if __name__ == "__main__":
    harness.main(needs=["openssl", "gnutls-cli", "gnutls-serv"])
