"use strict";
// The handshakes of a connection between client, mailtap and server, one step a line, with its time on either leg.
const ladder = (() => {
  const {el, svg} = dom, t = (...all) => words.t(...all);
  const nice = name => name.replaceAll("_", " ");

  /// {leg, at, toRight, text, look}; leg 0 is the client's, 1 the server's; null: mailtap itself.
  function stepsOf(c) {
    const recorded = c.handshakes && (c.handshakes.downstream.length || c.handshakes.upstream.length);
    if (recorded) {
      const of = (events, leg) => events.map(([at, from, name, size, isFatal]) => ({leg, at, toRight: from === "client", text: nice(name), size, look: isFatal ? "bad" : leg ? "b" : "a"}));
      const all = c.mode === "observe" ? of(c.handshakes.downstream, 2) : [...of(c.handshakes.downstream, 0), ...of(c.handshakes.upstream, 1)];
      return all.sort((x, y) => x.at - y.at);
    }
    if (!c.began_us) return [];
    const steps = [], {connect, upstream_handshake: up, downstream_handshake: down} = c.began_us, took = c.timing_us;
    const step = (leg, at, toRight, text, look) => at != null && steps.push({leg, at, toRight, text, look});
    step(0, 0, true, t("step.accepted"), "a");
    step(1, connect, true, t("step.connect"), "b");
    if (connect != null) took.connect == null ? step(1, connect, true, t("unfinished"), "bad") : step(1, connect + took.connect, false, t("step.connected"), "b");
    step(1, up, true, t("step.handshake-begins"), "b");
    if (up != null) took.upstream_handshake == null ? step(1, up, false, `${t("step.handshake-begins")}: ${t("unfinished")}`, "bad")
      : step(1, up + took.upstream_handshake, false, `${t("step.handshake-done")}, ${words.duration(took.upstream_handshake)}`, "b");
    const leg = c.mode === "observe" ? 2 : 0;
    step(leg, down, true, t("step.handshake-begins"), "a");
    if (down != null) took.downstream_handshake == null ? step(leg, down, false, `${t("step.handshake-begins")}: ${t("unfinished")}`, "bad")
      : step(leg, down + took.downstream_handshake, false, `${t("step.handshake-done")}, ${words.duration(took.downstream_handshake)}`, "a");
    if (c.ending && took.total) step(c.ending.side === "upstream" ? 1 : c.ending.side === "downstream" ? 0 : null, took.total, c.ending.side !== "upstream", t("step.ends", c.ending.reason), c.ending.detail ? "bad" : "soft");
    return steps.sort((x, y) => x.at - y.at);
  }

  function draw(c, width) {
    const steps = stepsOf(c);
    if (!steps.length) return el("p", {class: "soft"}, t("no-handshake"));
    const W = Math.max(320, width), row = 26, left = 74, H = 34 + row * steps.length + 8, middle = left + (W - left - 20) / 2, right = W - 20;
    const isOne = steps.some(step => step.leg === 2), lanes = isOne ? [[left, "client"], [right, "server"]] : [[left, "client"], [middle, "mailtap"], [right, "server"]];
    const say = steps.map(step => `${words.duration(step.at)} ${step.leg === 1 ? t("server") : t("client")}: ${step.text}`).join("; ");
    const picture = svg("svg", {class: "ladder", viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": `${t("ladder")}: ${say}`});
    for (const [x, who] of lanes) {
      picture.append(svg("line", {x1: x, x2: x, y1: 24, y2: H, class: "lane"}),
        svg("text", {x, y: 14, class: "who", "text-anchor": x === left ? "start" : x === right ? "end" : "middle"}, who === "mailtap" ? who : t(who)));
    }
    let before = 0;
    steps.forEach(({leg, at, toRight, text, size, look}, i) => {
      const y = 46 + row * i, from = leg === 1 ? middle : left, to = leg === 0 ? middle : right;
      picture.append(svg("text", {x: left - 8, y: y + 4, "text-anchor": "end", class: at - before > 50000 ? "time slow" : "time"}, words.duration(at)));
      before = at;
      if (leg == null) return picture.append(svg("circle", {cx: middle, cy: y, r: 4, class: look}), svg("text", {x: middle + 10, y: y + 4, class: look}, text));
      const tip = toRight ? to - 2 : from + 2, back = toRight ? tip - 7 : tip + 7;
      picture.append(svg("line", {x1: from + 2, x2: to - 2, y1: y, y2: y, class: `arrow ${look}`}), svg("path", {d: `M${tip} ${y}L${back} ${y - 4}L${back} ${y + 4}z`, class: `head ${look}`}),
        svg("text", {x: (from + to) / 2, y: y - 5, "text-anchor": "middle", class: `what ${look === "bad" ? "bad" : ""}`}, size === undefined ? text : `${text} ${words.number(size)} B`));
    });
    return el("div", {class: "scroll"}, picture);
  }
  const isRecorded = c => Boolean(c.handshakes && (c.handshakes.downstream.length || c.handshakes.upstream.length));
  return {draw, isRecorded};
})();
