// Sentences of an order carry how their due times were computed, in brackets. Here the brackets are folded.

import { element } from "./dom.js";
import { say } from "./i18n.js";

/** A sentence with more parts than this is shown part by part. */
const PARTS = 3;

/**
 * The text without its computations, and the whole of it in a fold.
 * @param {string} text
 * @returns {Node[]}
 */
export function explained(text) {
  const { short, explains } = withoutComputations(text);
  if (!explains) return [document.createTextNode(text)];
  const parts = short.split("，").filter(Boolean);
  const shown = parts.length > PARTS
    ? element("span", { class: "parts" }, ...parts.map((part) => element("span", { class: "part" }, part)))
    : document.createTextNode(short);
  return [shown, element("details", { class: "why" }, say(element("summary"), "confirm.why"), element("p", {}, text))];
}

/** Drops brackets that begin with 自 (from when a time was counted), whatever stands in them. @param {string} text */
function withoutComputations(text) {
  let short = "";
  let depth = 0;
  let explains = false;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at];
    if (depth > 0) {
      if (sign === "（") depth += 1;
      if (sign === "）") depth -= 1;
    } else if (sign === "（" && text[at + 1] === "自") {
      depth = 1;
      explains = true;
    } else short += sign;
  }
  return { short, explains };
}
