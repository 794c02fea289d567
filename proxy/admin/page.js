"use strict";
// The live page. Events only change what is remembered; what is seen is drawn at most four times a second, from a
// bounded number of rows, so that the page answers however many connections there are.
const mostKept = 1000, mostShown = 100, drawEvery = 250;
const $ = id => document.getElementById(id);

// --- making elements: text of a peer's choosing only ever becomes a text node
// and its controls, and what reorders text, are spelt out there
const controls = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;
const printable = value => String(value).replace(controls, c => "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0"));
function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) node.setAttribute(name, printable(value));
  node.append(...children.map(child => child instanceof Node ? child : printable(child)));
  return node;
}
const el = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
const svg = (tag, attributes, ...children) => fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
function text(node, value) { const shown = printable(value); if (node.textContent !== shown) node.textContent = shown; }

// --- how values read
const ms = us => us == null || us < 0 ? "-" : us < 1e6 ? (us / 1000).toFixed(us < 1e4 ? 2 : 1) + " ms" : (us / 1e6).toFixed(1) + " s";
const size = n => n < 1000 ? n + " B" : n < 1e6 ? (n / 1e3).toFixed(1) + " KB" : n < 1e9 ? (n / 1e6).toFixed(1) + " MB" : (n / 1e9).toFixed(2) + " GB";
const clock = time => new Date(time).toLocaleTimeString([], {hour12: false});
const days = time => Math.floor((new Date(time) - Date.now()) / 864e5);
function verdictText(v) {
  if (!v) return "no certificate seen";
  const faults = (v.faults || []).join(", "), name = v.name === "mismatch" ? "name mismatch" : "";
  return v.trust === "trusted" ? "trusted" + (name ? "; " + name : "") : "UNTRUSTED " + faults + (name ? "; " + name : "");
}
const verdictLook = v => !v ? "some" : v.trust === "trusted" && v.name !== "mismatch" ? "good" : "bad";
const endingText = c => c.ending ? c.ending.reason : "open";

// --- asking
let token = sessionStorage.getItem("mailtap-token") || "";
async function ask(path, signal) {
  const answer = await fetch(path, {headers: token ? {Authorization: "Bearer " + token} : {}, signal, cache: "no-store"});
  if (answer.status === 401) askForToken();
  if (!answer.ok) throw new Error(path + " answers " + answer.status);
  return answer;
}
const json = async path => (await ask(path)).json();
let tokenWanted = null;
function askForToken() {
  if ($("token-asked").hidden) { $("token-asked").hidden = false; $("token").focus(); }
}
$("token-form").addEventListener("submit", event => {
  event.preventDefault();
  token = $("token").value.trim();
  sessionStorage.setItem("mailtap-token", token);
  $("token-asked").hidden = true;
  if (tokenWanted) tokenWanted();
});

