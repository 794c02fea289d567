"""Mistakes that people make in the first hour, each with the very words that say what is wrong and what to do.

The table is the claim: a command line, files beside it, the exit status and the whole message. `{f}` is the test's folder.
"""

import dataclasses
import grp
import os
import pathlib
import re
import socket
import subprocess
import sys

import harness
from certificates import Authority, openssl
from languages_test import english_in

USAGE = 64
ROUTE = "--listen 127.0.0.1:0 --upstream 127.0.0.1:9"
FILE_ROUTE = '[[route]]\nlisten = "127.0.0.1:0"\nupstream = "127.0.0.1:9"\n'


@dataclasses.dataclass
class Mistake:
    what: str
    command: str  # of mailtap
    status: int
    says: str  # the end of the program's message, from the first word that counts
    file: str = ""  # the content of {f}/m.toml
    nobody: bool = False  # run without root's rights


MISTAKES = [
    # The command line
    Mistake("a misspelled option", f"run {ROUTE} --require-trustd", USAGE,
            "mailtap run: --require-trustd is no option; did you mean --require-trusted? (`mailtap run --help` lists "
            "what there is)"),
    Mistake("a misspelled command", "chekc mail.test", USAGE,
            "mailtap: \"chekc\" is no command; did you mean check? (`mailtap --help` lists what there is)"),
    Mistake("a misspelled command of a command", "ca initt", USAGE,
            "mailtap ca: \"initt\" is no command; did you mean init? (`mailtap ca --help` lists what there is)"),
    Mistake("half a command", "ca", USAGE,
            "mailtap ca: a command is missing; give one of: init, show, export, sign, issue, import-pfx (`mailtap ca "
            "--help` lists what there is)"),
    Mistake("an option's value left out", f"run {ROUTE} --name", USAGE,
            "mailtap run: --name: its value is missing; give it HOST (`mailtap run --help` lists what there is)"),
    Mistake("a word too many", f"run {ROUTE} 443", USAGE,
            "mailtap run: \"443\" is more than it takes; leave it out, or say what it is by an option (`mailtap run "
            "--help` lists what there is)"),
    Mistake("a flag with a value", f"run {ROUTE} --require-trusted=maybe", USAGE,
            "mailtap run: --require-trusted: takes no value but true or false; give it alone, or leave it out "
            "(`mailtap run --help` lists what there is)"),
    Mistake("an option twice", f"run {ROUTE} --name a --name b", USAGE,
            "mailtap run: --name is given twice; give it once (`mailtap run --help` lists what there is)"),
    Mistake("nothing to do", "run", USAGE,
            "there is nothing to do; give --listen ADDR:PORT and --upstream HOST:PORT, or --config FILE"),
    Mistake("no server", "run --listen :0", USAGE,
            "--upstream: is missing; say which server to connect to, such as exchange.contoso.local:443"),
    # Values
    Mistake("a name to listen on", "run --listen mail.test:443 --upstream 127.0.0.1:9", USAGE,
            "--listen: \"mail.test:443\" has no address of this machine before the port; write it as 127.0.0.1:443, "
            "or :443 for all addresses"),
    Mistake("a port that is none", "run --listen :99999 --upstream 127.0.0.1:9", USAGE,
            "--listen: \":99999\" has the port \"99999\"; a port is a number from 0 to 65535"),
    Mistake("a URL as upstream", "run --listen :0 --upstream https://mail.test/ews", USAGE,
            "--upstream: \"https://mail.test/ews\" is a URL; give host and port alone, such as mail.contoso.com:443"),
    Mistake("an upstream without a port", "run --listen :0 --upstream mail.test", USAGE,
            "--upstream: \"mail.test\" has no port; write it as mail.test:443"),
    Mistake("a presentation that is none", f"run {ROUTE} --present forge", USAGE,
            "--present: \"forge\" is none of mirror, issue, own"),
    Mistake("a time without a number", f"run {ROUTE} --idle-timeout soon", USAGE,
            "--idle-timeout: \"soon\" is no duration such as 500ms, 10s, 5m or 2h"),
    Mistake("a pin by SHA-1", f"run {ROUTE} --pin sha1//abc", USAGE,
            "--pin: \"sha1//abc\" is no pin; it is sha256// and the base64 of 32 bytes, the SHA-256 of the server's "
            "subjectPublicKeyInfo: the log's spki_sha256 has it"),
    Mistake("a route to itself", "run --listen 127.0.0.1:8443 --upstream 127.0.0.1:8443", USAGE,
            "--upstream: is this route's own listener, so connections would never end; give the mail server's"),
    Mistake("a proxy for everybody", "run --listen :8080 --connect-proxy", USAGE,
            "--connect-proxy: *:8080 can be reached from other machines, and whoever reaches it could use it to "
            "reach others; give allow-from or connect-allow"),
    Mistake("the page for everybody", f"run {ROUTE} --admin :8080", USAGE,
            "--admin: *:8080 can be reached from other machines, and the page shows who connects to what; give "
            "admin-token-file too, or a port alone for this machine's 127.0.0.1"),
    Mistake("an own certificate where TLS passes through", f"run {ROUTE} --mode observe --cert {{f}}/own.pem --key {{f}}/own.key", USAGE,
            "--cert: is about the certificate shown to the client, which in mode observe is the server's own; leave "
            "it out, or give it only to routes that intercept --key: is about the certificate shown "
            "to the client, which in mode observe is the server's own; leave it out, or give it only to routes that "
            "intercept"),
    Mistake("a filter of traces that is none", f"run {ROUTE} --trace {{f}}/traces --trace-only nonsense", 1,
            "--trace-only: \"nonsense\" is no condition; give failed, untrusted, mismatch, the name of a fault such "
            "as expired, peer=192.0.2.0/24 or name=mail.contoso.com"),
    Mistake("a user that there isn't", f"run {ROUTE} --user no-such-user", 1,
            "--user: there is no user \"no-such-user\" here; make one (docs/running.md) or give another"),
    # Certificates and keys
    Mistake("a certificate without its key", f"run {ROUTE} --cert {{f}}/own.pem", USAGE,
            "--cert: is given without key; give both"),
    Mistake("an encrypted key", f"run {ROUTE} --cert {{f}}/own.pem --key {{f}}/encrypted.key", 1,
            "--key: {f}/encrypted.key: the private key is encrypted, and there is nobody to ask for its password; "
            "decrypt it: (umask 077; openssl pkey -in FILE -out PLAIN)"),
    Mistake("a key that PEM encrypts", f"run {ROUTE} --cert {{f}}/own.pem --key {{f}}/encrypted-pem.key", 1,
            "--key: {f}/encrypted-pem.key: the private key is encrypted, and there is nobody to ask for its password; "
            "decrypt it: (umask 077; openssl pkey -in FILE -out PLAIN)"),
    Mistake("a PFX", f"run {ROUTE} --cert {{f}}/own.pfx --key {{f}}/own.pfx", 1,
            "--cert: {f}/own.pfx: holds no certificate: it is a PFX (PKCS#12); take out what is in it: mailtap ca "
            "import-pfx --pfx FILE --cert CERT.pem --key KEY.pem"),
    Mistake("a PFX as key", f"run {ROUTE} --cert {{f}}/own.pem --key {{f}}/own.pfx", 1,
            "--key: {f}/own.pfx: is a PFX (PKCS#12); take out what is in it: mailtap ca import-pfx --pfx FILE --cert "
            "CERT.pem --key KEY.pem"),
    Mistake("a key as certificate", f"run {ROUTE} --cert {{f}}/own.key --key {{f}}/own.key", 1,
            "--cert: {f}/own.key: holds no certificate: it is a private key; give the file of its certificate"),
    Mistake("a certificate as key", f"run {ROUTE} --cert {{f}}/own.pem --key {{f}}/other.pem", 1,
            "--key: {f}/other.pem: holds a certificate and no private key; give the file of its key"),
    Mistake("another's key", f"run {ROUTE} --cert {{f}}/own.pem --key {{f}}/other.key", 1,
            "--cert: {f}/own.pem and {f}/other.key: the private key doesn't belong to the first certificate: put the "
            "key's own certificate first"),
    Mistake("a request as certificate", f"run {ROUTE} --cert {{f}}/own.csr --key {{f}}/own.key", 1,
            "--cert: {f}/own.csr: holds no certificate: it is a certificate request (PKCS#10); give the certificate "
            "that the CA made of it"),
    Mistake("a server's certificate as CA", f"run {ROUTE} --ca-cert {{f}}/own.pem --ca-key {{f}}/own.key", 1,
            "--ca-cert: {f}/own.pem: is no CA certificate (its basic constraints don't say CA), so no client accepts "
            "what it signs; give the CA's, or make one with mailtap ca init"),
    Mistake("a server's certificate as trust", f"run {ROUTE} --trust {{f}}/own.pem", 1,
            "--trust: {f}/own.pem: \"own.test\" is a server's certificate that another CA issued: curl, GnuTLS, Go "
            "and Python 3.13 take such for a root, Windows and OpenSSL by themselves don't; give the certificate of its issuer, O=mailtap tests, CN=ca"),
    Mistake("a revocation list as trust", f"run {ROUTE} --trust {{f}}/list.pem", 1,
            "--trust: {f}/list.pem: holds no certificate: it is a revocation list (CRL); such lists are given with "
            "--crl"),
    Mistake("a CA's encrypted key", f"run {ROUTE} --ca-cert {{f}}/ca.pem --ca-key {{f}}/ca-encrypted.key", 1,
            "--ca-key: {f}/ca-encrypted.key: the private key is encrypted and no password was given; put the "
            "password into a file for ca-key-password-file"),
    Mistake("a CA's key with the wrong password",
            f"run {ROUTE} --ca-cert {{f}}/ca.pem --ca-key {{f}}/ca-encrypted.key --ca-key-password-file {{f}}/wrong.txt", 1,
            "--ca-key: {f}/ca-encrypted.key: the password doesn't fit the private key; give the one that it was encrypted with"),
    Mistake("import of what is no PFX", "ca import-pfx --pfx {f}/own.pem --cert {f}/new.pem --key {f}/new.key", 1,
            "mailtap: warning: {f}/own.pem can be read by everybody who has an account on this machine: "
            "{close own.pem} mailtap ca: {f}/own.pem: is no PFX (PKCS#12) but a certificate; give it to mailtap run as "
            "it is, by --cert or --key"),
    Mistake("import with the wrong password",
            "ca import-pfx --pfx {f}/own.pfx --cert {f}/new.pem --key {f}/new.key --password-file {f}/wrong.txt", 1,
            "mailtap ca: {f}/own.pfx: the password doesn't fit the PFX; give the one that it was exported with"),
    Mistake("a CA made twice", "ca init --ca-cert {f}/ca.pem --ca-key {f}/ca.key", 1,
            "mailtap ca: {f}/ca.pem: exists already, and a CA's file is never overwritten; name another file or move "
            "it away"),
    # Files
    Mistake("a certificate that isn't there", f"run {ROUTE} --cert {{f}}/nowhere.pem --key {{f}}/own.key", USAGE,
            "--cert: {f}/nowhere.pem can't be read: No such file or directory; correct the path"),
    Mistake("a log in no folder", f"run {ROUTE} --log {{f}}/nowhere/log", USAGE,
            "--log: {f}/nowhere/log can't be written: No such file or directory; make the folder {f}/nowhere and let "
            "the user that runs mailtap write there"),
    Mistake("a log that can't be written", f"run {ROUTE} --log {{f}}/root.log", USAGE,
            "--log: {f}/root.log can't be written: Permission denied; let the user that runs mailtap write it, or "
            "remove it", nobody=True),
    Mistake("a token that others may read", f"run {ROUTE} --admin 0 --admin-token-file {{f}}/open-token", 1,
            "--admin-token-file: {f}/open-token: others than its owner and group may read the token, or change it; "
            "run `{close open-token}`"),
    Mistake("ticket keys that others may read", f"run {ROUTE} --ticket-key-file {{f}}/open-token", 1,
            "--ticket-key-file: {f}/open-token can be read by everybody, who could then read what was said; run "
            "`{close open-token}`"),
    Mistake("a token that is too short", f"run {ROUTE} --admin 0 --admin-token-file {{f}}/short-token", 1,
            "--admin-token-file: {f}/short-token: is no token, which is one line of at least 16 letters and digits; "
            "make one with `(umask 027; openssl rand -hex 24 > {f}/short-token; chgrp {group} {f}/short-token)`"),
    Mistake("a ticket key that is none", f"run {ROUTE} --ticket-key-file {{f}}/short-token", 1,
            "--ticket-key-file: {f}/short-token:1: is no ticket key, which is 48 bytes in base64; make one with "
            "`(umask 027; openssl rand -base64 48 > {f}/short-token; chgrp {group} {f}/short-token)`"),
    Mistake("a hook that may not be run", f"run {ROUTE} --alert-command {{f}}/not-executable", USAGE,
            "--alert-command: {f}/not-executable can't be run: Permission denied; run `chmod +x {f}/not-executable`"),
    Mistake("a hook without its interpreter", f"run {ROUTE} --alert-command {{f}}/no-interpreter", USAGE,
            "--alert-command: {f}/no-interpreter can't be run: its first line names /no/such/perl: No such file or "
            "directory; install that, or correct the line"),
    Mistake("a hook from Windows", f"run {ROUTE} --alert-command {{f}}/windows-lines", USAGE,
            "--alert-command: {f}/windows-lines can't be run: its lines end as Windows's do, so its interpreter "
            "isn't found; run `sed -i 's/\\r$//' {f}/windows-lines`"),
    Mistake("a log that isn't there", "report {f}/nowhere.log", 66,
            "mailtap report: {f}/nowhere.log can't be read: No such file or directory; correct the path, or its rights"),
    # The configuration file
    Mistake("a configuration that isn't there", "run --config {f}/nowhere.toml", USAGE,
            "{f}/nowhere.toml: can't be read: No such file or directory; give a TOML file (docs/configuration.md)"),
    Mistake("a folder as configuration", "run --config {f}", USAGE,
            "{f}: can't be read: Is a directory; give a TOML file (docs/configuration.md)"),
    Mistake("a configuration that may not be read", "run --config {f}/root.toml", USAGE,
            "{f}/root.toml: can't be read: Permission denied; let the user that runs mailtap read it: `chgrp {group} "
            "{f}/root.toml && chmod 640 {f}/root.toml`", nobody=True),
    Mistake("a certificate as configuration", "config check {f}/own.pem", 1,
            "{f}/own.pem: is no configuration but a certificate, a key or the like (PEM); give a TOML file "
            "(docs/configuration.md)"),
    Mistake("a value without quotes", "run --config {f}/m.toml", USAGE,
            "{f}/m.toml:4:8: not valid TOML: Error while parsing value: could not determine value type; a text "
            "stands in quotes: name = \"mail.test\"", FILE_ROUTE + "name = mail.test\n"),
    Mistake("a value left out", "run --config {f}/m.toml", USAGE,
            "{f}/m.toml:4:7: not valid TOML: Error while parsing key-value pair: expected value, saw '\\n'; give a "
            "value behind the =", FILE_ROUTE + "name =\n"),
    Mistake("a backslash in double quotes", "run --config {f}/m.toml", USAGE,
            "{f}/m.toml:4:14: not valid TOML: Error while parsing unicode scalar sequence: expected hex digit, saw "
            "'s'; in double quotes a backslash is written twice, in single quotes once", FILE_ROUTE + 'trace = "C:\\Users"\n'),
    Mistake("a misspelled key", "run --config {f}/m.toml", USAGE,
            "{f}/m.toml:4:1: naem: is no option; did you mean name?", FILE_ROUTE + 'naem = "mail.test"\n'),
    Mistake("a key twice", "run --config {f}/m.toml", USAGE,
            "{f}/m.toml:4:12: not valid TOML: Error while parsing key-value pair: cannot redefine existing string "
            "'upstream'; it is there already: leave one of them out", FILE_ROUTE + 'upstream = "127.0.0.1:10"\n'),
    Mistake("a route in single brackets", "run --config {f}/m.toml", USAGE,
            "{f}/m.toml:1:2: route: must be a list of tables; head each with [[route]], in double brackets", FILE_ROUTE.replace("[[route]]", "[route]")),
    Mistake("a process option in a route", "run --config {f}/m.toml", USAGE,
            "{f}/m.toml:4:1: workers: is of the whole process; move it above the first [[route]]", FILE_ROUTE + "workers = 2\n"),
    Mistake("a number in quotes", "run --config {f}/m.toml", USAGE,
            "{f}/m.toml:1:1: workers: must be a whole number, without quotes", 'workers = "2"\n' + FILE_ROUTE),
    Mistake("two routes on one port", "run --config {f}/m.toml", USAGE,
            "{f}/m.toml:5:1: listen: 127.0.0.1:8443 takes the same connections as 127.0.0.1:8443 of the route at "
            "{f}/m.toml:1:1; give one of them another port", FILE_ROUTE.replace(":0", ":8443") * 2),
    Mistake("no route", "run --config {f}/m.toml", USAGE,
            "{f}/m.toml: has no route; add [[route]] with listen and upstream", "workers = 2\n"),
    # Listening
    Mistake("a port below 1024", "run --listen 127.0.0.1:443 --upstream 127.0.0.1:9", 1,
            "--listen: can't listen on 127.0.0.1:443: Permission denied: ports below 1024 are root's; start mailtap "
            "as root with --user, give the program the right (setcap cap_net_bind_service=+ep MAILTAP), or give a "
            "port from 1024 on", nobody=True),
    Mistake("another machine's address", "run --listen 192.0.2.1:8443 --upstream 127.0.0.1:9", 1,
            "--listen: can't listen on 192.0.2.1:8443: Cannot assign requested address: no interface of this machine "
            "has that address (`ip address` lists them); give one that it has, or * for every address"),
    # check
    Mistake("a check of a folder", "check {f}", USAGE,
            "mailtap check: TARGET: {f} is a folder; give a file in it that has the chain, or the server's host"),
    Mistake("a check of a file that isn't there", "check {f}/nowhere.pem", USAGE,
            "mailtap check: TARGET: there is no file \"{f}/nowhere.pem\"; correct the path, or give the server's host"),
    Mistake("a check of a key", "check {f}/own.key", 4,
            "{f}/own.key NOTHING TO JUDGE: {f}/own.key holds no certificate: it is a private key; give the file of "
            "its certificate"),
    Mistake("a check of a PFX", "check {f}/own.pfx", 4,
            "{f}/own.pfx NOTHING TO JUDGE: {f}/own.pfx holds no certificate: it is a PFX (PKCS#12); take out what is "
            "in it: mailtap ca import-pfx --pfx FILE --cert CERT.pem --key KEY.pem"),
    Mistake("a check of another protocol", "check ftp://mail.test", USAGE,
            "mailtap check: TARGET: \"ftp://mail.test\" is a URL of another kind; those that can be checked are "
            "https://, smtps://, pop3s://, imaps://, ldaps://, smtp://, pop3://, imap://"),
    Mistake("a check without TLS", "check http://mail.test", USAGE,
            "mailtap check: TARGET: \"http://mail.test\" isn't encrypted; check the https:// URL"),
    Mistake("STARTTLS of a protocol that is none", "check --starttls ldap mail.test", USAGE,
            "mailtap check: --starttls: \"ldap\" is none of smtp, pop3, imap (`mailtap check --help` lists what "
            "there is)"),
    Mistake("a client certificate without its key", "check mail.test --client-cert {f}/own.pem", USAGE,
            "mailtap check: --client-cert is given without --client-key; give both (`mailtap check --help` lists "
            "what there is)"),
    Mistake("a name that can't be resolved", "check mail.invalid", 4,
            "mail.invalid NOTHING TO JUDGE: the name mail.invalid ... to do 1. Correct the name, "
            "or ask by the server's address: mailtap check ADDRESS:443 --name mail.invalid. `getent hosts "
            "mail.invalid` asks the same resolver."),
    Mistake("a server that is down", "check 127.0.0.1:{down}", 4,
            "127.0.0.1:{down} NOTHING TO JUDGE: no connection to 127.0.0.1:{down}: connection refused to do 1. Look "
            "whether the server is running and listens on port {down} (`ss -ltn` there), whether this is the port "
            "that was meant (https 443, imaps 993, pop3s 995, smtps 465), and whether a firewall lets it through."),
    # Options of check
    Mistake("trust that isn't there", "check mail.test --trust {f}/nowhere.pem", USAGE,
            "mailtap check: --trust: {f}/nowhere.pem: can't be read: No such file or directory; correct the path"),
    Mistake("a revocation list that is none", "check {f}/own.pem --crl {f}/own.pem", USAGE,
            "mailtap check: --crl: {f}/own.pem: no revocation list in it (PEM and DER are understood); give the CA's CRL, or leave it out"),
    Mistake("a client's key that isn't there", "check mail.test --client-cert {f}/own.pem --client-key {f}/nowhere.key", USAGE,
            "mailtap check: --client-key: {f}/nowhere.key: can't be read: No such file or directory; correct the path"),
    Mistake("a client's certificate that is none", "check mail.test --client-cert {f}/own.key --client-key {f}/own.key", USAGE,
            "mailtap check: --client-cert: {f}/own.key: holds no certificate: it is a private key; give the file of its "
            "certificate"),
    Mistake("protocols of a file", "check {f}/own.pem --protocols", USAGE,
            "mailtap check: --protocols: is about a server, and {f}/own.pem is a file, which is only read; give the "
            "server's host, or leave it out"),
    Mistake("STARTTLS of a file", "check mail.test {f}/own.pem --starttls smtp", USAGE,
            "mailtap check: --starttls: is about a server, and {f}/own.pem is a file, which is only read; give the "
            "server's host, or leave it out"),
    Mistake("a delay of nothing", "check mail.test --delay 100ms", USAGE,
            "mailtap check: --delay: is for --protocols and --intolerance; add one of these, or leave it out"),
    Mistake("a bound of nothing", "check mail.test --at-once 4", USAGE,
            "mailtap check: --at-once: is for --protocols and --intolerance; add one of these, or leave it out"),
    Mistake("a bound of none at all", "check mail.test --targets-at-once 0", USAGE,
            "mailtap check: --targets-at-once: \"0\" is not between 1 and 256 (`mailtap check --help` lists what there is)"),
    Mistake("targets that aren't there", "check --targets {f}/nowhere", USAGE,
            "mailtap check: --targets: {f}/nowhere can't be read: No such file or directory; give a file with a target a "
            "line, or - for standard input"),
    Mistake("no target", "check", USAGE, "mailtap check: give a TARGET, several, or --targets FILE"),
    Mistake("a time that is none", "check {f}/own.pem --at yesterday", USAGE,
            "mailtap check: --at: \"yesterday\" is no RFC 3339 time such as 2026-11-23T20:22:00Z"),
    Mistake("a language that isn't spoken", "check {f}/own.pem --lang de", USAGE,
            "mailtap check: --lang: \"de\" is none of en, vi (`mailtap check --help` lists what there is)"),
    # The other commands
    Mistake("nothing to explain", "explain", USAGE,
            "mailtap explain: there is no text; give it as an argument, by --file or on standard input"),
    Mistake("a text that isn't there", "explain --file {f}/nowhere", 66,
            "mailtap explain: --file: {f}/nowhere: can't be read: No such file or directory; correct the path"),
    Mistake("a folder as log", "report {f}", 66, "mailtap report: {f} can't be read: it is a folder; give the logs in it"),
    Mistake("a page that isn't there", "top http://127.0.0.1:{down}/ --once", 1,
            "mailtap top: 127.0.0.1:{down}: no connection to 127.0.0.1:{down}: connection refused; give the URL that a running "
            "mailtap with --admin says at its start"),
    Mistake("a page by another protocol", "top ftp://mail.test --once", USAGE,
            "mailtap top: URL: \"ftp://mail.test\": it is no http:// or https:// URL; give such as http://127.0.0.1:8025/"),
    Mistake("traces that aren't there", "trace list {f}/nowhere", 1,
            "{f}/nowhere isn't there; give the folder that `mailtap run --trace` was given, or a .jsonl file of it"),
    Mistake("a connection by name", "trace show {f} mail", USAGE,
            "mailtap trace show: ID: \"mail\" is no whole number (`mailtap trace show --help` lists what there is)"),
    Mistake("a CA that isn't there", "ca show --ca-cert {f}/nowhere.pem", 1,
            "mailtap ca: --ca-cert: {f}/nowhere.pem: can't be read: No such file or directory; correct the path"),
    Mistake("a CA in no folder", "ca init --ca-cert {f}/nowhere/ca.pem --ca-key {f}/nowhere/ca.key", 1,
            "mailtap ca: {f}/nowhere/ca.key: can't be created: No such file or directory; make its folder first"),
    Mistake("a request that isn't there", "ca sign --ca-cert {f}/ca.pem --ca-key {f}/ca.key --csr {f}/nowhere.csr --cert {f}/new.pem", 1,
            "mailtap ca: --csr: {f}/nowhere.csr: can't be read: No such file or directory; correct the path"),
    Mistake("another CA's key", "ca issue --ca-cert {f}/ca.pem --ca-key {f}/own.key --name mail.test --cert {f}/new.pem --key {f}/new.key", 1,
            "mailtap ca: --ca-key: {f}/own.key: this private key doesn't belong to the certificate in {f}/ca.pem; give the key "
            "that was made with it"),
    Mistake("a configuration left out", "config check", USAGE,
            "mailtap config check: FILE is missing; give it (`mailtap config check --help` lists what there is)"),
    # Files from other programs, and words of other programs
    Mistake("a configuration in UTF-16", "run --config {f}/utf16.toml", USAGE,
            "{f}/utf16.toml: is UTF-16, which Notepad calls Unicode; save it as UTF-8"),
    Mistake("a configuration in Latin-1", "run --config {f}/latin1.toml", USAGE,
            "{f}/latin1.toml:4:6: not valid TOML: Encountered invalid utf-8 sequence; write it without, and save the file as UTF-8"),
    Mistake("a configuration in YAML", "run --config {f}/m.toml", USAGE,
            "{f}/m.toml:1:7: not valid TOML: Error while parsing key-value pair: expected '=', saw ':'; that is YAML: in TOML it is "
            "KEY = VALUE", "listen: 127.0.0.1:0\n"),
    Mistake("a configuration in JSON", "run --config {f}/m.toml", USAGE,
            "{f}/m.toml:1:1: not valid TOML: Error while parsing root table: expected keys, tables, whitespace or comments, saw '{'; that is "
            "JSON: in TOML a line is KEY = VALUE", '{"route": []}\n'),
    Mistake("a text that isn't closed", "run --config {f}/m.toml", USAGE,
            "{f}/m.toml:4:12: not valid TOML: Error while parsing string: unescaped control characters other than TAB (U+0009) are "
            "explicitly prohibited; close the text with the quote that it begins with, on the same line", FILE_ROUTE + 'name = "abc\n'),
    Mistake("a word processor's quotes", "run --config {f}/m.toml", USAGE,
            "{f}/m.toml:4:8: not valid TOML: Error while parsing value: could not determine value type; these quotes are of a word "
            "processor: write straight ones, \" or '", FILE_ROUTE + "name = \u201cmail.test\u201d\n"),
    Mistake("two equals signs", "run --config {f}/m.toml", USAGE,
            "{f}/m.toml:4:7: not valid TOML: Error while parsing value: could not determine value type; write one = alone",
            FILE_ROUTE + 'name == "mail.test"\n'),
    Mistake("a number with zeroes before it", "run --config {f}/m.toml", USAGE,
            "{f}/m.toml:1:14: not valid TOML: Error while parsing decimal integer: leading zeroes are prohibited; write the number without "
            "the zeroes before it", "workers = 002\n" + FILE_ROUTE),
    Mistake("a list without a comma", "run --config {f}/m.toml", USAGE,
            "{f}/m.toml:4:19: not valid TOML: Error while parsing array: expected comma or closing ']', saw '\"'; values in a list have "
            "commas between them, and a ] ends it", FILE_ROUTE + 'trace-only = ["a" "b"]\n'),
    Mistake("a word behind a value", "run --config {f}/m.toml", USAGE,
            "{f}/m.toml:4:20: not valid TOML: Error while parsing key-value pair: expected a comment or whitespace, saw 'r'; nothing follows a "
            "value but a remark behind a #", FILE_ROUTE + 'name = "mail.test" really\n'),
    Mistake("half a head", "run --config {f}/m.toml", USAGE,
            "{f}/m.toml:1:8: not valid TOML: Error while parsing table header: expected ']', saw '\\n'; a head stands alone on its line, "
            "such as [[route]]", FILE_ROUTE.replace("[[route]]", "[[route")),
    Mistake("the configuration without --config", "run {f}/root.toml", USAGE,
            "mailtap run: \"{f}/root.toml\" is more than it takes; a file of the configuration is given by --config (`mailtap run --help` "
            "lists what there is)"),
    Mistake("help as a command", "help", USAGE, "mailtap: \"help\" is no command; did you mean --help? (`mailtap --help` lists what there is)"),
    Mistake("version as a command", "version", USAGE,
            "mailtap: \"version\" is no command; did you mean --version? (`mailtap --help` lists what there is)"),
    Mistake("another program's command", "start", USAGE,
            "mailtap: \"start\" is no command; did you mean run? (`mailtap --help` lists what there is)"),
    Mistake("an option of another program", f"run {ROUTE} --min-tls 1.2", USAGE,
            "mailtap run: --min-tls is no option (`mailtap run --help` lists what there is)"),
    Mistake("a public key as certificate", f"run {ROUTE} --cert {{f}}/public.pem --key {{f}}/own.key", 1,
            "--cert: {f}/public.pem: holds no certificate: it is a public key; give the certificate, as PEM (BEGIN CERTIFICATE) or DER"),
    Mistake("a public key as key", f"run {ROUTE} --cert {{f}}/own.pem --key {{f}}/public.pem", 1,
            "--key: {f}/public.pem: holds no private key: it is a public key; give the file of the certificate's private key"),
    Mistake("certificate and key the other way round", f"run {ROUTE} --cert {{f}}/own.key --key {{f}}/own.pem", 1,
            "--cert: {f}/own.key: holds no certificate: it is a private key; give the file of its certificate"),
    Mistake("an SSH key", f"run {ROUTE} --cert {{f}}/ssh.pub --key {{f}}/own.key", 1,
            "--cert: {f}/ssh.pub: holds no certificate: it is an SSH key; give the certificate, as PEM (BEGIN CERTIFICATE) or DER"),
    Mistake("a file that was cut", f"run {ROUTE} --cert {{f}}/cut.pem --key {{f}}/own.key", 1,
            "--cert: {f}/cut.pem: PEM block 1 has no end; the file was cut, so copy it anew"),
    Mistake("a file that was damaged", f"run {ROUTE} --cert {{f}}/damaged.pem --key {{f}}/own.key", 1,
            "--cert: {f}/damaged.pem: PEM block 1 (CERTIFICATE) isn't base64; copy the file anew, as text"),
    Mistake("an empty certificate", f"run {ROUTE} --cert {{f}}/root.log --key {{f}}/own.key", 1,
            "--cert: {f}/root.log: is empty; export the certificate anew"),
    Mistake("an empty key", f"run {ROUTE} --cert {{f}}/own.pem --key {{f}}/root.log", 1,
            "--key: {f}/root.log: is empty; export the private key anew"),
    Mistake("a folder as certificate", f"run {ROUTE} --cert {{f}} --key {{f}}/own.key", USAGE, "--cert: {f} is a folder; give a file"),
    Mistake("a file as folder of traces", f"run {ROUTE} --trace {{f}}/own.pem", USAGE, "--trace: {f}/own.pem is a file; give a folder"),
    Mistake("a hook with its arguments", f"run {ROUTE} --alert-command /no/such/mail\\_-s\\_x", USAGE,
            "--alert-command: /no/such/mail -s x can't be run: No such file or directory; give the program's file alone, and its arguments "
            "by alert-command-arg"),
    # Addresses
    Mistake("port 0 of a server", "run --listen :0 --upstream 127.0.0.1:0", USAGE,
            "--upstream: \"127.0.0.1:0\" has the port \"0\"; a port is a number from 1 to 65535"),
    Mistake("IPv6 without brackets", "run --listen :0 --upstream 2001:db8::1:443", USAGE,
            "--upstream: \"2001:db8::1:443\" is an IPv6 address without brackets; write it as [2001:db8::1]:443"),
    Mistake("a port alone", "run --listen 8443 --upstream 127.0.0.1:9", USAGE,
            "--listen: \"8443\" has no port; write it as 127.0.0.1:8443, or :8443 for all addresses"),
    Mistake("two listeners of one route", "run --listen :0 --listen :0 --upstream 127.0.0.1:9", USAGE,
            "mailtap run: --listen is given twice; give it once (`mailtap run --help` lists what there is)"),
    Mistake("a port by name", "run --listen :0 --upstream mail.test:https", USAGE,
            "--upstream: \"mail.test:https\" has the port \"https\"; a port is a number from 1 to 65535"),
    Mistake("a mail address as server", "check user@mail.test", USAGE,
            "mailtap check: TARGET: \"user@mail.test\" is no host name or IP address; give one such as mail.contoso.com or 192.0.2.1"),
    Mistake("TLS at once and STARTTLS", "check smtps://127.0.0.1:1 --starttls smtp", USAGE,
            "mailtap check: TARGET: \"smtps://127.0.0.1:1\" doesn't go together with --starttls smtp; leave one of the two out"),
    Mistake("a bracket that isn't closed", "check [::1", USAGE, "mailtap check: TARGET: \"[::1\" lacks a ]; write it as [2001:db8::1]:443"),
    Mistake("targets in UTF-16", "check --targets {f}/utf16.toml", USAGE,
            "mailtap check: --targets: {f}/utf16.toml is UTF-16, which Notepad calls Unicode; save it as UTF-8"),
    Mistake("targets with a mark at the beginning", "check --targets {f}/marked.txt", 4, "127.0.0.1:{down} NOTHING TO JUDGE: no connection to ..."),
    Mistake("a certificate for a URL", "ca issue --ca-cert {f}/ca.pem --ca-key {f}/ca.key --name https://x --cert {f}/new.pem --key {f}/new.key", 1,
            "mailtap ca: --name: \"https://x\" is a URL or a path; give its host alone, such as mail.contoso.com"),
    Mistake("another user's folder", f"run {ROUTE} --trace {{f}}/closed/traces", USAGE,
            "--trace: {f}/closed/traces can't be written: Permission denied; make the folder {f}/closed and let the user that runs mailtap "
            "write there", nobody=True),
]


