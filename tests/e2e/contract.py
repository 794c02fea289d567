"""The JSON log line as docs/log.md promises it: every key that scripts rely on, with its type."""

import re

FAULTS = set("""self-signed untrusted-root incomplete-chain expired not-yet-valid revoked bad-signature weak-key
    weak-signature wrong-usage constraint-violation not-a-ca malformed critical-extension missing-staple""".split())
REASONS = set("""closed truncated reset no-data not-tls hello-timeout resolve-failed connect-failed connect-timeout
    upstream-handshake-failed upstream-handshake-timeout downstream-handshake-failed downstream-handshake-timeout
    refused-untrusted presentation-failed tls-error idle-timeout limit-per-source limit-per-route out-of-descriptors
    shutdown starttls-not-offered starttls-refused starttls-not-used starttls-timeout plaintext-injected plaintext-error
    client-refused proxy-header-bad connect-refused unknown-name loop""".split())
SERVICES = set("""ews autodiscover activesync mapi rpc owa ecp oab powershell webdav http smtp pop3 imap""".split())
FINDINGS = set("""basic-over-tls extended-protection bound-to-presented plaintext-authentication plaintext-session
    starttls-not-offered starttls-withdrawn oauth-refused basic-off smtp-auth-off ews-blocked throttled""".split())

STAPLES = set("""none good revoked unknown expired not-yet-valid other-certificate bad-signature unauthorised malformed
    unsuccessful unjudged""".split())

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
ADDRESS = re.compile(r"(\d+\.\d+\.\d+\.\d+|\[[0-9a-f:]+\]):\d+")
SHA256 = re.compile(r"[0-9a-f]{64}")
JA4 = re.compile(r"t(13|12|11|10|s3|s2|00)[di]\d\d\d\d[0-9a-z]{2}_[0-9a-f]{12}_[0-9a-f]{12}")
VERSION = re.compile(r"TLSv1\.[0-3]")


class Or:
    """A value or null."""

    def __init__(self, shape):
        self.shape = shape


SIGNED = object()

LEG = {"address": Or(ADDRESS), "tls": Or(VERSION), "cipher": Or(str), "group": Or(str), "resumed": bool}
SHAPE = {
    "event": {"connection"},
    "time": TIME,
    "id": int,
    "route": str,
    "arrival": {"way": {"direct", "sni", "connect", "redirect", "tproxy"}, "proxy": Or(ADDRESS)},
    "mode": {"intercept", "observe"},
    "downstream": {**LEG, "sni": Or(str), "ja4": Or(JA4)},
    "upstream": {**LEG, "name": Or(str), "ja4": Or(JA4)},
    "verdict": Or({
        "trust": {"trusted", "untrusted"},
        "faults": [FAULTS],
        "name": Or({"match", "mismatch"}),
        "name_checked": str,
        "names": [str],
        "kind": {"self-signed", "private-pki", "public-ca", "unknown"},
        "causes": [int],
        "dotnet": {"policy_errors": [str], "chain_status": [str]},
        "advice": Or(str),
        "source": {"handshake", "cache", "probe"},
        "staple": Or({"state": STAPLES, "demanded": bool, "detail": Or(str), "responder": Or(str), "this_update": Or(TIME),
                      "next_update": Or(TIME)}),
        "scts": {"certificate": Or(int), "handshake": Or(int), "ocsp": Or(int)},
    }),
    "chain": [{
        "subject": Or(str), "issuer": Or(str), "serial": Or(str), "not_before": Or(TIME), "not_after": Or(TIME),
        "key": Or(str), "signature": Or(str), "sha256": SHA256, "names": [str],
    }],
    "starttls": Or({"protocol": Or({"smtp", "pop3", "imap"}), "offered": Or(bool), "authentication": {"none", "refused", "relayed"},
                    "outcome": {"unfinished", "upgraded", "not-offered", "refused", "not-asked"}, "plaintext": bool}),
    "aia": Or({"reaches_root": bool, "faults": [FAULTS], "detail": Or(str)}),
    "crl": Or([{"url": Or(str), "problem": Or(str)}]),
    "ocsp": Or([{"url": Or(str), "problem": Or(str)}]),
    "lookup_pending": bool,
    "presented": {"mode": Or({"mirror", "issue", "own"}), "sha256": Or(SHA256), "not_repeated": [str]},
    "policy": {"decided_by": Or({"trust", "pin", "pin-file", "first-use", "nothing"}), "unprotected": bool},
    "direct": Or({
        "agrees": Or(bool), "tls": Or(str), "cipher": Or(str), "group": Or(str), "alpn": Or(str), "hello_retry_request": bool,
        "alert": Or(int), "detail": Or(str), "finding": Or(str), "advice": Or(str), "source": {"probe", "cache"},
        "cause": Or({"version", "cipher-suites", "name", "alpn", "fallback", "alert", "closed", "reset", "unasked", "not-tls",
                     "silent", "unreachable", "signature"}),
    }),
    "differences": [{
        "kind": {"versions", "ciphers", "groups", "signature-algorithms", "extensions", "alpn", "hello", "tls", "cipher", "group",
                 "resumption", "early-data", "certificate", "channel-binding", "client-certificate"},
        "values": [str],
    }],
    "reaction": Or({
        "kind": {"accepted", "rejected", "other-alert", "left-at-certificate", "no-request"},
        "alert": Or(int), "alert_name": Or(str), "meaning": Or(str), "advice": Or(str),
    }),
    "client_certificate": {
        "asked_by_server": bool, "shown_sha256": Or(SHA256), "asked_of_client": bool,
        "chain": [{"subject": str, "issuer": str, "sha256": SHA256}],
    },
    "timing_us": {"connect": Or(int), "upstream_handshake": Or(int), "downstream_handshake": Or(int), "total": int},
    "bytes": {"to_upstream": int, "to_downstream": int},
    "traffic": Or({
        "protocol": {"http", "smtp", "pop3", "imap", "raw"}, "exchanges": int, "failed": int, "services": dict,
        "last_statuses": [str], "findings": [{"finding": FINDINGS, "detail": str, "advice": Or(str)}],
        "stopped": Or(str),
    }),
    "undecoded": Or(str),
    "ending": {"reason": REASONS, "side": {"downstream", "upstream", "mailtap"}, "detail": Or(str)},
}

