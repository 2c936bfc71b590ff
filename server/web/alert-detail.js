// One alert in full on the desk: what was raised, the readings around it, what may be done. A press only proposes, and nothing
// switches a device.

import { actionsPart, alertFacts, levelBadge, nameOf, orderPart, stateBadge, timeline } from "./alert.js";
import { measured } from "./api.js";
import { curveFigure, readingsFold, valued } from "./curve.js";
import { button, element, icon } from "./dom.js";
import { say } from "./i18n.js";
import { told } from "./notice.js";
import { propose } from "./propose.js";

/** @typedef {import("./contract.js").AlertView} AlertView */

const HOUR = 3_600_000;
/** The curve begins so long before the alert, and ends so long after it was raised or after it was over. */
const BEFORE = 6 * HOUR;
const AFTER = 6 * HOUR;
const AFTER_END = 3 * HOUR;

/**
 * @param {object} around
 * @param {() => import("./contract.js").Caller} around.who
 * @param {(id: string, link: HTMLElement) => void} around.openOrder
 * @param {() => void} around.decided something waits, was done or was declined
 * @param {(id: string, part: string) => void} around.done something was done to the alert, in this part of it
 */
export function alertDetail({ who, openOrder, decided, done }) {
  /** The curve stays while the alert does. @type {{state: string, node: HTMLElement}|null} */
  let drawn = null;

  /** @param {AlertView} alert @param {string} [now] */
  const curveOf = (alert, now) => {
    const state = `${alert.id}/${alert.level}/${alert.cleared}`;
    if (drawn?.state === state) return drawn.node;
    const node = element("section", { class: "order-card alert-curve" }, say(element("p", { class: "faint" }), "alert.curve.loading"));
    drawn = { state, node };
    curve(alert, now).then((parts) => node.replaceChildren(...parts), (problem) => {
      node.replaceChildren(element("p", { class: "field-trouble" }, told(problem)));
      if (drawn?.node === node) drawn = null;
    });
    return node;
  };

  return {
    /** @param {AlertView} alert @param {string} [now] the server's time, where it says so @returns {Node[]} */
    parts(alert, now) {
      const trouble = element("p", { class: "field-trouble dialog-trouble", role: "alert" });
      /** @param {string} tool @param {Record<string, unknown>} request @param {string} part */
      const act = async (tool, request, part) => {
        trouble.textContent = "";
        // What went wrong is told where it was tried.
        head.parentElement?.querySelector(part)?.closest("section")?.append(trouble);
        try {
          await propose(tool, { alert: alert.id, ...request }, { who: who(), decided, done: () => done(alert.id, part) });
        } catch (problem) {
          trouble.textContent = told(problem);
          trouble.scrollIntoView({ block: "nearest" });
        }
      };
      const acts = {
        approve: (/** @type {number} */ action) => void act("sensor-approve", { action }, "#alert-actions"),
        order: () => void act("sensor-order", {}, "#alert-order"),
        open: openOrder,
      };
      const acknowledge = button({ class: "button primary alert-acknowledge" }, () => act("sensor-acknowledge", {}, ".alert-title"), say(element("span"), "alert.acknowledge"));
      const print = button({ class: "button alert-print" }, () => window.print(), icon("i-print"), say(element("span"), "alerts.print"));
      const head = element("section", { class: "order-card alert-whole" },
        element("header", { class: "alert-head" }, levelBadge(alert.level), element("h3", { class: "alert-title", tabindex: "-1" }, nameOf(alert)), stateBadge(alert)),
        element("p", { class: "alert-text" }, alert.text), alertFacts(alert, true),
        element("div", { class: "alert-buttons" }, !alert.acknowledged_by && acknowledge, print));
      const happened = element("section", { class: "order-card" }, timeline(alert), readingsFold(alert.evidence, alert.evidence.length));
      const parts = [head, curveOf(alert, now), actionsPart(alert, acts), orderPart(alert, acts), happened,
        say(element("p", { class: "digest-foot" }), "alerts.note")];
      return parts.filter((part) => part !== null);
    },
  };
}

/** The readings around an alert. @param {AlertView} alert @param {string} [now] the server's time @returns {Promise<HTMLElement[]>} */
async function curve(alert, now) {
  const looked = await measured(alert.kind, alert.datastream, { ...period(alert, Date.parse(now ?? "") || Date.now()), words: "预警前后" });
  const { unit, from, to, gaps, evidence } = looked.answered;
  const same = alert.limit !== null && unit === alert.unit;
  const marks = [{ at: alert.raised, sign: "起", key: "curve.raised" }];
  if (alert.cleared) marks.push({ at: alert.cleared, sign: "止", key: "curve.cleared" });
  const figure = curveFigure({
    curve: { unit, from, to, gaps, points: looked.series, readings: evidence.total, evidence: evidence.readings },
    title: say(element("span"), "alert.curve", { title: nameOf(alert) }), limit: same ? alert.limit : null, marks,
  });
  if (alert.limit === null || same) return [figure];
  return [figure, say(element("p", { class: "faint" }), "curve.limit.other", { limit: valued(alert.limit, alert.unit) })];
}

/** @param {AlertView} alert @param {number} now */
function period(alert, now) {
  const end = alert.cleared ? Date.parse(alert.cleared) + AFTER_END : Date.parse(alert.raised) + AFTER;
  // A clock that is behind the alert itself says nothing about now.
  const last = Math.min(end, now > Date.parse(alert.cleared ?? alert.raised) ? now : end);
  return { from: new Date(Date.parse(alert.raised) - BEFORE).toISOString(), to: new Date(last).toISOString() };
}
