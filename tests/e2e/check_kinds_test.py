"""What `mailtap check` and `mailtap ca sign` make of things that are unusual and right, or that can't be known: kinds
of signatures, files that aren't certificates, revocation lists that can't be had, requests of older programs."""

import base64
import http.server
import json
import pathlib
import subprocess
import threading

import harness
from certificates import Authority, Leaf, new_key, openssl

# Object identifiers as DER elements; those in a row are of one length, so that one can be put for the other.
ECDSA_SHA256 = bytes.fromhex("06082a8648ce3d040302")
UNVERIFIABLE = {"GOST R 34.10-2012 (256 bit)": bytes.fromhex("06082a85030701010302")}
SHA256_RSA = bytes.fromhex("06092a864886f70d01010b")
UNVERIFIABLE_OF_9 = {"ML-DSA-65": bytes.fromhex("0609608648016503040312"),
                     "SLH-DSA-SHA2-128s": bytes.fromhex("0609608648016503040314")}


def tlv(tag, *parts):
    body = b"".join(parts)
    size = len(body)
    if size < 128:
        return bytes([tag, size]) + body
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + body


class Files(http.server.ThreadingHTTPServer):
    """Serves what is put into `files`, by path."""

    def __init__(self):
        self.files = {}
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def url(self, path):
        return f"http://127.0.0.1:{self.server_port}{path}"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = self.server.files.get(self.path)
        self.send_response(404 if body is None else 200)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_):
        pass


def der_of(file):
    return base64.b64decode("".join(pathlib.Path(file).read_text().split("-----")[2].split()))