// --- what is known
const known = new Map();    // by number, in the order they came
const notable = new Map();  // those of note, which good ones don't push out
const open = new Map();
let started = null, totals = null, openCount = 0, missed = 0, changed = true, upstreams = [], rate = [];
function keep(map, connection) {
  map.delete(connection.id);
  map.set(connection.id, connection);
  if (map.size > mostKept) map.delete(map.keys().next().value);
}
function ended(connection) {
  open.delete(connection.id);
  keep(known, connection);
  if (connection.notable) keep(notable, connection);
}
async function catchUp() {
  const [recent, ofNote, nowOpen] = await Promise.all(["recent", "notable", "open"].map(which => json("/api/connections?limit=200&which=" + which)));
  for (const c of recent.connections.reverse()) ended(c);
  for (const c of ofNote.connections.reverse()) keep(notable, c);
  open.clear();
  for (const c of nowOpen.connections.reverse()) keep(open, c);
  changed = true;
}
const handlers = {
  hello(state) {
    // Another process answers, which has nothing of what the one before it kept.
    if (started && started !== state.started) { known.clear(); notable.clear(); open.clear(); missed = 0; chosen = null; }
    if (started !== state.started) { rate = []; totals = null; }
    started = state.started;
    text($("about"), `${state.version}, ${state.cryptography}; ` + state.routes.map(r => `${r.id} → ${r.upstream} (${r.mode})`).join(", "));
    openCount = state.open;
    return catchUp();
  },
  connections(batch) {
    for (const c of batch.opened) keep(open, c);
    for (const c of batch.ended) ended(c);
    missed += batch.left_out;
    totals = batch.totals;
    openCount = batch.open;
    changed = true;
  },
  gap: catchUp,  // this page was too slow, and something was left out
};
function event(block) {
  let name = "message", data = "";
  for (const line of block.split("\n")) {
    if (line.startsWith("event: ")) name = line.slice(7);
    else if (line.startsWith("data: ")) data += line.slice(6);
  }
  if (handlers[name] && data) return handlers[name](JSON.parse(data));
}
/// By fetch rather than EventSource, which can't show a token.
async function listen() {
  for (let wait = 500; ; wait = Math.min(wait * 2, 10000)) {
    try {
      const answer = await ask("/events");
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      says("live", "good");
      wait = 500;
      for (let rest = ""; ;) {
        const {value, done} = await reader.read();
        if (done) break;
        const blocks = (rest + value).split("\n\n");
        rest = blocks.pop();
        for (const block of blocks) await event(block);
      }
    } catch (error) {
      console.info(String(error));
    }
    says("not connected, trying again", "bad");
    await new Promise(resolve => { tokenWanted = resolve; if ($("token-asked").hidden) setTimeout(resolve, wait); });
  }
}
function says(what, look) { text($("state"), what); $("state").className = look; }

// --- numbers
const numberBoxes = ["connections a second", "open now", "connections so far", "certificate not trusted", "name mismatch", "failed"].map(label => {
  const value = el("b", {}, "0");
  $("numbers").append(el("div", {class: "card"}, value, label));
  return value;
});
function drawNumbers() {
  if (!totals) return;
  const now = performance.now();
  rate.push([now, totals.connections]);
  while (rate.length > 2 && now - rate[0][0] > 3000) rate.shift();
  const [then, before] = rate[0];
  const values = [now > then ? Math.round(Math.max(0, totals.connections - before) / (now - then) * 1000) : 0, openCount,
    totals.connections, totals.untrusted, totals.mismatched, totals.failed];
  values.forEach((value, i) => {
    text(numberBoxes[i], value.toLocaleString());
    numberBoxes[i].className = i > 2 && value > 0 ? "bad" : "";
  });
}

// --- rows: the same elements over and over
const columns = [["#", c => c.id, 1], ["Time", c => clock(c.time)], ["Route", c => c.route], ["Client", c => c.downstream.address || "-"], ["Server", c => c.configured],
  ["Name", c => c.name || "-"], ["Verdict", c => verdictText(c.verdict)], ["TLS", c => `${c.downstream.tls || "-"} / ${c.upstream.tls || "-"}`],
  ["Lasted", c => c.ending ? ms(c.total_us) : "-", 1], ["Bytes", c => size(c.bytes), 1], ["Ending", endingText]];
