// 拟稿: a request, the draft of its reply and the clauses it cites, side by side. A sentence leads to its clauses and a clause
// to its sentences; what has no source is marked. Everything is shown as text; the server checks what is written here.

import { draftFile, draftOf } from "./api.js";
import { append, button, element, icon } from "./dom.js";
import { say, sayAttribute, words } from "./i18n.js";
import { announce, told } from "./notice.js";

/** @typedef {import("./contract.js").Answer} Answer */
/** @typedef {import("./contract.js").DraftView} DraftView */
/** @typedef {import("./contract.js").DraftSentence} DraftSentence */
/** @typedef {import("./contract.js").Citation} Citation */

/** The server has the same. */
const LONGEST = 20_000;

/**
 * @param {object} acts
 * @param {(citation: Citation, number: number, quote: string, asOf: string, opener: HTMLElement) => void} acts.clause
 */
export function draftView({ clause }) {
  const request = element("textarea", { class: "control draft-request", id: "draft-request", rows: "6", spellcheck: "false" });
  const count = say(element("span", { class: "count" }), "draft.request.count", { n: 0 });
  const template = element("select", { class: "control", id: "draft-template" }, say(element("option", { value: "" }), "draft.template.own"));
  const asOf = element("input", { class: "control", type: "date", id: "draft-as-of", min: "1949-10-01", max: "2099-12-31" });
  const status = element("p", { class: "draft-status", role: "status" });
  const trouble = element("p", { class: "field-trouble draft-trouble", role: "alert" });
  const result = element("div", { class: "draft-result" });
  const form = element("form", { class: "draft-form", novalidate: true },
    element("div", { class: "form-field draft-words" }, say(element("label", { for: request.id }), "draft.request"), request, count),
    element("div", { class: "draft-options" },
      element("div", { class: "form-field" }, say(element("label", { for: template.id }), "draft.template"), template),
      element("div", { class: "form-field" }, say(element("label", { for: asOf.id }), "draft.as-of"), asOf),
      element("button", { type: "submit", class: "button primary" }, say(element("span"), "draft.make"))));
  /** Grows with every request, so that what comes late for another is dropped. */
  let asked = 0;
  /** What was asked for last; a check and an export are of the same. @type {{question: string, as_of: string|null, template: string}} */
  let made = { question: "", as_of: null, template: "" };

  /** @param {string} key @param {string|null} text an edited draft */
  const load = async (key, text) => {
    asked += 1;
    const mine = asked;
    trouble.textContent = "";
    delete trouble.dataset.say;
    say(status, key);
    result.setAttribute("aria-busy", "true");
    try {
      const answer = await draftOf({ ...made, text });
      if (mine !== asked) return;
      show(answer);
    } catch (problem) {
      if (mine === asked) trouble.textContent = told(problem);
    }
    if (mine !== asked) return;
    delete status.dataset.say;
    status.textContent = "";
    result.removeAttribute("aria-busy");
  };

  /** @param {Answer} answer */
  const show = (answer) => {
    const { draft } = answer;
    if (!draft) {
      result.replaceChildren(element("p", { class: "draft-note" }, answer.message ?? ""));
      return;
    }
    const chosen = template.value;
    template.replaceChildren(say(element("option", { value: "" }), "draft.template.own"),
      ...draft.templates.map(({ name, title }) => element("option", { value: name }, title)));
    template.value = draft.templates.some(({ name }) => name === chosen) ? chosen : "";
    result.replaceChildren(...columns(answer, draft, {
      clause, check: (text) => load("draft.checking", text),
      save: (format, text) => save(format, text),
    }));
    const open = draft.paragraphs.flatMap((paragraph) => paragraph.sentences).filter((sentence) => sentence.mark).length;
    announce(words("draft.made", { points: draft.points.length, open }));
  };

  /** @param {"docx"|"page"} format @param {string} text */
  const save = async (format, text) => {
    trouble.textContent = "";
    try {
      const url = URL.createObjectURL(await draftFile({ ...made, text }, format));
      const link = element("a", { href: url, download: format === "docx" ? "draft.docx" : "draft.html" });
      document.body.append(link);
      link.click();
      link.remove();
      window.setTimeout(() => URL.revokeObjectURL(url), 60_000);
      announce(words("draft.exported"));
    } catch (problem) {
      trouble.textContent = told(problem);
    }
  };

  request.addEventListener("input", () => say(count, "draft.request.count", { n: [...request.value].length }));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const question = request.value.trim();
    const problem = !question ? "draft.empty" : [...question].length > LONGEST ? "draft.long" : "";
    if (problem) {
      say(trouble, problem);
      request.focus();
      return;
    }
    made = { question, as_of: asOf.value || null, template: template.value };
    load("draft.making", null);
  });
  return {
    node: element("div", { class: "draft-page" }, form, status, trouble, result),
    /** Begins with an order. @param {string} order */
    begin(order) {
      request.value = order;
      say(count, "draft.request.count", { n: order.length });
      form.requestSubmit();
    },
    focus: () => request.focus(),
  };
}

