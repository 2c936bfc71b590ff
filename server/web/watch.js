// What an answer about sensors shows beside its sentences: how the question was understood, the curve, the alerts.

import { alertCard } from "./alert.js";
import { curveFigure } from "./curve.js";
import { element } from "./dom.js";
import { say } from "./i18n.js";

/** @typedef {import("./contract.js").WatchView} WatchView */

/** How the words became a query; none where nothing was measured. @param {WatchView} watch */
export function watchQuery({ described }) {
  if (!described) return null;
  return element("p", { class: "watch-query" }, say(element("span", { class: "watch-query-name" }), "watch.query"), element("span", { class: "watch-described" }, described));
}

/** @param {WatchView|null|undefined} watch @returns {HTMLElement|null} */
export function watchParts(watch) {
  const measured = (watch?.curve?.readings ?? 0) > 0;
  if (!watch || (!measured && watch.alerts.length === 0)) return null;
  const node = element("div", { class: "watch" });
  if (watch.curve && measured) node.append(curveFigure({ curve: watch.curve, title: say(element("span"), "curve.title"), limit: null, marks: [] }));
  node.append(...watch.alerts.map((alert) => alertCard(alert, watch.alerts.length === 1)));
  if (watch.total > watch.alerts.length) node.append(say(element("p", { class: "faint" }), "watch.more", { total: watch.total, n: watch.alerts.length }));
  return node;
}

/**
 * Opens the readings on which a sentence rests.
 * @param {HTMLElement} within the answer
 * @param {string} id of the citation: the name of the tool and the place of what it brought
 */
export function showReadings(within, id) {
  const folds = within.querySelectorAll(".watch > .curve > .curve-fold:last-child, .alert-card > .curve-fold");
  const fold = folds[Number(id.split(":").pop()) - 1] ?? folds[0];
  if (!(fold instanceof HTMLDetailsElement)) return;
  fold.open = true;
  fold.querySelector("summary")?.focus({ preventScroll: true });
  fold.scrollIntoView({ block: "center" });
}
