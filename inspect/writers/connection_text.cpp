// The text form: one glance for a person, and reasons and advice when something is wrong.
#include <algorithm>

#include "certs/model/names.h"
#include "certs/system/windows_says.h"
#include "certs/verify/verdict.h"
#include "config/base/days.h"
#include "config/base/phrases.h"
#include "inspect/record.h"
#include "inspect/verdict_facts.h"
#include "inspect/writers/human.h"
#include "inspect/writers/printable.h"
#include "tls/names.h"

namespace mailtap::inspect {

namespace {

using namespace colour;

class TextBlock {
 public:
  TextBlock(const ConnectionRecord& connection, bool on_terminal)
      : connection_(connection), on_terminal_(on_terminal) {}

  std::string write();

 private:
  std::string judgement() const;
  std::string ending() const;
  void reasons(const certs::Verdict& verdict);
  void completion(const Completion& completion);
  void names(const certs::Verdict& verdict);
  void windows(const certs::SystemVerdict& windows, const certs::Verdict& verdict);
  void presentation();
  void without_mailtap();
  void client_certificates(const ClientCertificates& certificates);
  void traffic(const Traffic& traffic);
  std::string say(std::string_view english, const std::vector<std::string>& values = {}) const {
    return said(connection_.language, english, values);
  }
  /// Of what was found elsewhere, and may have a peer's words in it.
  std::string translated(std::string_view sentence) const {
    return printable(in_language(sentence, connection_.language));
  }
  void line(std::string_view label, const std::string& text) {
    text_ += "\n    " + std::string(label) + std::string(8 - label.size(), ' ') + text;
  }
  std::string coloured(std::string_view colour, const std::string& text) const {
    return on_terminal_ ? std::string(colour) + text + std::string(none) : text;
  }