/** @typedef {{clause: Parameters<typeof draftView>[0]["clause"], check: (text: string) => void, save: (format: "docx"|"page", text: string) => void}} Acts */

/** @param {Answer} answer @param {DraftView} draft @param {Acts} acts */
function columns(answer, draft, acts) {
  const texts = draft.paragraphs.map((paragraph) => paragraph.sentences.map((sentence) => sentence.text).join(""));
  const changed = say(element("p", { class: "draft-changed", role: "status", hidden: true }), "draft.changed");
  const all = () => texts.join("\n");
  /** @param {number} at @param {string} text */
  const change = (at, text) => {
    texts[at] = text;
    changed.hidden = false;
  };
  const letter = element("section", { class: "draft-column draft-letter", "aria-labelledby": "draft-points" },
    say(element("h3", { class: "draft-heading", id: "draft-points" }), "draft.points"), spans(draft),
    element("ol", { class: "draft-points" }, ...draft.points.map((point) => pointCard(draft, point, (text) => {
      const at = draft.paragraphs.findIndex((paragraph) => paragraph.point === point.number);
      const marked = draft.paragraphs[at]?.sentences.find((sentence) => sentence.mark);
      if (!marked) return;
      texts[at] = texts[at].replace(marked.text, () => text);
      acts.check(all());
    }))), examples(draft));
  const paper = element("section", { class: "draft-column draft-paper", "aria-labelledby": "draft-text" },
    say(element("h3", { class: "draft-heading", id: "draft-text" }), "draft.draft"),
    element("p", { class: "draft-message" }, answer.message ?? ""), answer.degraded && element("p", { class: "draft-message" }, answer.degraded),
    element("article", { class: "draft-sheet" }, element("h4", { class: "draft-sheet-title" }, draft.title),
      ...draft.paragraphs.map((_, at) => paragraphNode(answer, draft, at, texts, change))),
    changed,
    element("div", { class: "draft-acts" },
      button({ class: "button draft-check" }, () => acts.check(all()), icon("i-retry"), say(element("span"), "draft.check")),
      button({ class: "button draft-docx" }, () => acts.save("docx", all()), say(element("span"), "draft.docx")),
      button({ class: "button draft-print" }, () => acts.save("page", all()), icon("i-print"), say(element("span"), "draft.page"))),
    element("p", { class: "ai-label" }, icon("i-label"), element("span", {}, answer.label)));
  const clauses = element("section", { class: "draft-column draft-clauses", "aria-labelledby": "draft-clauses" },
    say(element("h3", { class: "draft-heading", id: "draft-clauses" }), "draft.clauses"),
    answer.citations.length > 0
      ? element("ol", { class: "draft-cards" }, ...answer.citations.map((citation, at) => clauseCard(answer, citation, at + 1, acts)))
      : say(element("p", { class: "faint" }), "draft.clauses.none"));
  return [letter, paper, clauses];
}

/** The request with its points marked. @param {DraftView} draft */
function spans(draft) {
  const characters = [...draft.request];
  const text = element("p", { class: "draft-source" });
  let at = 0;
  /** @type {{start: number, end: number, number: number}[]} */
  const pieces = [...draft.points.map(({ span, number }) => ({ ...span, number })), ...draft.set_aside.map((span) => ({ ...span, number: 0 }))]
    .sort((left, right) => left.start - right.start);
  for (const { start, end, number } of pieces) {
    if (start < at) continue;
    append(text, characters.slice(at, start).join(""),
      element("mark", { class: number ? "draft-span" : "draft-span draft-aside", "data-point": number || null }, characters.slice(start, end).join("")));
    at = end;
  }
  append(text, characters.slice(at).join(""));
  return text;
}

/** @param {DraftView} draft @param {DraftView["points"][number]} point @param {(text: string) => void} adopt */
function pointCard(draft, point, adopt) {
  const head = element("p", { class: "draft-point-head" }, say(element("strong"), "draft.point", { n: point.number }),
    say(element("span", { class: `badge draft-${point.state}` }), `draft.state.${point.state}`));
  const offered = point.blocked.flatMap((blocked) => blocked.offered);
  return element("li", { class: "draft-point", "data-point": point.number }, head, element("p", {}, point.text),
    point.reason && element("p", { class: "draft-reason" }, point.reason),
    ...point.notes.map((note) => element("p", { class: "draft-reason" }, note)),
    offered.length > 0 && element("div", { class: "draft-offered" }, say(element("p", { class: "part-title" }), "draft.offered"),
      ...offered.map((sentence) => element("p", {}, sentence.text)),
      !draft.edited && button({ class: "button draft-adopt" }, () => adopt(offered.map((sentence) => sentence.text).join("")), say(element("span"), "draft.adopt"))),
    point.contacts.length > 0 && element("div", { class: "draft-contacts" }, say(element("p", { class: "part-title" }), "draft.contacts"),
      ...point.contacts.map(({ name, contact }) => element("p", {}, `${name} ${contact ?? ""}`))));
}

