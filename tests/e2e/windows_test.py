"""mailtap.exe under wine, before clients and servers of Linux's on loopback. What is claimed of mailtap elsewhere is claimed
here too (`claims_of`), and the service beside it. It was built by scripts/windows; wine isn't Windows."""

import concurrent.futures
import json
import os
import pathlib
import subprocess
import zipfile

import bulk_test
import harness
import many_connections_test
import reload_test
import signals_test
import starttls_test
import traces_test
import versions_test
import wine
from certificates import Pki
from wine import ROOT, WINE, BeforeAServer, Exe, UnderWine, windows
from wire import Server, client_context, server_context, tls_client, tls_script

setUpModule, tearDownModule = wine.make, wine.remove


def claims_of(claims, *names):
    """Those of another file's, of mailtap.exe."""
    assert all(callable(getattr(claims, name)) for name in names)
    others = {name: None for name in dir(claims) if name.startswith("test_") and name not in names}
    return type(claims.__name__, (UnderWine, claims), others | {"__module__": __name__})


Versions = claims_of(
    versions_test.Versions,
    "test_own_certificate_is_presented_over_any_pair_of_versions",
    "test_an_issued_certificate_is_presented_over_any_pair_of_versions",
    "test_a_mirrored_certificate_is_presented_over_any_pair_of_versions",
    "test_openssl_agrees_on_the_version_it_asks_for",
    "test_each_cryptography_carries_both_versions_and_is_named_at_the_start")
Bulk = claims_of(bulk_test.Bulk, "test_all_bytes_arrive_behind_an_issued_certificate")
Starttls = claims_of(
    starttls_test.Starttls,
    "test_both_legs_upgrade_in_each_protocol_and_presentation_mode",
    "test_plaintext_behind_the_clients_starttls_never_reaches_the_server")
Reload = claims_of(
    reload_test.Reload,
    "test_new_connections_go_to_the_new_upstream_and_old_ones_go_on",
    "test_a_listener_can_be_added_and_removed",
    "test_a_bad_configuration_changes_nothing_and_is_named_by_its_place",
    "test_connections_are_never_refused_while_reloading")
Signals = claims_of(
    signals_test.Signals,
    "test_a_running_transfer_finishes_while_draining",
    "test_when_the_drain_deadline_passes_connections_end_with_shutdown",
    "test_handshakes_in_every_phase_end_with_shutdown")
Traces = claims_of(
    traces_test.Traces,
    "test_a_line_tells_both_handshakes_message_by_message",
    "test_tshark_decrypts_the_packets_when_secrets_were_asked_for",
    "test_only_the_last_connections_are_kept_until_a_signal")


class Commands(UnderWine):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pki = Pki(cls.folder)

    def test_it_says_its_version_and_cryptography(self):
        self.assertRegex(self.exe("--version"), r"\Amailtap \S+.*\ncryptography by libcrypto")

    def test_the_demonstration_ends_well_with_all_sixteen_servers(self):
        self.assertIn("16 of 16 as expected: the verdict, the poll through mailtap, and every byte of it", self.exe("demo", seconds=120))

    def test_check_of_a_server_and_of_a_file_tell_their_faults(self):
        server = Server(tls_script(server_context(self.pki.server), lambda tls: tls.close()))
        self.addCleanup(server.close)
        def verdict(*target, status):
            trust = ["--trust", windows(self.pki.upstream_ca.cert)]
            (found,) = json.loads(self.exe("check", *target, *trust, "--json", status=status))["targets"]
            return found["verdict"]["trust"], found["verdict"]["name"]
        self.assertEqual(verdict(f"127.0.0.1:{server.port}", "--name", "mail.test", status=0), ("trusted", "match"))
        self.assertEqual(verdict(windows(self.pki.own.cert), "--name", "other.test", status=3), ("untrusted", "mismatch"))

    def test_files_may_have_spaces_and_any_letters_in_their_names_and_lines_end_in_crlf(self):
        folder = self.folder / "Hộp thư 📫 của Ü"
        folder.mkdir()
        self.exe("ca", "init", "--ca-cert", windows(folder / "ca.pem"), "--ca-key", windows(folder / "ca.key"))
        config = folder / "mailtap cấu hình.toml"
        config.write_bytes(f"[[route]]\r\nlisten = '127.0.0.1:0'\r\nupstream = '127.0.0.1:1'\r\npresent = 'issue'\r\n"
                           f"name = 'mail.test'\r\nca-cert = '{windows(folder / 'ca.pem')}'\r\nca-key = 'ca.key'\r\n".encode())
        tap = self.started(Exe(self.folder, ["--config", windows(config)]))
        tap.stop()

    def test_what_windows_lacks_is_said_with_what_to_do_instead(self):
        for options, said in ((["--upstream", "127.0.0.1:1", "--name", "mail.test", "--user=nobody"], "changes its user on Linux alone"),
                              (["--transparent=redirect"], "needs Linux")):
            with self.subTest(options[-1]):
                self.assertIn(said, self.exe("run", "--listen", "127.0.0.1:0", *options, status=1))


