// Numbers that open to the orders behind them, and tables of such numbers.

import { append, button, element } from "./dom.js";
import { say, sayAttribute, words } from "./i18n.js";

/** @typedef {import("./contract.js").Figure} Figure */
/** @typedef {import("./contract.js").Group} Group */
/** The ids of all orders, and what opens one. @typedef {{ids: string[], open: (id: string, link: HTMLElement) => void}} Orders */

/** So many orders are listed at once. */
const LISTED = 60;
/** So many rows of a table are shown at first. */
const ROWS = 8;

let made = 0;

/** An order by its number. @param {string} id @param {Orders["open"]} open */
export function orderLink(id, open) {
  const link = button({ class: "link", "data-order": id }, () => open(id, link), id);
  return link;
}

/**
 * A number as a button, and the list of its orders that it opens; nothing to open under a zero.
 * @param {Figure} figure
 * @param {Orders} orders
 * @param {string} name of what there are so many, for the list and for those who listen
 * @param {string} [key] how the number is worded
 * @returns {{node: HTMLElement, list: HTMLElement}}
 */
export function opened(figure, orders, name, key = "digest.n") {
  made += 1;
  const list = element("div", { class: "digest-orders", id: `digest-orders-${made}`, role: "group", hidden: true });
  const params = { n: figure.value, cases: figure.cases.length, what: name, value: words(key, { n: figure.value, cases: figure.cases.length }) };
  const text = say(element("span"), key, params);
  if (figure.cases.length === 0) return { node: element("span", { class: "figure" }, text), list };
  const node = button({ class: "figure", "aria-expanded": "false", "aria-controls": list.id }, () => {
    if (list.childElementCount === 0) fill(list, figure, orders, name);
    list.hidden = !list.hidden;
    // In a table the list has a row of its own.
    const row = list.closest("tr");
    if (row) row.hidden = list.hidden;
    node.setAttribute("aria-expanded", String(!list.hidden));
  }, text);
  sayAttribute(node, "aria-label", "digest.see", params);
  return { node, list };
}

/** @param {HTMLElement} list @param {Figure} figure @param {Orders} orders @param {string} name */
function fill(list, figure, { ids, open }, name) {
  const items = element("ul", { class: "digest-ids" });
  const left = figure.cases.map((at) => ids[at]).filter(Boolean);
  const more = button({ class: "quiet" }, () => next(), element("span"));
  const next = () => {
    const first = items.childElementCount;
    append(items, ...left.splice(0, LISTED).map((id) => element("li", {}, orderLink(id, open))));
    more.hidden = left.length === 0;
    if (more.firstElementChild instanceof HTMLElement) say(more.firstElementChild, "digest.list.more", { n: Math.min(left.length, LISTED) });
    if (first > 0) items.children[first]?.querySelector("button")?.focus();
  };
  const head = say(element("p", { class: "part-title" }), "digest.list", { what: name, n: figure.cases.length });
  sayAttribute(list, "aria-label", "digest.list", { what: name, n: figure.cases.length });
  next();
  append(list, head, items, more);
}

/**
 * Rows of names and numbers, with bars; the first of them, and the others when asked for.
 * @param {string} caption its key
 * @param {string} column the key of what the rows are
 * @param {Group[]} groups
 * @param {Orders} orders
 */
export function groupTable(caption, column, groups, orders) {
  const most = Math.max(1, ...groups.map(({ cases }) => cases.value));
  return table(caption, [column, "digest.cases", "digest.share"], groups.map(({ name, cases }) => {
    const fill = element("span", { class: "meter-fill" });
    fill.style.width = `${(cases.value / most) * 100}%`;
    const share = cases.of > 0 ? `${Math.round((cases.value / cases.of) * 1000) / 10}%` : "—";
    return {
      name, figures: [[cases, "digest.n"]],
      rest: [element("td", { class: "digest-bar" }, element("span", { class: "rate-of" }, share), element("span", { class: "meter", "aria-hidden": "true" }, fill))],
    };
  }), orders);
}

/**
 * @param {string} caption its key
 * @param {string[]} columns keys, the first of what the rows are
 * @param {{name: string, head?: HTMLElement, figures: [Figure, string][], rest?: HTMLElement[]}[]} rows `head` stands for the name
 * @param {Orders} orders
 */
export function table(caption, columns, rows, orders) {
  const body = element("tbody");
  /** @type {HTMLElement[]} */
  const folded = [];
  for (const [at, { name, head, figures, rest = [] }] of rows.entries()) {
    const cells = figures.map(([figure, key], place) => opened(figure, orders, figures.length > 1 ? `${name} ${words(columns[place + 1])}` : name, key));
    const row = element("tr", { hidden: at >= ROWS }, element("th", { scope: "row" }, head ?? name), ...cells.map(({ node }) => element("td", {}, node)), ...rest);
    if (at >= ROWS) folded.push(row);
    append(body, row, ...cells.map(({ list }) => element("tr", { class: "digest-under", hidden: true }, element("td", { colspan: columns.length }, list))));
  }
  const node = element("section", { class: "digest-table" }, element("table", { class: "rates-table" },
    say(element("caption", { class: "digest-caption" }), caption),
    element("thead", {}, element("tr", {}, ...columns.map((key) => say(element("th", { scope: "col" }), key)))), body));
  if (folded.length === 0) return node;
  const text = say(element("span"), "digest.more", { n: folded.length });
  const more = button({ class: "quiet digest-more", "aria-expanded": "false" }, () => {
    const open = more.getAttribute("aria-expanded") !== "true";
    more.setAttribute("aria-expanded", String(open));
    say(text, open ? "digest.fewer" : "digest.more", { n: folded.length });
    for (const row of folded) {
      // What was opened under a row closes with it.
      if (!open) for (const figure of row.querySelectorAll('button[aria-expanded="true"]')) if (figure instanceof HTMLElement) figure.click();
      row.hidden = !open;
    }
  }, text);
  append(node, more);
  return node;
}