for (const [name, , numeric] of columns) $("heads").append(el("th", {scope: "col", class: numeric ? "n" : ""}, name));
const rows = [];
let chosen = null, paused = false;
function row(i) {
  if (rows[i]) return rows[i];
  const cells = columns.map(([name, , numeric]) => el("td", {"data-h": name, class: numeric ? "n" : ""}));
  const button = el("button", {type: "button"});
  cells[0].append(button);
  const node = el("tr", {}, ...cells);
  node.addEventListener("click", () => choose(Number(node.dataset.id)));
  return rows[i] = {node, cells, button};
}
function matches(c, words) {
  if (!words.length) return true;
  const all = columns.map(([, of]) => of(c)).join(" ").toLowerCase();
  return words.every(word => all.includes(word));
}
function drawRows() {
  const words = $("find").value.toLowerCase().split(/\s+/).filter(Boolean);
  const from = {all: known, notable, open}[$("only").value];
  const list = [...from.values()];
  let shown = 0, found = 0;
  for (let i = list.length - 1; i >= 0; i--) {
    const c = list[i];
    if (!matches(c, words)) continue;
    if (++found > mostShown) continue;
    const {node, cells, button} = row(shown++);
    node.dataset.id = c.id;
    node.classList.toggle("chosen", c.id === chosen);
    columns.forEach(([name, of], k) => {
      text(k ? cells[k] : button, String(of(c)));
      if (name === "Verdict") cells[k].className = verdictLook(c.verdict);
      if (name === "Ending") cells[k].className = c.ending && !c.ending.routine ? "bad" : "";
    });
    if (!node.parentNode) $("rows").append(node);
  }
  for (const {node} of rows.slice(shown)) node.remove();
  text($("count"), `${Math.min(found, mostShown)} of ${found} that match, of the latest ${list.length}` +
    (missed ? `; ${missed.toLocaleString()} went by too fast to be listed, and are counted` : "") + (paused ? "; paused" : ""));
}

// --- the beat
let lastDrawn = 0;
function beat(now) {
  // Who moves among the rows by keyboard isn't to have them move away.
  const isRead = $("rows").contains(document.activeElement);
  if (changed && now - lastDrawn >= drawEvery) {
    lastDrawn = now;
    changed = false;
    drawNumbers();
    if (!paused && !isRead) drawRows();
  }
  requestAnimationFrame(beat);
}
$("pause").addEventListener("click", () => {
  paused = !paused;
  $("pause").setAttribute("aria-pressed", paused);
  drawRows();
});
$("find").addEventListener("input", drawRows);
$("only").addEventListener("change", drawRows);

// --- servers and what to do
function drawUpstreams() {
  if (upstreams.length) $("upstreams").replaceChildren(...upstreams.map(u => {
    const left = u.expires ? days(u.expires) : null;
    const look = left == null ? "some" : left < 7 ? "bad" : left < 30 ? "some" : "good";
    const card = el("article", {class: "card"}, el("h3", {}, u.name || u.upstream),
      el("p", {class: "soft"}, `${u.upstream}, route ${u.route}`),
      el("p", {class: verdictLook(u.verdict)}, el("b", {}, verdictText(u.verdict))));
    if (left != null) card.append(el("p", {}, el("span", {class: look}, left < 0 ? `expired ${-left} days ago` : `${left} days to expiry`),
      ` (${u.expires.slice(0, 10)})`), el("meter", {min: 0, max: 365, low: 30, optimum: 365, value: Math.max(0, Math.min(365, left)), "aria-label": "Days to expiry"}));
    card.append(el("p", {class: "soft"}, `${u.connections.toLocaleString()} connections, ${u.failed.toLocaleString()} failed; ${u.tls || "no TLS yet"}, handshake ${ms(u.handshake_us)}`));
    if (u.last_failure) card.append(el("p", {class: "bad"}, `last failure ${clock(u.last_failure.time)}: ${u.last_failure.reason}${u.last_failure.detail ? ", " + u.last_failure.detail : ""}`));
    return card;
  }));
  const advice = new Map();
  for (const u of upstreams) if (u.verdict && u.verdict.advice) advice.set(u.verdict.advice, u.name || u.upstream);
  $("advice-part").hidden = advice.size === 0;
  $("advice").replaceChildren(...[...advice].map(([what, whose]) => el("li", {}, el("b", {}, whose + ": "), what)));
}