class Crowd(claims_of(many_connections_test.ManyConnections)):
    def test_a_thousand_connections_are_held_at_once_and_each_carries_bytes(self):
        held = 1000
        if not self.enough_descriptors:
            self.skipTest(f"`ulimit -Hn` allows too few descriptors for {held} connections: raise it")
        tap = self.mailtap(*self.pki.present["own"], "--workers", "2", upstream=self.upstream)
        with concurrent.futures.ThreadPoolExecutor(8) as threads:
            clients = list(threads.map(lambda _: self.client(tap, seconds=100 * harness.PATIENCE), range(held)))
            list(threads.map(self.ask, clients))  # all of them are open now
            list(threads.map(lambda client: client.close(), clients))
        self.assertEqual(len({line["id"] for line in tap.lines(held)}), held)
        tap.stop()

    def test_two_workers_share_the_connections(self):
        tap = self.mailtap(*self.pki.present["own"], "--workers", "2", upstream=self.upstream)
        before = self.busy(tap)
        with concurrent.futures.ThreadPoolExecutor(8) as threads:
            list(threads.map(lambda _: self.client(tap, seconds=100 * harness.PATIENCE).close(), range(400)))
        tap.lines(400)
        spent = sorted((ticks - before.get(thread, 0) for thread, ticks in self.busy(tap).items()), reverse=True)
        self.assertGreater(spent[1], spent[0] / 10, f"a thread did all of it: {spent}")
        tap.stop()

    def busy(self, tap):
        """The processor's time of each of its threads, in hundredths of a second."""
        times = {}
        for task in pathlib.Path(f"/proc/{tap.pid}/task").glob("*"):
            user, system = (task / "stat").read_text().rpartition(")")[2].split()[11:13]
            times[task.name] = int(user) + int(system)
        return times


