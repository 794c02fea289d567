"""What mailtap.exe writes and reads under wine: who may read it, names and paths, languages, and what Windows itself says of a
server. Linux sees an access list of wine's as a file's mode, SYSTEM's rights as the group's; unit tests read the list itself."""

import stat

import harness
import wine
from wine import BeforeAServer, Exe, windows

setUpModule, tearDownModule = wine.make, wine.remove


class Files(BeforeAServer):
    def is_private(self, path):
        mode = stat.S_IMODE(path.stat().st_mode)
        self.assertEqual(mode & 0o007, 0, f"{path}: {mode:o}")

    def configured(self, folder, **files):
        """A configuration in `folder`, whose lines end in CRLF, of a route to the server with a certificate of a CA made there."""
        self.exe("ca", "init", "--ca-cert", windows(folder / "ca.pem"), "--ca-key", windows(folder / "ca.key"))
        options = {"listen": "127.0.0.1:0", "upstream": f"127.0.0.1:{self.server.port}", "name": "mail.test",
                   "trust": windows(self.pki.upstream_ca.cert), "present": "own", "cert": windows(self.pki.own.cert),
                   "key": windows(self.pki.own.key), **files}
        config = folder / "mailtap cấu hình.toml"
        config.write_bytes("\r\n".join(["[[route]]", *(f"{name} = '{value}'" for name, value in options.items()), ""]).encode())
        return config

    def test_private_keys_traces_and_key_logs_are_their_owners_alone(self):
        folder = self.folder / "riêng tư"
        folder.mkdir()
        config = self.configured(folder, trace=windows(folder / "traces"), keylog=windows(folder / "keylog"))
        tap = self.started(Exe(self.folder, ["--config", windows(config)]))
        self.ask(tap)
        tap.line()
        tap.stop()
        for path in (folder / "ca.key", folder / "keylog", folder / "traces", *(folder / "traces").iterdir()):
            self.is_private(path)
        self.assertIn("CLIENT", (folder / "keylog").read_text())
        self.assertEqual({file.suffix for file in (folder / "traces").iterdir()}, {".jsonl", ".pcapng"})

    def test_a_key_that_everybody_may_read_is_told_of(self):
        folder = self.folder / "open"
        folder.mkdir()
        config = self.configured(folder, present="issue", **{"ca-cert": windows(folder / "ca.pem"), "ca-key": windows(folder / "ca.key")})
        text = config.read_text()
        config.write_text("\n".join(line for line in text.splitlines() if not line.startswith(("cert =", "key ="))))
        (folder / "ca.key").chmod(0o644)
        said = self.exe("config", "check", windows(config), status=0)
        self.assertIn("can be read by everybody who has an account on this machine", said)
        self.assertIn("icacls", said)

    def test_paths_may_be_longer_than_260_characters_with_spaces_and_any_letters(self):
        folder = self.folder
        while len(str(folder)) < 320:
            folder = folder / "Hộp thư 📫 của Ü and others"
        folder.mkdir(parents=True)
        config = self.configured(folder, trace=windows(folder / "traces"))
        tap = self.started(Exe(self.folder, ["--config", windows(config)]))
        self.ask(tap)
        self.assertEqual(tap.line()["verdict"]["name"], "match")
        tap.stop()
        self.assertIn("mail.test", self.exe("trace", "list", windows(folder / "traces")))
        self.is_private(folder / "ca.key")


class Says(BeforeAServer):
    def test_the_line_of_the_first_connection_has_what_windows_says(self):
        """Of a chain whose root this Windows doesn't have (which wine's policy passes over, and Windows's doesn't)."""
        tap = self.mailtap(*self.pki.present["own"], "--name", "mail.test", upstream=self.server.port)
        for _ in range(2):
            self.ask(tap)
            line = tap.line()
            self.assertEqual(line["verdict"]["trust"], "trusted")
            says = line["windows"]
            self.assertEqual((says["status"], says["name"]), (["CERT_TRUST_IS_PARTIAL_CHAIN"], "match"))
            self.assertIn("Windows refuses what mailtap trusts", " ".join(says["differences"]))
        tap.stop()

    def test_what_is_said_of_the_service_is_said_in_vietnamese_too(self):
        self.assertIn("dịch vụ mailtap-none: không có dịch vụ này",
                      self.exe("service", "status", "--name", "mailtap-none", "--lang", "vi", status=1))
        self.assertIn("lỗi: không có mailtap nào chạy với số tiến trình 4",
                      self.exe("tell", "4", "stop", "--lang", "vi", status=1))


if __name__ == "__main__":
    harness.main(needs=[*wine.NEEDS, "openssl"])