class Kinds(harness.Claims):
    def one(self, *arguments, status):
        document = json.loads(self.run_program(harness.MAILTAP, "check", *map(str, arguments), "--json", status=status))
        return document["targets"][0]

    def file(self, name, content):
        path = self.folder / name
        path.write_bytes(content)
        return path

    # Signatures.

    def chain(self, name, key_options, sign_options=(), key_algorithm=("-algorithm", "EC")):
        """A CA with such a key, and a leaf that it signed."""
        key, root, leaf = (self.folder / f"{name}.{end}" for end in ("key", "root", "leaf"))
        openssl("genpkey", *key_algorithm, *key_options, "-out", key)
        openssl("req", "-x509", "-new", "-key", key, "-subj", f"/CN={name}", "-days", "30", "-out", root,
                "-addext", "keyUsage=critical,keyCertSign", *sign_options)
        server = self.folder / f"{name}.server"
        new_key(server, "ec")
        openssl("req", "-new", "-key", server, "-subj", "/CN=mail.test", "-out", f"{server}.csr")
        extensions = self.file(f"{name}.cnf", b"subjectAltName=DNS:mail.test\nbasicConstraints=CA:FALSE\n")
        options = [o if o != "-sigopt" else "-sigopt" for o in sign_options]
        openssl("x509", "-req", "-in", f"{server}.csr", "-CA", root, "-CAkey", key, "-CAcreateserial", "-days", "30",
                "-extfile", extensions, "-out", leaf, *options)
        return root, leaf

    def test_signatures_that_only_libcrypto_knows_are_verified(self):
        rsa = ("-algorithm", "RSA")
        pss = ("-sigopt", "rsa_padding_mode:pss")
        curve = "ec_paramgen_curve:"
        parameters = self.folder / "dsa.parameters"
        openssl("dsaparam", "-out", parameters, "2048")
        sm2 = ("-sm3", "-sigopt", "distid:1234567812345678")
        for name, *how in (
                ("Ed25519", [], [], ("-algorithm", "ed25519")),
                ("Ed448", [], [], ("-algorithm", "ed448")),
                ("PSS, salt 0", [], [*pss, "-sigopt", "rsa_pss_saltlen:0", "-sha384"], rsa),
                ("PSS, another mask hash", [], [*pss, "-sigopt", "rsa_mgf1_md:sha512", "-sigopt", "rsa_pss_saltlen:40"], rsa),
                ("PSS, SHA-512/256", [], [*pss, "-sigopt", "rsa_mgf1_md:sha512-256", "-sha512-256"], rsa),
                ("PSS key", [], [*pss, "-sigopt", "rsa_pss_saltlen:32"], ("-algorithm", "RSA-PSS")),
                ("RSA with SHA-3", [], ["-sha3-256"], rsa),
                ("ECDSA with SHA-3", ["-pkeyopt", curve + "P-256"], ["-sha3-384"]),
                ("brainpoolP256r1", ["-pkeyopt", curve + "brainpoolP256r1"]),
                ("brainpoolP320r1", ["-pkeyopt", curve + "brainpoolP320r1"]),
                ("brainpoolP384t1", ["-pkeyopt", curve + "brainpoolP384t1"]),
                ("secp256k1", ["-pkeyopt", curve + "secp256k1"]),
                ("DSA", [], ["-sha256"], ("-paramfile", parameters)),
                ("SM2", [], sm2, ("-algorithm", "SM2"))):
            with self.subTest(name):
                if name == "SM2":
                    root, leaf = self.sm2_chain()
                else:
                    root, leaf = self.chain(name.replace(" ", "-").replace("/", "-"), *how)
                self.assertEqual(self.one(leaf, "--name", "mail.test", "--trust", root, status=0)["verdict"]["faults"], [])
                broken = bytearray(der_of(leaf))
                broken[-1] ^= 1
                verdict = self.one(self.file("broken", bytes(broken)), "--trust", root, status=1)["verdict"]
                self.assertEqual(verdict["faults"], ["bad-signature"])
                self.assertIn("isn't that of", verdict["findings"][0]["detail"])
                self.assertFalse(verdict["findings"][0]["state_unknown"])

    def sm2_chain(self):
        """`openssl x509 -req` has no way to give the identifier to the request's own check."""
        key, root, leaf = (self.folder / f"SM2.{end}" for end in ("key", "root", "leaf"))
        openssl("genpkey", "-algorithm", "SM2", "-out", key)
        by = ("-sm3", "-sigopt", "distid:1234567812345678", "-days", "30")
        openssl("req", "-x509", "-new", "-key", key, "-subj", "/CN=SM2", "-out", root, *by)
        server = self.folder / "SM2.server"
        new_key(server, "ec")
        openssl("req", "-x509", "-new", "-key", server, "-subj", "/CN=mail.test", "-CA", root, "-CAkey", key, "-out", leaf,
                "-addext", "subjectAltName=DNS:mail.test", "-addext", "basicConstraints=critical,CA:FALSE", *by)
        text = pathlib.Path(leaf).read_text()
        if "BEGIN" not in text:
            raise AssertionError(text)
        return root, leaf

    def test_signatures_that_nobody_here_can_verify_are_named_and_not_called_bad(self):
        for kind, oid, names in (("ec", ECDSA_SHA256, UNVERIFIABLE), ("rsa", SHA256_RSA, UNVERIFIABLE_OF_9)):
            ca = Authority(self.folder, f"{kind}-ca", key=kind)
            leaf = ca.leaf("mail.test")
            for name, other in names.items():
                with self.subTest(name):
                    der = der_of(leaf.cert)
                    self.assertEqual(der.count(oid), 2)
                    target = self.one(self.file("patched", der.replace(oid, other)), "--trust", ca.cert, status=1)
                    finding = target["verdict"]["findings"][0]
                    self.assertEqual(finding["fault"], "bad-signature")
                    if finding["state_unknown"]:
                        self.assertIn(f"can't be verified here: {name}", finding["detail"])
                        self.assertIn("RSA or ECDSA", target["verdict"]["advice"])
                    else:
                        # The issuer's key is of another kind: that is seen without verifying anything.
                        self.assertIn("isn't that of", finding["detail"])

    def test_a_self_signed_certificate_that_nobody_can_verify_is_both(self):
        key, cert = self.folder / "odd.key", self.folder / "odd.pem"
        new_key(key, "rsa")
        openssl("req", "-x509", "-new", "-key", key, "-subj", "/CN=mail.test", "-days", "30", "-out", cert)
        # RSA's key and signature renamed to ML-DSA's, which have identifiers of the same length.
        key_oid = bytes.fromhex("06092a864886f70d010101")
        der = der_of(cert).replace(SHA256_RSA, UNVERIFIABLE_OF_9["ML-DSA-65"]).replace(key_oid, UNVERIFIABLE_OF_9["ML-DSA-65"])
        verdict = self.one(self.file("odd", der), "--trust", Authority(self.folder, "any").cert, status=1)["verdict"]
        self.assertEqual(verdict["faults"], ["self-signed", "bad-signature"])
        self.assertIn("can't be verified here: ML-DSA-65", verdict["findings"][1]["detail"])
        self.assertEqual(verdict["kind"], "self-signed")

    # Files that aren't certificates.

    def test_a_file_of_another_kind_is_named_and_nothing_is_judged(self):
        ca = Authority(self.folder, "ca")
        leaf = ca.leaf("mail.test")
        files = {name: self.folder / name for name in ("pfx", "request", "request-der", "key-der", "encrypted", "public", "bundle")}
        openssl("pkcs12", "-export", "-in", leaf.cert, "-inkey", leaf.key, "-passout", "pass:x", "-out", files["pfx"])
        openssl("req", "-new", "-key", leaf.key, "-subj", "/CN=x", "-out", files["request"])
        openssl("req", "-in", files["request"], "-outform", "DER", "-out", files["request-der"])
        openssl("ec", "-in", leaf.key, "-outform", "DER", "-out", files["key-der"])
        openssl("pkcs8", "-topk8", "-in", leaf.key, "-passout", "pass:x", "-out", files["encrypted"])
        openssl("pkey", "-in", leaf.key, "-pubout", "-out", files["public"])
        openssl("crl2pkcs7", "-in", ca.crl("list").with_suffix(".pem"), "-out", files["bundle"])
        files["key"], files["list"] = leaf.key, ca.crl("another-list")
        said = {"pfx": "a PFX (PKCS#12)", "request": "a certificate request", "request-der": "a certificate request",
                "key-der": "a private key", "encrypted": "an encrypted private key", "public": "a public key",
                "key": "a private key", "list": "a revocation list", "bundle": "a PKCS#7 message without certificates"}
        for name, words in said.items():
            with self.subTest(name):
                target = self.one(files[name], "--trust", ca.cert, status=4)
                self.assertIsNone(target["verdict"])
                self.assertIn(f"holds no certificate: it is {words}", target["error"])
                refused = self.run_program(harness.MAILTAP, "check", leaf.cert, "--trust", files[name], status=64)
                self.assertIn(f"holds no certificate: it is {words}", refused)

    def test_of_a_certificate_that_cannot_be_read_nothing_is_told_but_that(self):
        ca = Authority(self.folder, "ca")
        der = der_of(ca.leaf("mail.test").cert)
        # A UTCTime of 1999 to 2050 has 13 bytes; another tag makes it no time.
        self.assertIn(b"\x17\x0d200101000000Z", der)
        target = self.one(self.file("odd", der.replace(b"\x17\x0d200101000000Z", b"\x16\x0d200101000000Z")), "--name", "mail.test",
                          "--trust", ca.cert, status=1)
        verdict, shown = target["verdict"], target["chain"][0]
        self.assertEqual((verdict["faults"], verdict["name"], verdict["causes"], verdict["names"], verdict["days_left"]),
                         (["malformed"], None, [1], [], None))
        self.assertEqual(verdict["dotnet"]["policy_errors"], ["RemoteCertificateChainErrors"])
        self.assertEqual([shown[key] for key in ("subject", "issuer", "not_before", "not_after", "key")], [None] * 5)
        self.assertFalse([step for step in target["steps"] if "URL" in step])
        text = self.run_program(harness.MAILTAP, "check", self.folder / "odd", "--name", "mail.test", "--trust", ca.cert, status=1)
        self.assertNotIn("1970", text)

    # Revocation lists.

    def test_a_files_chain_is_checked_against_the_lists_that_it_names(self):
        server = Files()
        self.addCleanup(server.shutdown)
        ca = Authority(self.folder, "ca")

        def leaf(name, *urls):
            points = ",".join(f"URI:{url}" for url in urls)
            return ca.leaf("mail.test", file=name, extensions=[f"crlDistributionPoints = {points}"] if urls else [])
        revoked, good = leaf("revoked", server.url("/list")), leaf("good", server.url("/list"))
        server.files["/list"] = ca.crl("revoked-list", revoked=[revoked]).read_bytes()
        how = ("--name", "mail.test", "--trust", ca.cert, "--fetch-crl")
        self.assertEqual(self.one(revoked.cert, *how, status=1)["verdict"]["faults"], ["revoked"])
        self.assertEqual(self.one(good.cert, *how, status=0)["crl"],
                         [{"url": server.url("/list"), "problem": None}])
        for name, urls in {"directory": ("ldap:///CN=list?certificateRevocationList",),
                           "gone": (server.url("/gone"),),
                           "both": ("ldap://192.0.2.1/x", server.url("/gone"))}.items():
            with self.subTest(name):
                target = self.one(leaf(name, *urls).cert, *how, status=1)
                finding = target["verdict"]["findings"][0]
                self.assertEqual((finding["fault"], finding["state_unknown"]), ("revoked", True))
                self.assertEqual(target["verdict"]["dotnet"]["chain_status"], ["RevocationStatusUnknown", "OfflineRevocation"])
                self.assertIn("can't be established", target["verdict"]["advice"])
                self.assertTrue(all(entry["problem"] for entry in target["crl"]))
        # A list at hand settles it.
        crl = ca.crl("empty-list")
        self.one(leaf("at-hand", "ldap:///CN=list").cert, *how, "--crl", crl, status=0)
        self.assertEqual(self.one(leaf("nameless").cert, *how, status=0)["crl"], [])
        unreadable = ca.leaf("mail.test", file="unreadable", extensions=["2.5.29.31 = DER:0500"])
        self.assertEqual(self.one(unreadable.cert, *how, status=1)["verdict"]["faults"], ["revoked"])

    def test_a_files_chain_is_completed_by_the_addresses_that_it_names(self):
        server = Files()
        self.addCleanup(server.shutdown)
        root = Authority(self.folder, "root")
        issuing = Authority(self.folder, "issuing", issuer=root)
        server.files["/issuing"] = der_of(issuing.cert)
        leaf = issuing.leaf("mail.test", extensions=[f"authorityInfoAccess = caIssuers;URI:{server.url('/issuing')}"])
        target = self.one(leaf.cert, "--name", "mail.test", "--trust", root.cert, "--fetch-aia", status=1)
        self.assertEqual(target["aia"], {"reaches_root": True, "faults": [], "detail": None})

    def test_a_list_of_a_ca_that_has_nothing_to_do_with_the_chain_is_told(self):
        ca, other = Authority(self.folder, "ca"), Authority(self.folder, "other")
        target = self.one(ca.leaf("mail.test").cert, "--trust", ca.cert, "--crl", other.crl("list"), status=0)
        self.assertIn("nothing was checked by it", " ".join(target["verdict"]["lints"]))

    # Requests.

    def test_requests_of_older_programs_are_signed_with_all_their_names(self):
        ca = Authority(self.folder, "ca")
        key = self.folder / "request.key"
        new_key(key, "rsa")
        spki = subprocess.check_output(["openssl", "pkey", "-in", key, "-pubout", "-outform", "DER"])
        names = b"".join(tlv(0x82, name) for name in (b"mail.contoso.example.", b"autodiscover.contoso.example"))
        extension = tlv(0x30, bytes.fromhex("0603551d11"), tlv(4, tlv(0x30, names)))
        critical = tlv(0x30, bytes.fromhex("0603551d13"), b"\x01\x01\xff", tlv(4, tlv(0x30)))
        subject = tlv(0x30, tlv(0x31, tlv(0x30, bytes.fromhex("0603550403"), tlv(0x1e, "mail.contoso.example".encode("utf-16-be")))))
        pkcs9, microsoft = bytes.fromhex("06092a864886f70d01090e"), bytes.fromhex("060a2b060104018237" + "02010e")
        for what, name, attribute, version in (
                ("PKCS #9's attribute", subject, pkcs9, 0), ("Microsoft's attribute", subject, microsoft, 0),
                ("an empty subject", tlv(0x30), microsoft, 0), ("version 3, as certbot wrote it", subject, pkcs9, 2)):
            info = tlv(0x30, bytes([2, 1, version]), name, spki, tlv(0xa0, tlv(0x30, attribute, tlv(0x31, tlv(0x30, extension, critical)))))
            signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", key], input=info, stdout=subprocess.PIPE, check=True).stdout
            der = tlv(0x30, info, tlv(0x30, SHA256_RSA, b"\x05\x00"), tlv(3, b"\x00", signature))
            pem = b"-----BEGIN NEW CERTIFICATE REQUEST-----\r\n" + base64.encodebytes(der) + b"-----END NEW CERTIFICATE REQUEST-----\r\n"
            for form, content in (("DER", der), ("PEM", pem), ("UTF-16", b"\xff\xfe" + pem.decode().encode("utf-16-le"))):
                with self.subTest(f"{what}, {form}"):
                    made = self.folder / f"made-{form}-{len(what)}"
                    self.run_program(harness.MAILTAP, "ca", "sign", "--ca-cert", ca.cert, "--ca-key", ca.key,
                                     "--csr", self.file("request", content), "--cert", made)
                    text = openssl("x509", "-in", made, "-noout", "-ext", "subjectAltName")
                    self.assertEqual(text.split("\n")[1].split(", "),
                                     ["    DNS:mail.contoso.example", "DNS:autodiscover.contoso.example"])
                    self.one(made, "--name", "mail.contoso.example", "--trust", ca.cert, status=0)


if __name__ == "__main__":
    harness.main(needs=["openssl"])
