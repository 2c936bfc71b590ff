// The form beside the conversation: how far it is, what is known and from where, what is missing, what must be brought.

import { append, button, element, icon } from "./dom.js";
import { saveLinks } from "./download.js";
import { fieldInput, filledIn } from "./fields.js";
import { say, sayAttribute, words } from "./i18n.js";
import { announce } from "./notice.js";
import { orderCard } from "./order.js";

/** @typedef {import("./contract.js").Answer} Answer */
/** @typedef {import("./contract.js").FieldView} FieldView */
/** @typedef {import("./contract.js").FormView} FormView */

/**
 * @typedef {object} FormActs
 * @property {(words: string, fields: Record<string, string>) => void} send
 * @property {() => void} review opens the confirmation
 * @property {(citation: import("./contract.js").Citation, number: number, quote: string, opener: HTMLElement) => void} clause
 * @property {(citation: string) => number} numberOf
 * @property {string} conversation
 * @property {Memory} memory
 */

/** What the page remembers of a conversation's form between two answers. */
export class Memory {
  /** What was typed and not yet taken. @type {Record<string, string>} */
  typed = {};
  /** Names of fields that were sent last. @type {Set<string>} */
  sent = new Set();
  /** Known fields that are being changed. @type {Set<string>} */
  changing = new Set();
  /** Materials that were ticked off. @type {Set<string>} */
  ready = new Set();
  /** The form, and its conditions as they were quoted when it began. */
  tool = "";
  /** @type {{text: string, citation: import("./contract.js").Citation}[]} */
  conditions = [];
  begun = false;
  over = false;
  /** The proposal that was shown last. */
  proposal = "";

  /** Takes over what an answer says; another form begins anew. @param {Answer} answer */
  read({ form, sentences, citations }) {
    if (!form) return;
    if (form.tool !== this.tool || this.over) Object.assign(this, new Memory(), { tool: form.tool ?? "" });
    this.over = form.stage !== "asking" && form.stage !== "confirm";
    for (const field of form.fields) if (field.shown !== null && !this.changing.has(field.name)) delete this.typed[field.name];
    if (form.stage !== "asking" || this.begun) return;
    this.begun = true;
    for (const { text, citations: ids } of sentences) {
      const citation = citations.find((known) => known.id === ids[0]);
      if (citation) this.conditions.push({ text, citation });
    }
  }
}

/** @param {Answer} answer @param {FormActs} acts @returns {HTMLElement|null} nothing to show before a form is chosen */
export function formCard(answer, acts) {
  const { form } = answer;
  if (!form?.title || form.stage === "choosing") return null;
  const going = form.stage === "asking" || form.stage === "confirm";
  const card = element("section", { class: "form-card", "aria-labelledby": "form-title", "data-stage": form.stage });
  const draw = () => {
    card.replaceChildren();
    append(card, head(form), form.unmet.length > 0 ? unmet(form.unmet) : null, ...outcome(form, acts));
    if (going) append(card, review(form, acts), inputs(form, acts, draw));
    append(card, known(form, going ? (name) => change(name) : null, acts.memory), going ? conditions(acts) : null, materials(answer, acts));
  };
  /** @param {string} name */
  const change = (name) => {
    acts.memory.changing.add(name);
    draw();
    const input = card.querySelector(`[name="${CSS.escape(name)}"]`);
    if (input instanceof HTMLElement) input.focus();
  };
  draw();
  return card;
}

/** @param {FormView} form */
function head(form) {
  const stages = ["asking", "confirm", "submitted"];
  const at = stages.indexOf(form.stage);
  const steps = sayAttribute(element("ol", { class: "stages" }), "aria-label", "form.stages");
  for (const [index, stage] of stages.entries()) {
    append(steps, element("li", { class: index < at || form.stage === "submitted" ? "stage-done" : "", "aria-current": index === at ? "step" : null },
      say(element("span"), `form.stage.${stage}`)));
  }
  return element("header", { class: "form-head" },
    element("h3", { class: "form-title", id: "form-title", tabindex: "-1" }, form.title),
    at >= 0 ? steps : say(element("p", { class: "form-over" }), `form.stage.${form.stage}`));
}

