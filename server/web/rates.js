// 三率: how many were answered, settled and content, by unit, as a table with small bars.

import { rates } from "./api.js";
import { append, element } from "./dom.js";
import { say } from "./i18n.js";
import { told } from "./notice.js";
import { day } from "./time.js";

const KINDS = /** @type {const} */ (["responded", "resolved", "satisfied"]);
/** The first look: so many days back. */
const DAYS = 90;

export function ratesView() {
  const from = element("input", { class: "control", type: "date", id: "rates-from", value: day(DAYS) });
  const to = element("input", { class: "control", type: "date", id: "rates-to", value: day() });
  const result = element("div", { class: "rates-result", "aria-live": "polite" });
  const form = element("form", { class: "rates-form" },
    element("div", { class: "form-field" }, say(element("label", { for: from.id }), "rates.from"), from),
    element("div", { class: "form-field" }, say(element("label", { for: to.id }), "rates.to"), to),
    element("button", { type: "submit", class: "button" }, say(element("span"), "rates.show")));
  const load = async () => {
    try {
      const { groups } = await rates(from.value, to.value);
      result.replaceChildren(ratesTable(groups));
    } catch (problem) {
      result.replaceChildren(element("p", { class: "field-trouble" }, told(problem)));
    }
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    load();
  });
  load();
  return element("div", { class: "rates" }, form, result);
}

/** @param {import("./contract.js").Rates["groups"]} groups @param {string} [unit] the key of what the groups are */
export function ratesTable(groups, unit = "rates.unit") {
  const names = Object.keys(groups);
  if (names.length === 0) return say(element("p", { class: "faint" }), "rates.empty");
  return element("div", { class: "rates-scroll", tabindex: "0" }, element("table", { class: "rates-table" },
    say(element("caption", { class: "unseen" }), "rates.title"),
    element("thead", {}, element("tr", {}, say(element("th", { scope: "col" }), unit),
      ...KINDS.map((kind) => say(element("th", { scope: "col" }), `rates.${kind}`)))),
    element("tbody", {}, ...names.map((name) => element("tr", {}, element("th", { scope: "row" }, name),
      ...KINDS.map((kind) => element("td", {}, ...share(groups[name][kind]))))))));
}

/** @param {import("./contract.js").Share|undefined} part */
function share(part) {
  if (!part || part.of === 0) return [element("span", { class: "faint" }, "—")];
  const percent = Math.round((part.yes / part.of) * 1000) / 10;
  const bar = element("span", { class: "meter", "aria-hidden": "true" }, element("span", { class: "meter-fill" }));
  if (bar.firstElementChild instanceof HTMLElement) bar.firstElementChild.style.width = `${percent}%`;
  const figures = element("span", { class: "rate" }, `${percent}%`);
  append(figures, say(element("span", { class: "rate-of" }), "rates.of", { yes: part.yes, of: part.of }));
  return [figures, bar];
}
