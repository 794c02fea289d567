"use strict";
// A table of any length: only the rows that are seen are elements, and they are used over and over. All rows are of one
// height. Columns are as wide as what they show; where there isn't room for all of them the least important go.
//
// What costs is not the script but layout and painting, so each row is laid out for itself (style.css: contain), an item
// that stays in sight keeps its row, and nothing is set that is so already.
//
//   columns: {key, of(item), look(item), numeric, grows,
//              min, max and least (in characters; without `least` it is never cut short), rank, sort(item)}
const grid = (() => {
  const {el, text} = dom;
  const spare = 6, highest = 8_000_000;  // browsers draw nothing far beyond that height

  function make(host, {columns, label, onChoose, onSort, idOf}) {
    // The roles stand there since rows that are no table's boxes, which are laid out all together, lose their own.
    const heads = el("tr", {role: "row", "aria-rowindex": 1}), body = el("tbody", {role: "rowgroup", id: "rows"});
    const table = el("table", {role: "grid", tabindex: 0, "aria-label": label(), "aria-colcount": columns.length, id: "grid"}, el("thead", {role: "rowgroup"}, heads), body);
    const empty = el("p", {class: "empty soft"}), view = el("div", {class: "viewport"}, table, empty);
    host.replaceChildren(view);
    let list = [], active = -1, activeId = null, rowHeight = 28, shown = columns, sort = {key: "id", down: true}, drawnFirst = -1;
    const widths = new Map();
    const rows = new Map(), spares = new Map();  // by the item's id; those that have none, by their element
    let made = 0;
    // As they were when they were last known: to ask for them after a change would have the browser lay out at once.
    let width = 0, height = 0, top = 0, headHeight = 28;

    // --- columns
    const headOf = new Map(columns.map(column => {
      const button = el("button", {type: "button", tabindex: -1, "data-t": "columns." + column.key}, words.t("columns." + column.key));
      const head = el("th", {role: "columnheader", scope: "col", class: (column.numeric ? "n " : "") + "c-" + column.key}, button);
      button.addEventListener("click", () => sortBy(column.key));
      return [column.key, head];
    }));
    function sortBy(key, down) {
      sort = {key, down: down === undefined ? (sort.key === key ? !sort.down : columns.find(c => c.key === key).numeric === true) : down};
      for (const [each, head] of headOf) head.setAttribute("aria-sort", each !== sort.key ? "none" : sort.down ? "descending" : "ascending");
      onSort(sort);
    }
    // What a text needs, in pixels; only those longer than what was seen are measured.
    const brush = document.createElement("canvas").getContext("2d");
    const padding = 18, longest = new Map();
    const wide = value => Math.ceil(brush.measureText(value).width) + padding;
    function forget() {
      const style = getComputedStyle(table);
      brush.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
      longest.clear();
      for (const column of columns) widths.set(column.key, Math.max(wide("0".repeat(column.min)), wide("0".repeat(headOf.get(column.key).textContent.length)) + 14));
    }
    /// Of what is about to stand in a row; a column never becomes narrower, so that nothing jumps.
    function measure(values) {
      let changed = false;
      for (const [k, column] of columns.entries()) {
        const value = values[k].slice(0, column.max);
        if (value.length + 2 < (longest.get(column.key) || 0)) continue;
        longest.set(column.key, Math.max(longest.get(column.key) || 0, value.length));
        const needs = wide(value);
        if (needs > widths.get(column.key)) { widths.set(column.key, needs); changed = true; }
      }
      return changed;
    }
    /// Shares the room among the columns.
    function share() {
      const room = width;
      if (!widths.size) forget();
      const need = column => widths.get(column.key);
      const least = column => column.least ? Math.min(need(column), wide("0".repeat(column.least))) : need(column);
      let kept = columns.slice();
      while (kept.length > 2 && kept.reduce((sum, column) => sum + least(column), 0) > room)
        kept.splice(kept.indexOf(kept.reduce((a, b) => b.rank > a.rank ? b : a)), 1);
      const given = new Map(kept.map(column => [column.key, least(column)]));
      let rest = room - [...given.values()].reduce((a, b) => a + b, 0);
      // What is cut short gets of the rest by how much it lacks; then those that may grow.
      const lack = new Map(kept.map(column => [column, need(column) - given.get(column.key)]));
      const lacking = [...lack.values()].reduce((a, b) => a + b, 0), part = lacking > 0 ? Math.min(1, Math.max(0, rest) / lacking) : 0;
      for (const column of kept) given.set(column.key, given.get(column.key) + part * lack.get(column));
      rest -= part * lacking;
      const growing = kept.filter(column => column.grows);
      for (const column of growing) given.set(column.key, given.get(column.key) + Math.max(0, rest) / growing.length);
      if (!heads.children.length || kept.length !== shown.length || kept.some((column, i) => column !== shown[i])) {
        shown = kept;
        heads.replaceChildren(...kept.map(column => headOf.get(column.key)));
        for (const [i, column] of columns.entries()) headOf.get(column.key).setAttribute("aria-colindex", i + 1);
        for (const row of [...rows.values(), ...spares.values()]) fit(row);
      }
      const wanted = kept.map(column => given.get(column.key).toFixed(1) + "px").join(" ");
      if (table.style.getPropertyValue("--columns") !== wanted) table.style.setProperty("--columns", wanted);
    }
    function layOut() {
      if (!width) return;
      share();
      draw(true);
    }
    const fit = row => { row.node.replaceChildren(...shown.map(column => row.cells.get(column.key).node)); };
    function newRow() {
      const cells = new Map(columns.map((column, k) => {
        const words = document.createTextNode(""), name = (column.numeric ? "n " : "") + "c-" + column.key;
        return [column.key, {node: el("td", {role: "gridcell", "aria-colindex": k + 1, class: name}, words), words, name, value: "", look: ""}];
      }));
      const row = {node: el("tr", {id: "row-" + made++, role: "row"}), cells, item: null, at: -1, has: {}};
      row.node.addEventListener("click", () => choose(row.at));
      fit(row);
      return row;
    }
    /// An attribute of a row, unless it is so already: to ask the element costs more.
    function give(row, attribute, value) {
      if (row.has[attribute] === value) return;
      row.has[attribute] = value;
      row.node.setAttribute(attribute, value);
    }
    function leave(node) {
      const after = node.nextSibling;
      node.remove();
      return after;
    }
    function fill(row, values) {
      for (const [k, column] of columns.entries()) {
        const cell = row.cells.get(column.key), value = values[k];
        if (cell.value !== value) {
          cell.value = value;
          const printable = dom.printable(value);
          cell.words.nodeValue = printable;
          if (column.least) cell.node.title = printable;
        }
        const look = column.look ? column.look(row.item) : "";
        if (cell.look === look) continue;
        cell.look = look;
        cell.node.className = `${cell.name} ${look}`;
      }
    }

    // --- drawing
    function draw(all) {
      const perView = Math.ceil(height / rowHeight) || 1;
      const scale = Math.max(1, list.length * rowHeight / highest);  // beyond, one pixel of the bar is several of the rows
      const first = Math.max(0, Math.min(list.length - perView, Math.floor(top * scale / rowHeight)) - spare);
      const last = Math.min(list.length, first + perView + 2 * spare);
      if (!all && first === drawnFirst) return;
      drawnFirst = first;
      if (!widths.size) forget();
      const wanted = list.slice(first, last), ids = new Set(wanted.map(idOf));
      for (const [id, row] of rows) if (!ids.has(id)) { rows.delete(id); spares.set(row.node, row); }
      const values = wanted.map(item => columns.map(column => String(column.of(item))));
      let isWider = false;
      for (const each of values) if (measure(each)) isWider = true;
      if (isWider) share();
      const total = Math.min(list.length * rowHeight, highest), above = Math.min(first * rowHeight / scale, total);
      const tall = `${total + headHeight}px`, place = `translateY(${above.toFixed(1)}px)`;
      if (table.style.height !== tall) table.style.height = tall;
      if (body.style.transform !== place) body.style.transform = place;
      let next = body.firstChild;
      for (const [k, item] of wanted.entries()) {
        const i = first + k, id = idOf(item);
        let row = rows.get(id);
        if (!row) {
          // One that stands there already, if it can be.
          const node = spares.has(next) ? next : spares.keys().next().value;
          rows.set(id, row = node ? spares.get(node) : newRow());
          spares.delete(row.node);
        }
        while (spares.has(next)) next = leave(next);
        row.item = item;
        row.at = i;
        give(row, "data-id", id);
        give(row, "aria-rowindex", i + 2);
        give(row, "aria-selected", id === activeId);
        fill(row, values[k]);
        if (row.node === next) next = next.nextSibling; else body.insertBefore(row.node, next);
      }
      while (next) next = leave(next);
      set(table, "aria-rowcount", list.length + 1);
      const held = active >= first && active < last ? rows.get(activeId) : null;
      held ? set(table, "aria-activedescendant", held.node.id) : table.removeAttribute("aria-activedescendant");
    }
    let isDue = false;
    view.addEventListener("scroll", () => {
      top = view.scrollTop;
      if (isDue) return;
      isDue = true;
      requestAnimationFrame(() => { isDue = false; draw(); });
    }, {passive: true});
    new ResizeObserver(() => {
      const isWider = view.clientWidth !== width;
      width = view.clientWidth;
      height = view.clientHeight;
      headHeight = heads.offsetHeight || headHeight;
      rowHeight = parseFloat(getComputedStyle(table).getPropertyValue("--row")) || 28;
      isWider || !widths.size ? layOut() : draw(true);
    }).observe(view);
    function scrollTo(y) {
      view.scrollTop = y;
      top = view.scrollTop;
    }

    // --- moving
    function reveal(i) {
      const y = i * rowHeight;
      if (y < top) scrollTo(y);
      else if (y + rowHeight + headHeight > top + height) scrollTo(y + rowHeight + headHeight - height);
    }
    function activate(i) {
      if (!list.length) return;
      active = Math.max(0, Math.min(list.length - 1, i));
      activeId = idOf(list[active]);
      reveal(active);
      draw(true);
    }
    function choose(i) {
      if (i < 0 || i >= list.length) return;
      activate(i);
      onChoose(list[active]);
    }
    const page = () => Math.max(1, Math.floor(height / rowHeight) - 2);
    table.addEventListener("keydown", event => {
      const to = {ArrowDown: active + 1, ArrowUp: active - 1, PageDown: active + page(), PageUp: active - page(), Home: 0, End: list.length - 1}[event.key];
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); return choose(Math.max(0, active)); }
      if (to === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      host.dataset.following === "1" ? choose(Math.max(0, Math.min(list.length - 1, to))) : activate(to);
    });
    table.addEventListener("focus", () => { if (active < 0 && list.length) activate(0); });

    /// Of the item with that id: most often where it was, or a little below.
    function placeOf(id, was) {
      for (let i = Math.max(0, was); i < list.length; ++i) if (idOf(list[i]) === id) return i;
      for (let i = 0; i < Math.min(was, list.length); ++i) if (idOf(list[i]) === id) return i;
      return -1;
    }
    const set = (node, attribute, value) => { if (node.getAttribute(attribute) !== String(value)) node.setAttribute(attribute, value); };

    return {
      /// Keeps what is looked at where it is: new rows above don't move it, unless the top is shown.
      set(next, why) {
        const was = Math.floor(top / rowHeight), seen = drawnFirst >= 0 && top > rowHeight ? list[was] : null;
        list = next;
        if (activeId !== null) active = placeOf(activeId, active);
        const now = seen && why === "grown" ? list.indexOf(seen, was) : -1;
        if (now > was) scrollTo(now * rowHeight + top % rowHeight);
        if (why === "other" && top !== 0) scrollTo(0);
        draw(true);
      },
      redraw: () => draw(true),
      layOut() { widths.clear(); rowHeight = parseFloat(getComputedStyle(table).getPropertyValue("--row")) || 28; layOut(); },
      sortBy,
      get sort() { return sort; },
      get list() { return list; },
      say: what => { text(empty, what); empty.hidden = !what; },
      /// The one before or after that which is chosen.
      move: by => choose(active < 0 ? 0 : active + by),
      mark(id) { activeId = id; active = list.findIndex(item => idOf(item) === id); if (active >= 0) reveal(active); draw(true); },
      focus: () => table.focus({preventScroll: true}),
    };
  }
  return {make};
})();
