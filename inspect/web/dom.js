"use strict";
// Elements. Text of a peer's choosing only ever becomes a text node or an attribute's value; its controls, and
// what reorders text, are spelt out there.
const dom = (() => {
  const controls = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;
  const printable = value => String(value).replace(controls, c => "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0"));
  function fill(node, attributes, children) {
    for (const [name, value] of Object.entries(attributes || {}))
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else if (value != null && value !== false) node.setAttribute(name, printable(value));
    node.append(...children.flat().filter(child => child != null && child !== false)
      .map(child => child instanceof Node ? child : printable(child)));
    return node;
  }
  const el = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
  const svg = (tag, attributes, ...children) => fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
  /// More children, as el() takes them.
  const add = (node, ...children) => fill(node, {}, children);
  function text(node, value) {
    const shown = printable(value);
    if (node.textContent !== shown) node.textContent = shown;
  }
  const $ = id => document.getElementById(id);

  /// A button that copies what it stands beside. Without the right to the clipboard the text is selected.
  function copier(what, label) {
    const button = el("button", {type: "button", class: "copy", "aria-label": label}, words.t("copy"));
    button.addEventListener("click", async event => {
      event.stopPropagation();
      try {
        await navigator.clipboard.writeText(what);
        text(button, words.t("copied"));
      } catch {
        const shown = button.previousElementSibling;
        if (shown) getSelection().selectAllChildren(shown);
        text(button, words.t("selected"));
      }
      setTimeout(() => text(button, words.t("copy")), 2000);
    });
    return button;
  }

  /// Says something to who doesn't see the page.
  function announce(what) {
    const live = $("announced");
    if (live) text(live, what);
  }

  /// Puts new children in the place of the old ones, and leaves the focus where it was: at what has the same
  /// data-key.
  function replace(node, ...children) {
    const held = node.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    node.replaceChildren(...children);
    if (held) [...node.querySelectorAll("[data-key]")].find(each => each.dataset.key === held)?.focus({preventScroll: true});
  }
  return {el, svg, add, text, printable, $, copier, announce, replace};
})();