  const ConnectionRecord& connection_;
  const bool on_terminal_;
  std::string text_;
};

std::string TextBlock::write() {
  const auto& c = connection_;
  text_ = local_time(c.time, !on_terminal_) + " #" + std::to_string(c.id) + " " + printable(c.route) + "  " +
          or_dash(c.downstream.address) + " -> " + or_dash(c.upstream_configured) + "  " + judgement();
  const auto version = [](const Leg& leg) {
    return leg.version == tls::version::none ? "-" : tls::version_name(leg.version);
  };
  const bool any_tls = c.downstream.version != tls::version::none || c.upstream.version != tls::version::none;
  if (any_tls && c.mode == config::Mode::observe)
    text_ += "  " + version(c.downstream) + " observed";
  else if (any_tls)
    text_ += "  " + version(c.downstream) + "/" + version(c.upstream);
  text_ += "  " + human_size(c.bytes_to_upstream) + " up " + human_size(c.bytes_to_downstream) + " down  " +
           human_duration(c.total) + "  " + ending();
  if (c.verdict != nullptr && (!c.verdict->acceptable() || c.verdict->ends_soon())) {
    reasons(*c.verdict);
    if (c.looked_up.completion) completion(*c.looked_up.completion);
    names(*c.verdict);
    if (!c.verdict->advice.empty()) line("advice", printable(c.verdict->advice));
  }
  if (c.windows && c.windows->verdict && c.verdict != nullptr) windows(*c.windows->verdict, *c.verdict);
  presentation();
  without_mailtap();
  client_certificates(c.client_certificates);
  if (!c.undecoded.empty()) line("observe", translated(c.undecoded));
  traffic(c.traffic);
  return std::move(text_);
}

std::string TextBlock::judgement() const {
  if (connection_.verdict == nullptr) return coloured(yellow, say("no certificate seen"));
  const auto& verdict = *connection_.verdict;
  if (verdict.acceptable() && verdict.ends_soon())
    return coloured(yellow, say("trusted, ends in {DAYS}", {days_text(*verdict.days_left)}));
  if (verdict.acceptable()) return coloured(green, "trusted");
  if (verdict.trusted()) return coloured(red, "trusted; NAME MISMATCH");
  std::string text = "UNTRUSTED";
  for (const auto fault : distinct_faults(verdict))
    text += (text == "UNTRUSTED" ? " " : ", ") + std::string(certs::to_string(fault));
  if (verdict.name_mismatches()) text += "; name mismatch";
  return coloured(red, text);
}

std::string TextBlock::ending() const {
  const auto& [reason, side, detail] = connection_.ending;
  std::string text(to_string(reason));
  if (reason != Reason::closed) text += " (" + std::string(to_string(side)) + ")";
  if (!detail.empty()) text += ": " + translated(detail);
  return is_routine(reason) ? text : coloured(red, text);
}

void TextBlock::reasons(const certs::Verdict& verdict) {
  std::string_view label = "why";
  for (const auto& finding : verdict.findings) {
    const auto whose = finding.position < verdict.chain.size()
                           ? printable(verdict.chain[finding.position].subject)
                           : say("certificate {n}", {std::to_string(finding.position + 1)});
    line(label, std::string(certs::to_string(finding.fault)) + ": " + translated(finding.detail) + "  [" +
                    whose + "]");
    label = "";
  }
}

void TextBlock::completion(const Completion& completion) {
  std::string faults;
  for (const auto fault : completion.faults)
    faults += (faults.empty() ? "" : ", ") + std::string(certs::to_string(fault));
  line("aia", !completion.reaches_root
                  ? printable(say("doesn't complete the chain: {WHY}", {completion.detail}))
              : faults.empty() ? say("with the issuers that it names the chain is trusted")
                               : say("with the issuers that it names the chain is {faults}", {faults}));
}

void TextBlock::names(const certs::Verdict& verdict) {
  if (!verdict.name_mismatches()) return;
  constexpr std::size_t most = 8;  // certificates of hosters carry hundreds
  std::string text;
  for (std::size_t i = 0; i < std::min(most, verdict.names.size()); ++i)
    text += (i == 0 ? "" : ", ") + printable(certs::name_for_people(verdict.names[i], connection_.language));
  if (verdict.names.size() > most)
    text = say("{names} and {n} more", {text, std::to_string(verdict.names.size() - most)});
  line("names", say("the certificate is for {names}; asked for {name}",
                    {text.empty() ? say("no name") : text, or_dash(verdict.name_checked)}));
}

/// Where it is news: Windows refuses, or comes to another end than mailtap.
void TextBlock::windows(const certs::SystemVerdict& windows, const certs::Verdict& verdict) {
  const auto differences = certs::windows_differences(windows, verdict);
  if (windows.accepts() && differences.empty()) return;
  std::string_view label = "Windows";
  for (const auto& text : certs::windows_says(windows)) {
    line(label, translated(text));
    label = "";
  }
  for (const auto& text : differences) line("", coloured(red, translated(text)));
}

void TextBlock::presentation() {
  std::string_view label = "mirror";
  for (const auto& phrase : connection_.not_repeated) {
    line(label, printable(say("not repeated: {WHAT}", {phrase})));
    label = "";
  }
  if (connection_.unprotected)
    line("WARNING",
         coloured(red, say("the router saw a certificate that it trusts, and the server's is neither trusted "
                           "nor pinned: the router is not protected from a false server; set "
                           "require-trusted, pin or pin-file")));
  if (connection_.decided_by == Basis::first_use && connection_.verdict != nullptr)
    line("pin", say("the server's key is remembered from now on: {pin}",
                    {"sha256//" + connection_.verdict->spki_sha256}));
  if (!connection_.reaction.advice.empty())
    line("router", coloured(yellow, translated(connection_.reaction.advice)));
}

/// What client and server would have agreed on alone, where that is news.
void TextBlock::without_mailtap() {
  const auto& direct = connection_.direct;
  if (direct && !direct->finding.empty()) {
    const auto finding = printable(direct->finding);
    line("direct", direct->agrees == true ? finding : coloured(yellow, finding));
    if (!direct->advice.empty()) line("", printable(direct->advice));
  } else if (!connection_.bridged.empty()) {
    line("direct", coloured(yellow, printable(connection_.bridged)));
  }
}

void TextBlock::client_certificates(const ClientCertificates& certificates) {
  if (!certificates.wanted_keys.empty())
    line(
        "client",
        say("the server asked for a client certificate and was shown none: the key of client-cert can't sign "
            "in any way that the server lists; give one whose key is of these kinds: {kinds}",
            {certificates.wanted_keys}));
  else if (certificates.asked_by_server)
    line("client",
         certificates.shown_sha256.empty()
             ? say("the server asked for a client certificate and was shown none: give client-cert and "
                   "client-key")
             : say("the server asked for a client certificate and was shown the route's, {name}",
                   {printable(certificates.shown_subject)}));
  if (!certificates.asked_of_client) return;
  line(certificates.asked_by_server ? "" : "client",
       certificates.of_client.empty()
           ? say("the router was asked for one and showed none")
           : say("the router showed {name}, whose private key only the router has: the server didn't see it",
                 {printable(certificates.of_client.front().subject)}));
  for (const auto& lint : certificates.lints) line("", translated(lint));
}

/// What was asked and answered, in sum.
void TextBlock::traffic(const Traffic& traffic) {
  if (traffic.exchanges > 0) {
    std::string text;
    for (const auto& [service, count] : traffic.services)
      text += (text.empty() ? "" : ", ") + std::string(to_string(service)) + " " + std::to_string(count);
    if (traffic.failed > 0) text += "; " + std::to_string(traffic.failed) + " failed";
    std::string last;
    for (const auto& status : traffic.last_statuses) last += " " + or_dash(status);
    line("traffic", text + "; last" + last);
  }
  if (!traffic.stopped.empty())
    line("traffic", printable(say("not followed to the end: {WHY}", {traffic.stopped})));
  for (const auto finding : traffic.findings) {
    auto text = std::string(to_string(finding)) + ": " + say(explain(finding));
    if (finding == TrafficFinding::throttled && traffic.retry_after)
      text += "; " + say("it asks to wait for {n} s", {std::to_string(*traffic.retry_after)});
    line("finding", text);
    if (!remedy(finding).empty()) line("advice", say(remedy(finding)));
  }
}

}  // namespace

std::string to_text(const ConnectionRecord& connection, bool on_terminal) {
  return TextBlock(connection, on_terminal).write();
}

}  // namespace mailtap::inspect
