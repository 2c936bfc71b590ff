// One question and its answer on the page: shows the events of a stream as they come, or a stored answer at once.
// It asks nothing itself; what buttons do is given to it as `acts`.

import { toClipboard } from "./clipboard.js";
import { append, button, element, icon } from "./dom.js";
import { say, sayAttribute, words } from "./i18n.js";
import { closing, formStatus, opening } from "./outcome.js";
import { asSpeech, asText } from "./plain.js";
import { withPhoneLinks } from "./phone.js";
import { sources } from "./sources.js";
import { summaryOf } from "./summary.js";
import { understanding } from "./understanding.js";
import { showReadings, watchParts, watchQuery } from "./watch.js";

/** @typedef {import("./contract.js").Answer} Answer */
/** @typedef {import("./contract.js").Citation} Citation */
/** @typedef {import("./contract.js").Interpreted} Interpreted */
/** @typedef {import("./contract.js").Sentence} Sentence */

/**
 * @typedef {object} Acts
 * @property {(cited: {citation: Citation, number: number, quote: string, asOf: string, opener: HTMLElement}) => void} open
 * @property {(text: string) => void} choose
 * @property {() => void} retry
 * @property {(text: string) => void} announce
 */

let turnsShown = 0;

export class TurnView {
  /** @param {string} question @param {string} city @param {Acts} acts */
  constructor(question, city, acts) {
    this.question = question;
    this.city = city;
    this.acts = acts;
    this.asOf = "";
    /** @type {Map<string, Citation>} */
    this.citations = new Map();
    /** Numbers are given in the order of first use. @type {Map<string, number>} */
    this.numbers = new Map();
    /** @type {Interpreted|null} */
    this.understood = null;
    this.shown = 0;
    this.over = false;
    /** Whether a model is still at work on an answer that is on the page. */
    this.waits = false;
    /** Other words that were searched. @type {string[]} */
    this.words = [];
    /** @type {import("./contract.js").Searched|null} */
    this.looked = null;
    this.countdown = 0;

    turnsShown += 1;
    this.status = element("p", { class: "status" });
    this.understanding = element("div", { class: "understanding" });
    this.progress = element("p", { class: "progress" });
    this.above = element("div", { class: "above" });
    this.sentences = element("div", { class: "sentences" });
    this.below = element("div", { class: "below" });
    /** Where the form stands on a narrow screen. */
    this.home = element("div", { class: "form-home" });
    this.foot = element("footer", { class: "answer-foot" });
    this.answer = element("article", { class: "answer", "aria-busy": "true", "data-status": "pending" },
      element("header", { class: "answer-head" },
        icon("mark"), say(element("span", { class: "answer-by" }), "answer.by"), this.status),
      this.understanding, this.above, this.progress, this.sentences, this.below, this.home, this.foot);
    sayAttribute(this.answer, "aria-label", "answer.title", { question });
    this.node = element("div", { class: "turn", id: `turn-${turnsShown}` },
      element("h2", { class: "question", tabindex: "-1" },
        say(element("span", { class: "unseen" }), "question.by"), element("span", { class: "question-text" }, question)),
      this.answer);
    this.#progress("progress.understand");
  }

  /** @param {Interpreted} interpreted */
  interpreted(interpreted) {
    this.understood = interpreted;
    this.asOf = interpreted.as_of;
    this.#understanding(interpreted, null);
    this.#progress("progress.search");
  }

  /** @param {import("./contract.js").Searched} searched */
  searched(searched) {
    this.looked = searched;
    if (this.understood) this.#understanding(this.understood, searched);
    this.#progress("progress.check", { n: searched.passages });
  }

  /** @param {string[]} queries */
  rewritten(queries) {
    this.words = queries;
    if (this.understood) this.#understanding(this.understood, this.looked);
  }

  /** @param {Citation} citation */
  citation(citation) {
    this.citations.set(citation.id, citation);
  }

  /** What comes while a whole answer is on the page belongs to the one that will replace it. @param {Sentence} sentence */
  sentence(sentence) {
    if (!this.waits) this.#sentence(sentence);
  }

