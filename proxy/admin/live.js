"use strict";
// The live page: connections as they come, and what the endpoint counts. Events only change what is remembered; what
// is seen is drawn at most four times a second, so that the page answers however many connections there are.
(() => {
  const {text, $} = dom, t = (...all) => words.t(...all);
  const mostKept = 100000, drawEvery = 250;

  // --- asking
  let token = sessionStorage.getItem("mailtap-token") || "", tokenWanted = null;
  async function ask(path, signal) {
    const answer = await fetch(path, {headers: token ? {Authorization: "Bearer " + token} : {}, signal, cache: "no-store"});
    if (answer.status === 401) askForToken();
    if (!answer.ok) throw new Error(path + " answers " + answer.status);
    return answer;
  }
  const json = async path => (await ask(path)).json();
  function askForToken() {
    if (!$("token-asked").hidden) return;
    $("token-asked").hidden = false;
    $("token").focus();
  }
  $("token-form").addEventListener("submit", event => {
    event.preventDefault();
    token = $("token").value.trim();
    sessionStorage.setItem("mailtap-token", token);
    $("token-asked").hidden = true;
    if (tokenWanted) tokenWanted();
    refresh();
  });

  // --- connections
  const list = connections.make({most: mostKept, detail: id => json(`/api/connections/${id}?lang=${words.language}`)});
  const first = overview.make({onServer: s => list.filter(`server:${s.upstream} route:${/\s/.test(s.route) ? `"${s.route}"` : s.route}`)});
  let started = null, about = null, totals = null;
  async function catchUp() {
    const [recent, ofNote, nowOpen] = await Promise.all(["recent", "notable", "open"].map(which => json("/api/connections?limit=1000&which=" + which)));
    for (const c of [...nowOpen.connections.reverse(), ...ofNote.connections.reverse(), ...recent.connections.reverse()]) list.add(c);
  }
  function drawAbout() {
    if (!about) return;
    text($("about"), `${about.version}, ${about.cryptography}`);
    $("routes").replaceChildren(...about.routes.map(r => dom.el("li", {}, `${r.id} → ${r.upstream} (${r.mode})`)));
  }
  const handlers = {
    hello(state) {
      // Another process answers, which has nothing of what the one before it kept.
      if (started && started !== state.started) { list.clear(); refresh(); }
      started = state.started;
      about = state;
      drawAbout();
      return catchUp();
    },
    connections(batch) {
      for (const c of batch.opened) list.add(c);
      for (const c of batch.ended) list.add(c);
      list.missed(batch.left_out);
      totals = batch.totals;
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
        const answer = await ask("/events"), reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
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
      says("lost", "bad");
      await new Promise(resolve => { tokenWanted = resolve; if ($("token-asked").hidden) setTimeout(resolve, wait); });
    }
  }
  function says(what, look) {
    $("state").dataset.t = what;
    text($("state"), t(what));
    $("state").className = look;
  }

  // --- the beat. A picture that somebody waits for, having typed or clicked, is not kept up by what came meanwhile.
  const afterInput = 150, mostWaited = 1000;
  let lastDrawn = 0, changed = true, lastInput = -Infinity;
  for (const kind of ["keydown", "pointerdown", "input", "wheel"])
    addEventListener(kind, event => { lastInput = event.timeStamp; }, {capture: true, passive: true});
  const isAwaited = now => now - lastInput < afterInput && now - lastDrawn < mostWaited;
  function beat(now) {
    if (now - lastDrawn >= drawEvery && !isAwaited(now)) {
      lastDrawn = now;
      list.flush(now);
      if (changed && totals) {
        changed = false;
        const parts = [t("connections-n", totals.connections)];
        if (totals.failed) parts.push(t("failed-n", totals.failed));
        text($("totals"), parts.join(", "));
        $("totals").dataset.connections = totals.connections;
      }
    }
    requestAnimationFrame(beat);
  }

  // --- servers and counts
  const series = {rate: [["well", "good"], ["faulty", "some"], ["failed", "bad"]], time: [["p50", "a"], ["p99", "b"]],
    endings: [["well", "good"], ["by-server", "bad"], ["by-client", "b"], ["by-mailtap", "some"]]};
  $("charts").append(...Object.entries(series).map(([key, of]) => charts.frame(key, of)));
  let counts = null, servers = "", refused = -1;
  function drawCharts() {
    if (!counts) return;
    const n = counts.connections.length, step = counts.step_seconds, each = of => Array.from({length: n}, (_, i) => of(i));
    const failed = i => Math.min(counts.connections[i], counts.failed[i]);
    const faulty = i => Math.min(counts.connections[i] - failed(i), Math.max(counts.untrusted[i], counts.mismatched[i]));
    const values = {
      well: each(i => counts.connections[i] - failed(i) - faulty(i)), faulty: each(faulty), failed: each(failed),
      p50: each(i => Math.max(counts.downstream_handshake_us.p50[i], counts.upstream_handshake_us.p50[i])),
      p99: each(i => Math.max(counts.downstream_handshake_us.p99[i], counts.upstream_handshake_us.p99[i])),
      "by-server": counts.failed_upstream, "by-client": counts.failed_downstream, "by-mailtap": counts.failed_mailtap,
    };
    const draw = (key, show, of, isStacked, line) => charts.draw($("chart-" + key), {title: t("chart." + key), newest: counts.newest, step, show, isStacked,
      series: series[key].map(([name, look]) => ({name: t("chart." + name), look, line, values: of(name)}))});
    draw("rate", value => words.fixed(value, value > 0 && value < 10 ? 1 : 0) + "/s", name => values[name].map(value => value / step), true);
    draw("time", value => words.duration(Math.round(value)), name => values[name], false, true);
    draw("endings", value => words.number(Math.round(value)), name => name === "well" ? counts.connections.map((value, i) => value - failed(i)) : values[name], true);
  }
  /// The next frame in which nobody waits for a picture.
  const frame = () => new Promise(resolve => {
    const began = performance.now();
    const ask = now => document.hidden || now - lastInput >= afterInput || now - began > mostWaited ? resolve() : requestAnimationFrame(ask);
    document.hidden ? resolve() : requestAnimationFrame(ask);
  });
  let due = null;
  async function refresh() {
    clearTimeout(due);
    if (!document.hidden && $("token-asked").hidden) {
      try {
        const [newCounts, answer] = await Promise.all([json("/api/counts?span=" + $("span").value), json("/api/upstreams?lang=" + words.language)]);
        counts = newCounts;
        totals = counts.totals;
        changed = true;
        // Each in a frame of its own.
        await frame();
        drawCharts();
        const now = JSON.stringify(answer.upstreams);
        if (now !== servers || refused !== counts.last_hour.refused) {
          await frame();
          servers = now;
          refused = counts.last_hour.refused;
          first.set(answer.upstreams, refused);
        }
      } catch (error) {
        console.info(String(error));
      }
    }
    clearTimeout(due);
    due = setTimeout(refresh, 2000);
  }
  $("span").addEventListener("change", refresh);
  words.onChange(() => { drawAbout(); drawCharts(); refresh(); });
  new ResizeObserver(drawCharts).observe($("charts"));

  words.chooser($("language-place"));
  words.translate();
  list.start();
  listen();
  refresh();
  requestAnimationFrame(beat);
  document.documentElement.dataset.ready = "1";
})();
