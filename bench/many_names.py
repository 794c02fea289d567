#!/usr/bin/env python3
"""Memory of mailtap while clients ask for ever new names under `issue`: a leaf each, of which 1024 are kept.

    MAILTAP_BINARY=build/release/proxy/mailtap bench/many_names.py [--names 10000]
"""

import argparse
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests" / "e2e"))

import harness  # noqa: E402
from certificates import Pki  # noqa: E402
from wire import Server, client_context, echo, server_context, tls_client, tls_script  # noqa: E402


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--names", type=int, default=10_000)
    names = parser.parse_args().names
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        pki = Pki(folder)
        server = Server(tls_script(server_context(pki.server), echo))
        tap = harness.Mailtap(folder, [*pki.present["issue"], "--name", "mail.test", "--workers", "1", "--listen",
                                       "127.0.0.1:0", "--upstream", f"127.0.0.1:{server.port}"])
        context = client_context()
        shown = set()
        try:
            print("distinct names  RSS KiB")
            for count in range(1, names + 1):
                client = tls_client(tap.port, context, sni=f"n{count}.mail.test")
                shown.add(client.object.getpeercert(True))
                client.send(b"?").receive_exactly(1)
                client.close()
                if count in (1, 100, 1024, 2048) or count % 2000 == 0:
                    print(f"{count:14}  {tap.rss_kib():7}", flush=True)
            if len(shown) != names:
                sys.exit(f"{names} names were shown {len(shown)} certificates")
        finally:
            tap.kill()


if __name__ == "__main__":
    if not harness.MAILTAP:
        sys.exit("MAILTAP_BINARY must name the mailtap to be measured")
    main()
