// The clause behind a citation: its wording in context, its validity and its other revisions.
// Beside the answer on a wide screen, over it as a sheet on a narrow one.

import { Fault, passage } from "./api.js";
import { differences, locate } from "./compare.js";
import { append, button, byId, element, icon } from "./dom.js";
import { say, sayAttribute, words } from "./i18n.js";

/** @typedef {import("./contract.js").PassageInContext} PassageInContext */
/** @typedef {import("./contract.js").Passage} Passage */
/** @typedef {import("./contract.js").Citation} Citation */
/** @typedef {{citation: Citation, number: number, quote: string, asOf: string, opener: HTMLElement}} Cited */

/** Below this width the panel covers the answer. The same figure stands in panel.css. */
const SHEET = matchMedia("(max-width: 859px)");

/** @returns {{open: (cited: Cited) => void, close: () => void, isOpen: () => boolean}} */
export function clausePanel() {
  const panel = byId("panel", HTMLElement);
  const app = byId("app", HTMLElement);
  const veil = byId("veil", HTMLElement);
  const body = element("div", { class: "panel-body", tabindex: "-1" });
  const number = element("span", { class: "panel-number", "aria-hidden": "true" });
  const title = say(element("h2", { class: "panel-title", id: "panel-title", tabindex: "-1" }), "panel.title");
  const shut = sayAttribute(button({ class: "tool panel-close" }, () => close(), icon("i-close")), "aria-label", "close");
  append(panel, element("div", { class: "panel-head" }, number, title, shut), body);

  /** What was loaded on this page: passages do not change under their id. @type {Map<string, PassageInContext>} */
  const read = new Map();
  /** @type {Cited|null} */
  let cited = null;
  /** @type {AbortController|null} */
  let loading = null;

  const arrange = () => {
    const sheet = cited !== null && SHEET.matches;
    if (sheet) {
      panel.setAttribute("role", "dialog");
      panel.setAttribute("aria-modal", "true");
    } else {
      panel.setAttribute("role", "complementary");
      panel.removeAttribute("aria-modal");
    }
    for (const id of ["bar", "main", "desk", "beside"]) byId(id, HTMLElement).inert = sheet;
    veil.hidden = !sheet;
    if (cited) app.dataset.panel = "open";
    else delete app.dataset.panel;
  };

  const unmark = () => {
    cited?.opener.setAttribute("aria-expanded", "false");
    cited?.opener.closest(".sentence")?.classList.remove("sentence-open");
  };

  /** @param {Cited} wanted */
  const open = (wanted) => {
    unmark();
    cited = wanted;
    wanted.opener.setAttribute("aria-expanded", "true");
    wanted.opener.closest(".sentence")?.classList.add("sentence-open");
    number.textContent = String(wanted.number);
    panel.hidden = false;
    arrange();
    show(wanted.citation.id);
    title.focus({ preventScroll: true });
  };

  const close = () => {
    if (!cited) return;
    loading?.abort();
    unmark();
    const { opener } = cited;
    cited = null;
    panel.hidden = true;
    arrange();
    // The answer may have been worded meanwhile; then the chip of the same clause stands in.
    const same = document.querySelector(`.turn:last-child .chip[data-passage="${CSS.escape(opener.dataset.passage ?? "")}"]`);
    if (opener.isConnected) opener.focus();
    else if (same instanceof HTMLElement) same.focus();
  };

  /** Shows what the citation already holds, then the whole of it. @param {string} id @param {string} [focus] what takes the focus once loaded */
  const show = async (id, focus) => {
    if (!cited) return;
    loading?.abort();
    const mine = new AbortController();
    loading = mine;
    const of = cited;
    if (id === of.citation.id && !read.has(id)) {
      body.replaceChildren(...drawing(of, fromCitation(of.citation), show), say(element("p", { class: "panel-note" }), "panel.loading"));
    }
    body.setAttribute("aria-busy", "true");
    if (id === of.citation.id) body.scrollTop = 0;
    try {
      const found = read.get(id) ?? await passage(id, mine.signal);
      read.set(id, found);
      body.replaceChildren(...drawing(of, found, show));
      if (focus) {
        const target = body.querySelector(focus);
        if (target instanceof HTMLElement) target.focus({ preventScroll: true });
      }
    } catch (problem) {
      if (mine.signal.aborted) return;
      const why = problem instanceof Fault ? problem.kind : "failed";
      body.querySelector(".panel-note")?.remove();
      append(body, element("div", { class: "notice trouble" }, icon("i-alert"), element("div", {},
        say(element("p", { class: "notice-title" }), "panel.failed", { why: words(`fault.${why}`) }),
        button({ class: "button" }, () => show(id, focus), say(element("span"), "retry")))));
    } finally {
      if (loading === mine) body.removeAttribute("aria-busy");
    }
  };

  SHEET.addEventListener("change", arrange);
  veil.addEventListener("click", () => {
    if (SHEET.matches) close();
  });
  // A sheet is modal: Tab stays inside.
  panel.addEventListener("keydown", (event) => {
    if (event.key !== "Tab" || !SHEET.matches) return;
    const stops = [...panel.querySelectorAll("button, a[href], summary, input")].filter((node) => node instanceof HTMLElement && node.offsetParent !== null);
    const first = stops[0];
    const last = stops[stops.length - 1];
    const active = document.activeElement;
    if (event.shiftKey ? active === first || active === title : active === last) {
      event.preventDefault();
      /** @type {HTMLElement} */ (event.shiftKey ? last : first).focus();
    }
  });
  return { open, close, isOpen: () => cited !== null };
}

