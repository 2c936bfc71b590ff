// The form of an action on a work order: what it is, why, and what its record holds. It proposes; nothing is done here.

import { DATA, FIXED } from "./actions.js";
import { append, element } from "./dom.js";
import { say, sayAttribute, words } from "./i18n.js";
import { told } from "./notice.js";

/** @typedef {import("./actions.js").DataField} DataField */
/** @typedef {{kind: string, data?: Record<string, unknown>}} Action */

/** What is most often next; it is chosen at first. */
const NEXT = ["confirm", "dispatch", "sign", "reply", "accept_return", "accept_reply", "answer_callback", "archive", "accept"];
const LEVELS = ["general", "urgent", "critical"];

/**
 * @param {string[]} kinds codes of the actions that may be done now
 * @param {object} acts
 * @param {Record<string, Record<string, string>>} acts.filled what is known already, by action and field
 * @param {boolean} acts.only whether there is no other way to act
 * @param {(action: Action, reason: string) => Promise<void>} acts.propose
 */
export function actionForm(kinds, { filled, only, propose }) {
  if (kinds.length === 0) return say(element("p", { class: "faint" }), "act.none");
  const kind = element("select", { class: "control", id: "act-kind" },
    ...kinds.map((code) => say(element("option", { value: code }), `action.${code}`)));
  const fields = element("div", { class: "act-fields" });
  const reason = element("textarea", { class: "control", id: "act-reason", rows: "1", maxlength: "500" });
  const trouble = element("p", { class: "field-trouble", role: "alert" });
  const form = element("form", { class: "act-form", novalidate: true },
    say(element("h4", { class: "part-title" }), only ? "act.title.only" : "act.title"),
    element("div", { class: "form-field" }, say(element("label", { for: "act-kind" }), "act.kind"), kind),
    fields,
    element("div", { class: "form-field" }, say(element("label", { for: "act-reason" }), "act.reason"), reason),
    trouble,
    element("button", { type: "submit", class: "button act-propose" }, say(element("span"), "act.propose")));
  const draw = () => {
    fields.replaceChildren(...(DATA[kind.value] ?? []).map((field) => input(field, filled[kind.value]?.[field.name] ?? "")));
  };
  kind.value = NEXT.find((code) => kinds.includes(code)) ?? kinds[0];
  kind.addEventListener("change", draw);
  draw();
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    trouble.textContent = "";
    const data = read(kind.value, form);
    try {
      await propose(data ? { kind: kind.value, data } : { kind: kind.value }, reason.value.trim());
    } catch (problem) {
      trouble.textContent = told(problem);
    }
  });
  return form;
}

/** @param {DataField} field @param {string} value */
function input(field, value) {
  const id = `act-${field.name}`;
  const label = () => say(element("span"), `data.${field.label ?? field.name}`);
  if (field.kind === "yes") {
    return element("label", { class: "form-field tick" }, element("input", { type: "checkbox", name: field.name }), label());
  }
  if (field.kind === "said") {
    const yes = (/** @type {string} */ code) => element("label", { class: "pick" },
      element("input", { type: "radio", name: field.name, value: code }), say(element("span"), `data.${code}`));
    const spoken = sayAttribute(sayAttribute(element("input", { class: "control", name: `${field.name}-words`, maxlength: "500" }), "placeholder", "data.said"), "aria-label", "data.said");
    return element("fieldset", { class: "form-field" }, element("legend", {}, label()), element("div", { class: "picks" }, yes("yes"), yes("no")), spoken);
  }
  return element("div", { class: "form-field" }, element("label", { for: id }, label()), control(field, value, { id, name: field.name, class: "control" }),
    field.kind === "lines" ? say(element("p", { class: "field-about" }), "act.lines") : null);
}

/** @param {DataField} field @param {string} value @param {Record<string, string>} attributes */
function control(field, value, attributes) {
  if (field.kind === "level") {
    return element("select", attributes, ...LEVELS.map((level) => say(element("option", { value: level }), `level.${level}`)));
  }
  if (field.kind === "text" || field.kind === "lines" || field.kind === "facts") {
    const area = element("textarea", { ...attributes, rows: field.kind === "lines" ? "2" : "1", maxlength: "2000" });
    area.value = value;
    return area;
  }
  const type = field.kind === "date" ? "date" : field.kind === "number" ? "number" : "text";
  const node = element("input", { ...attributes, type, maxlength: "200", min: type === "number" ? "1" : null });
  node.value = value;
  return node;
}

/** @param {string} kind @param {HTMLFormElement} form @returns {Record<string, unknown>|undefined} */
function read(kind, form) {
  const fields = DATA[kind];
  if (!fields) return undefined;
  const typed = new FormData(form);
  const text = (/** @type {string} */ name) => String(typed.get(name) ?? "").trim();
  /** @type {Record<string, unknown>} */
  const data = { ...FIXED[kind] };
  for (const { name, kind: how, optional } of fields) {
    if (how === "lines") data[name] = text(name).split(/[\n；;]+/).map((line) => line.trim()).filter(Boolean);
    else if (how === "number") data[name] = Number(text(name)) || 0;
    else if (how === "yes") data[name] = typed.has(name);
    else if (how === "said") data[name] = { yes: text(name) === "yes", words: text(`${name}-words`) };
    else if (how === "facts") data[name] = [{ name: words("data.newfacts"), value: text(name), source: { asked: { words: text(name) } } }];
    else if (optional && text(name) === "") data[name] = null;
    else data[name] = text(name);
  }
  return data;
}