/** @param {DraftView} draft */
function examples(draft) {
  if (draft.examples.length === 0) return null;
  return element("section", { class: "draft-examples" }, say(element("h4", { class: "part-title" }), "draft.examples"),
    say(element("p", { class: "faint" }), "draft.examples.note"),
    ...draft.examples.map(({ number, date, subject, text }) => element("details", {}, element("summary", {}, `${number} · ${date} · ${subject}`), element("p", {}, text))));
}

/**
 * A paragraph that can be edited in place.
 * @param {Answer} answer @param {DraftView} draft @param {number} at @param {string[]} texts @param {(at: number, text: string) => void} change
 */
function paragraphNode(answer, draft, at, texts, change) {
  const { kind, sentences } = draft.paragraphs[at];
  const shown = element("p", { class: "draft-paragraph" }, ...sentences.map((sentence) => sentenceNode(answer, sentence)));
  const edit = sayAttribute(button({ class: "quiet draft-edit" }, () => begin(), say(element("span"), "draft.edit")), "aria-label", "draft.edit.of", { n: at + 1 });
  const node = element("div", { class: `draft-block draft-${kind}` }, shown, edit);
  const begin = () => {
    const field = sayAttribute(element("textarea", { class: "control draft-field", rows: "4" }), "aria-label", "draft.edit.of", { n: at + 1 });
    field.value = texts[at];
    const done = button({ class: "button draft-done" }, () => finish(), say(element("span"), "draft.edit.done"));
    const finish = () => {
      if (field.value !== texts[at]) {
        change(at, field.value);
        shown.replaceChildren(element("span", { class: "draft-unchecked" }, field.value));
      }
      node.replaceChildren(shown, edit);
      edit.focus();
    };
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      finish();
    });
    node.replaceChildren(field, done);
    field.focus();
  };
  return node;
}

/** @param {Answer} answer @param {DraftSentence} sentence */
function sentenceNode(answer, sentence) {
  const node = element("span", { class: sentence.mark ? "draft-sentence draft-marked" : "draft-sentence", "data-source": sentence.source, "data-cites": sentence.citations.join(" ") });
  append(node, element("span", { class: "draft-words-of" }, sentence.text));
  for (const id of sentence.citations) {
    const number = answer.citations.findIndex((citation) => citation.id === id) + 1;
    const citation = answer.citations[number - 1];
    if (!citation) continue;
    const chip = sayAttribute(button({ class: "chip", "data-passage": id }, () => light(chip, id), String(number)), "aria-label", "draft.clause",
      { n: number, title: citation.title, path: citation.path });
    append(node, chip);
  }
  if (sentence.mark) append(node, say(element("strong", { class: "draft-mark" }), "draft.mark.why", { reason: sentence.mark }));
  const first = sentence.citations[0];
  if (first) node.addEventListener("click", (event) => {
    if (event.target instanceof HTMLElement && !event.target.closest("button")) light(node, first);
  });
  return node;
}

/** Shows the clause of a sentence: it is lit, with all sentences that cite it. @param {HTMLElement} from @param {string} id */
function light(from, id) {
  const page = from.closest(".draft-result");
  if (!page) return;
  for (const lit of page.querySelectorAll(".draft-lit")) lit.classList.remove("draft-lit");
  for (const sentence of page.querySelectorAll(".draft-sentence")) {
    if (sentence instanceof HTMLElement && (sentence.dataset.cites ?? "").split(" ").includes(id)) sentence.classList.add("draft-lit");
  }
  const card = page.querySelector(`.draft-card[data-passage="${CSS.escape(id)}"]`);
  if (!(card instanceof HTMLElement)) return;
  card.classList.add("draft-lit");
  const inCard = card.contains(from);
  const target = inCard ? page.querySelector(".draft-sentence.draft-lit") : card;
  if (!(target instanceof HTMLElement)) return;
  target.scrollIntoView({ block: "nearest" });
  const focused = inCard ? target.querySelector(".chip") : card.querySelector(".draft-card-head");
  if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
}

/** @param {Answer} answer @param {Citation} citation @param {number} number @param {Acts} acts */
function clauseCard(answer, citation, number, acts) {
  const head = button({ class: "draft-card-head" }, () => light(head, citation.id), element("span", { class: "panel-number" }, String(number)),
    element("span", {}, `《${citation.title}》${citation.path}`));
  const whole = button({ class: "quiet", "aria-expanded": "false", "aria-controls": "panel" }, () => acts.clause(citation, number, "", answer.as_of, whole), say(element("span"), "draft.clause.whole"));
  const from = citation.effective_from ? say(element("span", { class: "faint" }), "effective", { date: citation.effective_from }) : null;
  return element("li", { class: "draft-card", "data-passage": citation.id }, head, from, element("p", { class: "draft-card-text" }, citation.text),
    citation.kind === "result" ? null : whole);
}
