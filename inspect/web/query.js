"use strict";
// The filter's language: words that must all occur, and fields.
//   verdict:untrusted route:mail tls:1.2 -ending:closed lasted:>1s "no certificate"
// A value may be several, by commas. A minus takes what follows away.
const query = (() => {
  const contains = of => (c, value) => of(c).toLowerCase().includes(value);
  const amount = (text, units) => {
    const found = /^([<>]=?|=)?([\d.]+)\s*([a-zµ]*)$/.exec(text);
    if (!found || !(found[3] in units)) return null;
    return {sign: found[1] || "=", value: Number(found[2]) * units[found[3]]};
  };
  const compares = (of, units) => {
    const test = (c, {sign, value}) => {
      const has = of(c);
      return sign === "<" ? has < value : sign === "<=" ? has <= value : sign === ">" ? has > value : sign === ">=" ? has >= value : has === value;
    };
    test.read = text => amount(text, units);
    return test;
  };
  const states = {notable: c => c.notable, open: facts.isOpen, failed: facts.hasFailed, refused: facts.isRefused,
    right: c => Boolean(c.verdict && facts.isRight(c.verdict)), wrong: c => Boolean(c.verdict && !facts.isRight(c.verdict))};
  const fields = {
    verdict: (c, value) => !c.verdict ? value === "none" : value === "trusted" || value === "untrusted" ? c.verdict.trust === value
      : value === "right" || value === "wrong" ? facts.isRight(c.verdict) === (value === "right")
      : facts.faultsOf(c.verdict).some(fault => fault.includes(value)),
    route: contains(c => c.route || ""),
    name: contains(facts.nameOf),
    server: contains(c => facts.server(c) + " " + (c.upstream.address || "")),
    client: contains(c => c.downstream.address || ""),
    tls: contains(c => (c.downstream.tls || "none") + " " + (c.upstream.tls || "none")),
    ending: contains(facts.endingText),
    side: contains(c => c.ending ? c.ending.side : ""),
    reaction: contains(facts.reaction),
    is: (c, value) => states[value](c),
    id: compares(c => c.id, {"": 1}),
    lasted: compares(facts.total, {"": 1e3, us: 1, "µs": 1, ms: 1e3, s: 1e6, m: 6e7, min: 6e7, h: 3.6e9}),
    bytes: compares(facts.bytes, {"": 1, b: 1, k: 1e3, kb: 1e3, m: 1e6, mb: 1e6, g: 1e9, gb: 1e9}),
  };
  fields.is.read = text => text in states ? text : null;

  /// {matches, problem}: what can't be understood is passed over, and said.
  function parse(text) {
    const tests = [];
    let problem = "";
    for (const [, minus, field, quoted, word] of text.matchAll(/(-)?(?:([a-z]+):)?(?:"([^"]*)"?|(\S+))/gi)) {
      const value = (quoted !== undefined ? quoted : word).toLowerCase();
      let test;
      if (!field) {
        test = c => facts.haystack(c).includes(value);
      } else {
        const known = fields[field.toLowerCase()];
        if (!known) { problem = words.t("no-field", field, Object.keys(fields).join(", ")); continue; }
        const values = value.split(",").filter(Boolean).map(each => known.read ? known.read(each) : each);
        if (values.includes(null)) { problem = words.t("no-value", value, field, field === "is" ? Object.keys(states).join(", ") : ">10ms, <5k"); continue; }
        test = c => values.some(each => known(c, each));
      }
      tests.push(minus ? c => !test(c) : test);
    }
    return {matches: c => tests.every(test => test(c)), problem, isEmpty: tests.length === 0};
  }
  return {parse, fields: Object.keys(fields), states: Object.keys(states)};
})();