// --- counts over time
/// Pictures are drawn as wide as they are shown, so that their text has the size of other text.
const widthOf = node => Math.max(280, node.clientWidth || 1000);
function drawChart(counts) {
  const W = widthOf($("chart")), H = 170, base = H - 22, top = 16, n = counts.connections.length, w = W / n;
  const most = Math.max(1, ...counts.connections), unit = counts.step_seconds === 1 ? "a second" : "in ten minutes";
  const picture = svg("svg", {viewBox: `0 0 ${W} ${H}`, role: "img",
    "aria-label": `Connections over time: at most ${most} ${unit}, lately ${counts.connections[n - 2]}`});
  const parts = [["var(--good)", i => counts.connections[i]],
    ["var(--some)", i => Math.min(counts.connections[i], Math.max(counts.untrusted[i], counts.mismatched[i]) + counts.failed[i])],
    ["var(--bad)", i => Math.min(counts.connections[i], counts.failed[i])]];
  for (const [look, of] of parts) {
    let path = "";
    for (let i = 0; i < n; i++) {
      const height = (base - top) * of(i) / most;
      if (height > 0) path += `M${(i * w).toFixed(1)} ${base}v${(-Math.max(1, height)).toFixed(1)}h${Math.max(.5, w - .5).toFixed(1)}V${base}z`;
    }
    picture.append(svg("path", {d: path, fill: look}));
  }
  const end = new Date(counts.newest).getTime(), begin = end - (n - 1) * counts.step_seconds * 1000;
  picture.append(svg("line", {x1: 0, y1: base, x2: W, y2: base, stroke: "var(--line)"}), svg("text", {x: 2, y: 12}, `${most} ${unit}`),
    svg("text", {x: 2, y: H - 5}, clock(begin)), svg("text", {x: W - 2, y: H - 5, "text-anchor": "end"}, clock(end)));
  $("chart").replaceChildren(picture);
}
async function refresh() {
  if (!document.hidden && $("token-asked").hidden) {
    try {
      const [counts, servers] = await Promise.all([json("/api/counts?span=" + $("span").value), json("/api/upstreams")]);
      totals = counts.totals;
      changed = true;
      drawChart(counts);
      if (JSON.stringify(servers.upstreams) !== JSON.stringify(upstreams)) { upstreams = servers.upstreams; drawUpstreams(); }
    } catch (error) {
      console.info(String(error));
    }
  }
  setTimeout(refresh, 2000);
}
$("span").addEventListener("change", () => json("/api/counts?span=" + $("span").value).then(drawChart, () => {}));

