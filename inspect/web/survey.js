"use strict";
// What a server's TLS is able to, as `check --protocols --json` and the admin endpoint have it (docs/protocols.md,
// member "protocols"): a grade and why, versions, certificates, abilities, weaknesses.
const survey = (() => {
  const {el} = dom, t = (...all) => words.t(...all), said = text => words.said(text);
  const looks = {A: "good", B: "good", C: "some", D: "bad", F: "bad"};
  const version = name => name.replace("TLSv", "TLS ").replace(/^SSLv(\d)$/, "SSL $1.0");
  const known = value => t(value == null ? "survey.unknown" : value ? "survey.yes" : "survey.no");
  const table = (heads, rows) => el("div", {class: "scroll"}, el("table", {class: "facts"}, el("thead", {}, el("tr", {}, heads.map(head => el("th", {scope: "col"}, head)))), el("tbody", {}, rows)));
  const list = (items, name = "plain-list") => items.length ? el("ul", {class: name}, items.map(item => el("li", {}, item))) : "–";

  function suite(s) {
    const parts = [s.group, s.dh_bits ? `DH ${s.dh_bits} (${s.dh_group || t("survey.own-prime")})` : null].filter(Boolean);
    return parts.length ? `${s.name}, ${parts.join(", ")}` : s.name;
  }
  function sessions(v) {
    if (v.resumes == null) return "–";
    return [`${t("survey.resumed")}: ${known(v.resumes)}`, v.ticket_lifetime ? t("survey.ticket", v.ticket_lifetime) : null,
      v.early_data != null ? `${t("survey.early-data")}: ${known(v.early_data)}` : null].filter(Boolean).join(", ");
  }
  const order = which => which ? [" ", el("span", {class: "soft"}, t("survey.order-" + which))] : null;
  function versions(p) {
    return table(["version", "suites", "groups", "signatures", "sessions"].map(key => t("survey." + key)), p.versions.map(v => {
      const head = el("th", {scope: "row"}, version(v.version));
      if (!v.spoken)
        return el("tr", {class: "soft"}, head, el("td", {colspan: 4}, t(v.spoken == null ? p.stopped_answering ? "survey.unknown" : "survey.no-answer" : "survey.not-spoken"), v.detail ? `, ${said(v.detail)}` : null));
      return el("tr", {}, head, el("td", {}, list(v.suites.map(suite)), order(v.order)), el("td", {}, list(v.groups), order(v.group_order)), el("td", {}, list(v.signature_algorithms)), el("td", {}, sessions(v)));
    }));
  }
  const certificates = p => p.certificates.length ? [el("h4", {}, t("survey.certificates")),
    table([t("survey.when"), t("survey.subject"), t("key"), t("signature"), t("survey.until"), t("names")], p.certificates.map(c => el("tr", {}, el("th", {scope: "row"}, c.when.map(said).join(", ") || "–"),
      el("td", {}, c.subject), el("td", {}, c.key), el("td", {}, c.signature), el("td", {class: "whole"}, c.not_after ? words.day(c.not_after) : "–"), el("td", {}, c.names.join(", ") || "–"))))] : null;
  const abilities = [["secure renegotiation", "secure_renegotiation"], ["renegotiation by the client", "client_renegotiation"], ["extended main secret", "extended_main_secret"],
    ["encrypt-then-MAC", "encrypt_then_mac"], ["session tickets", "tickets"], ["session identifiers", "session_ids"], ["OCSP staple", "staple"], ["fallback SCSV", "fallback_scsv"],
    ["compression", "compression"], ["heartbeats", "heartbeat"], ["client certificate", "client_certificate"]];
  function able(p) {
    const pairs = abilities.filter(([, key]) => p[key] != null).map(([name, key]) => [said(name), known(p[key])]);
    if (p.versions.some(v => v.version === "TLSv1.3" && v.spoken)) pairs.push([t("survey.post-quantum"), p.post_quantum.join(", ") || (p.stopped_answering ? known(null) : known(false))]);
    if (p.alpn.length) pairs.push(["ALPN", p.alpn.join(", ")]);
    for (const [key, name] of [["without_sni", "no SNI"], ["unknown_sni", "unknown SNI"]]) if (p[key]) pairs.push([said(name), said(p[key])]);
    return pairs.length ? [el("h4", {}, t("survey.able")), el("dl", {class: "able"}, pairs.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))))] : null;
  }
  /// The first of a long list; all of it under the pointer, and in JSON.
  function shortened(detail) {
    const parts = said(detail).split(", "), most = 4;
    return parts.length <= most ? parts.join(", ") : el("span", {title: parts.join(", ")}, `${parts.slice(0, most - 1).join(", ")}, + ${parts.length - most + 1}`);
  }
  function weaknesses(p) {
    const found = p.weaknesses.filter(w => w.state !== "no"), absent = p.weaknesses.filter(w => w.state === "no");
    return [el("h4", {}, t("survey.weaknesses")), found.length ? el("ul", {class: "weak"}, found.map(w => el("li", {},
      el("b", {class: w.state === "yes" ? "bad" : "some"}, `${w.state === "yes" ? "✗" : "!"} ${w.name}`), w.id ? el("span", {class: "soft"}, ` ${w.id}`) : null, `: ${t("survey." + w.state)}`, w.detail ? [", ", shortened(w.detail)] : null))) : null,
    absent.length ? el("p", {class: "good"}, t("survey.absent", absent.map(w => w.name).join(", "))) : null];
  }
  const gradeWords = p => p.grade ? t("survey.grade", p.grade) : t("survey.no-grade");

  /// All of it, under a heading of its own: whose it is.
  function show(p, whose, ...about) {
    return el("article", {class: "card survey"}, el("h3", {}, el("span", {class: "grade " + (looks[p.grade] || "some"), title: gradeWords(p)}, p.grade || "?"), " ", whose), el("p", {class: "soft"}, gradeWords(p), ", ",
      t("survey.questions", p.questions), p.unanswered ? `, ${t("survey.unanswered", p.unanswered)}` : null, about.map(each => `, ${each}`)),
    p.stopped_answering ? el("p", {class: "some"}, t("survey.stopped")) : null, p.reasons.length ? el("ul", {class: "reasons"}, p.reasons.map(reason => el("li", {}, shortened(reason)))) : null,
    versions(p), certificates(p), able(p), weaknesses(p));
  }
  return {show};
})();
