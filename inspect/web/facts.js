"use strict";
// What a connection's members mean. Its shape is that of the log's line (docs/log.md); a row has less of it.
const facts = (() => {
  const t = (...all) => words.t(...all);
  const nameOf = c => c.name || (c.verdict && c.verdict.name_checked) || c.downstream.sni || "";
  const server = c => c.configured || c.upstream.configured || c.upstream.address || "";
  const faultsOf = v => [...(v.faults || []), ...(v.name === "mismatch" ? ["name-mismatch"] : [])];
  /// As logs and the terminal say it.
  const texts = new WeakMap();
  function verdictText(v) {
    if (!v) return "no certificate seen";
    if (!texts.has(v)) texts.set(v, textOf(v));
    return texts.get(v);
  }
  function textOf(v) {
    const name = v.name === "mismatch" ? "name mismatch" : "";
    return v.trust === "trusted" ? "trusted" + (name ? "; " + name : "") : "UNTRUSTED " + (v.faults || []).join(", ") + (name ? "; " + name : "");
  }
  const isRight = v => v.trust === "trusted" && v.name !== "mismatch";
  const look = v => !v ? "some" : isRight(v) ? "good" : "bad";
  const mark = v => !v ? "–" : isRight(v) ? "✓" : "✗";
  /// In the reader's language.
  const faultWords = v => faultsOf(v).map(f => t("fault." + f)).join("; ");
  const verdictWords = v => !v ? t("no-certificate") : isRight(v) ? t("trusted") : faultWords(v);
  const isOpen = c => !c.ending;
  const hasFailed = c => Boolean(c.ending && !c.ending.routine);
  const endingText = c => c.ending ? c.ending.reason : "open";
  const reaction = c => c.reaction && typeof c.reaction === "object" ? c.reaction.kind : c.reaction || "";
  const isRefused = c => ["rejected", "other-alert", "left-at-certificate"].includes(reaction(c));
  const total = c => c.total_us != null ? c.total_us : c.timing_us ? c.timing_us.total : 0;
  const bytes = c => typeof c.bytes === "number" ? c.bytes : c.bytes ? c.bytes.to_upstream + c.bytes.to_downstream : 0;
  const version = v => v ? v.replace("TLSv", "") : "–";
  const tls = c => version(c.downstream.tls) === version(c.upstream.tls) ? version(c.upstream.tls) : `${version(c.downstream.tls)} / ${version(c.upstream.tls)}`;
  /// Lower case, for words of a filter; kept with the connection.
  function haystack(c) {
    if (c.text === undefined)
      c.text = [c.id, c.route, c.downstream.address, c.downstream.sni, server(c), c.upstream.address, nameOf(c), verdictText(c.verdict),
        c.downstream.tls, c.upstream.tls, c.downstream.cipher, c.upstream.cipher, endingText(c), c.ending && c.ending.detail, reaction(c)]
        .filter(Boolean).join(" ").toLowerCase();
    return c.text;
  }

  /// By the calendar of UTC, as the program counts them: today 0, tomorrow 1 (config/base/days.h).
  const dayOf = time => Math.floor(time / 864e5);
  const days = time => dayOf(Date.parse(time)) - dayOf(now());
  let now = () => Date.now();
  /// A report says how many days were left when it was made.
  const atTime = time => { now = () => time; };

  /// A command in a step's sentence; null: there is none.
  function command(step) {
    const found = /(?:^|: )((?:openssl|certutil|w32tm|cp|net|mailtap|update-ca-certificates) .*?)(?: \(|[;,] [^|&]*$|\.?$)/.exec(step);
    return found ? found[1] : null;
  }
  function checkCommand(server, name) {
    return `mailtap check ${server}` + (name && !server.startsWith(name + ":") ? ` --name ${name}` : "");
  }
  return {nameOf, server, faultsOf, verdictText, isRight, look, mark, faultWords, verdictWords, isOpen, hasFailed, endingText, reaction, isRefused,
    total, bytes, tls, haystack, days, atTime, command, checkCommand};
})();
