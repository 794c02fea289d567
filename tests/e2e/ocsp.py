"""OCSP responses (RFC 6960) of any kind and as wrong as wanted, signed by openssl."""

import datetime
import hashlib
import pathlib
import subprocess

from certificates import openssl

OCSP_SIGNING = "extendedKeyUsage = OCSPSigning"
DAY = datetime.timedelta(days=1)


def tlv(tag, *parts):
    content = b"".join(parts)
    if len(content) < 0x80:
        return bytes([tag, len(content)]) + content
    size = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + content


def elements(content):
    """The elements of one level, each as (tag, content, whole)."""
    found, at = [], 0
    while at < len(content):
        size, header = content[at + 1], 2
        if size >= 0x80:
            header += size & 0x7F
            size = int.from_bytes(content[at + 2:at + header], "big")
        found.append((content[at], content[at + header:at + header + size], content[at:at + header + size]))
        at += header + size
    return found


class Facts:
    """What a response says of a certificate, and of its issuer."""

    def __init__(self, leaf):
        self.der = subprocess.check_output(["openssl", "x509", "-in", leaf.cert, "-outform", "der"])
        tbs = elements(elements(elements(self.der)[0][1])[0][1])
        fields = [whole for tag, _, whole in tbs if tag != 0xA0]
        self.serial, _, self.issuer, _, self.subject, spki = fields[:6]
        self.key_bits = elements(elements(spki)[0][1])[1][1][1:]


def oid(*arcs):
    content = bytearray([arcs[0] * 40 + arcs[1]])
    for arc in arcs[2:]:
        septets = [arc & 0x7F]
        while arc := arc >> 7:
            septets.insert(0, 0x80 | arc & 0x7F)
        content += bytes(septets)
    return tlv(6, bytes(content))


SHA1 = tlv(0x30, oid(1, 3, 14, 3, 2, 26), tlv(5))
ECDSA_SHA256 = tlv(0x30, oid(1, 2, 840, 10045, 4, 3, 2))
BASIC = oid(1, 3, 6, 1, 5, 5, 7, 48, 1, 1)


def moment(time):
    return tlv(0x18, time.strftime("%Y%m%d%H%M%SZ").encode())


def response(file, leaf, issuer, *, signer=None, says="good", since=-DAY, until=DAY, carries=(), break_signature=False):
    """A file with a response about `leaf`, in DER. `signer` (its key is of P-256): else the issuer. `since` and
    `until`: from now; `carries`: certificates in it."""
    now = datetime.datetime.now(datetime.timezone.utc)
    signer = signer or issuer
    about, by, signing = Facts(leaf), Facts(issuer), Facts(signer)
    certificate = tlv(0x30, SHA1, tlv(4, hashlib.sha1(about.issuer).digest()), tlv(4, hashlib.sha1(by.key_bits).digest()),
                      about.serial)
    status = {"good": tlv(0x80), "unknown": tlv(0x82), "revoked": tlv(0xA1, moment(now + since))}[says]
    single = tlv(0x30, certificate, status, moment(now + since), tlv(0xA0, moment(now + until)))
    tbs = tlv(0x30, tlv(0xA2, tlv(4, hashlib.sha1(signing.key_bits).digest())), moment(now + since), tlv(0x30, single))
    content = pathlib.Path(f"{file}.tbs")
    content.write_bytes(tbs)
    openssl("dgst", "-sha256", "-sign", signer.key, "-out", f"{file}.signature", content)
    signature = bytearray(pathlib.Path(f"{file}.signature").read_bytes())
    if break_signature:
        signature[-1] ^= 1
    certificates = [tlv(0xA0, tlv(0x30, *(Facts(each).der for each in carries)))] if carries else []
    basic = tlv(0x30, tbs, ECDSA_SHA256, tlv(3, b"\0", bytes(signature)), *certificates)
    file = pathlib.Path(file)
    file.write_bytes(tlv(0x30, tlv(10, b"\0"), tlv(0xA0, tlv(0x30, BASIC, tlv(4, basic)))))
    return file


def error(file, status):
    """A responder's error instead of an answer: 3 is tryLater."""
    file = pathlib.Path(file)
    file.write_bytes(tlv(0x30, tlv(10, bytes([status]))))
    return file
