// One question and its answer on the page: shows the events of a stream as they come, or a stored answer at once.
// It asks nothing itself; what buttons do is given to it as `acts`.

import { titleOf } from "./api.js";
import { append, button, element, icon } from "./dom.js";
import { say, sayAttribute, words } from "./i18n.js";
import { closing, opening } from "./outcome.js";
import { asSpeech, asText } from "./plain.js";
import { withPhoneLinks } from "./phone.js";

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
    this.foot = element("footer", { class: "answer-foot" });
    this.answer = element("article", { class: "answer", "aria-busy": "true", "data-status": "pending" },
      element("header", { class: "answer-head" },
        icon("mark"), say(element("span", { class: "answer-by" }), "answer.by"), this.status),
      this.understanding, this.above, this.progress, this.sentences, this.below, this.foot);
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
    if (!this.understood) this.#understanding(answer, null);
    for (const citation of answer.citations) this.citation(citation);
    const mixed = answer.sentences.some((sentence) => sentence.worded_by);
    for (const sentence of answer.sentences.slice(this.shown)) this.#sentence(sentence, mixed);
    this.#status(answer.status);
    append(this.above, opening(answer));
    if (answer.lead) append(this.above, element("p", { class: "lead" }, answer.lead));
    if (answer.degraded) append(this.below, element("p", { class: "degraded", role: "note" }, answer.degraded));
    append(this.below, ...closing(answer, this.acts.choose), this.#sources());
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

  /** @param {string} status */
  #status(status) {
    this.answer.dataset.status = status;
    say(this.status, `status.${status}`);
  }

  /** @param {string} key @param {import("./i18n.js").Params} [params] */
  #progress(key, params) {
    this.progress.replaceChildren(element("span", { class: "dots", "aria-hidden": "true" }, element("i"), element("i"), element("i")),
      say(element("span"), key, params));
  }

  /** @param {string} id @param {string} quote */
  #chip(id, quote) {
    const citation = this.citations.get(id);
    if (!citation) return null;
    const number = this.numbers.get(id) ?? this.numbers.size + 1;
    this.numbers.set(id, number);
    const chip = button({ class: "chip", "aria-expanded": "false", "aria-controls": "panel", "data-passage": id },
      () => this.acts.open({ citation, number, quote, asOf: this.asOf, opener: chip }), String(number));
    return sayAttribute(chip, "aria-label", "chip", { n: number, title: citation.title, path: citation.path });
  }

  #sources() {
    if (this.numbers.size === 0) return null;
    const list = element("ol", { class: "source-list" });
    for (const [id, number] of this.numbers) {
      const citation = this.citations.get(id);
      if (!citation) continue;
      const quote = [...this.sentences.querySelectorAll(".sentence")]
        .find((node) => node.querySelector(`[data-passage="${CSS.escape(id)}"]`))?.querySelector(".sentence-text")?.textContent ?? "";
      const row = button({ class: "source", "aria-controls": "panel", "aria-expanded": "false" },
        () => this.acts.open({ citation, number, quote, asOf: this.asOf, opener: row }),
        element("span", { class: "source-number", "aria-hidden": "true" }, String(number)),
        element("span", { class: "source-text" },
          element("span", { class: "source-title" }, `《${citation.title}》`),
          element("span", { class: "source-path" }, citation.path),
          this.#dates(citation)),
        icon("i-next"));
      append(list, element("li", {}, row));
    }
    return element("section", { class: "sources" }, say(element("h3", { class: "part-title" }), "sources"), list);
  }

  /** @param {Citation} citation */
  #dates(citation) {
    const dates = element("span", { class: "source-dates" });
    if (!citation.effective_from) return say(dates, "undated");
    append(dates, say(element("span"), "effective", { date: citation.effective_from }));
    if (citation.effective_to) append(dates, say(element("span", { class: "ended" }), "ended", { date: citation.effective_to }));
    return dates;
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
    const levels = Array.isArray(read.jurisdiction) ? read.jurisdiction : [read.jurisdiction];
    const stated = "as_of_stated" in read && read.as_of_stated === true;
    const expansions = "expansions" in read ? read.expansions ?? [] : [];
    const facts = element("dl", { class: "understood" });
    /** @param {string} name @param {HTMLElement} value */
    const fact = (name, value) => append(facts, say(element("dt"), name), value);
    fact("interpreted.question", element("dd", {}, read.interpreted || read.question));
    fact("interpreted.date", stated
      ? say(element("dd"), "interpreted.date.stated", { date: read.as_of }) : element("dd", {}, read.as_of));
    fact("interpreted.place", element("dd", {}, levels.join("、")));
    if (expansions.length > 0) {
      fact("interpreted.expansions", element("dd", { class: "expansions" }, ...expansions.map((expansion) =>
        element("span", { class: "expansion" }, `${expansion.expression}→${expansion.terms.join("、")}`))));
    }
    if (this.words.length > 0) fact("interpreted.rewritten", element("dd", {}, this.words.join("、")));
    if (searched) {
      fact("interpreted.searched", say(element("dd"), "interpreted.passages", { corpora: searched.corpora.map(titleOf).join("、"), n: searched.passages }));
    }
    const open = this.understanding.querySelector("details")?.open ?? false;
    const summary = element("summary", {}, say(element("span", { class: "summary-text" }), "interpreted.summary",
      { question: read.interpreted || read.question, date: read.as_of, place: this.#nearest(levels) }));
    this.understanding.replaceChildren(element("details", { open }, summary, facts));
  }

  /** From the city inwards: that everything of the country and the province applies too needs no saying in one line. @param {string[]} levels */
  #nearest(levels) {
    const from = levels.indexOf(this.city);
    return levels.slice(Math.max(0, from)).join(" ");
  }
}

/** The clipboard API exists only on secure origins; an office network may serve plain HTTP. @param {string} text */
async function toClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const before = document.activeElement;
    const area = element("textarea", { class: "unseen", "aria-hidden": "true", tabindex: "-1" });
    area.value = text;
    document.body.appendChild(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    if (before instanceof HTMLElement) before.focus();
    return done;
  }
}
