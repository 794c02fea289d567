"""A TLS 1.0 client like .NET 3.5's on Windows Server 2003 with SSL 2 switched on: a hello in SSLv2's format, no
SNI, RC4. No program that is packaged still sends that, so its few steps are here, for tests alone: it verifies no
certificate."""

import hashlib
import hmac
import os
import struct
import subprocess

HANDSHAKE, CHANGE_CIPHER_SPEC, ALERT, APPLICATION_DATA = 22, 20, 21, 23
SERVER_HELLO, CERTIFICATE, SERVER_HELLO_DONE, CLIENT_KEY_EXCHANGE, FINISHED = 2, 11, 14, 16, 20
TLS10 = b"\x03\x01"
SUITES = {0x0005: ("sha1", 20), 0x0004: ("md5", 16)}  # TLS_RSA_WITH_RC4_128_SHA and _MD5: hash, its size


def prf(secret, label, seed, size):
    """RFC 2246 section 5."""
    half = (len(secret) + 1) // 2

    def expand(name, part):
        output, chain = b"", label + seed
        while len(output) < size:
            chain = hmac.new(part, chain, name).digest()
            output += hmac.new(part, chain + label + seed, name).digest()
        return output[:size]
    return bytes(a ^ b for a, b in zip(expand("md5", secret[:half]), expand("sha1", secret[-half:])))


def rc4(key):
    state, j = list(range(256)), 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) & 255
        state[i], state[j] = state[j], state[i]
    i = j = 0
    while True:
        i = (i + 1) & 255
        j = (j + state[i]) & 255
        state[i], state[j] = state[j], state[i]
        yield state[(state[i] + state[j]) & 255]


class Direction:
    """One side's records once they are encrypted."""

    def __init__(self, name, mac_key, key):
        self.name, self.mac_key, self.stream, self.number = name, mac_key, rc4(key), 0

    def mac(self, kind, data):
        head = struct.pack(">QB", self.number, kind) + TLS10 + struct.pack(">H", len(data))
        self.number += 1
        return hmac.new(self.mac_key, head + data, self.name).digest()

    def crypt(self, data):
        return bytes(byte ^ next(self.stream) for byte in data)