/** @param {string[]} conditions */
function unmet(conditions) {
  return element("div", { class: "notice", role: "note" }, icon("i-alert"), element("div", {},
    say(element("p", { class: "notice-title" }), "form.unmet"),
    element("ul", { class: "missing" }, ...conditions.map((text) => element("li", {}, text)))));
}

/** What came of it. @param {FormView} form @param {FormActs} acts @returns {HTMLElement[]} */
function outcome(form, acts) {
  const { receipt } = form;
  if (form.stage !== "submitted" || !receipt) return [];
  if (receipt.order && receipt.view) return [orderCard(receipt.view, { suggested: receipt.suggested, conversation: acts.conversation })];
  if (!receipt.submission) return [];
  return [element("div", { class: "receipt" },
    say(element("p", { class: "part-title" }), "form.number"),
    element("p", { class: "receipt-number" }, receipt.submission),
    receipt.department ? say(element("p", { class: "receipt-note" }), "form.department", { department: receipt.department }) : null,
    saveLinks(receipt.submission, acts.conversation))];
}

/** @param {FormView} form @param {FormActs} acts */
function review(form, acts) {
  if (form.stage !== "confirm" || !form.proposal) return null;
  return button({ class: "button primary review" }, () => acts.review(), say(element("span"), "form.review"));
}

/** @param {FormView} form @param {FormActs} acts @param {() => void} draw */
function inputs(form, acts, draw) {
  const { memory } = acts;
  const open = form.fields.filter((field) => field.shown === null);
  const missing = open.filter((field) => field.required || field.name === form.asked);
  const optional = open.filter((field) => !missing.includes(field));
  const changed = form.fields.filter((field) => field.shown !== null && memory.changing.has(field.name));
  if (open.length + changed.length === 0) return null;
  /** @param {FieldView} field */
  const input = (field) => fieldInput(field, {
    typed: memory.typed[field.name] ?? field.shown ?? "",
    asked: field.name === form.asked,
    untaken: field.shown === null && memory.sent.has(field.name),
  });
  const trouble = element("p", { class: "field-trouble", role: "alert" });
  const node = element("form", { class: "form-fields", novalidate: true });
  if (changed.length > 0) append(node, say(element("h4", { class: "part-title" }), "form.changing"), ...changed.map(input));
  if (missing.length > 0) {
    append(node, say(element("h4", { class: "part-title" }), "form.missing", { n: missing.length }),
      say(element("p", { class: "form-note" }), "form.missing.note"), ...missing.map(input));
  }
  if (optional.length > 0) {
    const typed = optional.some((field) => memory.typed[field.name]);
    append(node, element("details", { class: "fold", open: typed },
      say(element("summary"), "form.optional", { n: optional.length }), ...optional.map(input)));
  }
  append(node, trouble, element("button", { type: "submit", class: `button ${form.stage === "asking" ? "primary" : ""}` }, say(element("span"), "form.send")));
  node.addEventListener("input", () => {
    memory.typed = filledIn(node);
  });
  node.addEventListener("submit", (event) => {
    event.preventDefault();
    const values = filledIn(node);
    for (const field of changed) if (values[field.name] === field.shown) delete values[field.name];
    const names = Object.keys(values);
    if (names.length === 0) {
      if (changed.length > 0) {
        memory.changing.clear();
        draw();
        return;
      }
      say(trouble, "form.send.none");
      announce(words("form.send.none"));
      return;
    }
    memory.sent = new Set(names);
    memory.changing.clear();
    const titles = form.fields.filter((field) => names.includes(field.name)).map((field) => field.title);
    acts.send(words("form.sent", { fields: titles.join("、") }), values);
  });
  return node;
}

