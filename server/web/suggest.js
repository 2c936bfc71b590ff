// What the dispatcher suggests for an order: departments with their duties, grade, gaps. A person chooses.

import { append, button, element } from "./dom.js";
import { say, sayAttribute } from "./i18n.js";

/** @typedef {import("./contract.js").Answer} Answer */
/** @typedef {{lead: string, assist: string[], basis: string}} Choice */

/**
 * @param {Answer} answer
 * @param {object} acts
 * @param {(choice: Choice) => void} acts.choose
 * @param {(citation: import("./contract.js").Citation, number: number, quote: string, opener: HTMLElement) => void} acts.clause
 * @param {(order: string) => void} acts.open another order
 * @param {boolean} acts.ready whether it may be dispatched now
 * @returns {{node: HTMLElement, take: (at: number) => void}}
 */
export function suggestion(answer, acts) {
  const node = element("section", { class: "suggestion" });
  const { queue } = answer;
  append(node, say(element("h4", { class: "part-title" }), "suggest.title"));
  if (!queue || queue.departments.length === 0) {
    append(node, say(element("p", { class: "faint" }), "suggest.none"), answer.message ? element("p", { class: "form-note" }, answer.message) : null);
    return { node, take: () => {} };
  }
  const helpers = element("fieldset", { class: "helpers" }, say(element("legend", { class: "part-title" }), "suggest.assist"),
    element("div", { class: "picks" }, ...queue.assist.map((unit) => element("label", { class: "pick" },
      element("input", { type: "checkbox", value: unit, checked: true }), element("span", {}, unit)))));
  const choices = queue.departments.map((lean) => {
    const citation = answer.citations.find((known) => known.id === lean.citation);
    const basis = citation ? `《${citation.title}》${citation.path.split(" / ").at(-1)}` : lean.because;
    return { lead: lean.department, basis };
  });
  /** @param {number} at */
  const take = (at) => {
    const choice = choices[at];
    if (!choice || !acts.ready) return;
    const ticked = [...helpers.querySelectorAll("input")].filter((box) => box.checked).map((box) => box.value);
    acts.choose({ ...choice, assist: ticked.filter((unit) => unit !== choice.lead) });
  };
  append(node, element("ol", { class: "leans" }, ...queue.departments.map((lean, at) => leaning(answer, lean, at, acts, take))),
    queue.assist.length > 0 && acts.ready ? helpers : null, more(queue, acts));
  return { node, take };
}

/**
 * @param {Answer} answer
 * @param {import("./contract.js").QueueView["departments"][number]} lean
 * @param {number} at
 * @param {Parameters<typeof suggestion>[1]} acts
 * @param {(at: number) => void} take
 */
function leaning(answer, lean, at, acts, take) {
  const citation = answer.citations.find((known) => known.id === lean.citation);
  const quote = answer.sentences.find((sentence) => lean.citation !== null && sentence.citations.includes(lean.citation))?.text ?? "";
  const percent = Math.round(lean.probability * 100);
  const bar = element("span", { class: "meter", "aria-hidden": "true" }, element("span", { class: "meter-fill" }));
  if (bar.firstElementChild instanceof HTMLElement) bar.firstElementChild.style.width = `${percent}%`;
  const pick = button({ class: "lean-pick", disabled: !acts.ready, "aria-keyshortcuts": String(at + 1) }, () => take(at),
    element("kbd", { class: "key" }, String(at + 1)),
    element("span", { class: "lean-name" }, lean.department),
    element("span", { class: "lean-likely" }, bar, say(element("span"), "suggest.likely", { n: percent })));
  sayAttribute(pick, "title", "suggest.take", { department: lean.department, n: at + 1 });
  const chip = citation ? sayAttribute(button({ class: "chip", "aria-expanded": "false", "aria-controls": "panel" },
    () => chip && acts.clause(citation, at + 1, quote, chip), say(element("span"), "suggest.clause")), "aria-label", "suggest.duty.of",
  { department: lean.department, title: citation.title, path: citation.path }) : null;
  return element("li", { class: "lean" }, pick,
    quote ? element("p", { class: "lean-duty" }, quote, chip) : say(element("p", { class: "lean-duty faint" }), "suggest.duty.none"),
    element("p", { class: "lean-because" }, quote ? lean.because.split("，职责见")[0] : lean.because));
}

/** @param {import("./contract.js").QueueView} queue @param {Parameters<typeof suggestion>[1]} acts */
function more(queue, acts) {
  const facts = element("dl", { class: "order-facts" });
  append(facts, say(element("dt"), "suggest.grade"), element("dd", {}, `${queue.grade}（${queue.reason}）`,
    queue.confirm ? say(element("span", { class: "badge grade-urgent" }), "suggest.grade.confirm") : null));
  if (queue.missing.length > 0) append(facts, say(element("dt"), "suggest.missing"), element("dd", {}, queue.missing.join("")));
  const { near } = queue;
  if (near) append(facts, say(element("dt"), "suggest.near"), element("dd", {}, button({ class: "link" }, () => acts.open(near), near)));
  return facts;
}