/** @param {Citation} citation @returns {PassageInContext} */
function fromCitation(citation) {
  return { passage: { ...citation, status: undefined }, before: [], after: [], revisions: [] };
}

/**
 * @param {Cited} cited
 * @param {PassageInContext} context
 * @param {(id: string, focus?: string) => void} show
 * @returns {Node[]}
 */
function drawing(cited, context, show) {
  const { passage: shown } = context;
  const isCited = shown.id === cited.citation.id;
  const isRevision = context.revisions.some((revision) => revision.id === cited.citation.id);
  const back = isCited ? null
    : button({ class: "quiet panel-back" }, () => show(cited.citation.id, ".clause"), say(element("span"), "panel.back"));
  const clause = element("article", { class: "clause", tabindex: "-1" },
    say(element("h4", { class: "unseen" }), isCited ? "panel.cited" : "panel.clause"),
    element("p", { class: "clause-path" }, shown.path),
    ...(isCited ? wording(shown.text, cited.quote) : isRevision ? compared(cited.citation, shown) : [element("p", { class: "clause-text" }, shown.text)]));
  return /** @type {Node[]} */ ([
    back,
    element("div", { class: "document" },
      element("h3", { class: "document-title" }, `《${shown.title}》`),
      element("p", { class: "document-path" }, shown.path),
      element("p", { class: "badges" }, badge(shown), shown.document_type ? element("span", { class: "badge badge-plain" }, shown.document_type) : null),
      dates(shown),
      then(shown, cited.asOf),
      element("p", { class: "document-body" }, [shown.issuing_body, shown.document_number].filter(Boolean).join(" · "))),
    revisions(context, cited, show),
    // Folded, so that the clause itself is seen first.
    context.before.length > 0
      ? element("details", { class: "neighbours" },
        say(element("summary"), "panel.before.n", { n: context.before.length }), ...neighbours(context.before, show))
      : null,
    clause,
    context.after.length > 0
      ? element("section", { class: "neighbours" },
        say(element("h4", { class: "part-title" }), "panel.after"), ...neighbours(context.after, show))
      : null,
    about(shown),
  ].filter((node) => node !== null));
}

/** @param {string} text @param {string} quote */
function wording(text, quote) {
  const range = locate(text, quote);
  if (!range) return [element("p", { class: "clause-text" }, text)];
  return [
    element("p", { class: "clause-text" }, text.slice(0, range[0]), element("mark", {}, text.slice(...range)), text.slice(range[1])),
    say(element("p", { class: "clause-note" }), "panel.mark"),
  ];
}

/** From the older to the newer wording, whichever of the two was cited. @param {Citation} citation @param {Passage} shown */
function compared(citation, shown) {
  const citedIsOlder = (citation.effective_from ?? "") <= (shown.effective_from ?? "");
  const pieces = citedIsOlder ? differences(citation.text, shown.text) : differences(shown.text, citation.text);
  const changed = pieces.some((piece) => piece.kind !== "same");
  const key = changed ? "compare" : "compare.same";
  const note = element("p", { class: "clause-note" }, say(element("span"), key, { date: citation.effective_from ?? "" }));
  if (changed) append(note, say(element("del"), "compare.gone"), say(element("ins"), "compare.new"));
  return [
    element("p", { class: "clause-text" }, ...pieces.map((piece) => {
      if (piece.kind === "same") return piece.text;
      return element(piece.kind === "gone" ? "del" : "ins", {}, piece.text);
    })),
    note,
  ];
}