/** @param {FormView} form @param {((name: string) => void)|null} change @param {Memory} memory */
function known(form, change, memory) {
  const fields = form.fields.filter((field) => field.shown !== null && !memory.changing.has(field.name));
  if (fields.length === 0 || form.receipt?.view) return null;
  const evidence = form.memory?.evidence?.join("、") ?? "";
  return element("section", { class: "known" }, say(element("h4", { class: "part-title" }), "form.known"),
    element("dl", { class: "known-list" }, ...fields.map((field) => element("div", { class: "known-row" },
      element("dt", {}, field.title),
      element("dd", { class: "known-source" }, ...source(field, evidence)),
      element("dd", { class: "known-value" }, field.shown),
      field.problem ? element("dd", { class: "field-trouble" }, field.problem) : null,
      change ? element("dd", { class: "known-change" }, sayAttribute(
        button({ class: "quiet" }, () => change(field.name), say(element("span"), "form.change")), "aria-label", "form.change.of", { title: field.title })) : null))));
}

/** Where a value comes from; the person's words are repeated only where they are not the value itself. @param {FieldView} field @param {string} evidence */
function source(field, evidence) {
  const kind = field.source.startsWith("登记库") ? "registry" : field.source.startsWith("您的原话") ? "given" : "derived";
  const span = field.source.match(/“(.+)”/s)?.[1] ?? "";
  const detail = kind === "registry" ? evidence : kind === "given" ? (span && span !== field.shown ? `“${span}”` : "") : field.source;
  return [say(element("span", { class: `source-kind source-${kind}` }), `form.source.${kind}`), detail ? element("span", { class: "source-detail" }, detail) : null]
    .filter((node) => node !== null);
}

/** @param {FormActs} acts */
function conditions({ memory, clause }) {
  if (memory.conditions.length === 0) return null;
  return element("details", { class: "fold conditions" }, say(element("summary"), "form.conditions", { n: memory.conditions.length }),
    element("ul", {}, ...memory.conditions.map(({ text, citation }, at) => {
      const chip = sayAttribute(button({ class: "chip", "aria-expanded": "false", "aria-controls": "panel" },
        () => chip && clause(citation, at + 1, text, chip), say(element("span"), "suggest.clause")), "aria-label", "form.condition.clause.of", { title: citation.title, path: citation.path });
      return element("li", {}, text, chip);
    })));
}

/** @param {Answer} answer @param {FormActs} acts */
function materials(answer, acts) {
  const list = answer.form?.materials ?? [];
  if (list.length === 0 || answer.form?.stage === "submitted" && answer.form.receipt?.view) return null;
  return element("section", { class: "materials" }, say(element("h4", { class: "part-title" }), "form.materials"),
    element("ul", { class: "material-list" }, ...list.map((material, at) => {
      const citation = answer.citations.find((known) => known.id === material.citation);
      const number = acts.numberOf(material.citation);
      const box = element("input", { type: "checkbox", id: `material-${at}`, checked: acts.memory.ready.has(material.name) });
      box.addEventListener("change", () => {
        if (box.checked) acts.memory.ready.add(material.name);
        else acts.memory.ready.delete(material.name);
      });
      const chip = citation && number ? sayAttribute(button({ class: "chip material-chip", "aria-expanded": "false", "aria-controls": "panel" },
        () => chip && acts.clause(citation, number, material.name, chip), String(number)), "aria-label", "form.material.clause.of",
      { name: material.name, title: citation.title, path: citation.path }) : null;
      return element("li", { class: "material", "data-waived": material.waived !== null },
        material.waived !== null ? element("span", { class: "material-free" }, say(element("span"), "form.material.waived")) : box,
        element("div", { class: "material-text" },
          material.waived !== null ? element("span", { class: "material-name" }, material.name) : element("label", { class: "material-name", for: box.id }, material.name),
          chip,
          element("p", { class: "material-note" }, ...(material.waived !== null ? [material.waived]
            : [say(element("span"), material.original ? "form.material.original" : "form.material.copy", { n: material.copies })]))));
    })),
    say(element("p", { class: "form-note" }), "form.materials.note"));
}