class Service(BeforeAServer):
    def service(self, *arguments, **options):
        return self.exe("service", *arguments, "--name", self.name, **options)

    def is_in_state(self, state):
        harness.wait_until(lambda: state in self.run_status(), f"the service to be {state}, not {self.run_status()!r}")

    def run_status(self):
        done = subprocess.run([WINE, harness.MAILTAP, "service", "status", "--name", self.name], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=60 * harness.PATIENCE)
        return done.stdout + done.stderr

    def said(self, text):
        file = self.config.with_name("messages.log")
        harness.wait_until(lambda: file.exists() and text in file.read_text(), f"its messages to have {text!r}")

    def configure(self, name):
        self.config.write_text(f"""
[[route]]
listen = "127.0.0.1:{self.port}"
upstream = "127.0.0.1:{self.server.port}"
name = "{name}"
trust = '{windows(self.pki.upstream_ca.cert)}'
present = "own"
cert = '{windows(self.pki.own.cert)}'
key = '{windows(self.pki.own.key)}'
log-format = "json"
""")

    def client(self):
        client = tls_client(self.port, client_context(self.pki.local_ca))
        client.send(b"x").receive_exactly(1)
        return client

    def made(self, name):
        """A service, in a folder of its own."""
        self.name, self.port = name, harness.free_port()
        folder = self.folder / f"service {name}"
        folder.mkdir()
        self.config = folder / "mailtap.toml"
        self.configure("mail.test")
        self.addCleanup(subprocess.run, [WINE, harness.MAILTAP, "service", "remove", "--name", name], stdin=subprocess.DEVNULL,
                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        self.assertIn("made the service", self.service("install", "--config", windows(self.config)))

    def lines(self):
        file = self.config.with_name("connections.log")
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def test_it_is_installed_started_reloaded_drained_and_removed(self):
        self.made("mailtap-life")
        self.assertIn("stopped", self.service("status", status=1))
        self.service("start")
        self.is_in_state("running")
        self.client().close()
        harness.wait_until(lambda: len(self.lines()) == 1, "a line of the connection")
        self.assertEqual(self.lines()[0]["verdict"]["name"], "match")

        self.configure("other.test")
        self.service("reload")
        self.said("reloaded")
        held = self.client()
        self.assertIn("draining", self.service("stop"))
        harness.wait_until(lambda: not harness.accepts(self.port), "it to listen no more")
        self.assertIn("draining", self.run_status())
        held.send(b"y").receive_exactly(1)
        held.close()
        self.is_in_state("stopped")
        self.assertEqual(self.lines()[1]["verdict"]["name"], "mismatch")

        self.assertIn("removed", self.service("remove"))
        self.assertIn("there is no such service", self.service("status", status=1))
        self.assertTrue(self.config.exists())

    def test_it_starts_with_the_machine(self):
        self.made("mailtap-boot")
        wine.restart()
        self.is_in_state("running")
        self.client().close()
        self.service("stop")
        self.is_in_state("stopped")

    def test_one_that_cannot_start_says_why_in_its_messages_and_is_stopped(self):
        self.made("mailtap-wrong")
        self.config.write_text("[[route]]\nlisten = 'nowhere'\n")
        self.assertIn("ended at once", self.service("start", status=1))
        self.said("listen")
        self.assertIn("stopped, ended with status 64", self.run_status())
        self.assertIn("it isn't running", self.service("stop", status=1))

    def test_a_configuration_that_is_wrong_makes_no_service(self):
        self.name = "mailtap-none"
        config = self.folder / "wrong.toml"
        config.write_text("[[route]]\nlisten = 'nowhere'\n")
        self.assertIn("listen", self.service("install", "--config", windows(config), status=1))
        self.assertIn("there is no such service", self.service("status", status=1))

    def test_nobody_but_the_service_manager_starts_its_process(self):
        self.name = "mailtap-hand"
        said = self.service("run", "--config", "x", "--messages", "y", status=1)
        self.assertIn("only Windows's service control manager starts this", said)


class Package(UnderWine):
    def registry(self, key, status=0):
        return self.run_program(WINE, "reg", "query", key, status=status)

    def test_the_msi_installs_program_and_service_and_a_removal_leaves_the_configuration_alone(self):
        pages = pathlib.Path(os.environ["MAILTAP_PAGES"])
        self.run_program(ROOT / "packaging/windows/package", "1.2.3", harness.MAILTAP, pages / "mailtap.ps1", self.folder)
        msi = self.folder / "mailtap-1.2.3-windows.msi"
        drive = pathlib.Path(os.environ["WINEPREFIX"]) / "drive_c"
        programs, data = drive / "Program Files/mailtap", drive / "ProgramData/mailtap"
        events = r"HKLM\SYSTEM\CurrentControlSet\Services\EventLog\Application\mailtap"

        self.run_program(WINE, "msiexec", "/i", windows(msi), "/qn", seconds=120)
        self.assertEqual({file.name for file in programs.iterdir()},
                         {"mailtap.exe", "LICENSE.txt", "mailtap.ps1", "configuration.md", "windows.md"})
        self.assertIn("EventCreate.exe", self.registry(events))
        said = self.run_program(WINE, programs / "mailtap.exe", "service", "status", status=1)
        self.assertEqual(said, "mailtap: stopped\n")
        (data / "mailtap.toml").write_text("# the administrator's own\n")

        self.run_program(WINE, "msiexec", "/x", windows(msi), "/qn", seconds=120)
        self.assertFalse(programs.exists())
        self.registry(events, status=1)
        self.assertIn("there is no such service", self.exe("service", "status", status=1))
        self.assertEqual((data / "mailtap.toml").read_text(), "# the administrator's own\n")

    def test_the_zip_has_what_is_needed(self):
        self.run_program(ROOT / "packaging/windows/package", "1.2.3", harness.MAILTAP,
                         pathlib.Path(os.environ["MAILTAP_PAGES"]) / "mailtap.ps1", self.folder)
        with zipfile.ZipFile(self.folder / "mailtap-1.2.3-windows.zip") as file:
            file.extractall(self.folder / "unpacked")
        exe = self.folder / "unpacked/mailtap-1.2.3-windows/mailtap.exe"
        self.assertIn("mailtap ", self.run_program(WINE, exe, "--version"))


if __name__ == "__main__":
    harness.main(needs=[*wine.NEEDS, "nginx", "curl", "openssl", "tshark", "wixl", "zip"])
