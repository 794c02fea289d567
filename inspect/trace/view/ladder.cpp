#include "inspect/trace/view/ladder.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "config/base/phrases.h"
#include "config/base/text.h"
#include "inspect/trace/view/columns.h"
#include "inspect/writers/human.h"
#include "inspect/writers/printable.h"

namespace mailtap::trace {

namespace {

using inspect::printable;

std::string milliseconds(std::int64_t us) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%9.1f", static_cast<double>(us) / 1000.0);
  return text.data();
}

/// One line of the ladder: an event, and the leg that it is of.
struct Rung {
  const StoredEvent* event;
  bool downstream;
};

class Ladder {
 public:
  Ladder(const StoredTrace& trace, const LadderStyle& style)
      : trace_(trace),
        coloured_(style.coloured),
        language_(style.language),
        span_(std::clamp<std::size_t>((style.width - 20) / 2, 28, 44)) {}

  std::string draw() {
    heading();
    out_ += '\n';
    handshakes();
    out_ += '\n';
    negotiation(trace_.downstream);
    if (!trace_.observed) negotiation(trace_.upstream);
    verdict();
    return std::move(out_);
  }

 private:
  std::string marked(std::string_view colour, const std::string& text) const {
    return coloured_ ? std::string(colour) + text + std::string(inspect::colour::none) : text;
  }
  std::string say(std::string_view english, const std::vector<std::string>& values = {}) const {
    return said(language_, english, values);
  }
  /// Of what was found when it was recorded, and may have a peer's words in it.
  std::string translated(std::string_view sentence) const {
    return printable(in_language(sentence, language_));
  }
  void line(const std::string& text) { out_ += text + '\n'; }
  void field(const char* name, const std::string& value) {
    if (!value.empty()) line("  " + padded(name, 12) + value);
  }

  void heading() {
    line(say("connection {n} of {time}, route {route}",
             {std::to_string(trace_.id), printable(trace_.time), printable(trace_.route)}));
    const auto client = printable(trace_.downstream.address);
    field("client", trace_.sni.empty() ? say("{address}, no SNI", {client})
                                       : say("{address}, asks for {name}", {client, printable(trace_.sni)}));
    field("server",
          inspect::or_dash(trace_.upstream.address) + " (" + printable(trace_.upstream_configured) + ")");
    field("presented", printable(trace_.presented_mode));
    if (trace_.observed) field("mailtap", say("observed, and changed nothing"));
    auto ending = printable(trace_.ending_reason) + " (" + printable(trace_.ending_side) + ")";
    if (!trace_.ending_detail.empty()) ending += ": " + translated(trace_.ending_detail);
    field("ending", trace_.failed() ? marked(inspect::colour::red, ending) : ending);
  }

  // --- the ladder ------------------------------------------------------------------------------------------

  void handshakes() {
    std::vector<Rung> rungs;
    for (const auto& event : trace_.downstream.events) rungs.push_back({&event, true});
    if (!trace_.observed)
      for (const auto& event : trace_.upstream.events) rungs.push_back({&event, false});
    std::stable_sort(rungs.begin(), rungs.end(),
                     [](const Rung& a, const Rung& b) { return a.event->at_us < b.event->at_us; });
    line("       ms  " + padded(say("client"), span_ + 1) + padded("mailtap", span_ + 1) + say("server"));
    for (const auto& rung : rungs) draw_rung(rung);
    for (const auto* leg : {&trace_.downstream, &trace_.upstream})
      if (!leg->gave_up.empty() && (leg == &trace_.downstream || !trace_.observed))
        line("           " + translated("not decoded further: " + leg->gave_up));
    if (!rungs.empty() && trace_.failed() && !fault_drawn_)
      line(marked(inspect::colour::red,
                  "           ^ " + say("here it ended: {reason}", {printable(trace_.ending_reason)})));
  }

  void draw_rung(const Rung& rung) {
    const auto& event = *rung.event;
    const auto arrow = arrow_of(event, trace_.observed ? 2 * span_ + 1 : span_);
    const std::string empty(span_, ' ');
    const auto struck = what_struck(rung);
    auto text = milliseconds(event.at_us) + "  |";
    if (trace_.observed)  // through mailtap
      text += arrow + "|";
    else
      text += (rung.downstream ? arrow : empty) + "|" + (rung.downstream ? empty : arrow) + "|";
    line(struck.empty() ? text : marked(inspect::colour::red, text + "  <-- " + struck));
    fault_drawn_ |= !struck.empty();
  }

  static std::string arrow_of(const StoredEvent& event, std::size_t span) {
    auto label = event.name.empty() ? printable(event.kind) : printable(event.name);
    if (event.kind == "alert")
      label = "alert " + (event.name.empty() ? std::string("(encrypted)") : printable(event.name));
    label += " " + std::to_string(event.size) + (event.encrypted ? "*" : "");
    if (label.size() + 6 > span) label.resize(span - 6);
    const std::string dashes(span - label.size() - 5, '-');
    return event.from_client ? "-- " + label + " " + dashes + ">" : "<" + dashes + " " + label + " --";
  }