class OldRouter:
    """Has done its handshake on the connected socket `tcp`."""

    def __init__(self, tcp, suites=(0x0005, 0x0004), sslv2_format=True):
        self.tcp = tcp
        self.sending = self.receiving = None
        self.transcript = self.messages = b""
        challenge = os.urandom(16)
        self.client_random = bytes(16) + challenge
        self.say_hello(suites, challenge, sslv2_format)
        self.take_server_flight()
        self.exchange_keys()

    def say_hello(self, suites, challenge, sslv2_format):
        if sslv2_format:  # RFC 5246 appendix E.2, with a suite of SSL 2's among them
            kinds = b"".join(b"\x00" + struct.pack(">H", suite) for suite in suites) + b"\x01\x00\x80"
            hello = b"\x01" + TLS10 + struct.pack(">HHH", len(kinds), 0, len(challenge)) + kinds + challenge
            self.transcript += hello
            self.tcp.sendall(struct.pack(">H", 0x8000 | len(hello)) + hello)
        else:
            self.send_message(1, TLS10 + self.client_random + b"\x00" + struct.pack(">H", 2 * len(suites))
                              + b"".join(struct.pack(">H", suite) for suite in suites) + b"\x01\x00")

    def take_server_flight(self):
        hello = self.receive_message(SERVER_HELLO)
        self.version, self.server_random = hello[:2], hello[2:34]
        self.suite = struct.unpack(">H", hello[35 + hello[34]:37 + hello[34]])[0]
        chain = self.receive_message(CERTIFICATE)
        self.certificate = chain[6:6 + int.from_bytes(chain[3:6], "big")]
        self.receive_message(SERVER_HELLO_DONE)
        if self.version != TLS10:
            raise AssertionError(f"the server answered in version {self.version.hex()}")

    def exchange_keys(self):
        premaster = TLS10 + os.urandom(46)
        encrypted = self.encrypt(premaster)
        self.send_message(CLIENT_KEY_EXCHANGE, struct.pack(">H", len(encrypted)) + encrypted)
        self.master = prf(premaster, b"master secret", self.client_random + self.server_random, 48)
        name, size = SUITES[self.suite]
        block = prf(self.master, b"key expansion", self.server_random + self.client_random, 2 * size + 32)
        self.send_record(CHANGE_CIPHER_SPEC, b"\x01")
        self.sending = Direction(name, block[:size], block[2 * size:2 * size + 16])
        self.send_message(FINISHED, self.finished(b"client finished"))
        expected = self.finished(b"server finished")
        if self.receive_record() != (CHANGE_CIPHER_SPEC, b"\x01"):
            raise AssertionError("no ChangeCipherSpec")
        self.receiving = Direction(name, block[size:2 * size], block[2 * size + 16:])
        if self.receive_message(FINISHED) != expected:
            raise AssertionError("the server's Finished is wrong")

    def finished(self, label):
        digests = hashlib.md5(self.transcript).digest() + hashlib.sha1(self.transcript).digest()
        return prf(self.master, label, digests, 12)

    def encrypt(self, secret):
        """PKCS #1 v1.5 with the certificate's key, whose exponent is the usual one."""
        printed = subprocess.run(["openssl", "x509", "-inform", "der", "-noout", "-modulus"], input=self.certificate,
                                 stdout=subprocess.PIPE, check=True).stdout.decode()
        modulus = int(printed.split("=")[1], 16)
        size = (modulus.bit_length() + 7) // 8
        padding = bytes(byte or 1 for byte in os.urandom(size - 3 - len(secret)))
        padded = int.from_bytes(b"\x00\x02" + padding + b"\x00" + secret, "big")
        return pow(padded, 65537, modulus).to_bytes(size, "big")

    # Messages and records.

    def send_message(self, kind, body):
        message = bytes([kind]) + struct.pack(">I", len(body))[1:] + body
        self.transcript += message
        self.send_record(HANDSHAKE, message)

    def receive_message(self, kind):
        while len(self.messages) < 4 or len(self.messages) < 4 + int.from_bytes(self.messages[1:4], "big"):
            record, data = self.receive_record()
            if record != HANDSHAKE:
                raise AssertionError(f"a record of type {record} instead of handshake: {data.hex()}")
            self.messages += data
        size = 4 + int.from_bytes(self.messages[1:4], "big")
        message, self.messages = self.messages[:size], self.messages[size:]
        if message[0] != kind:
            raise AssertionError(f"a handshake message of type {message[0]} instead of {kind}")
        self.transcript += message
        return message[4:]

    def send_record(self, kind, data):
        if self.sending:
            data = self.sending.crypt(data + self.sending.mac(kind, data))
        self.tcp.sendall(bytes([kind]) + TLS10 + struct.pack(">H", len(data)) + data)

    def receive_record(self):
        head = self.receive_bytes(5)
        data = self.receive_bytes(struct.unpack(">H", head[3:])[0])
        if self.receiving:
            data = self.receiving.crypt(data)
            size = len(self.receiving.mac_key)
            data, mac = data[:-size], data[-size:]
            if mac != self.receiving.mac(head[0], data):
                raise AssertionError("a record's MAC is wrong")
        return head[0], data

    def receive_bytes(self, size):
        data = b""
        while len(data) < size:
            more = self.tcp.recv(size - len(data))
            if not more:
                raise AssertionError(f"the stream ended after {len(data)} of {size} bytes")
            data += more
        return data

    # What a router does with it.

    def send(self, data):
        self.send_record(APPLICATION_DATA, data)
        return self

    def receive_exactly(self, size):
        data = b""
        while len(data) < size:
            kind, more = self.receive_record()
            if kind != APPLICATION_DATA:
                raise AssertionError(f"a record of type {kind} instead of data: {more.hex()}")
            data += more
        return data

    def close(self):
        self.send_record(ALERT, b"\x01\x00")
        self.tcp.close()
