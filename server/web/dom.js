// Builds elements. Strings become text nodes, never markup, so no answer can bring elements of its own.

const SVG = "http://www.w3.org/2000/svg";

/** @typedef {Node|string|null|undefined|false} Child */

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string|number|boolean|null|undefined>} [attributes] `true` is an empty attribute; `false` and null leave it out
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    node.setAttribute(name, value === true ? "" : String(value));
  }
  append(node, ...children);
  return node;
}

/** @param {Node} node @param {...Child} children */
export function append(node, ...children) {
  for (const child of children) {
    if (child === null || child === undefined || child === false || child === "") continue;
    node.appendChild(typeof child === "string" ? document.createTextNode(child) : child);
  }
}

/** Part of a drawing. @param {string} tag @param {Record<string, string|number>} attributes @param {...Child} children */
export function drawn(tag, attributes, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  append(node, ...children);
  return node;
}

/** One of the symbols drawn in index.html. @param {string} name */
export function icon(name) {
  return drawn("svg", { class: name === "mark" ? "mark" : "icon", "aria-hidden": "true" }, drawn("use", { href: `#${name}` }));
}

/**
 * A button that never submits a form.
 * @param {Record<string, string|number|boolean|null|undefined>} attributes
 * @param {(event: MouseEvent) => void} act
 * @param {...Child} children
 */
export function button(attributes, act, ...children) {
  const node = element("button", { type: "button", ...attributes }, ...children);
  node.addEventListener("click", act);
  return node;
}

/**
 * The element of index.html with this id. It exists: page and script are released together.
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} type
 * @returns {T}
 */
export function byId(id, type) {
  const node = document.getElementById(id);
  if (!(node instanceof type)) throw new Error(`index.html has no ${type.name} #${id}`);
  return node;
}
