"use strict";
// The report of traces: the live page's parts over what was recorded.
(() => {
  const {el, text, $} = dom, t = (...all) => words.t(...all);
  const data = JSON.parse($("data").textContent), traces = data.traces;
  facts.atTime(new Date(data.made).getTime());
  // What clients say of a server stands there once.
  for (const c of traces) if (c.verdict && c.verdict.says >= 0) c.verdict.clients = Object.fromEntries(data.opinions[c.verdict.says].map(({client, ...says}) => [client, says]));
  // A number is only one within a run of mailtap: each gets one of its own here.
  const seen = new Set();
  let spare = Math.max(0, ...traces.map(c => c.id)) + 1;
  for (const c of traces) {
    if (seen.has(c.id)) c.id = spare++;
    seen.add(c.id);
  }

  /// As the admin endpoint tells of servers: the latest connection with a certificate speaks for each.
  function serversOf() {
    const all = new Map();
    for (const c of traces) {
      const key = [c.route, facts.server(c), facts.nameOf(c)].join("\n");
      const s = all.get(key) || {route: c.route, upstream: facts.server(c) || c.upstream.address || "?", name: facts.nameOf(c), connections: 0, failed: 0, refused: 0, verdict: null, chain: []};
      all.set(key, s);
      s.connections += 1;
      s.failed += c.failed ? 1 : 0;
      s.isDown = c.down;
      if (!c.ending.routine) s.last_failure = {reason: c.ending.reason, detail: c.ending.detail};
      if (facts.isRefused(c)) { s.refused += 1; s.last_refused = {advice: c.reaction.advice}; }
      if (c.reaction) s.isRefused = facts.isRefused(c);
      if (!c.verdict) continue;
      Object.assign(s, {verdict: c.verdict, chain: c.chain, latest: c});
      const ends = c.chain.map(x => x.not_after).filter(Boolean).sort()[0];
      s.expires = ends || null;
    }
    for (const s of all.values())
      s.health = s.isDown ? "down" : !s.verdict ? "unknown" : !facts.isRight(s.verdict) ? "faulty" : s.isRefused ? "refused"
        : s.expires && facts.days(s.expires) < data.warn_days ? "expiring" : "well";
    return [...all.values()];
  }
  const servers = serversOf(), refused = traces.filter(facts.isRefused).length;
  const list = connections.make({most: Infinity, detail: async id => traces.find(c => c.id === id) || null});
  const first = overview.make({onServer: s => list.filter(`server:${s.upstream}` + (s.name ? ` name:${s.name}` : "")), refusedKey: "router-refused-report", mostShown: 5});

  function drawServers() {
    const names = overview.labels(servers);
    $("servers").replaceChildren(...overview.ordered(servers).map(s => {
      const c = s.latest, look = overview.looks[s.health];
      const about = [t("connections-n", s.connections), s.failed ? t("failed-n", s.failed) : null, s.verdict && s.verdict.kind ? t("kind." + s.verdict.kind) : null,
        s.verdict && s.verdict.source === "probe" ? t("probed") : null, s.expires ? words.daysLeft(facts.days(s.expires)) : null].filter(Boolean).join(", ");
      return el("article", {class: "card"}, el("h3", {}, names.get(s), " ", el("span", {class: look}, `${overview.signs[s.health]} ${t("report-grade." + look)}`)),
        el("p", {class: "soft"}, `${s.name ? s.name + ", " : ""}${s.upstream}, ${t("columns.route").toLowerCase()} ${s.route}`),
        el("p", {class: look}, el("b", {}, s.verdict ? facts.verdictWords(s.verdict) : t("no-certificate"))), el("p", {class: "soft"}, about),
        s.verdict && s.verdict.names.length ? el("p", {}, t("asked", s.verdict.name_checked || t("none"), s.verdict.names.join(", "))) : null,
        s.verdict && s.verdict.advice ? el("p", {class: "to-do"}, el("b", {}, t("to-do"), ": "), words.said(s.verdict.advice)) : null,
        c ? el("details", {class: "technical"}, el("summary", {}, t("report-technical")), details.chain(c), details.clients(c)) : null);
    }));
  }
  function drawRest() {
    text($("about"), t("report-made", `${words.day(data.made)} ${words.clock(data.made).slice(0, 5)}`, words.said(data.about)));
    text($("lead"), t("report-lead", ""));
    const right = traces.filter(c => c.verdict && facts.isRight(c.verdict)).length, wrong = traces.filter(c => c.verdict && !facts.isRight(c.verdict)).length, failed = traces.filter(c => c.failed).length;
    $("numbers").replaceChildren(...[[traces.length, t("connections").toLowerCase(), ""], [right, t("report-right"), "good"], [wrong, t("report-wrong"), wrong ? "bad" : ""], [failed, t("report-failed"), failed ? "bad" : ""]]
      .map(([value, label, look]) => el("li", {class: "card"}, el("b", {class: look}, words.number(value)), " ", label)));
    $("agreed").replaceChildren(charts.bars(t("version-client"), traces.map(c => c.downstream.tls)), charts.bars(t("version-server"), traces.map(c => c.upstream.tls)),
      charts.bars(t("cipher-client"), traces.map(c => c.downstream.cipher)), charts.bars(t("cipher-server"), traces.map(c => c.upstream.cipher)),
      charts.bars(t("ending-of"), traces.map(c => c.ending.reason)), charts.bars(t("fault-of"), traces.flatMap(c => c.verdict ? facts.faultsOf(c.verdict) : [])));
  }
  /// What `check --protocols` found, where the report was given it.
  function drawSurveys() {
    $("surveys").hidden = !data.surveys.length;
    $("survey-found").replaceChildren(...data.surveys.map(s => survey.show(s.protocols, s.name && !s.target.includes(s.name) ? `${s.name} (${s.target})` : s.target,
      ...(s.at ? [t("survey.asked-at", `${words.day(s.at)} ${words.clock(s.at).slice(0, 5)}`)] : []))));
  }
  function draw() {
    drawServers();
    drawSurveys();
    drawRest();
  }
  words.onChange(draw);
  $("print").addEventListener("click", () => print());
  // What is folded is printed too.
  addEventListener("beforeprint", () => { first.expand(); for (const each of document.querySelectorAll("details.technical")) each.open = true; });

  $("to-surveys").hidden = !data.surveys.length;
  $("to-surveys").addEventListener("click", () => $("surveys").scrollIntoView({block: "start"}));
  words.chooser($("language-place"));
  words.translate();
  first.set(servers, refused);
  draw();
  for (const c of traces) list.add(c);
  list.start();
  document.documentElement.dataset.ready = "1";
})();
