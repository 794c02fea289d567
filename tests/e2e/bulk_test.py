"""100 MB each way through mailtap, compared byte for byte, over both TLS versions and in every presentation."""

import hashlib
import os

import harness
from certificates import Pki
from servers import Nginx, certified, only

SIZE = 100_000_000
VERSIONS = ("TLSv1.2", "TLSv1.3")


def digest(file):
    with open(file, "rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


class Bulk(harness.Claims):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pki = Pki(cls.folder)
        cls.nginx = cls.started_for_all(Nginx(
            cls.folder, *(f"listen {{port}} ssl; {certified(cls.pki.server)} {only(version)}"
                          " location / { dav_methods PUT; }" for version in VERSIONS)))
        cls.nginx.root.chmod(0o755)
        cls.original = cls.nginx.root / "original"
        cls.original.write_bytes(os.urandom(SIZE))
        cls.expected = digest(cls.original)

    def carries(self, mode):
        for version, port in zip(VERSIONS, self.nginx.ports):
            tap = self.mailtap(*self.pki.present[mode], upstream=port)
            with self.subTest(version=version, direction="down"):
                got = self.folder / "got"
                self.curl(tap.port, self.pki.local_ca, "-o", got, path="/original", version=version)
                self.assertEqual(digest(got), self.expected)
                line = tap.line()
                self.assertTrue(SIZE < line["bytes"]["to_downstream"] < SIZE + 1000)
                self.assertEqual(line["ending"]["reason"], "closed")
            with self.subTest(version=version, direction="up"):
                self.curl(tap.port, self.pki.local_ca, "-T", self.original, path="/put", version=version)
                self.assertEqual(digest(self.nginx.root / "put"), self.expected)
                line = tap.line()
                self.assertTrue(SIZE < line["bytes"]["to_upstream"] < SIZE + 1000)
                self.assertEqual(line["ending"]["reason"], "closed")
            tap.stop()

    def test_all_bytes_arrive_behind_an_own_certificate(self):
        self.carries("own")

    def test_all_bytes_arrive_behind_an_issued_certificate(self):
        self.carries("issue")

    def test_all_bytes_arrive_behind_a_mirrored_certificate(self):
        self.carries("mirror")


if __name__ == "__main__":
    harness.main(needs=["nginx", "curl", "openssl"])