EXCHANGE = {
    "event": {"exchange"},
    "time": TIME,
    "id": int,
    "exchange": int,
    "route": str,
    "service": SERVICES,
    "status": Or(str),
    "failed": bool,
    "complete": bool,
    "bytes": {"request": int, "response": int},
    "timing_us": {"first_byte": Or(int), "total": int},
    "verdict": {"trust": Or({"trusted", "untrusted"}), "name": Or({"match", "mismatch"})},
    "authentication": Or({
        "scheme": {"basic", "digest", "ntlm", "negotiate", "kerberos", "bearer", "other"},
        "stage": {"none", "offered", "challenged", "accepted", "refused"},
        "ntlm": Or({
            "flags": re.compile("0x[0-9a-f]{8}"), "target": Or(str), "domain": Or(str), "user": Or(str),
            "message_integrity": bool,
            "channel_binding": {"unknown", "absent", "presented", "server", "both", "neither"},
        }),
    }),
    "findings": [FINDINGS],
    "http": Or({"method": Or(str), "path": Or(str), "operation": Or(str), "response_code": Or(str), "upgraded": bool}),
    "mail": Or({"command": Or(str), "messages": int, "message_bytes": int, "fetched": int, "exists": Or(int),
                "user": Or(str), "mailbox": Or(str), "address": Or(str)}),
}


OPINION = {"trust": {"trusted", "untrusted"}, "faults": [FAULTS], "name": {"match", "mismatch"}, "reasons": [str]}
LEAF = {"subject": Or(str), "issuer": Or(str), "serial": Or(str), "sha256": Or(SHA256), "spki_sha256": Or(str), "ends": Or(TIME)}
ALERT = {
    "event": {"alert"},
    "time": TIME,
    "kind": {"certificate-near-expiry", "verdict-changed", "chain-changed", "router-rejects"},
    "state": {"raised", "cleared", "notice"},
    "route": str,
    "upstream": str,
    "name": Or(str),
    "connection": Or(int),
    "summary": str,
    "advice": Or(str),
    "held_back": int,
    "expiry": Or({"ends": TIME, "days_left": SIGNED, "threshold_days": int}),
    "verdict": Or({"from": OPINION, "to": OPINION}),
    "chain": Or({"before": LEAF, "after": LEAF, "changed": [{"certificate", "key", "issuer", "subject", "intermediates"}]}),
    "router": Or({"client": Or(str), "reaction": {"accepted", "rejected", "left-at-certificate"}, "alert": Or(int),
                  "alert_name": Or(str), "in_a_row": int}),
}


def checked_alert(line):
    """The same for an alert."""
    check(line, ALERT, "line")
    return line


def checked_exchange(line):
    """The same for a line of what was asked and answered."""
    check(line, EXCHANGE, "line")
    return line


def checked(line):
    """`line` itself, if it keeps the contract; an AssertionError that names the place otherwise."""
    check(line, SHAPE, "line")
    return line


def check(value, shape, place):
    """AssertionError unless `value`, which stands at `place`, is of that shape."""
    def expect(condition, what):
        if not condition:
            raise AssertionError(f"{place} should be {what}, but is {value!r}")

    if isinstance(shape, Or):
        if value is not None:
            check(value, shape.shape, place)
    elif isinstance(shape, dict):
        expect(isinstance(value, dict), "an object")
        expect(shape.keys() <= value.keys(), f"an object with {', '.join(shape)}")
        for key, of_key in shape.items():
            check(value[key], of_key, f"{place}.{key}")
    elif isinstance(shape, list):
        expect(isinstance(value, list), "an array")
        for index, element in enumerate(value):
            check(element, shape[0], f"{place}[{index}]")
    elif shape is SIGNED:
        expect(type(value) is int, "a whole number, which may be negative")
    elif isinstance(shape, set):
        expect(value in shape, f"one of {sorted(shape)}")
    elif isinstance(shape, re.Pattern):
        expect(isinstance(value, str) and shape.fullmatch(value), f"like {shape.pattern}")
    elif shape is int:
        expect(type(value) is int and value >= 0, "a whole number")
    else:
        expect(isinstance(value, shape), f"a {shape.__name__}")
