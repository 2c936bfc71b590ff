// The list of work orders on the desk: the most urgent first, the oldest of them before the others.

import { append, button, element } from "./dom.js";
import { say } from "./i18n.js";
import { moment } from "./time.js";

/** @typedef {import("./contract.js").OrderRow} OrderRow */

const LEVELS = ["critical", "urgent", "general"];
/** States in which a unit can be late. */
const WORKED = ["dispatched", "return_requested", "handling"];

/** @param {(id: string) => void} open */
export function queueList(open) {
  const count = element("p", { class: "part-title queue-count", role: "status" });
  const list = element("ul", { class: "queue-list" });
  const node = element("section", { class: "queue" }, count, list);
  let current = "";

  const buttons = () => [...list.querySelectorAll("button")];
  const mark = () => {
    for (const row of buttons()) {
      if (row.dataset.order === current) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
    }
  };

  return {
    node,
    /** @param {OrderRow[]} rows */
    set(rows) {
      const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.order : "";
      const sorted = [...rows].sort((left, right) => LEVELS.indexOf(left.level) - LEVELS.indexOf(right.level) || left.opened.localeCompare(right.opened) || left.id.localeCompare(right.id));
      say(count, "desk.count", { n: rows.length });
      list.replaceChildren(...sorted.map((row) => element("li", {}, line(row, open))));
      if (rows.length === 0) list.append(say(element("li", { class: "faint" }), "desk.empty"));
      mark();
      if (focused) buttons().find((row) => row.dataset.order === focused)?.focus({ preventScroll: true });
    },
    /** @param {string} why */
    fail(why) {
      list.replaceChildren(element("li", { class: "field-trouble" }, why));
    },
    /** @param {string} id */
    mark(id) {
      current = id;
      mark();
    },
    /** From the row with the focus, or the open one. @param {1|-1} by */
    move(by) {
      const rows = buttons();
      const at = rows.findIndex((row) => row === document.activeElement);
      const from = at >= 0 ? at : rows.findIndex((row) => row.dataset.order === current);
      const next = rows[from < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, from + by))];
      next?.focus();
      next?.scrollIntoView({ block: "nearest" });
    },
    focus() {
      (buttons().find((row) => row.dataset.order === current) ?? buttons()[0])?.focus();
    },
  };
}

/** @param {OrderRow} row @param {(id: string) => void} open */
function line(row, open) {
  const time = element("span", { class: "row-time" });
  if (!row.due) say(time, "desk.opened", { time: moment(row.opened) });
  else {
    const over = Date.parse(row.due) < Date.now() && WORKED.includes(row.state);
    say(time, over ? "desk.overdue" : "desk.due", { time: moment(row.due) });
    time.classList.toggle("overdue", over);
  }
  // All orders are of this city: the district and what follows tell them apart.
  const named = row.address?.replace(/^.{0,12}?市(?=.{2,4}[区县])/, "") ?? row.lead;
  const place = named ? element("span", { class: "row-place" }, named) : say(element("span", { class: "row-place" }), "desk.unplaced");
  const node = button({ class: "row", "data-order": row.id }, () => open(row.id),
    element("span", { class: "row-top" }, say(element("span", { class: `badge grade-${row.level}` }), `level.${row.level}`), place),
    element("span", { class: "row-id" }, row.id));
  append(node, element("span", { class: "row-foot" }, say(element("span", { class: "row-state" }), `state.${row.state}`), time));
  return node;
}
