#include "proxy/commands/check.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "proxy/command_line/commands.h"
#include "proxy/command_line/language_option.h"

namespace mailtap::commands {

void add_check(CLI::App& app, int& status) {
  auto* command = app.add_subcommand("check", "Say what the certificate of a server, or in a file, is worth");
  auto line = std::make_shared<CheckLine>();
  command->add_option(
      "TARGET", line->targets,
      "URL (https, smtps, pop3s, imaps; smtp, pop3, imap: by STARTTLS), HOST[:PORT], or a file "
      "with a chain (PEM, DER, PKCS#7)");
  command
      ->add_option(
          "--targets", line->targets_file,
          "More targets, one a line, from this file or standard input (-); # begins a remark. --json "
          "is then a line for each as it is ready")
      ->type_name("FILE|-");
  command
      ->add_option("--targets-at-once", line->targets_at_once,
                   "So many targets are checked at once (default 8)")
      ->check(CLI::Range(1, 256));
  command->add_option("--name", line->name,
                      "The name that the certificate must be for (default: the target's host)");
  command->add_option("--starttls", line->starttls, "Begin TLS by STARTTLS of this protocol")
      ->check(CLI::IsMember({"smtp", "pop3", "imap"}));
  command
      ->add_option("--trust", line->trust,
                   "What is trusted: a file, a folder, or system (default); repeatable")
      ->allow_extra_args(false);
  command->add_option("--crl", line->crl, "A CRL file; repeatable")
      ->type_name("FILE")
      ->allow_extra_args(false);
  command->add_option("--at", line->at, "Judge as of this time, such as 2026-11-23T20:00:00Z (default: now)");
  command->add_option("--profile", line->profile, "rfc5280 (default), or webpki: lints are faults too")
      ->check(CLI::IsMember({"rfc5280", "webpki"}));
  add_language_option(*command, line->language);
  command->add_option("--as", line->as,
                      "As this client would judge it, such as java: its opinion counts for the exit status");
  command
      ->add_option(
          "--hello", line->hellos,
          "Play this client's hello to the server, and say what the two would agree on: a client whose "
          "hello is known, such as openssl-3.0, its JA4, or a file with a hello as it was sent, or in hex; "
          "repeatable")
      ->type_name("FILE|JA4|CLIENT")
      ->allow_extra_args(false);
  command->add_flag("--json", line->json, "One JSON document instead of text");
  command->add_flag(
      "--fetch-aia", line->fetch_aia,
      "Say whether the issuers that the certificates name (AIA, http:// only) would complete an "
      "incomplete chain");
  command->add_flag(
      "--fetch-crl", line->fetch_crl,
      "Fetch the revocation lists that the certificates name (http:// only) and judge by them; one "
      "that can't be had is a fault");
  command->add_flag(
      "--fetch-ocsp", line->fetch_ocsp,
      "Ask the OCSP responders that the certificates name (http:// only) and judge by their answers; one "
      "that gives none is a fault");
  command->add_flag("--protocols", line->protocols,
                    "Ask for everything else of the server's TLS too: suites, groups and signature "
                    "algorithms of each version, extensions, "
                    "known weaknesses; with a grade. Some two hundred connections to each server");
  command->add_flag(
      "--intolerance", line->intolerance,
      "Try out what breaks servers and the boxes before them: large hellos, hellos in several "
      "segments, with what nobody knows, without a name. Some twenty connections to each server");
  command
      ->add_option("--at-once", line->at_once,
                   "Of --protocols and --intolerance: so many connections to a server at once (default 8)")
      ->check(CLI::Range(1, 64));
  command->add_option("--delay", line->delay,
                      "Of --protocols and --intolerance: between two connections to a server, such as 100ms "
                      "(default: none)");
  command->add_option("--timeout", line->timeout,
                      "For each connection, such as 5s (default 10s; before STARTTLS 30s)");
  auto* cert =
      command->add_option("--client-cert", line->client_cert, "Shown to a server that asks for one (PEM)")
          ->type_name("FILE");
  auto* key =
      command->add_option("--client-key", line->client_key, "Its private key (PEM)")->type_name("FILE");
  cert->needs(key);
  key->needs(cert);
  command
      ->add_option("--send-proxy-protocol", line->proxy_protocol,
                   "Begin each connection with a PROXY header of that version, for a server that demands it "
                   "(HAProxy: accept-proxy, nginx: proxy_protocol)")
      ->check(CLI::IsMember({"v1", "v2"}));
  command->footer(
      "Exit code: 0 trusted and matching, 1 not trusted, 2 name mismatch, 3 both, 4 unreachable, no TLS, or "
      "nothing\n"
      "to judge, 5 trusted and matching but nothing newer than TLS 1.1, 64 usage. Of several targets the\n"
      "worst counts: 0, 5, 2, 1, 3, 4.\n"
      "\n"
      "  mailtap check https://mail.contoso.local/EWS/Exchange.asmx --trust routers-roots.pem\n"
      "  mailtap check imap://mail.contoso.local smtp://mail.contoso.local mail.contoso.local:995\n"
      "  mailtap check --targets servers.txt --json\n"
      "  mailtap check chain.pem --name mail.contoso.local --at 2027-01-01T00:00:00Z");
  command->callback([line, &status] { status = run_check(*line); });
}

}  // namespace mailtap::commands
