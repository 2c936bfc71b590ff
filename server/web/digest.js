// 工单汇总: what the orders of some days come to, in numbers that open to the orders behind them. For the hotline's centre.

import { digest, digestAddress } from "./api.js";
import { daysChart } from "./days.js";
import { append, button, element, icon } from "./dom.js";
import { save } from "./download.js";
import { groupTable, opened, orderLink, table } from "./figures.js";
import { say, words } from "./i18n.js";
import { announce, told } from "./notice.js";
import { ratesTable } from "./rates.js";
import { date, day, moment } from "./time.js";

/** @typedef {import("./contract.js").Digest} Digest */
/** @typedef {import("./contract.js").Topic} Topic */
/** @typedef {import("./figures.js").Orders} Orders */

/** Words, and the first and last of so many days ago. @type {[string, number, number][]} */
const PERIODS = [["digest.yesterday", 1, 1], ["digest.week", 6, 0], ["digest.month", 29, 0]];
/** Documents, and the ending of their files. @type {[string, string][]} */
const FORMATS = [["docx", "docx"], ["page", "html"]];
/** The longest period, in days; the server has the same. */
const LONGEST = 366;
const GROUPS = /** @type {const} */ (["category", "district", "department", "grade"]);
const KINDS = /** @type {const} */ (["responded", "resolved", "satisfied"]);

/** @param {Orders["open"]} open what opens an order */
export function digestView(open) {
  const from = element("input", { class: "control", type: "date", id: "digest-from", value: day(6), required: true });
  const to = element("input", { class: "control", type: "date", id: "digest-to", value: day(), required: true });
  const status = element("p", { class: "digest-status", role: "status" });
  const trouble = element("p", { class: "field-trouble digest-trouble", role: "alert" });
  const result = element("div", { class: "digest-result" });
  const print = button({ class: "button", disabled: true }, () => window.print(), icon("i-print"), say(element("span"), "digest.print"));
  /** The days that are on the page, which may be others than those in the fields. @type {Digest|null} */
  let shown = null;
  const exports = FORMATS.map(([format, ending]) => button({ class: "button digest-export", "data-format": format, disabled: true }, () => {
    if (shown) save(digestAddress(shown.from, shown.to, format), `digest-${shown.from}-${shown.to}.${ending}`);
  }, say(element("span"), `digest.${format}`)));
  const periods = PERIODS.map(([key, first, last]) => button({ class: "button" }, () => {
    from.value = day(first);
    to.value = day(last);
    load();
  }, say(element("span"), key)));
  const form = element("form", { class: "digest-form", novalidate: true },
    element("div", { class: "form-field" }, say(element("label", { for: from.id }), "digest.from"), from),
    element("div", { class: "form-field" }, say(element("label", { for: to.id }), "digest.to"), to),
    element("button", { type: "submit", class: "button primary" }, say(element("span"), "digest.show")),
    element("div", { class: "digest-periods" }, ...periods), ...exports, print);
  /** Grows with every request, so that what comes late for other days is dropped. */
  let asked = 0;

  const load = async () => {
    asked += 1;
    const mine = asked;
    trouble.textContent = "";
    delete trouble.dataset.say;
    const problem = problemOf(from.value, to.value);
    for (const [at, period] of periods.entries()) {
      period.setAttribute("aria-pressed", String(from.value === day(PERIODS[at][1]) && to.value === day(PERIODS[at][2])));
    }
    if (problem) {
      say(trouble, problem, { n: LONGEST });
      return;
    }
    // What was counted before stays until the new is there.
    say(status, "digest.loading");
    result.setAttribute("aria-busy", "true");
    try {
      const found = await digest(from.value, to.value);
      if (mine !== asked) return;
      result.replaceChildren(...parts(found, { ids: found.statistics.ids, open }));
      shown = found;
      for (const each of [print, ...exports]) each.disabled = false;
      announce(words("digest.loaded", { n: found.statistics.total.value }));
    } catch (problem) {
      if (mine !== asked) return;
      trouble.textContent = told(problem);
      result.replaceChildren();
      shown = null;
      for (const each of [print, ...exports]) each.disabled = true;
    }
    delete status.dataset.say;
    status.textContent = "";
    result.removeAttribute("aria-busy");
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    load();
  });
  load();
  return element("div", { class: "digest-page" }, form, status, trouble, result);
}

