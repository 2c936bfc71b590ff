// What an answer shows besides sentences: missing parts, refusals, choices, next steps and emergency advice.

import { titleOf } from "./api.js";
import { append, button, element, icon } from "./dom.js";
import { say, sayAttribute } from "./i18n.js";
import { numbersIn, phoneLink, withPhoneLinks } from "./phone.js";

/** @typedef {import("./contract.js").Answer} Answer */
/** @typedef {import("./contract.js").NextStep} NextStep */

/** What stands above the sentences. @param {Answer} answer @returns {HTMLElement|null} */
export function opening(answer) {
  if (answer.status === "handoff") return emergency(answer);
  if (answer.status === "refused") return refusal(answer);
  if ((answer.status === "clarify" || answer.status === "confirm") && answer.message) return element("p", { class: "clarify" }, answer.message);
  return null;
}

/**
 * What stands below them.
 * @param {Answer} answer
 * @param {(text: string) => void} choose sends the chosen text as the next question
 * @returns {HTMLElement[]}
 */
export function closing(answer, choose) {
  const parts = [];
  if (answer.status === "partial" && answer.missing.length > 0) parts.push(missingNotice(answer.missing));
  if (answer.status === "answered" || answer.status === "partial") {
    if (answer.message) parts.push(element("p", { class: "message" }, answer.message));
  }
  if (answer.choices.length > 0) parts.push(choices(answer.choices, choose));
  if (answer.status !== "handoff" && answer.next.length > 0) {
    parts.push(nextSteps(answer.next, answer.status === "refused" ? "next.refused" : "next.title"));
  }
  return parts;
}

/** @param {string[]} missing */
function missingNotice(missing) {
  return element("div", { class: "notice missing", role: "note" },
    icon("i-alert"),
    element("div", {},
      say(element("p", { class: "notice-title" }), "partial.title"),
      element("ul", {}, ...missing.map((part) => element("li", {}, part)))));
}

/** @param {Answer} answer */
function refusal(answer) {
  const node = element("div", { class: "refusal" });
  if (answer.message) append(node, element("p", { class: "refusal-message" }, answer.message));
  const facts = element("dl", { class: "looked" });
  if (answer.missing.length > 0) append(facts, say(element("dt"), "refused.missing"), element("dd", {}, answer.missing.join("；")));
  if (answer.searched.length > 0) append(facts, say(element("dt"), "refused.searched"), element("dd", {}, answer.searched.map(titleOf).join("、")));
  if (facts.childElementCount > 0) append(node, facts);
  return node;
}

/** @param {string[]} texts @param {(text: string) => void} choose */
function choices(texts, choose) {
  return element("div", { class: "choices", role: "group" },
    say(element("p", { class: "part-title" }), "clarify.choices"),
    element("div", { class: "choice-row" }, ...texts.map((text) => button({ class: "button choice" }, () => choose(text), text))));
}

/** @param {NextStep[]} steps @param {string} title */
function nextSteps(steps, title) {
  return element("section", { class: "next" },
    say(element("h3", { class: "part-title" }), title),
    element("ul", { class: "next-row" }, ...steps.map((step) => element("li", { class: "next-card" }, ...stepText(step)))));
}

/** The contact's parts (number, address, hours) on lines of their own. @param {NextStep} step */
function stepText(step) {
  const lines = (step.contact ?? "").split(/[；;\n]+/).map((line) => line.trim()).filter(Boolean);
  return [
    element("p", { class: "next-name" }, step.name),
    ...lines.map((line) => element("p", { class: "next-contact" }, ...withPhoneLinks(line))),
  ];
}

/** @param {Answer} answer */
function emergency(answer) {
  const message = answer.message ?? "";
  const callable = answer.next.filter((step) => numbersIn(step.contact ?? "").length > 0);
  const first = callable[0] ? numbersIn(callable[0].contact ?? "")[0] : numbersIn(message)[0] ?? "110";
  const others = answer.next.filter((step) => step !== callable[0]);
  const big = phoneLink(first, "big-number");
  sayAttribute(big, "aria-label", "handoff.call", { number: first });
  return element("div", { class: "emergency", role: "alert" },
    element("div", { class: "emergency-call" },
      say(element("p", { class: "emergency-title" }), "handoff.title"),
      big,
      callable[0] ? element("p", { class: "emergency-name" }, callable[0].name) : null),
    message ? element("p", { class: "emergency-message" }, ...withPhoneLinks(message)) : null,
    others.length > 0
      ? element("div", { class: "emergency-others" },
        say(element("p", { class: "part-title" }), "handoff.more"),
        element("ul", { class: "next-row" }, ...others.map((step) => element("li", { class: "next-card" }, ...stepText(step)))))
      : null);
}

/** What a form says of itself, where that is more than the status of its answer. @param {Answer} answer */
export function formStatus({ status, form }) {
  if (status === "clarify" && form?.stage === "asking") return "asking";
  if (status === "answered" && form?.stage === "submitted") return "submitted";
  if (form?.stage === "cancelled") return "cancelled";
  return status;
}
