// A work order as a card: where it stands, who has it, by when, and what has happened.

import { orderOf } from "./api.js";
import { append, button, element, icon } from "./dom.js";
import { explained } from "./explained.js";
import { say, sayAttribute, words } from "./i18n.js";
import { announce, tell, told } from "./notice.js";
import { moment } from "./time.js";

/** @typedef {import("./contract.js").OrderView} OrderView */

/**
 * @param {OrderView} order
 * @param {object} [around]
 * @param {string} [around.suggested] the department that was suggested
 * @param {string} [around.conversation] in which it was created
 * @param {string} [around.phone] by which it was found
 */
export function orderCard(order, around = {}) {
  const card = element("section", { class: "order-card" });
  draw(card, order, around);
  return card;
}

/** @param {HTMLElement} card @param {OrderView} order @param {Parameters<typeof orderCard>[1] & {}} around */
function draw(card, order, around) {
  const again = button({ class: "quiet order-refresh" }, () => refresh(card, order, around), icon("i-retry"), say(element("span"), "order.refresh"));
  const facts = orderFacts(order, around.suggested);
  if (order.allowed.length > 0) {
    append(facts, say(element("dt"), "order.allowed"), element("dd", {}, ...order.allowed.flatMap((kind, at) => [at > 0 ? "、" : null, say(element("span"), `action.${kind}`)])));
  }
  sayAttribute(card, "aria-label", "order.title", { id: order.id });
  card.replaceChildren();
  append(card, orderHead(order), facts, dues(order.dues), timeline(order, again));
}

/** The same in two parts, for the desk: what stands between them is up to it. @param {OrderView} order @returns {[HTMLElement, HTMLElement]} */
export function orderParts(order) {
  const history = element("section", { class: "order-card" });
  append(history, dues(order.dues), timeline(order, null));
  return [element("section", { class: "order-card" }, orderHead(order), orderFacts(order, "")), history];
}

/** @param {OrderView} order */
function orderHead(order) {
  return element("header", { class: "order-head" },
    say(element("h4", { class: "order-number", tabindex: "-1" }), "order.title", { id: order.id }),
    element("p", { class: "order-marks" }, element("span", { class: "badge badge-state" }, order.state_name), gradeBadge(order.grade)));
}

/** @param {OrderView} order @param {string} [suggested] */
function orderFacts(order, suggested) {
  const facts = element("dl", { class: "order-facts" });
  /** @param {string} key @param {Node|string|null} value */
  const fact = (key, value) => {
    if (value) append(facts, say(element("dt"), key), element("dd", {}, value));
  };
  fact("order.words", order.text);
  fact("order.items", order.items.join("、"));
  fact("order.address", order.address);
  fact("order.lead", order.lead ?? say(element("span", { class: "faint" }), "order.lead.none"));
  if (!order.lead && suggested) fact("order.suggested", say(element("span"), "order.suggested.of", { department: suggested }));
  fact("order.assist", order.assist.join("、"));
  fact("order.contact", order.contact);
  fact("order.links", order.links.join("、"));
  return facts;
}

/** @param {string|null} grade its Chinese name */
export function gradeBadge(grade) {
  if (!grade) return null;
  const level = { 特急: "critical", 紧急: "urgent" }[grade] ?? "general";
  return element("span", { class: `badge grade-${level}` }, grade);
}

/** @param {string[]} lines */
function dues(lines) {
  if (lines.length === 0) return null;
  return element("section", {}, say(element("h5", { class: "part-title" }), "order.dues"),
    element("ul", { class: "dues" }, ...lines.map((line) => element("li", { class: "due" }, ...explained(line)))));
}

/** The newest last, as it happened. @param {OrderView} order @param {HTMLElement|null} again */
function timeline(order, again) {
  return element("section", {}, element("div", { class: "timeline-head" }, say(element("h5", { class: "part-title" }), "order.timeline"), again),
    element("ol", { class: "timeline" }, ...order.timeline.map((line) => element("li", {},
      element("time", { datetime: line.at }, moment(line.at)),
      element("div", { class: "timeline-text" }, ...explained(line.text))))));
}

/** @param {HTMLElement} card @param {OrderView} order @param {Parameters<typeof orderCard>[1] & {}} around */
async function refresh(card, order, around) {
  try {
    draw(card, await orderOf(order.id, { phone: around.phone, conversation: around.conversation }), around);
    const again = card.querySelector(".order-refresh");
    if (again instanceof HTMLElement) again.focus();
    announce(words("order.refreshed"));
  } catch (problem) {
    tell(told(problem));
  }
}
