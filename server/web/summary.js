// A digest as an answer: claims that open to the orders behind them, or one order in its parts. An order that is clicked is
// asked about next.

import { element } from "./dom.js";
import { opened } from "./figures.js";
import { say } from "./i18n.js";

/** @typedef {import("./contract.js").DigestView} DigestView */

/** @param {DigestView} digest @param {(text: string) => void} choose */
export function summaryOf({ days, order }, choose) {
  const node = element("div", { class: "summary" });
  if (order) node.append(parts(order));
  for (const section of days?.sections ?? []) node.append(claims(section, choose));
  return node;
}

/** @param {NonNullable<DigestView["days"]>["sections"][0]} section @param {(text: string) => void} choose */
function claims({ title, claims: found }, choose) {
  return element("section", { class: "summary-section" }, element("h3", { class: "part-title" }, title),
    element("ul", { class: "summary-claims" }, ...found.map(({ text, ids, count }) => {
      if (ids.length === 0) return element("li", { class: "summary-claim" }, text);
      const figure = { value: count, of: 0, cases: ids.map((_, at) => at) };
      const { node, list } = opened(figure, { ids, open: choose }, text);
      return element("li", { class: "summary-claim" }, element("span", { class: "sentence-text" }, text), " ", node, list);
    })));
}

/** @param {NonNullable<DigestView["order"]>} order */
function parts({ parts: found }) {
  return element("dl", { class: "looked summary-parts" }, ...found.flatMap(({ title, found: pieces }) => [
    element("dt", {}, title),
    element("dd", {}, ...(pieces.length === 0 ? [say(element("span", { class: "faint" }), "digest.unsaid")] : pieces.map(({ text, entry }) =>
      element("p", { class: "summary-piece" }, text, entry === null ? "" : say(element("span", { class: "faint summary-entry" }), "digest.entry", { n: entry }))))),
  ]));
}