/** @param {string} from @param {string} to @returns {string} the key of what is wrong with the days */
function problemOf(from, to) {
  if (!from || !to) return "digest.dateless";
  if (to < from) return "digest.backwards";
  return Date.parse(to) - Date.parse(from) >= LONGEST * 86_400_000 ? "digest.long" : "";
}

/** @param {Digest} found @param {Orders} orders */
function parts(found, orders) {
  const { statistics, rates } = found;
  const { counts, total } = statistics;
  const title = say(element("h3", { class: "digest-title" }), "digest.of", { from: found.from, to: found.to });
  const foot = say(element("p", { class: "digest-foot" }), "digest.foot", { now: moment(statistics.now) });
  const left = unreadable(found);
  if (total.value === 0) return [title, left, headline(found, orders), say(element("p", { class: "digest-none" }), "digest.empty"), foot];
  return [title, left, headline(found, orders), daysChart(found, orders),
    section("digest.issues", issues(statistics, orders)),
    section("digest.rises", ...rises(statistics, orders)),
    element("div", { class: "digest-tables" }, ...GROUPS.map((kind) => groupTable(`digest.by.${kind}`, `digest.${kind}`, counts[kind], orders))),
    section("digest.repeats", ...repeats(statistics, orders)),
    section("digest.rates", ratesTable(rates, "digest.district")), foot];
}

/** Orders that are counted nowhere. @param {Digest} found */
function unreadable({ unreadable: left }) {
  if (left.length === 0) return "";
  return element("p", { class: "field-trouble digest-unreadable", role: "note" },
    say(element("span"), "digest.unreadable", { n: left.length, ids: left.map(({ id }) => id).join(" ") }));
}

/** @param {string} key @param {...Node} children */
function section(key, ...children) {
  return element("section", { class: "digest-section" }, say(element("h4", { class: "digest-heading" }), key), ...children);
}

/** @param {Digest} found @param {Orders} orders */
function headline({ statistics, rates }, orders) {
  const { total, deadlines } = statistics;
  const tiles = element("dl", { class: "digest-tiles" });
  const lists = element("div", { class: "digest-lists" });
  /** @param {string} key @param {HTMLElement} number @param {HTMLElement} note */
  const tile = (key, number, note) => append(tiles, element("div", { class: "digest-tile" },
    say(element("dt"), key), element("dd", {}, number), element("dd", { class: "rate-of" }, note)));
  /** @param {string} key @param {import("./contract.js").Figure} figure @param {string} note @param {number} of */
  const count = (key, figure, note, of) => {
    const { node, list } = opened(figure, orders, words(key));
    append(lists, list);
    tile(key, node, say(element("span"), note, { n: of }));
  };
  count("digest.new", total, "digest.new.note", 0);
  count("digest.open", deadlines.open, "digest.of.all", deadlines.open.of);
  count("digest.overdue", deadlines.overdue, "digest.of.open", deadlines.overdue.of);
  count("digest.near", deadlines.near, "digest.of.open", deadlines.near.of);
  count("digest.late", deadlines.late, "digest.of.closed", deadlines.late.of);
  for (const kind of KINDS) {
    const shares = Object.values(rates).map((group) => group[kind]);
    const yes = shares.reduce((sum, share) => sum + share.yes, 0);
    const of = shares.reduce((sum, share) => sum + share.of, 0);
    tile(`rates.${kind}`, element("span", { class: "figure" }, of > 0 ? `${Math.round((yes / of) * 1000) / 10}%` : "—"),
      say(element("span"), of > 0 ? "digest.of.callback" : "digest.uncalled", { yes, of }));
  }
  return element("div", { class: "digest-head" }, tiles, lists);
}

