// Finds telephone numbers in contact texts, so that they can be called with one tap.

import { element, icon } from "./dom.js";

// Landlines with area code and 400 numbers; short service numbers (12345, 96xxx) and emergency numbers. A short number
// that counts something (120元, 119号) is not a telephone number.
const NUMBER =
  /(?<![\d.-])(?:(?:0\d{2,3}-\d{7,8}(?:-\d{1,5})?|400-?\d{3}-?\d{4})(?!\d)|(?:12\d{3}|96\d{3,4}|1(?:10|12|19|20|22))(?![\d.]*\d)(?!\s*[-–号元日天米年月个人份条款项户室楼层%平公万]))/g;

/** @param {string} text @returns {string[]} each number once, in order */
export function numbersIn(text) {
  return [...new Set(text.match(NUMBER) ?? [])];
}

/** The text with its numbers as `tel:` links. @param {string} text @returns {Node[]} */
export function withPhoneLinks(text) {
  /** @type {Node[]} */
  const nodes = [];
  let from = 0;
  for (const match of text.matchAll(NUMBER)) {
    nodes.push(document.createTextNode(text.slice(from, match.index)), phoneLink(match[0]));
    from = match.index + match[0].length;
  }
  nodes.push(document.createTextNode(text.slice(from)));
  return nodes;
}

/** @param {string} number @param {string} [kind] a class of its own */
export function phoneLink(number, kind = "phone") {
  return element("a", { class: kind, href: `tel:${number.replace(/[^\d+]/g, "")}` }, icon("i-phone"), number);
}
