"use strict";
// Long work in short pieces: a generator is run on for a few milliseconds at a time, so that keys and clicks are
// answered in between. A new job of the same owner ends the old one.
const jobs = (() => {
  const slice = 6;
  /// Somebody typed or clicked, and waits for the picture.
  const isAwaited = () => Boolean(navigator.scheduling?.isInputPending?.());
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
        } while (performance.now() < until && !isAwaited());
        setTimeout(step);
      };
      document.hidden ? setTimeout(step) : requestAnimationFrame(() => setTimeout(step));
    };
  }

  const piece = 512;
  /// A sorted copy: merge sort, bottom up.
  function* sorted(list, compare) {
    let from = list.slice(), to = new Array(list.length);
    // Most often it stands as it came, which is one way or the other.
    if (from.length > 1 && compare(from[0], from[from.length - 1]) > 0) from.reverse();
    for (let i = 0; i < from.length; i += piece) {
      const part = from.slice(i, i + piece).sort(compare);
      for (let k = 0; k < part.length; ++k) from[i + k] = part[k];
      yield;
    }
    for (let width = piece; width < from.length; width *= 2) {
      for (let i = 0; i < from.length; i += 2 * width) {
        const middle = Math.min(i + width, from.length), end = Math.min(i + 2 * width, from.length);
        if (middle === end || compare(from[middle - 1], from[middle]) <= 0) {
          for (let k = i; k < end; ++k) to[k] = from[k];
          yield;
          continue;
        }
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
  /// Where in the sorted list `a`, from `begin` on, what comes after all that isn't greater than `x` begins.
  function placeOf(x, a, begin, compare) {
    let end = a.length;
    while (begin < end) {
      const middle = (begin + end) >> 1;
      if (compare(a[middle], x) <= 0) begin = middle + 1; else end = middle;
    }
    return begin;
  }
  /// Two sorted lists as one: a long one, of which pieces are copied as wholes, and a short one.
  function merged(a, b, compare) {
    if (!b.length) return a;
    const pieces = [];
    let from = 0;
    for (const x of b) {
      const place = placeOf(x, a, from, compare);
      if (place > from) pieces.push(a.slice(from, place));
      pieces.push([x]);
      from = place;
    }
    pieces.push(a.slice(from));
    return [].concat(...pieces);
  }
  return {runner, sorted, filtered, merged};
})();
