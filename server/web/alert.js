// An alert in its parts: what was raised, what happened, what may be done, by which readings. Shows only; what buttons do is given to it.

import { readingsFold, valued } from "./curve.js";
import { append, button, element } from "./dom.js";
import { orderLink } from "./figures.js";
import { say, sayAttribute, words } from "./i18n.js";
import { gradeBadge } from "./order.js";
import { moment } from "./time.js";

/** @typedef {import("./contract.js").AlertView} AlertView */
/**
 * @typedef {object} AlertActs
 * @property {(action: number) => void} approve
 * @property {() => void} order
 * @property {(id: string, link: HTMLElement) => void} open an order
 */

const NAMES = { 红: "red", 橙: "orange", 黄: "yellow", 蓝: "blue" };

/** Its level, as text and colour. @param {AlertView["level"]} level */
export function levelBadge(level) {
  return say(element("span", { class: `badge ${level ? `level level-${NAMES[level]}` : "badge-plain"}` }), `alert.level.${level ?? "none"}`);
}

/** @param {AlertView} alert */
export function stateBadge({ cleared }) {
  return say(element("span", { class: `badge ${cleared ? "badge-current" : "badge-superseded"}` }), cleared ? "alert.cleared" : "alert.open");
}

/** Where, and what is measured. @param {AlertView} alert */
export function nameOf({ place, thing, title }) {
  return [place || thing, title].filter(Boolean).join(" · ");
}

/** The alert as a card among the sentences of an answer: nothing can be done on it. @param {AlertView} alert @param {boolean} whole with all that happened */
export function alertCard(alert, whole) {
  const card = element("article", { class: "alert-card", "data-alert": alert.id },
    element("header", { class: "alert-head" }, levelBadge(alert.level), element("h3", { class: "alert-name" }, nameOf(alert)), stateBadge(alert)),
    element("p", { class: "alert-text" }, alert.text), alertFacts(alert, false));
  if (alert.actions.length > 0) {
    append(card, element("section", {}, say(element("h4", { class: "part-title" }), "alert.actions"), drill(),
      element("ul", { class: "alert-may" }, ...alert.actions.map((action) => element("li", {}, element("span", { class: "alert-action-name" }, action.title), " ", approval(action))))));
  }
  if (alert.order) append(card, element("section", {}, ...orderDraft(alert.order)));
  append(card, whole && timeline(alert), readingsFold(alert.evidence, alert.evidence.length));
  return card;
}

/** @param {AlertView} alert @param {boolean} whole */
export function alertFacts(alert, whole) {
  const facts = element("dl", { class: "order-facts" });
  /** @param {string} key @param {Node|string|null|false} value */
  const fact = (key, value) => {
    if (value) append(facts, say(element("dt"), key), element("dd", {}, value));
  };
  if (whole) fact("alert.number", element("span", { class: "alert-facts-number" }, alert.id));
  fact("alert.place", [alert.place, alert.district].filter(Boolean).join("，"));
  fact("alert.thing", [alert.thing, alert.datastream].filter(Boolean).join("，"));
  fact("alert.raised", moment(alert.raised));
  fact("alert.over", alert.cleared && moment(alert.cleared));
  if (whole) {
    fact("alert.limit", alert.limit !== null && valued(alert.limit, alert.unit));
    fact("alert.basis", alert.basis);
  }
  fact("alert.seen", alert.acknowledged_by
    ? say(element("span"), "alert.seen.by", { by: alert.acknowledged_by, time: moment(alert.acknowledged_at ?? "") })
    : say(element("span", { class: "faint" }), "alert.seen.nobody"));
  return facts;
}

/** What may be done, each with a button for the one who approves it. @param {AlertView} alert @param {AlertActs} acts */
export function actionsPart(alert, acts) {
  if (alert.actions.length === 0) return null;
  return part("alert-actions", "alert.actions", drill(), element("ol", { class: "alert-actions" }, ...alert.actions.map((action, at) => {
    const approve = button({ class: "button alert-approve" }, () => acts.approve(at), say(element("span"), "alert.approve"));
    sayAttribute(approve, "aria-label", "alert.approve.of", { title: action.title });
    return element("li", { class: "alert-action" },
      element("div", { class: "alert-action-head" }, element("h5", { class: "alert-action-name" }, action.title), approval(action), !action.approved_by && approve),
      element("ul", { class: "alert-lines" }, ...action.lines.map((line) => element("li", {}, line))));
  })));
}

/** The order that may be entered, or was. @param {AlertView} alert @param {AlertActs} acts */
export function orderPart({ order }, acts) {
  if (!order) return null;
  const enter = button({ class: "button primary alert-enter" }, () => acts.order(), say(element("span"), "alert.order.enter"));
  const [head, ...rest] = orderDraft(order, acts.open);
  head.id = "alert-order";
  return element("section", { class: "order-card", "aria-labelledby": head.id }, head, ...rest, !order.number && enter);
}

/** What happened, the newest last. @param {AlertView} alert */
export function timeline({ notes }) {
  if (notes.length === 0) return null;
  return element("section", {}, say(element("h4", { class: "part-title" }), "alert.timeline"),
    element("ol", { class: "timeline" }, ...notes.map((note) => element("li", {},
      element("time", { datetime: note.at }, moment(note.at)),
      element("div", { class: "timeline-text" }, note.text, note.by && say(element("span", { class: "faint" }), "alert.timeline.by", { by: note.by }))))));
}

/** A part of the page of an alert, which can take the focus. @param {string} id @param {string} key @param {...(Node|null)} children */
function part(id, key, ...children) {
  return element("section", { class: "order-card", "aria-labelledby": id }, say(element("h4", { class: "part-title", id, tabindex: "-1" }), key), ...children);
}

/** No device is given an order, here or elsewhere. */
function drill() {
  return say(element("p", { class: "alert-drill" }), "alert.drill");
}

/** @param {import("./contract.js").AlertAction} action */
function approval({ approver, approved_by: by, approved_at: at }) {
  return by ? say(element("span", { class: "alert-approved" }), "alert.approved", { by, time: moment(at ?? "") })
    : say(element("span", { class: "faint" }), "alert.approver", { approver });
}

/** @param {NonNullable<AlertView["order"]>} order @param {AlertActs["open"]} [open] @returns {[HTMLElement, ...HTMLElement[]]} */
function orderDraft(order, open) {
  const head = say(element("h4", { class: "part-title", tabindex: "-1" }), order.number ? "alert.ordered" : "alert.order");
  const text = element("p", { class: "alert-draft" }, order.text);
  const marks = element("p", { class: "alert-order-marks" }, order.number && (open ? orderLink(order.number, open) : element("span", { class: "alert-number" }, order.number)),
    gradeBadge(order.grade), element("span", { class: "faint" }, order.place));
  return [head, marks, text];
}