class Mistakes(harness.Claims):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        f = cls.folder
        cls.down = harness.free_port()
        ca = Authority(f, "ca")
        for name in ("own", "other"):
            leaf = ca.leaf(f"{name}.test", file=name)
            assert leaf.cert == f"{f}/{name}.pem"
        openssl("pkey", "-in", f / "own.key", "-aes256", "-passout", "pass:secret", "-out", f / "encrypted.key")
        openssl("pkey", "-in", f / "own.key", "-traditional", "-aes256", "-passout", "pass:secret", "-out", f / "encrypted-pem.key")
        openssl("pkey", "-in", f / "ca.key", "-aes256", "-passout", "pass:secret", "-out", f / "ca-encrypted.key")
        openssl("pkcs12", "-export", "-in", f / "own.pem", "-inkey", f / "own.key", "-passout", "pass:secret", "-out",
                f / "own.pfx")
        ca.crl("list")
        (f / "wrong.txt").write_text("not the password\n")
        for name, text, mode in (("open-token", "x" * 32, 0o644), ("short-token", "short\n", 0o600),
                                 ("not-executable", "#!/bin/sh\n", 0o644), ("no-interpreter", "#!/no/such/perl\n", 0o755),
                                 ("windows-lines", "#!/bin/sh\r\n", 0o755), ("root.log", "", 0o600),
                                 ("root.toml", FILE_ROUTE, 0o600)):
            (f / name).write_bytes(text.encode())
            (f / name).chmod(mode)
        openssl("pkey", "-in", f / "own.key", "-pubout", "-out", f / "public.pem")
        pem = (f / "own.pem").read_text()
        for name, content in (("utf16.toml", FILE_ROUTE.encode("utf-16")), ("latin1.toml", FILE_ROUTE.encode() + b"# caf\xe9\n"),
                              ("ssh.pub", b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA== root@mail\n"), ("cut.pem", pem[:200].encode()),
                              ("damaged.pem", pem.replace("\n", "\n!", 3).encode()),
                              ("marked.txt", f"\ufeff127.0.0.1:{cls.down}\r\n".encode())):
            (f / name).write_bytes(content)
        (f / "closed").mkdir(mode=0o700)
        for name in ("encrypted.key", "encrypted-pem.key", "ca-encrypted.key", "own.pfx", "own.key", "other.key"):
            (f / name).chmod(0o600)

    def mistakes(self):
        """All, but where this folder is root's alone (/root) those that take somebody else to run the program."""
        try:
            others_can = self.told("--version", nobody=True)[1] == 0
        except PermissionError:
            others_can = False
        if not others_can:
            print("mistakes of users other than root are LEFT OUT: they can't reach", harness.MAILTAP, file=sys.stderr)
        return [mistake for mistake in MISTAKES if others_can or not mistake.nobody]

    def told(self, command, nobody=False, **environment):
        """What mailtap says of it, in one line, and its exit status."""
        words = [word.replace("\\_", " ") for word in command.format(f=self.folder, down=self.down).split()]
        rights = {"user": 65534, "group": 65534, "extra_groups": []} if nobody and os.getuid() == 0 else {}
        done = subprocess.run([harness.MAILTAP, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=60 * harness.PATIENCE, env={**os.environ, **environment}, **rights)
        lines = [line.removeprefix("mailtap: error: ") for line in (done.stdout + done.stderr).splitlines()
                 if "cryptography by" not in line]
        return " ".join(" ".join(lines).split()), done.returncode

    def test_each_mistake_is_named_with_what_to_do_and_nothing_starts(self):
        self.assertGreaterEqual(len(MISTAKES), 100)
        group = grp.getgrgid(os.getegid()).gr_name
        if os.geteuid() == 0 and any(one.gr_name == "mailtap" for one in grp.getgrall()):
            group = "mailtap"  # the package's
        for mistake in self.mistakes():
            with self.subTest(mistake.what):
                (self.folder / "m.toml").write_text(mistake.file)
                said, status = self.told(mistake.command, mistake.nobody)
                wanted = mistake.says.replace("{f}", str(self.folder)).replace("{down}", str(self.down))
                # Its owner closes a file; root gives it to the group that mailtap runs as, which could read it till then.
                wanted = re.sub(r"\{close (\S+)\}", f"chgrp {{group}} {self.folder}/\\1 && chmod 640 {self.folder}/\\1"
                                if os.geteuid() == 0 else f"chmod g-w,o= {self.folder}/\\1", wanted)
                wanted = wanted.replace("{group}", "nogroup" if mistake.nobody and os.getuid() == 0 else group)
                pattern = re.escape(" ".join(wanted.split())).replace(re.escape("..."), ".*")
                self.assertRegex(said, f"^{pattern}$")
                self.assertEqual(status, mistake.status, said)

    def test_each_mistake_is_told_in_vietnamese(self):
        """By the environment's language and by --lang."""
        for mistake in self.mistakes():
            with self.subTest(mistake.what):
                (self.folder / "m.toml").write_text(mistake.file)
                said, status = self.told(mistake.command, mistake.nobody, LC_ALL="vi_VN.UTF-8")
                self.assertEqual(status, mistake.status, said)
                self.assertEqual(english_in(said), [], said)
                if mistake.command.startswith(("run ", "config check {f}")) and mistake.status in (USAGE, 1) and not mistake.says.startswith("mailtap "):
                    self.assertEqual(self.told(f"{mistake.command} --lang vi", mistake.nobody), (said, status))

    def test_who_has_a_port_is_named(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            said, status = self.told(f"run --listen 127.0.0.1:{port} --upstream 127.0.0.1:9")
        name = pathlib.Path("/proc/self/comm").read_text().strip()
        self.assertEqual(said, f"--listen: can't listen on 127.0.0.1:{port}: Address already in use, by {name} (process {os.getpid()}); "
                               "stop that, or give another port")
        self.assertEqual(status, 1)

    def test_starttls_asked_where_tls_begins_at_once_is_told(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:  # as a server does that waits for a client hello
            port = silent.getsockname()[1]
            said, status = self.told(f"check smtp://127.0.0.1:{port} --timeout 1s")
        self.assertEqual(said, f"smtp://127.0.0.1:{port} NOTHING TO JUDGE: no answer within 1 s, in the dialogue before STARTTLS to do 1. If "
                               f"connections to port {port} begin with TLS at once (465, 993, 995): mailtap check "
                               f"smtps://127.0.0.1:{port}. Otherwise see that the server says STARTTLS there. 2. Give the server "
                               "more time: --timeout 60s. Many let a client wait for their greeting on purpose, or look up its address first.")
        self.assertEqual(status, 4)

    def test_der_is_read_where_pem_is_usual(self):
        for kind, program in (("pem", "x509"), ("key", "pkey")):
            openssl(program, "-in", self.folder / f"own.{kind}", "-outform", "der", "-out", self.folder / f"der.{kind}")
        tap = self.mailtap("--cert", self.folder / "der.pem", "--key", self.folder / "der.key", upstream=9)
        tap.stop()


    def test_connect_to_a_port_that_is_no_mail_servers_is_refused_with_what_to_do(self):
        tap = self.mailtap("--listen", "127.0.0.1:0", "--connect-proxy")
        with socket.create_connection(("127.0.0.1", tap.port)) as client:
            client.sendall(b"CONNECT mail.test:8080 HTTP/1.1\r\nHost: mail.test:8080\r\n\r\n")
            client.settimeout(20 * harness.PATIENCE)
            answer = b""
            while chunk := client.recv(4096):
                answer += chunk
        self.assertTrue(answer.startswith(b"HTTP/1.1 403 "), answer)
        self.assertIn(b"mail.test:8080 is no destination that this proxy allows. Let its administrator add it to connect-allow", answer)
        self.assertEqual(tap.ending()[0], "connect-refused")
        tap.stop()


if __name__ == "__main__":
    harness.main(needs=["openssl"])
