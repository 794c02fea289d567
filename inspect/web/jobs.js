"use strict";
// Long work in short pieces: a generator is run on for a few milliseconds at a time, so that keys and clicks are
// answered in between. A new job of the same owner ends the old one.
const jobs = (() => {
  const slice = 6;
  /// The first piece waits for a picture of what was just typed or clicked, and between pieces there is room for others.
  function runner() {
    let current = 0;
    return function start(work, done) {
      const mine = ++current;
      const step = () => {
        if (mine !== current) return;
        const until = performance.now() + slice;
        do {
          const {done: finished, value} = work.next();
          if (finished) return done(value);
        } while (performance.now() < until);
        setTimeout(step);
      };
      document.hidden ? setTimeout(step) : requestAnimationFrame(() => setTimeout(step));
    };
  }

  const piece = 512;
  /// A sorted copy: merge sort, bottom up.
  function* sorted(list, compare) {
    let from = list.slice(), to = new Array(list.length);
    for (let i = 0; i < from.length; i += piece) {
      const part = from.slice(i, i + piece).sort(compare);
      for (let k = 0; k < part.length; ++k) from[i + k] = part[k];
      yield;
    }
    for (let width = piece; width < from.length; width *= 2) {
      for (let i = 0; i < from.length; i += 2 * width) {
        const middle = Math.min(i + width, from.length), end = Math.min(i + 2 * width, from.length);
        for (let a = i, b = middle, k = i; k < end; ++k) {
          to[k] = b >= end || (a < middle && compare(from[a], from[b]) <= 0) ? from[a++] : from[b++];
          if (k % piece === 0) yield;
        }
      }
      [from, to] = [to, from];
    }
    return from;
  }
  function* filtered(list, matches) {
    const found = [];
    for (let i = 0; i < list.length; ++i) {
      if (matches(list[i])) found.push(list[i]);
      if (i % piece === piece - 1) yield;
    }
    return found;
  }
  /// Two sorted lists as one.
  function merged(a, b, compare) {
    if (!b.length) return a;
    if (!a.length || compare(b[b.length - 1], a[0]) <= 0) return b.concat(a);
    const all = [];
    let i = 0, k = 0;
    while (i < a.length && k < b.length) all.push(compare(a[i], b[k]) <= 0 ? a[i++] : b[k++]);
    while (i < a.length) all.push(a[i++]);
    while (k < b.length) all.push(b[k++]);
    return all;
  }
  return {runner, sorted, filtered, merged};
})();
