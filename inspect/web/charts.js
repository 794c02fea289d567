"use strict";
// Small pictures of counts over time. Drawn as wide as they are shown, so that their text has the size of other text;
// what they show is said in words too, and read off under the pointer or by the arrow keys.
const charts = (() => {
  const {el, svg, text} = dom;
  // As wide and high as pictures are, told once they change: to ask would have the browser lay out the page at once.
  const sizes = new WeakMap(), state = new WeakMap();
  let resized = () => {};
  const observer = new ResizeObserver(entries => {
    for (const {target, contentRect} of entries) sizes.set(target, {width: contentRect.width, height: contentRect.height});
    resized();
  });
  const round = value => { const unit = 10 ** Math.floor(Math.log10(value)); return [1, 2, 5, 10].find(step => step * unit >= value) * unit; };

  /// `series`: {name, look, values, line}, drawn over each other from the first on: areas from the bottom up, stacked, or lines.
  /// `show(value)` is how a value reads.
  function draw(figure, {title, series, newest, step, show, isStacked}) {
    const picture = figure.querySelector(".picture"), says = figure.querySelector("output");
    const size = sizes.get(picture);
    if (!size) return;  // it isn't shown yet
    const seen = JSON.stringify([size, title, series, newest]), was = state.get(figure);
    if (was && was.seen === seen) return;
    const W = Math.max(200, size.width), H = Math.max(60, size.height), bottom = H - 16, top = 14, n = series[0].values.length, w = W / n;
    const sums = series[0].values.map((_, i) => isStacked ? series.reduce((sum, each) => sum + each.values[i], 0) : Math.max(...series.map(each => each.values[i] || 0)));
    const most = Math.max(...sums, 0), scale = most > 0 ? round(most) : 1, y = value => bottom - (bottom - top) * value / scale;
    const end = new Date(newest).getTime(), begin = end - (n - 1) * step * 1000;
    const at = time => step >= 3600 ? words.day(time).slice(5) : words.clock(time).slice(0, 5);
    const drawn = svg("svg", {viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": `${title}: ` + (most > 0 ? `${words.t("chart.up-to", show(most))}; ` +
      series.map(each => `${each.name} ${show(each.values[n - 1] || 0)}`).join(", ") : words.t("chart.none"))});
    for (const value of [scale / 2, scale]) drawn.append(svg("line", {x1: 0, x2: W, y1: y(value), y2: y(value), class: "grid"}));
    const base = new Array(n).fill(0);
    for (const {values, look, line} of series) {
      let path = "";
      if (line) {
        for (let i = 0; i < n; ++i) if (values[i]) path += `M${(i * w).toFixed(1)} ${y(values[i]).toFixed(1)}h${Math.max(3, w).toFixed(1)}`;
        drawn.append(svg("path", {d: path, class: `line ${look}`}));
      } else {
        for (let i = 0; i < n; ++i) {
          if (values[i] > 0) {
            const height = Math.max(1, (bottom - top) * values[i] / scale);
            path += `M${(i * w).toFixed(1)} ${y(base[i]).toFixed(1)}v${(-height).toFixed(1)}h${Math.max(.6, w - (w > 3 ? 1 : 0)).toFixed(1)}v${height.toFixed(1)}z`;
          }
          base[i] += values[i] || 0;
        }
        drawn.append(svg("path", {d: path, class: `area ${look}`}));
      }
    }
    const cursor = svg("line", {y1: top, y2: bottom, class: "cursor", visibility: "hidden"});
    drawn.append(svg("line", {x1: 0, x2: W, y1: bottom, y2: bottom, class: "axis"}), svg("text", {x: 1, y: 10}, show(scale)),
      svg("text", {x: 1, y: H - 3}, at(begin)), svg("text", {x: W - 1, y: H - 3, "text-anchor": "end"}, at(end)), cursor);
    picture.replaceChildren(drawn);
    let chosen = null;
    const now = {seen, chosen};
    state.set(figure, now);
    function read(i) {
      chosen = i == null ? null : Math.max(0, Math.min(n - 1, i));
      now.chosen = chosen;
      cursor.setAttribute("visibility", chosen == null ? "hidden" : "visible");
      if (chosen == null) return text(says, most > 0 ? words.t("chart.up-to", show(most)) : words.t("chart.none"));
      const x = ((chosen + .5) * w).toFixed(1), time = begin + chosen * step * 1000;
      cursor.setAttribute("x1", x);
      cursor.setAttribute("x2", x);
      text(says, `${step >= 600 ? words.day(time).slice(5) + " " : ""}${words.clock(time).slice(0, step < 60 ? 8 : 5)}  ` + series.map(each => `${each.name} ${show(each.values[chosen] || 0)}`).join(", "));
    }
    picture.onpointermove = event => read(Math.floor((event.clientX - drawn.getBoundingClientRect().left) / drawn.getBoundingClientRect().width * n));
    picture.onpointerleave = picture.onblur = () => read(null);
    picture.onkeydown = event => {
      const move = {ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10}[event.key];
      if (!move) return;
      event.preventDefault();
      read((chosen == null ? n : chosen) + move);
    };
    read(was ? was.chosen : null);
  }
  const frame = (key, series) => observed(el("figure", {class: "chart card", id: "chart-" + key}, el("figcaption", {}, el("b", {"data-t": "chart." + key}, words.t("chart." + key)),
    el("span", {class: "keys"}, series.map(([name, look]) => el("span", {class: "key " + look, "data-t": "chart." + name}, words.t("chart." + name))))),
    el("div", {class: "picture", tabindex: 0, role: "group", "data-t-label": "chart." + key, "aria-label": words.t("chart." + key)}), el("output", {class: "soft"})));
  function observed(figure) {
    observer.observe(figure.querySelector(".picture"));
    return figure;
  }

  /// Bars: how often each value occurs.
  function bars(title, values, most = 10) {
    const counts = new Map();
    for (const value of values) if (value) counts.set(value, (counts.get(value) || 0) + 1);
    const highest = Math.max(1, ...counts.values());
    const rows = [...counts].sort((a, b) => b[1] - a[1]).slice(0, most).map(([name, count]) => {
      const bar = svg("svg", {class: "bar", viewBox: "0 0 100 4", preserveAspectRatio: "none", "aria-hidden": "true"}, svg("rect", {width: 100, height: 4, class: "grid-fill"}),
        svg("rect", {width: (100 * count / highest).toFixed(1), height: 4, class: "a"}));
      return el("li", {}, el("span", {}, name), el("span", {class: "n"}, words.number(count)), bar);
    });
    return el("section", {class: "card bars"}, el("h3", {}, title), rows.length ? el("ul", {}, rows) : el("p", {class: "soft"}, words.t("none")));
  }
  return {draw, frame, bars, onResize: listener => { resized = listener; }};
})();