  /** @param {Sentence} sentence @param {boolean} [mixed] whether worded and quoted sentences stand side by side */
  #sentence(sentence, mixed = false) {
    this.shown += 1;
    const chips = sentence.citations.map((id) => this.#chip(id, sentence.text)).filter((chip) => chip !== null);
    append(this.sentences, element("p", { class: "sentence" }, element("span", { class: "sentence-text" }, sentence.text.trim()),
      mixed && !sentence.worded_by ? say(element("span", { class: "verbatim" }), "sentence.quoted") : null,
      chips.length > 0 ? element("span", { class: "chips" }, ...chips) : null));
  }

  /** Shows the checked quotations while a model words them. @param {Answer} answer */
  quoted(answer) {
    this.#clear();
    this.#complete(answer);
    this.waits = true;
    this.#progress("progress.word");
    this.foot.before(this.progress);
  }

  /** Completes what was streamed: sentences on the page are final and stay, unless they waited for a model. @param {Answer} answer */
  done(answer) {
    if (this.waits) this.#clear();
    this.waits = false;
    this.over = true;
    this.progress.remove();
    this.#complete(answer);
    this.answer.setAttribute("aria-busy", "false");
  }

  /** @param {Answer} answer */
  #complete(answer) {
    this.asOf = answer.as_of || this.asOf;
    if (answer.watch) this.understanding.replaceChildren(...[watchQuery(answer.watch)].filter((node) => node !== null));
    else if (!this.understood && !answer.form && !answer.queue && !answer.digest) this.#understanding(answer, null);
    for (const citation of answer.citations) this.citation(citation);
    const mixed = answer.sentences.some((sentence) => sentence.worded_by);
    // Alerts are shown as cards, which hold all that their sentences say.
    const cards = (answer.watch?.alerts.length ?? 0) > 0;
    for (const sentence of cards ? [] : answer.sentences.slice(this.shown)) this.#sentence(sentence, mixed);
    // The same sentences, each with what it opens.
    if (answer.digest) this.sentences.replaceChildren(summaryOf(answer.digest, this.acts.choose));
    for (const material of answer.form?.materials ?? []) this.numberOf(material.citation);
    this.#status(answer.status, formStatus(answer));
    append(this.above, opening(answer));
    // What was asked for stands above already.
    if (answer.lead && !answer.watch?.described) append(this.above, element("p", { class: "lead" }, answer.lead));
    if (answer.degraded) append(this.below, element("p", { class: "degraded", role: "note" }, answer.degraded));
    append(this.below, watchParts(answer.watch), ...closing(answer, this.acts.choose), this.#sources());
    append(this.foot, this.#label(answer.label, answer.mode), this.#actions(answer));
  }

  /** Takes the answer off the page, for another in its place. */
  #clear() {
    if (this.answer.contains(document.activeElement)) this.focus();
    this.shown = 0;
    this.numbers.clear();
    for (const part of [this.above, this.sentences, this.below, this.foot]) part.replaceChildren();
  }

  /** Reads the finished answer aloud to those who listen. @param {Answer} answer */
  announce(answer) {
    this.acts.announce(asSpeech(answer));
  }

  /** For a focus that has lost its place. */
  focus() {
    this.node.querySelector("h2")?.focus({ preventScroll: true });
  }

  /** The person pressed stop. */
  stopped() {
    this.#end("stopped", this.waits ? "stopped.quoted" : this.shown > 0 ? "stopped" : "stopped.empty");
    this.#retry(0);
  }

  /** @param {import("./api.js").Fault} fault */
  failed(fault) {
    const interrupted = fault.kind === "interrupted" && (this.shown === 0 || this.waits) ? (this.waits ? "unworded" : "failed") : fault.kind;
    const notice = this.#end("failed", `fault.${interrupted}`);
    if (fault.detail) append(notice, element("p", { class: "notice-detail" }, fault.detail));
    if (fault.kind === "unavailable" || fault.kind === "failed" || fault.kind === "offline") {
      const hotline = element("p", { class: "notice-detail" });
      append(hotline, ...withPhoneLinks(words("fault.hotline")));
      append(notice, hotline);
    }
    this.#retry(fault.wait);
  }

  /** Ends timers of a view that leaves the page. */
  dispose() {
    window.clearInterval(this.countdown);
  }

