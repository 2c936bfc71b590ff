// What an answer rests on: its citations as a numbered list.

import { append, button, element, icon } from "./dom.js";
import { say } from "./i18n.js";

/** @typedef {import("./contract.js").Citation} Citation */

/**
 * @param {Map<string, number>} numbers those that were used, in order
 * @param {Map<string, Citation>} citations
 * @param {(id: string) => string} quoteOf the sentence that rests on it
 * @param {(citation: Citation, number: number, quote: string, opener: HTMLElement) => void} open
 */
export function sources(numbers, citations, quoteOf, open) {
  if (numbers.size === 0) return null;
  const list = element("ol", { class: "source-list" });
  for (const [id, number] of numbers) {
    const citation = citations.get(id);
    if (!citation) continue;
    const quote = quoteOf(id);
    // The clause of a material stands in the form beside.
    if (!quote) continue;
    const result = citation.kind === "result";
    const row = button({ class: "source", ...(result ? {} : { "aria-controls": "panel", "aria-expanded": "false" }) }, () => open(citation, number, quote, row),
      element("span", { class: "source-number", "aria-hidden": "true" }, String(number)),
      element("span", { class: "source-text" },
        element("span", { class: result ? "source-tool" : "source-title" }, result ? citation.title : `《${citation.title}》`),
        element("span", { class: "source-path" }, citation.path),
        result ? null : dates(citation)),
      icon("i-next"));
    append(list, element("li", {}, row));
  }
  return list.childElementCount === 0 ? null : element("section", { class: "sources" }, say(element("h3", { class: "part-title" }), "sources"), list);
}

/** @param {Citation} citation */
function dates(citation) {
  const line = element("span", { class: "source-dates" });
  if (!citation.effective_from) return say(line, "undated");
  append(line, say(element("span"), "effective", { date: citation.effective_from }));
  if (citation.effective_to) append(line, say(element("span", { class: "ended" }), "ended", { date: citation.effective_to }));
  return line;
}
