"use strict";
// The connections: filter, table, and one of them beside it. What is looked at stands in the address, behind the #, so
// that it can be sent to somebody: filter, sort, connection, language.
const connections = (() => {
  const {el, text, $} = dom, t = (...all) => words.t(...all);
  const columns = [
    {key: "id", of: c => c.id, numeric: true, min: 3, max: 12, rank: 6, sort: c => c.id},
    {key: "time", of: c => words.clock(c.time), min: 8, max: 8, rank: 2, sort: c => c.time},
    {key: "verdict", of: c => `${facts.mark(c.verdict)} ${facts.verdictText(c.verdict)}`, look: c => facts.look(c.verdict), min: 9, max: 60, least: 24, rank: 0, grows: true, sort: c => facts.verdictText(c.verdict)},
    {key: "name", of: c => facts.nameOf(c) || "–", min: 6, max: 40, least: 14, rank: 1, grows: true, sort: facts.nameOf},
    {key: "route", of: c => c.route, min: 4, max: 24, least: 8, rank: 4, sort: c => c.route},
    {key: "client", of: c => c.downstream.address || "–", min: 9, max: 47, rank: 5, sort: c => c.downstream.address || ""},
    {key: "server", of: c => facts.server(c) || "–", min: 9, max: 47, rank: 7, sort: facts.server},
    {key: "tls", of: facts.tls, min: 5, max: 11, rank: 9, sort: facts.tls},
    {key: "lasted", of: c => c.ending ? words.duration(facts.total(c)) : "–", numeric: true, min: 6, max: 10, rank: 8, sort: facts.total},
    {key: "bytes", of: c => words.size(facts.bytes(c)), numeric: true, min: 6, max: 9, rank: 10, sort: facts.bytes},
    {key: "ending", of: facts.endingText, look: c => facts.hasFailed(c) ? "bad" : "", min: 6, max: 30, least: 12, rank: 3, sort: facts.endingText},
  ];
  const lasting = new Set(["id", "time", "route", "client", "server"]);  // known from the beginning
  const byKey = new Map(columns.map(column => [column.key, column]));

  /// detail(id): a promise of one with all that is known; most: how many are kept; onChange: there is something to flush.
  function make({most, detail, onChange = () => {}}) {
    let items = [], parsed = query.parse(""), chosen = null, isPaused = false, missed = 0, stale = false, isTouched = false;
    const byId = new Map(), fresh = new Set(), run = jobs.runner();
    const table = grid.make($("table"), {columns, label: () => t("connections"), idOf: c => c.id, onChoose: c => choose(c.id), onSort: () => { rebuild("other"); remember(); }});
    const beside = details.make($("one"), {onClose: close, onMove: by => table.move(by)});

    // --- order
    function compare() {
      const {key, down} = table.sort, of = byKey.get(key).sort, sign = down ? -1 : 1;
      return (a, b) => { const x = of(a), y = of(b); return x < y ? -sign : x > y ? sign : b.id - a.id; };
    }
    const mostMerged = 5000;
    let busy = false, haveGone = false;
    function* work() {
      const found = yield* jobs.filtered(items, c => c && parsed.matches(c));
      return yield* jobs.sorted(found, compare());
    }
    function rebuild(why) {
      busy = true;
      fresh.clear();
      stale = haveGone = false;
      gone = 0;
      run(work(), found => { busy = false; table.set(found, why); count(); });
    }
    /// Without those that are no longer kept: the rest stands as it stood.
    function leaveOutGone() {
      busy = true;
      haveGone = false;
      gone = 0;
      run(jobs.filtered(table.list, c => !c.gone), found => { busy = false; table.set(found, "grown"); count(); });
    }
    function count() {
      const parts = [t("shown-of", Math.min(table.list.length, byId.size), byId.size)];
      if (missed) parts.push(t("went-by", missed));
      if (isPaused) parts.push(t("paused"));
      text($("count"), parts.join("; "));
      table.say(table.list.length ? "" : byId.size ? t("no-rows") : t("no-rows-yet"));
    }

    // --- what comes
    // A hundred thousand have few verdicts and endings: one object each, which costs the collector of garbage less.
    const known = new Map();
    function once(value) {
      if (!value) return value;
      const key = JSON.stringify(value), had = known.get(key);
      if (had) return had;
      if (known.size < 10000) known.set(key, value);
      return value;
    }
    function shared(connection) {
      connection.verdict = once(connection.verdict);
      connection.ending = once(connection.ending);
      return connection;
    }
    function add(connection) {
      onChange();
      const had = byId.get(connection.id);
      if (had) {
        const was = parsed.matches(had);
        delete had.text;
        Object.assign(had, shared(connection));
        const is = parsed.matches(had);
        if (is && !was) fresh.add(had);
        // Where it stands can only change by what it became.
        else if (was && (!is || !lasting.has(table.sort.key))) stale = true;
        isTouched = true;
        return;
      }
      byId.set(connection.id, shared(connection));
      items.push(connection);
      fresh.add(connection);
      if (byId.size > most) leaveOne();
    }
    // Those that have gone leave a hole, and the table shows them until they are many: so no single one that comes costs
    // more than another.
    let oldest = 0, holes = 0, gone = 0;
    /// The oldest goes, but one of note only when nothing else is left to go.
    function leaveOne() {
      while (oldest < items.length && (!items[oldest] || items[oldest].notable)) ++oldest;
      const at = oldest < items.length ? oldest : items.findIndex(Boolean), c = items[at];
      byId.delete(c.id);
      c.gone = true;
      items[at] = null;
      if (++gone > most * .1) haveGone = true;
      if (++holes <= most * .1) return;
      items = items.filter(Boolean);
      oldest = holes = 0;
    }
    let lastRebuilt = 0;
    /// Called at most a few times a second. Whether something is left for the next time.
    function flush(now) {
      if (isPaused) return false;
      if (busy) return true;
      if (stale && now - lastRebuilt > 2000) { lastRebuilt = now; rebuild("grown"); return true; }
      if (fresh.size > mostMerged) { rebuild("grown"); return true; }
      if (haveGone) { leaveOutGone(); return true; }
      if (fresh.size) {
        const order = compare(), found = [...fresh].filter(c => byId.get(c.id) === c && parsed.matches(c)).sort(order);
        fresh.clear();
        if (found.length) table.set(jobs.merged(table.list, found, order), "grown");
        count();
      } else if (isTouched) {
        table.redraw();
        isTouched = false;
      }
      return stale || isTouched;
    }

    // --- the address: not at once, as browsers bear few changes of it
    let remembering = null;
    function remember() {
      clearTimeout(remembering);
      remembering = setTimeout(rememberNow, 250);
    }
    function rememberNow() {
      const state = new URLSearchParams();
      const filter = $("find").value.trim();
      if (filter) state.set("filter", filter);
      if (table.sort.key !== "id" || !table.sort.down) state.set("sort", (table.sort.down ? "-" : "") + table.sort.key);
      if (chosen !== null) state.set("id", chosen);
      state.set("lang", words.language);
      history.replaceState(null, "", "#" + state);
    }
    function recall() {
      const state = new URLSearchParams(location.hash.slice(1)), sort = state.get("sort") || "-id";
      if (state.get("lang") && state.get("lang") !== words.language) words.choose(state.get("lang"));
      $("find").value = state.get("filter") || "";
      understand();
      if (byKey.has(sort.replace(/^-/, ""))) table.sortBy(sort.replace(/^-/, ""), sort.startsWith("-"));
      if (state.get("id")) {
        choose(Number(state.get("id")), true);
        $("connections").scrollIntoView({block: "start"});
      }
    }
    function understand() {
      parsed = query.parse($("find").value);
      text($("find-problem"), parsed.problem);
      $("find").setAttribute("aria-invalid", Boolean(parsed.problem));
    }
    let typed = null;
    $("find").addEventListener("input", () => {
      understand();
      rebuild("other");
      clearTimeout(typed);
      typed = setTimeout(() => { remember(); dom.announce(t("shown-of", table.list.length, byId.size)); }, 300);
    });
    function filter(value) {
      $("find").value = value;
      understand();
      rebuild("other");
      remember();
      $("connections").scrollIntoView({block: "start"});
      $("find").focus({preventScroll: true});
    }
    window.addEventListener("hashchange", recall);

    // --- one of them
    async function choose(id, isCalled) {
      chosen = id;
      $("table").dataset.following = "1";
      $("connections").classList.add("split");
      table.mark(id);
      if (!isCalled) remember();
      let c = null;
      try { c = await detail(id); } catch (error) { console.info(String(error)); }
      if (chosen !== id) return;
      c ? beside.show(c) : beside.gone(id);
      dom.announce(`${t("connection", "#" + id)}: ${c ? facts.verdictText(c.verdict) : ""}`);
    }
    function close() {
      chosen = null;
      $("table").dataset.following = "0";
      $("connections").classList.remove("split");
      beside.hide();
      remember();
      table.focus();
    }
    document.addEventListener("keydown", event => {
      if (event.ctrlKey || event.altKey || event.metaKey) return;
      const isTyping = event.target.closest("input, select, textarea");
      if (event.key === "Escape") {
        if (beside.isOpen) close();
        else if (isTyping) table.focus();
        return;
      }
      if (isTyping) return;
      if (event.key === "/") { event.preventDefault(); $("find").focus(); }
      else if (event.key === "j" || event.key === "n") table.move(1);
      else if (event.key === "k" || event.key === "p") table.move(-1);
      else if (event.key === "?") { $("help").open = !$("help").open; }
    });
    $("pause")?.addEventListener("click", () => {
      isPaused = !isPaused;
      onChange();
      $("pause").setAttribute("aria-pressed", isPaused);
      count();
    });
    $("link").addEventListener("click", () => { rememberNow(); navigator.clipboard?.writeText(location.href).then(() => { text($("link"), t("copied")); setTimeout(() => text($("link"), t("link")), 2000); }, () => {}); });
    function help() {
      const keys = [["/", "slash"], ["j k  n p", "move"], ["Enter", "enter"], ["Esc", "escape"], ["Home End", "ends"], ["PgUp PgDn", "page"]];
      $("help-body").replaceChildren(el("p", {}, t("help-text", query.fields.join(", "), query.states.join(", "))),
        el("dl", {class: "keys"}, keys.map(([key, what]) => [el("dt", {}, el("kbd", {}, key)), el("dd", {}, t("key." + what))])));
    }
    help();
    words.onChange(() => { help(); count(); table.layOut(); beside.redraw(); if (chosen !== null) choose(chosen); else remember(); });
    return current = {
      add, flush, filter, choose, recall,
      start() { recall(); rebuild("other"); },
      missed(count) { missed += count; },
      clear() { items = []; oldest = holes = gone = 0; byId.clear(); fresh.clear(); missed = 0; chosen = null; beside.hide(); $("connections").classList.remove("split"); $("table").dataset.following = "0"; rebuild("other"); },
      get size() { return byId.size; },
      get isBusy() { return busy; },
    };
  }
  let current = null;
  return {make, get current() { return current; }};
})();
