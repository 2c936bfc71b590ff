// Tells the interface in both scripts. Answers, forms and clauses are never converted: they are shown as they come.

import { ALERT_WORDS } from "./words-alerts.js";
import { DESK_WORDS } from "./words-desk.js";
import { DIGEST_WORDS } from "./words-digest.js";
import { DRAFT_WORDS } from "./words-draft.js";
import { FORM_WORDS } from "./words-form.js";
import { WORDS as PAGE_WORDS } from "./words.js";

/** @typedef {"hans"|"hant"} Script */
/** @typedef {Record<string, string|number>} Params */

/** @type {Record<string, [string, string]>} */
const WORDS = { ...PAGE_WORDS, ...FORM_WORDS, ...DESK_WORDS, ...DIGEST_WORDS, ...ALERT_WORDS, ...DRAFT_WORDS };

/** @type {Script} */
let script = "hans";

/** Chooses the script for everything told from now on, and tells again what is on the page. @param {Script} chosen */
export function useScript(chosen) {
  script = chosen;
  document.documentElement.lang = chosen === "hant" ? "zh-Hant" : "zh-Hans";
  sayAgain(document);
}

/** @param {string} key @param {Params} [params] @returns {string} */
export function words(key, params = {}) {
  const entry = WORDS[key];
  if (!entry) return key;
  return entry[script === "hant" ? 1 : 0].replace(/\{(\w+)\}/g, (whole, name) => String(params[name] ?? whole));
}

/**
 * Writes interface words into a node, which remembers their key for a later change of script.
 * @template {HTMLElement} T
 * @param {T} node
 * @param {string} key
 * @param {Params} [params]
 * @returns {T}
 */
export function say(node, key, params) {
  node.dataset.say = key;
  if (params) node.dataset.sayWith = JSON.stringify(params);
  else delete node.dataset.sayWith;
  node.textContent = words(key, params);
  return node;
}

/** The attributes which may carry interface words. */
const ATTRIBUTES = ["aria-label", "title", "placeholder"];

/**
 * The same for an attribute. All words of one node share their parameters.
 * @template {HTMLElement} T
 * @param {T} node
 * @param {"aria-label"|"title"|"placeholder"} attribute
 * @param {string} key
 * @param {Params} [params]
 * @returns {T}
 */
export function sayAttribute(node, attribute, key, params) {
  node.setAttribute(`data-say-${attribute}`, key);
  if (params) node.dataset.sayWith = JSON.stringify(params);
  node.setAttribute(attribute, words(key, params));
  return node;
}

/** @param {ParentNode} root */
function sayAgain(root) {
  const marked = ["[data-say]", ...ATTRIBUTES.map((name) => `[data-say-${name}]`)].join(",");
  for (const node of root.querySelectorAll(marked)) {
    if (!(node instanceof HTMLElement)) continue;
    const params = node.dataset.sayWith ? JSON.parse(node.dataset.sayWith) : {};
    if (node.dataset.say) node.textContent = words(node.dataset.say, params);
    for (const name of ATTRIBUTES) {
      const key = node.getAttribute(`data-say-${name}`);
      if (key) node.setAttribute(name, words(key, params));
    }
  }
}
