"""A Windows of wine's for the tests of mailtap.exe, and how its programs are run there.

A file of such tests has `setUpModule = wine.make` and `tearDownModule = wine.remove`: each process has a Windows of its own."""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile

import harness
from certificates import Pki
from wire import Server, client_context, echo, server_context, tls_client, tls_script

ROOT = pathlib.Path(__file__).resolve().parents[2]
WINE = ROOT / "tests/wine"
WINESERVER = "/usr/lib/wine/wineserver64"
NEEDS = ["/usr/lib/wine/wine64"]


def make():
    home = tempfile.mkdtemp(prefix="mailtap-e2e-wine-")
    os.environ |= {"HOME": home, "WINEPREFIX": f"{home}/prefix"}
    os.mkdir(os.environ["WINEPREFIX"])
    _boot()
    restart()


def _boot():
    """What runs with Windows keeps the outputs of the program that began it."""
    subprocess.run([WINE, "wineboot"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                   timeout=120 * harness.PATIENCE, check=True)


def restart():
    """Programs end as in a crash."""
    for option in ("-k", "-w"):
        subprocess.run([WINESERVER, option], check=False)
    # Else Windows would be shut down whenever no program runs, and its services started anew when the next one does.
    subprocess.run([WINESERVER, "-p"], check=True)
    _boot()


def remove():
    subprocess.run([WINESERVER, "-k"], check=False)
    shutil.rmtree(os.environ["HOME"], ignore_errors=True)


def windows(path):
    """As programs of Windows's name a file of Linux's."""
    return "Z:" + str(path)


class Exe(harness.Mailtap):
    """`mailtap.exe run`, accepting. What signals say elsewhere, `mailtap tell` says."""

    TOLD = {signal.SIGTERM: "stop", signal.SIGINT: "stop", signal.SIGHUP: "reload", signal.SIGUSR1: "traces"}

    def __init__(self, folder, arguments, **options):
        super().__init__(folder, arguments, wrapper=[WINE], **options)
        self.number = self.wait_for(lambda: re.search(r"^mailtap: process (\d+);", self.output(), re.MULTILINE), "its number")[1]

    def signal(self, number):
        subprocess.run([WINE, harness.MAILTAP, "tell", self.number, self.TOLD[number]], stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, timeout=60 * harness.PATIENCE, check=True)


class UnderWine(harness.Claims):
    def mailtap(self, *arguments, upstream=None, **options):
        addresses = [] if upstream is None else ["--listen", "127.0.0.1:0", "--upstream", f"127.0.0.1:{upstream}"]
        return self.started(Exe(self.folder, [*addresses, *arguments], **options))

    def exe(self, *arguments, **options):
        """What mailtap.exe says, run to its end."""
        return self.run_program(WINE, harness.MAILTAP, *arguments, **options)


class BeforeAServer(UnderWine):
    """With a TLS server on Linux that sends back what it hears."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pki = Pki(cls.folder)
        cls.server = Server(tls_script(server_context(cls.pki.server), echo))
        cls.addClassCleanup(cls.server.close)

    def ask(self, tap):
        client = tls_client(tap.port, client_context(self.pki.local_ca))
        client.send(b"x").receive_exactly(1)
        client.close()
