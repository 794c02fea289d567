"use strict";
// One connection beside the table: summary, certificates, what clients would say, handshakes, exchanges, JSON.
const details = (() => {
  const {el, text} = dom, t = (...all) => words.t(...all);
  const tabs = ["summary", "chain", "clients", "handshake", "exchanges", "json"];

  function summary(c) {
    const v = c.verdict, list = el("dl");
    const fact = (name, ...value) => { if (value[0]) list.append(el("dt", {}, name), el("dd", {}, ...value)); };
    const leg = l => [l.tls, l.cipher, l.group, l.alpn, l.resumed ? t("resumed") : ""].filter(Boolean).join(", ");
    fact(t("client"), `${c.downstream.address || "–"}`, el("div", {class: "soft"}, leg(c.downstream)));
    fact(t("server"), `${c.upstream.address || facts.server(c) || "–"}`, el("div", {class: "soft"}, leg(c.upstream)));
    fact(t("name"), v && v.names ? t("asked", v.name_checked || t("none"), v.names.join(", ") || t("none")) : facts.nameOf(c));
    fact(t("kind"), v && v.kind && t("kind." + v.kind));
    fact(t("staple"), v && v.staple && t("staple." + v.staple.state) + (v.staple.state === "good" && v.staple.next_update ? t("until", v.staple.next_update) : ""));
    const scts = v && v.scts;
    fact("SCT", scts && scts.certificate + scts.handshake + scts.ocsp > 0 && t("scts", scts.certificate, scts.handshake, scts.ocsp));
    fact(t("mode"), c.mode === "observe" && t("observed"));
    fact(t("presented"), c.presented && c.presented.mode && `${c.presented.mode} ${(c.presented.sha256 || "").slice(0, 16)}`);
    fact(t("dotnet"), v && v.dotnet && v.dotnet.exception);
    const reaction = c.reaction;
    fact(t("router"), reaction && reaction.kind && reaction.kind + (reaction.alert_name ? ` (${reaction.alert_name})` : ""));
    const direct = c.direct;
    fact(t("direct"), direct && (direct.agrees === true ? leg(direct) + (direct.hello_retry_request ? ", HelloRetryRequest" : "") : direct.agrees === false ? t("direct-no", direct.cause) : t("direct-unknown", direct.cause)));
    const differences = c.differences || [];
    fact(t("differences"), differences.length && el("ul", {}, differences.map(each => el("li", {}, el("b", {}, t("differs." + each.kind)), each.values.length ? ": " + each.values.join(", ") : ""))));
    const isOpen = !c.ending || (!c.ending.detail && c.timing_us && !c.timing_us.total);
    fact(t("ended"), isOpen ? t("open-now") : `${c.ending.reason} (${c.ending.side})${c.ending.detail ? ": " + words.said(c.ending.detail) : ""}`);
    fact(t("lasted"), !isOpen && words.duration(facts.total(c)));
    if (c.traffic && c.traffic.protocol) fact(t("traffic"), t("traffic-n", c.traffic.protocol, c.traffic.exchanges, c.traffic.failed));
    const parts = [el("p", {class: "verdict " + facts.look(v)}, el("b", {}, `${facts.mark(v)} ${facts.verdictText(v)}`), v && !facts.isRight(v) ? el("span", {class: "words"}, facts.faultWords(v)) : null)];
    if (v && v.findings && v.findings.length) parts.push(el("ul", {class: "findings"}, v.findings.map(f => el("li", {}, el("b", {}, f.fault), ": ", words.said(f.detail)))));
    const steps = (c.remedies && c.remedies.steps) || [];
    const advice = [c.remedies && c.remedies.advice || (v && v.advice), reaction && reaction.advice, direct && [direct.finding, direct.advice].filter(Boolean).join(". "), ...(c.traffic && c.traffic.findings ? c.traffic.findings.map(f => f.advice) : [])].filter(Boolean).map(words.said);
    if (advice.length) parts.push(el("section", {class: "to-do"}, el("h4", {}, t("to-do")), advice.map(each => el("p", {}, each)),
      steps.length ? el("ol", {}, steps.map(step)) : null));
    parts.push(list);
    return parts;
  }
  /// A sentence of what to do; a command in it can be copied.
  function step(given) {
    const sentence = words.said(given);
    const command = facts.command(sentence);
    if (!command) return el("li", {}, sentence);
    const [before, after] = sentence.split(command);
    return el("li", {}, before, el("code", {}, command), dom.copier(command, t("copy-command", command)), after);
  }

  function chain(c) {
    if (!c.chain || !c.chain.length) return [el("p", {class: "soft"}, t("no-chain"))];
    const findings = (c.verdict && c.verdict.findings) || [];
    const fault = f => el("p", {class: "bad"}, el("b", {}, `✗ ${f.fault}`), ": ", words.said(f.detail));
    const root = el("ul", {class: "tree"});
    let into = root;
    const missing = findings.filter(f => f.position >= c.chain.length);
    if (missing.length) {
      const node = el("li", {class: "missing"}, el("b", {}, c.chain[c.chain.length - 1].issuer || "?"), missing.map(fault)), inner = el("ul");
      node.append(inner);
      root.append(node);
      into = inner;
    }
    for (let i = c.chain.length - 1; i >= 0; --i) {
      const x = c.chain[i], mine = findings.filter(f => f.position === i), node = el("li", {class: mine.length ? "faulty" : ""});
      if (!x.not_after) dom.add(node, el("b", {}, t("unreadable")), el("div", {class: "soft"}, "SHA-256 ", x.sha256));
      else dom.add(node, el("b", {}, x.subject || "–"), el("div", {class: "soft"}, `${t("issued-by")} ${x.issuer}`),
        el("div", {class: "soft"}, `${x.key}, ${x.signature}`),
        el("div", {class: "soft"}, el("span", {class: "whole"}, x.not_before.slice(0, 10)), " – ", el("span", {class: "whole"}, x.not_after.slice(0, 10)), ` (${words.daysLeft(facts.days(x.not_after))})`),
        x.names && x.names.length ? el("div", {class: "soft"}, x.names.join(", ")) : null, el("div", {class: "soft hash"}, "SHA-256 " + x.sha256));
      dom.add(node, mine.map(fault));
      if (i === 0 && c.verdict && c.verdict.name === "mismatch") node.append(el("p", {class: "bad"}, el("b", {}, "✗ name-mismatch"), ": ", t("asked", c.verdict.name_checked || t("none"), (c.verdict.names || []).join(", ") || t("none"))));
      into.append(node);
      if (i > 0) { const inner = el("ul"); node.append(inner); into = inner; }
    }
    return [el("p", {class: "soft"}, t("path-order")), root];
  }

  function clients(c) {
    const v = c.verdict, all = Object.entries((v && v.clients) || {});
    if (!all.length) return [el("p", {class: "soft"}, v && facts.isRight(v) ? t("clients-all") : t("clients-none"))];
    const accepting = all.filter(([, opinion]) => opinion.accepts).length;
    return [el("p", {}, t("clients-some", accepting, all.length)), el("ul", {class: "opinions"}, all.map(([name, opinion]) =>
      el("li", {}, el("b", {class: opinion.accepts ? "good" : "bad"}, `${opinion.accepts ? "✓" : "✗"} ${name}`), " ", el("span", {class: "soft"}, opinion.accepts ? t("accepts") : t("refuses")),
        opinion.message ? el("p", {class: "message"}, opinion.message) : null)))];
  }

  function handshake(c, width) {
    return [ladder.draw(c, width), ladder.isRecorded(c) ? null : el("p", {class: "soft"}, t("ladder-steps"))];
  }

  function exchanges(c) {
    const traffic = c.traffic;
    if (!traffic || !traffic.protocol) return [el("p", {class: "soft"}, t("no-exchanges"))];
    const list = el("dl"), fact = (name, value) => { if (value) list.append(el("dt", {}, name), el("dd", {}, value)); };
    fact(t("requests"), `${traffic.protocol}: ${words.number(traffic.exchanges)}`);
    fact(t("failed"), words.number(traffic.failed));
    fact(t("services"), Object.entries(traffic.services || {}).map(([name, count]) => `${name} ${count}`).join(", "));
    fact(t("statuses"), (traffic.last_statuses || []).join(", "));
    fact(t("stopped"), words.said(traffic.stopped));
    return [list, ...(traffic.findings || []).map(f => el("div", {class: "finding"}, el("b", {}, f.finding || f.kind || ""), el("p", {}, words.said(f.advice || f.detail || ""))))];
  }

  function json(c) {
    const {text: _, ...rest} = c, shown = JSON.stringify(rest, null, 2);
    return [el("p", {}, dom.copier(shown, t("copy") + " JSON")), el("pre", {tabindex: 0, "aria-label": "JSON"}, shown.split("\n").map(line => [dom.printable(line), document.createElement("br")]))];
  }
  const parts = {summary, chain, clients, handshake, exchanges, json};

  function make(host, {onClose, onMove}) {
    let current = null, tab = "summary";
    const heading = el("h3", {id: "one-heading", tabindex: -1}), body = el("div", {id: "chosen", role: "tabpanel", tabindex: 0, "aria-labelledby": "tab-summary"});
    const strip = el("div", {role: "tablist", class: "tabs"}, tabs.map(each => el("button", {type: "button", role: "tab", id: "tab-" + each, "aria-controls": "chosen", "data-t": "tab." + each, onclick: () => show(each)}, t("tab." + each))));
    const button = (key, sign, does) => el("button", {type: "button", class: "sign", id: "one-" + key, "data-t-label": key, "aria-label": t(key), title: t(key), onclick: does}, sign);
    host.replaceChildren(el("header", {}, heading, button("previous", "↑", () => onMove(-1)), button("following", "↓", () => onMove(1)), button("close", "✕", onClose)), strip, body);
    strip.addEventListener("keydown", event => {
      const by = {ArrowRight: 1, ArrowLeft: -1}[event.key];
      if (!by) return;
      event.preventDefault();
      show(tabs[(tabs.indexOf(tab) + by + tabs.length) % tabs.length]);
      strip.querySelector("[aria-selected=true]").focus();
    });
    function show(which) {
      tab = which;
      for (const each of strip.children) {
        const isIt = each.id === "tab-" + tab;
        each.setAttribute("aria-selected", isIt);
        each.tabIndex = isIt ? 0 : -1;
      }
      body.setAttribute("aria-labelledby", "tab-" + tab);
      if (!current) return;
      dom.text(heading, `${t("connection", "#" + current.id)}, ${words.clock(current.time, true)}`);
      body.replaceChildren(...(parts[tab](current, host.clientWidth - 36) || []).filter(Boolean));
      body.scrollTop = 0;
    }
    new ResizeObserver(() => { if (tab === "handshake") show(tab); }).observe(host);
    return {
      show(c) { current = c; host.hidden = false; show(tab); },
      gone(id) { current = null; host.hidden = false; dom.text(heading, t("connection", "#" + id)); body.replaceChildren(el("p", {class: "soft"}, t("not-kept", "#" + id))); },
      hide() { host.hidden = true; current = null; },
      redraw() { if (current) show(tab); },
      get isOpen() { return !host.hidden; },
      tab: show,
      focus: () => heading.focus({preventScroll: true}),
    };
  }
  return {make, step, chain, clients, summary};
})();