// --- one connection
function waterfall(c) {
  const steps = [["connect", c.began_us.connect, c.timing_us.connect, "var(--soft)"],
    ["handshake with the server", c.began_us.upstream_handshake, c.timing_us.upstream_handshake, "var(--b)"],
    [c.mode === "observe" ? "handshake, observed" : "handshake with the client", c.began_us.downstream_handshake, c.timing_us.downstream_handshake, "var(--a)"]].filter(([, began]) => began != null);
  const end = Math.max(1, ...steps.map(([, began, took]) => began + (took || 0)));
  // Where there is little room, the names stand above their bars, and there are fewer marks.
  const W = widthOf($("connections")) - 30, isNarrow = W < 640, left = isNarrow ? 24 : 200, right = isNarrow ? 90 : 110;
  const step = isNarrow ? 44 : 26, H = 26 + step * steps.length, marks = isNarrow ? 2 : 4, at = us => left + (W - left - right) * us / end;
  const picture = svg("svg", {viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": "Waterfall of the handshakes: " +
    steps.map(([name, began, took]) => `${name} from ${ms(began)}, ${took == null ? "not finished" : ms(took)}`).join("; ")});
  for (let i = 0; i <= marks; i++) picture.append(svg("line", {x1: at(end * i / marks), y1: 16, x2: at(end * i / marks), y2: H, stroke: "var(--line)"}),
    svg("text", {x: at(end * i / marks), y: 12, "text-anchor": "middle"}, ms(end * i / marks)));
  steps.forEach(([name, began, took, look], i) => {
    const y = 24 + step * i + (isNarrow ? 16 : 0), until = took == null ? end : began + took;
    picture.append(svg("text", {x: 2, y: isNarrow ? y - 4 : y + 12}, name), svg("rect", {x: at(began).toFixed(1), y, rx: 3, height: 16,
      width: Math.max(2, at(until) - at(began)).toFixed(1), fill: look, "fill-opacity": took == null ? .35 : 1}),
    svg("text", {x: (at(until) + 6).toFixed(1), y: y + 12}, took == null ? "not finished" : ms(took)));
  });
  return picture;
}
async function choose(id) {
  chosen = id;
  let c;
  try {
    c = await json("/api/connections/" + id);
  } catch (error) {
    $("chosen").replaceChildren(el("p", {class: "card soft"}, `#${id} is no longer kept. The log has it.`));
    $("one").hidden = false;
    return;
  }
  if (chosen !== id) return;
  const v = c.verdict, facts = el("dl");
  const fact = (name, value) => { if (value) facts.append(el("dt", {}, name), el("dd", {}, value)); };
  const leg = l => [l.tls, l.cipher, l.group, l.alpn, l.resumed ? "resumed" : ""].filter(Boolean).join(", ");
  fact("client", `${c.downstream.address || "-"} ${leg(c.downstream)}`);
  fact("server", `${c.upstream.address || c.upstream.configured} ${leg(c.upstream)}`);
  fact("name", v ? `asked for ${v.name_checked || "none"}; the certificate is for ${v.names.join(", ") || "none"}` : c.downstream.sni);
  if (v) for (const f of v.findings) fact(f.fault, f.detail);
  if (v && v.dotnet.exception) fact(".NET says", v.dotnet.exception);
  const clients = Object.entries((v && v.clients) || {});
  const accepting = clients.filter(([, c]) => c.accepts).map(([name]) => name);
  if (accepting.length) {
    fact("accepted by", accepting.join(", "));
    fact("refused by", clients.filter(([, c]) => !c.accepts).map(([name]) => name).join(", "));
  }
  fact("mode", c.mode === "observe" && "observed, not intercepted");
  fact("shown to it", c.presented.mode && `${c.presented.mode}, ${(c.presented.sha256 || "").slice(0, 16)}`);
  fact("the router", c.reaction && c.reaction.kind + (c.reaction.alert_name ? ` (${c.reaction.alert_name})` : ""));
  fact("ended", c.ending.detail || c.timing_us.total ? `${c.ending.reason} (${c.ending.side})${c.ending.detail ? ": " + c.ending.detail : ""}` : "open");
  if (c.traffic) fact("traffic", `${c.traffic.protocol}, ${c.traffic.exchanges} exchanges, ${c.traffic.failed} failed`);
  const parts = [el("p", {}, el("b", {}, `#${c.id}  ${c.time}  `), el("b", {class: verdictLook(v)}, verdictText(v))), facts];
  for (const advice of [v && v.advice, c.reaction && c.reaction.advice, ...(c.traffic ? c.traffic.findings.map(f => f.advice) : [])])
    if (advice) parts.push(el("p", {class: "some"}, advice));
  parts.push(el("h3", {}, "Handshakes"), waterfall(c), el("h3", {}, "Certificates, as the server sent them"));
  parts.push(c.chain.length ? el("ol", {class: "chain", start: 0}, ...c.chain.map(x => el("li", {}, el("b", {}, x.subject),
    el("div", {class: "soft"}, !x.not_after ? `can't be read; SHA-256 ${x.sha256}` : `issued by ${x.issuer}; ${x.key}, ${x.signature}; ${x.not_before.slice(0, 10)} to ${x.not_after.slice(0, 10)} (${days(x.not_after)} days)`),
    el("div", {class: "soft"}, [x.names.join(", "), "sha256 " + x.sha256].filter(Boolean).join("; "))))) : el("p", {class: "soft"}, "None was seen."));
  $("chosen").replaceChildren(el("div", {class: "card"}, ...parts));
  $("one").hidden = false;
  $("one").focus({preventScroll: true});
  $("one").scrollIntoView({block: "start", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth"});
  changed = true;
}

listen();
refresh();
requestAnimationFrame(beat);
document.documentElement.dataset.ready = "1";
