"use strict";
// The first screen: one sentence, what to do with the worst first, the health of every server.
const overview = (() => {
  const {el, text, $} = dom, t = (...all) => words.t(...all);
  const severity = ["down", "faulty", "refused", "expiring", "unknown", "well"];
  const looks = {down: "bad", faulty: "bad", refused: "bad", expiring: "some", unknown: "some", well: "good"};
  const signs = {down: "✗", faulty: "✗", refused: "✗", expiring: "!", unknown: "?", well: "✓"};

  /// Those of a server by what distinguishes it: its name, or where several share that, its route or address.
  function labels(servers) {
    const count = of => servers.reduce((counts, s) => counts.set(of(s), (counts.get(of(s)) || 0) + 1), new Map());
    const names = count(s => s.name || s.upstream), routes = count(s => s.route);
    return new Map(servers.map(s => {
      const name = s.name || s.upstream;
      return [s, names.get(name) === 1 ? name : routes.get(s.route) === 1 ? s.route : names.get(name) > 1 && s.name ? `${name} (${s.upstream})` : s.upstream];
    }));
  }
  const weight = s => severity.indexOf(s.health) * 1e6 - Math.min(999, facts.faultsOf(s.verdict || {}).length) * 1e3 - Math.min(999, s.failed);
  const ordered = servers => servers.slice().sort((a, b) => weight(a) - weight(b) || (a.route < b.route ? -1 : 1));
  const days = s => s.expires ? facts.days(s.expires) : s.verdict && s.verdict.days_left != null ? s.verdict.days_left : null;

  function sentence(servers, refused, refusedKey) {
    if (!servers.length) return {text: t("none-yet"), look: ""};
    const of = health => servers.filter(s => s.health === health).length;
    const faulty = of("faulty") + of("down") + of("refused"), parts = [];
    if (faulty) parts.push(t("have-faults", faulty, servers.length));
    if (of("down")) parts.push(t("are-down", of("down")));
    if (refused) parts.push(t(refusedKey, refused));
    if (of("expiring")) parts.push(t("end-soon", of("expiring")));
    return parts.length ? {text: parts.join("; ") + ".", look: faulty || refused ? "bad" : "some"} : {text: t("all-well", servers.length), look: "good"};
  }

  /// Servers with the same fault and the same advice are one piece of work.
  function works(servers) {
    const all = new Map();
    for (const s of ordered(servers)) {
      if (s.health === "well" || s.health === "unknown") continue;
      const what = s.health === "faulty" ? facts.faultWords(s.verdict) : s.health === "down" ? `${t("cause.down")}${s.last_failure && s.last_failure.detail ? ": " + words.said(s.last_failure.detail) : ""}`
        : s.health === "refused" ? t("health.refused") : words.daysLeft(days(s));
      const key = s.health + "\n" + what + "\n" + (s.health === "faulty" ? (s.chain && s.chain[0] ? s.chain[0].sha256 : "") : "");
      if (!all.has(key)) all.set(key, {what, health: s.health, servers: []});
      all.get(key).servers.push(s);
    }
    return [...all.values()];
  }
  function causes(work) {
    const s = work.servers[0];
    if (work.health === "faulty") return s.verdict.causes.map(cause => t("cause." + cause));
    return [t("cause." + work.health)];
  }
  function next(work) {
    const s = work.servers[0];
    const check = facts.checkCommand(s.upstream, s.name);
    if (work.health === "refused" && s.last_refused && s.last_refused.advice) return {sentence: words.said(s.last_refused.advice), command: facts.command(s.last_refused.advice) || check};
    const step = words.said((s.remedies && s.remedies.steps || [])[0] || (s.verdict && s.verdict.advice));
    if (work.health !== "down" && step) return {sentence: facts.command(step) ? step.split(facts.command(step))[0].replace(/: $/, "") : step, command: facts.command(step) || check};
    return {sentence: s.last_failure ? `${s.last_failure.reason}` : "", command: check};
  }

  function make({onServer, refusedKey = "router-refused", mostShown = 4}) {
    let servers = [], refused = 0, isLong = false, tilesSeen = "", worksSeen = "", byKey = new Map();
    function drawSentence() {
      const {text: what, look} = sentence(servers, refused, refusedKey);
      text($("sentence"), what);
      $("sentence").className = look;
      document.title = `${what} mailtap`;
    }
    function drawWorks() {
      const names = labels(servers), all = works(servers), shown = isLong ? all : all.slice(0, mostShown);
      const seen = JSON.stringify([words.language, shown.map(work => [work.what, work.health, causes(work), next(work), work.servers.map(s => [names.get(s), s.route, s.upstream])])]);
      if (seen !== worksSeen) dom.replace($("works"), ...shown.map((work, i) => {
        const {sentence, command} = next(work), whose = work.servers.map(s => names.get(s)), s = work.servers[0];
        return el("li", {class: looks[work.health]}, el("p", {class: "what"},
          el("button", {type: "button", class: "plain", "data-key": "work-" + i, onclick: () => onServer(s)}, el("b", {}, whose.slice(0, 3).join(", ") + (whose.length > 3 ? `, ${t("more", whose.length - 3)}` : ""))),
          " ", el("span", {class: "fault"}, work.what)),
        el("p", {class: "soft one-line", title: [...causes(work), `${s.route} → ${s.upstream}`].join("; ")}, causes(work).length ? `${t("cause")}: ${causes(work).join("; ")}. ` : null, el("span", {class: "whole"}, `${s.route} → ${s.upstream}`)),
        el("p", {class: "one-line", title: sentence}, el("b", {}, t("next"), " "), sentence),
        el("p", {class: "next"}, el("code", {class: "one-line", title: command}, command), dom.copier(command, t("copy-command", command))));
      }));
      worksSeen = seen;
      $("works-none").hidden = all.length > 0;
      $("works-more").hidden = all.length <= mostShown;
      text($("works-more"), isLong ? t("fewer") : t("more", all.length - mostShown));
    }
    function drawTiles() {
      const names = labels(servers), now = ordered(servers).map(s => {
        const left = days(s), state = t("health." + s.health), about = [left != null ? words.daysLeft(left) : null, t("connections-n", s.connections), s.failed ? t("failed-n", s.failed) : null].filter(Boolean).join(", ");
        return {s, key: [s.route, s.upstream, s.name].join("\n"), look: looks[s.health], name: names.get(s), state: `${signs[s.health]} ${state}`, left: left != null ? words.daysLeft(left) : "",
          count: [t("connections-n", s.connections === 1 ? 1 : words.compact(s.connections)), s.failed ? t("failed-n", s.failed === 1 ? 1 : words.compact(s.failed)) : null].filter(Boolean).join(", "), title: dom.printable(`${s.name || ""} ${s.upstream}\n${s.verdict ? facts.verdictText(s.verdict) : ""}\n${about}`), label: dom.printable(t("tile", names.get(s), state, about))};
      });
      // Counts change with each answer, and are put into the tiles that are there: these are made anew only for the rest.
      const seen = JSON.stringify(now.map(({key, look, name, state, left}) => [key, look, name, state, left]));
      if (seen !== tilesSeen) {
        tilesSeen = seen;
        dom.replace($("upstreams"), ...now.map(({key, look, name, state, left}) => el("li", {}, el("button", {type: "button", class: "tile " + look, "data-key": key, onclick: () => onServer(byKey.get(key))},
          el("span", {class: "who"}, name), el("span", {class: "state"}, state), el("span", {class: "days soft"}, left), el("span", {class: "count soft"})))));
      }
      byKey = new Map(now.map(({key, s}) => [key, s]));
      for (const [i, button] of [...$("upstreams").querySelectorAll("button")].entries()) {
        text(button.lastElementChild, now[i].count);
        if (button.title !== now[i].title) button.title = now[i].title;
        if (button.getAttribute("aria-label") !== now[i].label) button.setAttribute("aria-label", now[i].label);
      }
    }
    const draw = () => { drawSentence(); drawWorks(); drawTiles(); };
    $("works-more").addEventListener("click", () => { isLong = !isLong; drawWorks(); });
    words.onChange(draw);
    return {
      set(newServers, newRefused) { servers = newServers; refused = newRefused; draw(); },
      /// All of the work, for paper.
      expand() { isLong = true; drawWorks(); },
    };
  }
  return {make, labels, ordered, works, causes, days, looks, signs, sentence, next};
})();