  /** @param {"stopped"|"failed"} status @param {string} key */
  #end(status, key) {
    this.over = true;
    this.#status(status);
    this.progress.remove();
    this.answer.setAttribute("aria-busy", "false");
    const text = element("div", {}, say(element("p", { class: "notice-title" }), key));
    // A quoted answer that waited for a model is whole: it has its sources and its label already.
    append(this.below, element("div", { class: "notice trouble" }, icon("i-alert"), text), this.waits ? null : this.#sources());
    // Sentences that stand on the page are generated text even when the answer was cut short.
    if (this.shown > 0 && !this.waits) append(this.foot, this.#label("", ""));
    this.waits = false;
    this.acts.announce(words(key));
    return text;
  }

  /** @param {number} wait seconds before the button may be used */
  #retry(wait) {
    const text = say(element("span"), "retry");
    const again = button({ class: "button retry" }, () => this.acts.retry(), icon("i-retry"), text);
    append(this.foot, element("div", { class: "actions" }, again));
    if (wait <= 0) return;
    let left = wait;
    const tick = () => {
      again.disabled = left > 0;
      say(text, left > 0 ? "fault.wait" : "retry", { n: left });
      if (left <= 0) {
        window.clearInterval(this.countdown);
        this.acts.announce(words("fault.ready"));
      }
      left -= 1;
    };
    tick();
    this.countdown = window.setInterval(tick, 1000);
  }

  /** @param {string} status @param {string} [shown] where a form says more */
  #status(status, shown = status) {
    this.answer.dataset.status = status;
    say(this.status, `status.${shown}`);
  }

  /** @param {string} key @param {import("./i18n.js").Params} [params] */
  #progress(key, params) {
    this.progress.replaceChildren(element("span", { class: "dots", "aria-hidden": "true" }, element("i"), element("i"), element("i")),
      say(element("span"), key, params));
  }

  /** The number of a citation on this page; 0 for what was not cited. @param {string} id */
  numberOf(id) {
    if (!this.citations.has(id)) return 0;
    const number = this.numbers.get(id) ?? this.numbers.size + 1;
    this.numbers.set(id, number);
    return number;
  }

  /** @param {string} id @param {string} quote */
  #chip(id, quote) {
    const citation = this.citations.get(id);
    const number = this.numberOf(id);
    if (!citation || !number) return null;
    const panel = citation.kind === "result" ? {} : { "aria-expanded": "false", "aria-controls": "panel" };
    const chip = button({ class: "chip", ...panel, "data-passage": id }, () => this.#open(citation, number, quote, chip), String(number));
    return sayAttribute(chip, "aria-label", "chip", { n: number, title: citation.title, path: citation.path });
  }

  #sources() {
    return sources(this.numbers, this.citations, (id) => [...this.sentences.querySelectorAll(".sentence")]
      .find((node) => node.querySelector(`[data-passage="${CSS.escape(id)}"]`))?.querySelector(".sentence-text")?.textContent ?? "",
    (citation, number, quote, opener) => this.#open(citation, number, quote, opener));
  }

  /** What a tool brought is in the answer itself. @param {Citation} citation @param {number} number @param {string} quote @param {HTMLElement} opener */
  #open(citation, number, quote, opener) {
    if (citation.kind === "result") showReadings(this.answer, citation.id);
    else this.acts.open({ citation, number, quote, asOf: this.asOf, opener });
  }

  /** @param {string} label @param {string} mode */
  #label(label, mode) {
    const text = label ? element("span", {}, label) : say(element("span"), "label.default");
    const how = mode ? say(element("span", { class: "mode" }), mode === "off" ? "mode.off" : "mode.model", { name: mode }) : null;
    return element("p", { class: "ai-label" }, icon("i-label"), element("span", { class: "ai-words" }, text, how));
  }

  /** @param {Answer} answer */
  #actions(answer) {
    const copied = say(element("span"), "copy");
    const copy = button({ class: "quiet copy" }, async () => {
      const done = await toClipboard(asText(answer, this.numbers));
      say(copied, done ? "copied" : "uncopied");
      this.acts.announce(words(done ? "copied" : "uncopied"));
      window.setTimeout(() => say(copied, "copy"), 2000);
    }, icon("i-copy"), copied);
    const print = button({ class: "quiet print" }, () => window.print(), icon("i-print"), say(element("span"), "print"));
    return element("div", { class: "actions" }, copy, print);
  }

  /** @param {Interpreted|Answer} read @param {import("./contract.js").Searched|null} searched */
  #understanding(read, searched) {
    const open = this.understanding.querySelector("details")?.open ?? false;
    this.understanding.replaceChildren(understanding(read, { city: this.city, searched, rewritten: this.words, open }));
  }
}