  /// What went wrong at this very message; empty: nothing.
  std::string what_struck(const Rung& rung) const {
    const auto& event = *rung.event;
    if (trace_.observed && event.kind == "alert" && (event.fatal || (event.encrypted && trace_.failed())))
      return say(event.from_client ? "the client ends the handshake" : "the server ends the handshake");
    if (event.kind == "alert" && event.fatal) return refusal(event, rung.downstream);
    const bool is_servers_own = !rung.downstream || trace_.observed;
    if (event.kind != "message" || event.name != "certificate" || event.from_client || !is_servers_own)
      return {};
    if (!trace_.has_verdict || (trace_.trusted && (trace_.name_matches || !trace_.checks_name))) return {};
    return translated(trace_.verdict_text());
  }

  std::string refusal(const StoredEvent& event, bool downstream) const {
    if (event.from_client != downstream) return say("mailtap ends the handshake");
    return say(downstream ? "the client ends the handshake" : "the server ends the handshake");
  }

  // --- offered and chosen ----------------------------------------------------------------------------------

  void negotiation(const StoredLeg& leg) {
    if (leg.offers.empty()) return;
    const auto& offer = leg.offers.front();
    line(say(trace_.observed              ? "the client offered, the server chose"
             : &leg == &trace_.downstream ? "the client offered, mailtap chose"
                                          : "mailtap offered, the server chose"));
    const auto versions = offer.versions.empty() ? std::vector{offer.legacy_version} : offer.versions;
    options("version", versions, leg.tls);
    options("cipher", offer.cipher_suites, leg.cipher);
    options("group", offer.groups, leg.group);
    options("signature", offer.signature_algorithms, "");
    options("ALPN", offer.alpn, leg.alpn);
    if (leg.resumed) field("resumed", say("yes: no certificate is sent in such a handshake"));
    if (leg.choices.size() > 1 || (!leg.choices.empty() && leg.choices.front().retry_request))
      field("retry", say("the server asked for another key share (HelloRetryRequest)"));
    field("JA4", printable(offer.ja4));
    out_ += '\n';
  }

  void options(const std::string& name, const std::vector<std::string>& offered, const std::string& chosen) {
    if (offered.empty() && chosen.empty()) return;
    std::vector<std::string> shown;
    constexpr std::size_t most = 40;
    for (const auto& option : offered) {
      if (option == "GREASE" || shown.size() == most) continue;
      shown.push_back(option == chosen ? marked(inspect::colour::green, "[" + printable(option) + "]")
                                       : printable(option));
    }
    const bool is_among = std::find(offered.begin(), offered.end(), chosen) != offered.end();
    if (!chosen.empty() && !is_among) shown.push_back("[" + printable(chosen) + "]");
    wrapped(name, shown);
  }

  void wrapped(const std::string& name, const std::vector<std::string>& words) {
    auto text = "  " + padded(name, 12);
    std::size_t column = text.size();
    const auto width = 2 * span_ + 16;
    for (std::size_t i = 0; i < words.size(); ++i) {
      const auto word = words[i] + (i + 1 < words.size() ? "," : "");
      const bool is_first = column == 14;
      if (!is_first && column + 1 + word.size() > width) {
        text += '\n' + std::string(14, ' ');
        column = 14;
      } else if (!is_first) {
        text += ' ';
        ++column;
      }
      text += word;
      column += word.size();
    }
    line(text);
  }

  // --- verdict ---------------------------------------------------------------------------------------------

  void verdict() {
    const bool good = trace_.trusted && (!trace_.checks_name || trace_.name_matches);
    line("verdict       " +
         marked(good ? inspect::colour::green : inspect::colour::red, translated(trace_.verdict_text())));
    for (std::size_t i = trace_.chain.size(); i-- > 0;) {
      const auto& certificate = trace_.chain[i];
      const std::string indent(2 + 3 * (trace_.chain.size() - 1 - i), ' ');
      line(indent + (i + 1 < trace_.chain.size() ? "+- " : "") + printable(certificate.subject) + ", " +
           printable(certificate.key) + ", " + printable(certificate.not_before.substr(0, 10)) + " " +
           say("to") + " " + printable(certificate.not_after.substr(0, 10)));
      for (const auto& finding : trace_.findings)
        if (finding.position == static_cast<std::int64_t>(i))
          line(marked(inspect::colour::red,
                      indent + "   ! " + printable(finding.fault) + ": " + translated(finding.detail)));
    }
    if (trace_.checks_name)
      field("names", printable(join(trace_.names, ", ")) + "; " +
                         say("asked for {name}", {printable(trace_.name_checked)}));
    if (trace_.source == "probe")
      field("source",
            say("a connection of mailtap's own: this one didn't show the certificate in the clear"));
    field("advice", translated(trace_.advice));
  }

  const StoredTrace& trace_;
  bool coloured_;
  Language language_;
  std::size_t span_;  ///< columns between two of the three
  bool fault_drawn_ = false;
  std::string out_;
};

}  // namespace

std::string ladder(const StoredTrace& trace, const LadderStyle& style) {
  return Ladder(trace, style).draw();
}

}  // namespace mailtap::trace
