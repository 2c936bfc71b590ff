// 监测预警: what was raised because a limit was reached or a device is at fault, as a list, and one of them in full beside it.

import { alertDetail } from "./alert-detail.js";
import { levelBadge, nameOf } from "./alert.js";
import { alerts, tools } from "./api.js";
import { button, element, icon } from "./dom.js";
import { say, words } from "./i18n.js";
import { announce, told } from "./notice.js";
import { moment } from "./time.js";

/** @typedef {import("./contract.js").AlertView} AlertView */

const MOST = 200;
/** How often a list that is looked at is asked for again, in milliseconds. */
const AGAIN = 60_000;
const LEVELS = /** @type {const} */ (["红", "橙", "黄", "蓝"]);
const TOOL = "sensor-alerts";

/**
 * @param {object} around
 * @param {() => import("./contract.js").Caller} around.who
 * @param {(id: string, link: HTMLElement) => void} around.open an order on the desk
 * @param {() => void} around.decided something waits, was done or was declined
 */
export function alertsView({ who, open: openOrder, decided }) {
  const which = element("select", { class: "control", id: "alerts-which" },
    say(element("option", { value: "open" }), "alerts.open"), say(element("option", { value: "" }), "alerts.all"));
  const level = element("select", { class: "control", id: "alerts-level" }, say(element("option", { value: "" }), "alerts.level.any"),
    ...LEVELS.map((name) => say(element("option", { value: name }), `alert.level.${name}`)));
  const count = element("p", { class: "part-title queue-count", role: "status" });
  const list = element("ul", { class: "queue-list" });
  const detail = element("div", { class: "detail alert-detail" }, say(element("p", { class: "faint detail-empty" }), "alerts.choose"));
  const node = element("div", { class: "alerts-page" },
    element("form", { class: "alerts-form" },
      element("div", { class: "form-field" }, say(element("label", { for: which.id }), "alerts.which"), which),
      element("div", { class: "form-field" }, say(element("label", { for: level.id }), "alerts.level"), level),
      button({ class: "button" }, () => load(), icon("i-retry"), say(element("span"), "alerts.refresh"))),
    element("div", { class: "desk-body" }, element("section", { class: "queue" }, count, list), detail));
  /** Grows with every request for the list, and with every alert that is opened: what comes late is dropped. */
  let asked = 0;
  let visit = 0;
  let current = "";
  /** Whether this city has sensors at all. */
  let present = false;
  /** The server's time, where it says so. @type {string|undefined} */
  let now;

  const whole = alertDetail({
    who, openOrder, decided,
    done: (id, part) => {
      load();
      window.setTimeout(() => open(id, part));
    },
  });
  const rows = () => [...list.querySelectorAll("button")];
  const mark = () => {
    for (const row of rows()) {
      if (row.dataset.alert === current) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
    }
  };

  const load = async () => {
    asked += 1;
    const mine = asked;
    if (list.childElementCount === 0) say(count, "alerts.loading");
    try {
      present ||= (await tools()).some((tool) => tool.name === TOOL);
      if (!present) {
        node.replaceChildren(say(element("p", { class: "faint alerts-absent" }), "alerts.absent"));
        return;
      }
      const found = await alerts({ open: which.value === "open", ...(level.value ? { levels: [level.value] } : {}), limit: MOST });
      if (mine !== asked) return;
      now = found.now;
      const focused = document.activeElement instanceof HTMLElement && list.contains(document.activeElement) ? document.activeElement.dataset.alert : "";
      say(count, found.total > found.alerts.length ? "alerts.count.first" : "alerts.count", { n: found.alerts.length, total: found.total });
      list.replaceChildren(...found.alerts.map((alert) => element("li", {}, line(alert, open))));
      if (found.alerts.length === 0) list.append(say(element("li", { class: "faint" }), "alerts.empty"));
      mark();
      if (focused) rows().find((row) => row.dataset.alert === focused)?.focus({ preventScroll: true });
    } catch (problem) {
      if (mine !== asked) return;
      delete count.dataset.say;
      count.textContent = "";
      list.replaceChildren(element("li", { class: "field-trouble", role: "alert" }, told(problem)));
    }
  };

  /** @param {string} id @param {string} [focus] the part that takes the focus; empty where it stays */
  const open = async (id, focus = ".alert-title") => {
    visit += 1;
    const mine = visit;
    current = id;
    mark();
    node.dataset.detail = "open";
    try {
      const alert = (await alerts({ alert: id })).alerts[0];
      if (mine !== visit) return;
      const scrolled = detail.dataset.alert === id ? detail.scrollTop : 0;
      detail.dataset.alert = id;
      detail.replaceChildren(back(), ...whole.parts(alert, now));
      detail.scrollTop = scrolled;
      if (!focus) return;
      const target = detail.querySelector(focus) ?? detail.querySelector(".alert-title");
      if (target instanceof HTMLElement) target.focus({ preventScroll: focus === ".alert-title" });
      announce(words("alerts.opened.say", { title: nameOf(alert), state: words(alert.cleared ? "alert.cleared" : "alert.open") }));
    } catch (problem) {
      if (mine !== visit) return;
      detail.replaceChildren(back(), element("p", { class: "field-trouble", role: "alert" }, told(problem)));
    }
  };

  const back = () => button({ class: "quiet desk-back" }, () => {
    delete node.dataset.detail;
    (rows().find((row) => row.dataset.alert === current) ?? rows()[0])?.focus();
  }, say(element("span"), "desk.back"));

  which.addEventListener("change", load);
  level.addEventListener("change", load);
  load();
  const timer = window.setInterval(() => {
    if (!node.isConnected) window.clearInterval(timer);
    else if (document.visibilityState === "visible" && node.checkVisibility()) load();
  }, AGAIN);
  return {
    node,
    reload: load,
    /** Something was decided elsewhere. */
    refresh() {
      load();
      if (current) open(current, "");
    },
    /** From the row with the focus, or the open one. @param {1|-1} by */
    move(by) {
      const all = rows();
      const at = all.findIndex((row) => row === document.activeElement);
      const from = at >= 0 ? at : all.findIndex((row) => row.dataset.alert === current);
      const next = all[from < 0 ? 0 : Math.min(all.length - 1, Math.max(0, from + by))];
      next?.focus();
      next?.scrollIntoView({ block: "nearest" });
    },
  };
}

/** @param {AlertView} alert @param {(id: string) => void} open */
function line(alert, open) {
  return button({ class: "row", "data-alert": alert.id }, () => open(alert.id),
    element("span", { class: "row-top" }, levelBadge(alert.level), element("span", { class: "row-place" }, alert.place || alert.thing)),
    element("span", { class: "row-what" }, alert.title),
    element("span", { class: "row-foot" },
      say(element("span", { class: alert.cleared ? "row-over" : "row-state" }), alert.cleared ? "alert.cleared" : "alert.open"),
      say(element("span", { class: "row-time" }), "alert.raised.at", { time: moment(alert.raised) })));
}