/** @param {{status?: string|null, effective_to?: string|null}} dated */
function badge(dated) {
  const known = ["current", "repealed", "superseded", "future"];
  const status = dated.status && known.includes(dated.status) ? dated.status : null;
  // Until the full entry is there the badge is left out: a wrong one would be worse than none.
  if (dated.status === undefined) return null;
  return say(element("span", { class: `badge badge-${status ?? "unknown"}` }), `validity.${status ?? "unknown"}`);
}

/** An old rule can be the right one for the date asked about. @param {Passage} shown @param {string} asOf */
function then(shown, asOf) {
  const { effective_from: from, effective_to: to, status } = shown;
  if (!asOf || !status || status === "current" || !from || from > asOf || (to && to <= asOf)) return null;
  return say(element("p", { class: "then" }), "validity.then", { date: asOf });
}

/** @param {Passage} shown */
function dates(shown) {
  const line = element("p", { class: "document-dates" });
  if (!shown.effective_from) return say(line, "undated");
  append(line, say(element("span"), "effective", { date: shown.effective_from }));
  if (shown.effective_to) {
    const key = shown.status === "repealed" ? "repealed" : "ended";
    append(line, say(element("span", { class: "ended" }), key, { date: shown.effective_to }));
  }
  return line;
}

/** Everything recorded about the document. @param {Passage} shown */
function about(shown) {
  const list = element("dl", { class: "facts" });
  /** @param {string} key @param {string|number|null|undefined} value */
  const fact = (key, value) => {
    if (value !== null && value !== undefined && value !== "") {
      append(list, element("div", {}, say(element("dt"), key), element("dd", {}, String(value))));
    }
  };
  fact("fact.from", shown.effective_from);
  if (shown.effective_to) fact(shown.status === "superseded" ? "fact.to.superseded" : "fact.to", shown.effective_to);
  fact("fact.body", shown.issuing_body);
  fact("fact.number", shown.document_number);
  fact("fact.type", shown.document_type);
  fact("fact.place", shown.jurisdiction);
  fact("fact.published", shown.version_date);
  fact("fact.revision", shown.revision);
  fact("fact.sources", (shown.sources ?? []).map(sourceName).filter(Boolean).join("、"));
  // A bare citation has no more than is said above.
  return shown.status === undefined ? null : element("section", { class: "about" }, say(element("h4", { class: "part-title" }), "panel.about"), list);
}

/** @param {any} source */
function sourceName(source) {
  if (typeof source === "string") return source;
  return String(source?.file ?? source?.path ?? source?.url ?? source?.name ?? "");
}

/**
 * @param {PassageInContext} context
 * @param {Cited} cited
 * @param {(id: string, focus?: string) => void} show
 */
function revisions(context, cited, show) {
  if (context.revisions.length < 2) return null;
  const row = element("div", { class: "revision-row" });
  const newestFirst = [...context.revisions].sort((left, right) => (right.effective_from ?? "").localeCompare(left.effective_from ?? ""));
  newestFirst.forEach((revision, at) => {
    const selected = revision.id === context.passage.id;
    const name = revision.effective_from ? say(element("span", { class: "revision-date" }), "effective", { date: revision.effective_from })
      : say(element("span", { class: "revision-date" }), "undated");
    append(row, button({ class: "revision", "aria-pressed": selected ? "true" : "false", id: `revision-${at}` }, () => show(revision.id, `#revision-${at}`),
      name,
      element("span", { class: "revision-marks" }, badge({ ...revision, status: revision.status ?? null }),
        revision.id === cited.citation.id ? say(element("span", { class: "revision-cited" }), "revisions.cited") : null)));
  });
  return element("section", { class: "revisions" }, say(element("h4", { class: "part-title" }), "revisions"), row);
}

/** @param {import("./contract.js").Neighbour[]} list @param {(id: string, focus?: string) => void} show */
function neighbours(list, show) {
  return list.map((neighbour) => element("article", { class: "neighbour" },
    button({ class: "neighbour-path" }, () => show(neighbour.id, ".clause"), neighbour.path),
    element("p", { class: "clause-text" }, neighbour.text)));
}