/** @param {Digest["statistics"]} statistics @param {Orders} orders */
function issues({ issues: found }, orders) {
  if (found.length === 0) return say(element("p", { class: "faint" }), "digest.issues.none");
  return element("ol", { class: "digest-cards" }, ...found.map((issue) => {
    const { node, list } = opened(issue.people, orders, issue.title, "digest.people.cases");
    const place = issue.place ? element("p", { class: "issue-place" }, icon("i-place"), issue.place) : say(element("p", { class: "issue-place faint" }), "digest.placeless");
    const [first, last] = [date(issue.first), date(issue.last)];
    return element("li", { class: "digest-card issue" },
      element("h5", { class: "issue-title" }, issue.title), place,
      element("p", { class: "issue-why" }, issue.why),
      element("p", { class: "digest-row" }, node,
        first === last ? element("span", { class: "faint" }, first) : say(element("span", { class: "faint" }), "digest.period", { first, last }),
        element("span", { class: "faint" }, say(element("span"), "digest.central"), " ", orderLink(issue.central, orders.open))), list);
  }));
}

/** @param {Digest["statistics"]} statistics @param {Orders} orders */
function rises({ emerging }, orders) {
  if (emerging.spans === 0) return [say(element("p", { class: "faint" }), "digest.rises.alone")];
  const tests = say(element("p", { class: "faint" }), "digest.rises.tests", { spans: emerging.spans, tests: emerging.tests });
  if (emerging.rises.length === 0) return [say(element("p", { class: "faint" }), "digest.rises.none"), tests];
  return [tests, element("ol", { class: "digest-cards" }, ...emerging.rises.map(({ topic, people, before, also, why }) => {
    const name = nameOf(topic);
    const now = opened(people, orders, `${name} ${words("digest.now")}`, "digest.people");
    const earlier = opened(before, orders, `${name} ${words("digest.before")}`, "digest.people");
    return element("li", { class: "digest-card rise" },
      element("h5", { class: "issue-title" }, name, say(element("span", { class: "badge badge-plain" }), `digest.kind.${topic.kind}`)),
      element("p", { class: "issue-why" }, why),
      element("p", { class: "digest-row" }, say(element("span", { class: "faint" }), "digest.now"), now.node, say(element("span", { class: "faint" }), "digest.before"), earlier.node),
      also.length > 0 && say(element("p", { class: "faint issue-also" }), "digest.also", { names: also.map(nameOf).join("、") }), now.list, earlier.list);
  }))];
}

/** @param {Topic} topic */
function nameOf({ kind, item = "", district = "", place = "", category = "", words: run = "" }) {
  if (kind === "words") return `“${run}”`;
  return kind === "item_in_district" ? `${district} · ${item}` : item || place || category;
}

/** @param {Digest["statistics"]} statistics @param {Orders} orders */
function repeats({ repeats: { repeated, chains, reporters } }, orders) {
  const { node, list } = opened(repeated, orders, words("digest.repeated"));
  const lead = element("p", { class: "digest-row" }, say(element("span", { class: "faint" }), "digest.repeated"), node);
  if (repeated.value === 0 && reporters.length === 0) return [say(element("p", { class: "faint" }), "digest.repeats.none")];
  const tables = element("div", { class: "digest-tables" });
  if (chains.length > 0) {
    append(tables, table("digest.chains", ["digest.root", "digest.within", "digest.ever"], chains.map((chain) => ({
      name: chain.root, head: orderLink(chain.root, orders.open),
      figures: [[chain.within, "digest.n"], [{ ...chain.people, cases: chain.cases.cases }, "digest.people.cases"]],
    })), orders));
  }
  if (reporters.length > 0) {
    append(tables, table("digest.reporters", ["digest.reporter", "digest.cases"], reporters.map(({ reporter, cases }) => ({ name: reporter, figures: [[cases, "digest.n"]] })), orders));
  }
  return [lead, list, tables];
}
