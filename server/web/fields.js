// Inputs for the fields of a form, by their kind. What was typed is kept while the form goes on.

import { append, element } from "./dom.js";
import { say } from "./i18n.js";

/** @typedef {import("./contract.js").FieldView} FieldView */

/** With more choices than this a list takes less room than buttons. */
const BUTTONS = 4;

/** How a kind is typed: on a telephone the right keys come up. @type {Record<string, Record<string, string>>} */
const TYPED = {
  date: { type: "date", min: "1900-01-01", max: "2099-12-31" },
  amount: { type: "text", inputmode: "decimal" },
  integer: { type: "text", inputmode: "numeric" },
  mobile: { type: "tel", autocomplete: "tel-national", maxlength: "20" },
  phone: { type: "tel", autocomplete: "tel-national", maxlength: "20" },
  mail: { type: "email", autocomplete: "email" },
  identity: { type: "text", maxlength: "18", spellcheck: "false" },
  bank: { type: "text", inputmode: "numeric", spellcheck: "false" },
  plate: { type: "text", maxlength: "10", spellcheck: "false" },
  credit_code: { type: "text", maxlength: "18", spellcheck: "false" },
};

/**
 * @param {FieldView} field
 * @param {object} state
 * @param {string} state.typed what was typed before
 * @param {boolean} state.asked the one that is asked for now
 * @param {boolean} state.untaken it was sent and not taken
 */
export function fieldInput(field, { typed, asked, untaken }) {
  const id = `field-${field.name}`;
  const about = `${id}-about`;
  const name = element("span", { class: "field-title" }, field.title);
  if (asked) append(name, say(element("span", { class: "field-asked" }), "form.asked"));
  const notes = element("p", { class: "field-about", id: about }, field.why || field.ask);
  const trouble = field.problem ? element("p", { class: "field-trouble", id: `${about}-trouble` }, field.problem)
    : untaken ? say(element("p", { class: "field-trouble", id: `${about}-trouble` }), "form.untaken") : null;
  const described = trouble ? `${about} ${about}-trouble` : about;
  if (field.choices.length > 0 && field.choices.length <= BUTTONS) {
    const set = element("fieldset", { class: "form-field", "aria-describedby": described, "data-asked": asked },
      element("legend", {}, name),
      element("div", { class: "picks" }, ...field.choices.map((choice) => element("label", { class: "pick" },
        element("input", { type: "radio", name: field.name, value: choice, checked: choice === typed }), element("span", {}, choice)))));
    append(set, notes, trouble);
    return set;
  }
  const attributes = { id, name: field.name, "aria-describedby": described, "aria-invalid": trouble ? "true" : null };
  return element("div", { class: "form-field", "data-asked": asked },
    element("label", { for: id }, name), control(field, typed, attributes), notes, trouble);
}

/** @param {FieldView} field @param {string} typed @param {Record<string, string|null>} attributes */
function control(field, typed, attributes) {
  if (field.choices.length > 0) {
    const select = element("select", { ...attributes, class: "control" }, say(element("option", { value: "" }), "form.choose"),
      ...field.choices.map((choice) => element("option", { value: choice }, choice)));
    select.value = typed;
    return select;
  }
  if (field.kind === "text" || field.kind === "address") {
    const area = element("textarea", { ...attributes, class: "control", rows: "1", autocomplete: "off", maxlength: "500" });
    area.value = typed;
    return area;
  }
  const input = element("input", { type: "text", autocomplete: "off", maxlength: "200", ...TYPED[field.kind], ...attributes, class: "control" });
  input.value = typed;
  return input;
}

/** What was filled in, by name. @param {HTMLFormElement} form @returns {Record<string, string>} */
export function filledIn(form) {
  /** @type {Record<string, string>} */
  const values = {};
  for (const [name, value] of new FormData(form)) {
    if (typeof value === "string" && value.trim() !== "") values[name] = value.trim();
  }
  return values;
}
