"use strict";
// The live page: connections as they come, and what the endpoint counts. Events only change what is remembered; what
// is seen is drawn at most four times a second, less often where pictures take long, and no frame is asked for when nothing
// has changed, so that the page answers however many connections there are.
(() => {
  const {text, $} = dom, t = (...all) => words.t(...all);
  const mostKept = 100000, drawEvery = 250;

  // --- asking
  let token = sessionStorage.getItem("mailtap-token") || "", tokenWanted = null;
  async function ask(path, method = "GET") {
    const answer = await fetch(path, {method, headers: token ? {Authorization: "Bearer " + token} : {}, cache: "no-store"});
    if (answer.status === 401) askForToken();
    if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).error || path + " answers " + answer.status);
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
  const list = connections.make({most: mostKept, onChange: () => soon(), detail: id => json(`/api/connections/${id}?lang=${words.language}`)});
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
      soon();
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
  const afterInput = 150, mostWaited = 1000, mostRest = 2000, share = .1;
  let lastDrawn = 0, changed = true, isDue = false, lastInput = -Infinity, took = 0;
  for (const kind of ["keydown", "pointerdown", "input", "wheel"])
    addEventListener(kind, event => { lastInput = event.timeStamp; }, {capture: true, passive: true});
  const isAwaited = now => now - lastInput < afterInput && now - lastDrawn < mostWaited;
  const sleep = time => new Promise(resolve => setTimeout(resolve, time));
  /// The next frame in which nobody waits for a picture; a page that nobody sees has none.
  async function frame() {
    for (let now; isAwaited(now = performance.now()) && !document.hidden;) await sleep(lastInput + afterInput - now);
    if (!document.hidden) await new Promise(requestAnimationFrame);
  }
  /// Something has changed: it is drawn with what else comes until then. Where a picture took long, as the page or the
  /// machine is busy, the next one comes later.
  function soon() {
    if (isDue) return;
    isDue = true;
    drawLater();
  }
  async function drawLater() {
    await sleep(lastDrawn + Math.max(drawEvery, Math.min(mostRest, took / share)) - performance.now());
    while (isAwaited(performance.now()) && !document.hidden) await sleep(afterInput);
    const asked = performance.now();
    if (!document.hidden) await new Promise(requestAnimationFrame);
    const hasMore = draw();
    setTimeout(() => {
      lastDrawn = performance.now();
      took = lastDrawn - asked;
      isDue = false;
      if (hasMore) soon();
    });
  }
  function draw() {
    if (changed && totals) {
      changed = false;
      const parts = [t("connections-n", totals.connections)];
      if (totals.failed) parts.push(t("failed-n", totals.failed));
      text($("totals"), parts.join(", "));
      $("totals").dataset.connections = totals.connections;
    }
    return list.flush(performance.now());
  }

  // --- servers and counts
  const series = {rate: [["well", "good"], ["faulty", "some"], ["failed", "bad"]], time: [["p50", "a"], ["p99", "b"]],
    endings: [["well", "good"], ["by-server", "bad"], ["by-client", "b"], ["by-mailtap", "some"]]};
  $("charts").append(...Object.entries(series).map(([key, of]) => charts.frame(key, of)));
  let counts = null, servers = "", refused = -1;
  function drawChart(key) {
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
    const how = {
      rate: {show: value => words.fixed(value, value > 0 && value < 10 ? 1 : 0) + "/s", of: name => values[name].map(value => value / step), isStacked: true},
      time: {show: value => words.duration(Math.round(value)), of: name => values[name], line: true},
      endings: {show: value => words.number(Math.round(value)), of: name => name === "well" ? counts.connections.map((value, i) => value - failed(i)) : values[name], isStacked: true},
    }[key];
    charts.draw($("chart-" + key), {title: t("chart." + key), newest: counts.newest, step, show: how.show, isStacked: how.isStacked,
      series: series[key].map(([name, look]) => ({name: t("chart." + name), look, line: how.line, values: how.of(name)}))});
  }
  const drawCharts = () => { for (const key of Object.keys(series)) drawChart(key); };

  // --- what a server's TLS is able to: asked for by the reader, one server at a time
  const asking = (() => {
    const chosen = $("survey-server"), who = new Map();
    let state = {running: null, surveys: []}, offered = "", drawn = "", isAsked = false;
    async function draw() {
      const running = state.running, number = Number(chosen.value), there = state.surveys.find(s => s.upstream === number);
      text($("survey-state"), running ? t("survey.asking", running.questions, who.get(running.upstream) || running.upstream) : there ? "" : t("survey.none"));
      $("survey-ask").disabled = Boolean(running) || !who.size;
      const now = JSON.stringify([there || null, words.language, who.get(number)]);
      if (now === drawn) return;
      drawn = now;
      if (!there) return $("survey-found").replaceChildren();
      const found = await json(`/api/surveys/${number}?lang=${words.language}`);
      if (now === drawn) $("survey-found").replaceChildren(survey.show(found.protocols, who.get(number), t("survey.asked-at", words.clock(there.at).slice(0, 5))));
    }
    async function look() {
      try {
        state = await json("/api/surveys");
        await draw();
      } catch (error) {
        console.info(String(error));
      }
      if (state.running) setTimeout(look, 500);
    }
    $("survey-ask").addEventListener("click", async () => {
      $("survey-ask").disabled = true;
      try {
        await ask(`/api/surveys/${chosen.value}?lang=${words.language}`, "POST");
      } catch (error) {
        text($("survey-state"), t("survey.refused", error.message));
        $("survey-ask").disabled = false;
        return;
      }
      look();
    });
    chosen.addEventListener("change", look);
    $("to-surveys").addEventListener("click", () => { $("surveys").scrollIntoView({block: "start"}); $("survey-server").focus({preventScroll: true}); });
    return {
      /// The servers that may be asked, the worst first.
      offer(servers) {
        const names = overview.labels(servers), now = JSON.stringify(servers.map(s => [s.number, names.get(s)]));
        $("to-surveys").hidden = !servers.length;
        if (now === offered && isAsked) return;
        offered = now;
        isAsked = true;
        who.clear();
        for (const s of servers) who.set(s.number, names.get(s));
        const was = chosen.value;
        chosen.replaceChildren(...overview.ordered(servers).map(s => dom.el("option", {value: s.number}, `${names.get(s)} (${s.upstream})`)));
        if (who.has(Number(was))) chosen.value = was;
        look();
      },
      draw,
    };
  })();

  let due = null;
  async function refresh() {
    clearTimeout(due);
    if (!document.hidden && $("token-asked").hidden) {
      try {
        const [newCounts, answer] = await Promise.all([json("/api/counts?span=" + $("span").value), json("/api/upstreams?lang=" + words.language)]);
        counts = newCounts;
        totals = counts.totals;
        changed = true;
        soon();
        // Each in a frame of its own.
        for (const key of Object.keys(series)) {
          await frame();
          drawChart(key);
        }
        const now = JSON.stringify(answer.upstreams);
        if (now !== servers || refused !== counts.last_hour.refused) {
          await frame();
          servers = now;
          refused = counts.last_hour.refused;
          first.set(answer.upstreams, refused);
          asking.offer(answer.upstreams);
        }
      } catch (error) {
        console.info(String(error));
      }
    }
    clearTimeout(due);
    due = setTimeout(refresh, 2000);
  }
  $("span").addEventListener("change", refresh);
  words.onChange(() => { drawAbout(); drawCharts(); refresh(); asking.draw(); });
  charts.onResize(drawCharts);

  words.chooser($("language-place"));
  words.translate();
  list.start();
  listen();
  refresh();
  document.documentElement.dataset.ready = "1";
})();
