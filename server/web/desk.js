// The officer's desk: the queue of work orders, one of them in full, and what can be done with it.
// The centre dispatches and watches over; a unit sees its own orders and works on them.

import { alertsView } from "./alerts.js";
import { answerOf, call, orderOf, orders, tools } from "./api.js";
import { actionForm } from "./act.js";
import { append, button, byId, element } from "./dom.js";
import { dialogIsOpen } from "./dialog.js";
import { digestView } from "./digest.js";
import { draftView } from "./draft.js";
import { say, words } from "./i18n.js";
import { announce, told } from "./notice.js";
import { orderParts } from "./order.js";
import { propose as proposed } from "./propose.js";
import { queueList } from "./queue.js";
import { ratesView } from "./rates.js";
import { suggestion } from "./suggest.js";

/** @typedef {import("./contract.js").OrderView} OrderView */
/** What the desk shows: queue and order, or one of the views in their place. @typedef {"desk"|"digest"|"alerts"|"draft"} Page */

/** The states in which somebody has something to do. */
const MINE = {
  centre: "screen,grade,dispatch_ready,consultation,return_requested,replied,callback,emergency",
  unit: "dispatched,handling",
};
const STATES = ["grade", "dispatch_ready", "consultation", "dispatched", "return_requested", "handling", "replied", "callback", "suspended", "archived"];

/**
 * @param {object} around
 * @param {() => import("./contract.js").Caller} around.who
 * @param {ReturnType<typeof import("./panel.js").clausePanel>} around.panel
 * @param {() => void} around.decided something was done or declined
 */
export function officerDesk({ who, panel, decided }) {
  const node = byId("desk", HTMLElement);
  const detail = element("div", { class: "detail", "aria-live": "off" });
  const state = element("select", { class: "control", id: "desk-state" },
    say(element("option", { value: "mine" }), "desk.state.mine"), say(element("option", { value: "" }), "desk.state.all"),
    ...STATES.map((code) => say(element("option", { value: code }), `state.${code}`)));
  const rates = element("div", { class: "desk-rates", id: "desk-rates", hidden: true });
  const ratesSwitch = button({ class: "button", "aria-expanded": "false", "aria-controls": "desk-rates" }, () => {
    rates.hidden = !rates.hidden;
    ratesSwitch.setAttribute("aria-expanded", String(!rates.hidden));
    if (!rates.hidden) rates.replaceChildren(ratesView());
  }, say(element("span"), "rates.title"));
  /** @param {Exclude<Page, "desk">} name */
  const view = (name) => {
    const home = element("div", { class: name, id: `desk-${name}`, hidden: true });
    const turner = button({ class: "button", "aria-expanded": "false", "aria-controls": home.id }, () => turn(home.hidden ? name : "desk"), say(element("span"), `${name}.title`));
    return { home, turner };
  };
  const views = { digest: view("digest"), alerts: view("alerts"), draft: view("draft") };
  /** @type {ReturnType<typeof alertsView>|null} */
  let watched = null;
  /** @type {ReturnType<typeof draftView>|null} */
  let drafts = null;
  /** @type {Page} */
  let page = "desk";
  const queue = queueList((id) => open(id));
  /** Grows with every order that is opened, so that what comes late for another is dropped. */
  let visit = 0;
  /** What opened the order in another view, to go back to. @type {{link: HTMLElement, page: Page}|null} */
  let opener = null;
  /** @type {(at: number) => void} */
  let take = () => {};
  /** Kinds of actions by tool. @type {Map<string, string[]>} */
  let kinds = new Map();

  append(node,
    element("header", { class: "desk-head" },
      say(element("h2", { class: "desk-title", id: "desk-title", tabindex: "-1" }), "desk.title"), ratesSwitch,
      ...Object.values(views).map(({ turner }) => turner),
      element("div", { class: "desk-filter" }, say(element("label", { for: "desk-state" }), "desk.state"), state),
      button({ class: "button desk-refresh" }, () => load(), say(element("span"), "desk.refresh")),
      say(element("p", { class: "desk-keys" }), "desk.keys")),
    rates, ...Object.values(views).map(({ home }) => home),
    element("div", { class: "desk-body" }, queue.node, detail));

  const tool = () => (who().centre ? "hotline-centre" : "hotline-unit");

  const load = async () => {
    const states = state.value === "mine" ? (who().centre ? MINE.centre : MINE.unit) : state.value;
    try {
      queue.set(await orders(states));
    } catch (problem) {
      queue.fail(told(problem));
    }
  };

  /** Shows a view in the place of queue and order, or these again. @param {Page} next @param {string} [order] to begin a draft with */
  const turn = (next, order = "") => {
    panel.close();
    page = next;
    for (const [name, { home, turner }] of Object.entries(views)) {
      home.hidden = name !== next;
      turner.setAttribute("aria-expanded", String(name === next));
    }
    // Whoever came by its address finds the way back, too.
    views.digest.turner.hidden = next !== "digest" && !who().centre;
    history.replaceState(null, "", `#${next}`);
    if (next === "desk") {
      delete node.dataset.page;
      return;
    }
    node.dataset.page = next;
    rates.hidden = true;
    ratesSwitch.setAttribute("aria-expanded", "false");
    if (next === "digest" && views.digest.home.childElementCount === 0) views.digest.home.append(digestView(open));
    if (next === "alerts" && watched) watched.reload();
    else if (next === "alerts") {
      watched = alertsView({ who, open, decided });
      views.alerts.home.append(watched.node);
    }
    if (next === "draft") {
      drafts ??= draftView({ clause: (citation, number, quote, asOf, opener) => panel.open({ citation, number, quote, asOf, opener }) });
      if (views.draft.home.childElementCount === 0) views.draft.home.append(drafts.node);
      if (order) drafts.begin(order);
      else drafts.focus();
    }
  };

  /** @param {string} id @param {HTMLElement|null} [link] in another view */
  const open = async (id, link = null) => {
    visit += 1;
    const mine = visit;
    // Acted on, the order opens again from where it was opened first.
    opener = link && (opener?.link === link ? opener : { link, page });
    if (page !== "desk") turn("desk");
    take = () => {};
    panel.close();
    queue.mark(id);
    node.dataset.detail = "open";
    detail.replaceChildren(say(element("p", { class: "faint" }), "desk.loading"));
    try {
      const order = await orderOf(id);
      if (kinds.size === 0) kinds = await kindsOf();
      if (mine !== visit) return;
      show(order);
      focusOrder();
      announce(words("desk.opened.say", { id: order.id, state: order.state_name }));
      if (who().centre && order.allowed.some((kind) => ["dispatch", "confirm", "grade"].includes(kind))) await suggest(order, mine);
    } catch (problem) {
      if (mine !== visit) return;
      detail.replaceChildren(back(), element("p", { class: "field-trouble", role: "alert" }, told(problem)));
    }
  };

  const focusOrder = () => {
    const title = detail.querySelector(".order-number");
    if (title instanceof HTMLElement) title.focus({ preventScroll: true });
  };

  const back = () => button({ class: opener ? "quiet desk-back digest-back" : "quiet desk-back" }, () => {
    delete node.dataset.detail;
    if (!opener) return queue.focus();
    turn(opener.page);
    opener.link.focus();
  }, say(element("span"), opener ? `${opener.page}.back` : "desk.back"));

  /** @param {OrderView} order @param {HTMLElement} [suggested] @param {Record<string, Record<string, string>>} [filled] */
  const show = (order, suggested, filled = {}) => {
    const may = order.allowed.filter((kind) => kinds.get(tool())?.includes(kind));
    detail.replaceChildren();
    const [facts, history] = orderParts(order);
    const reply = button({ class: "button desk-reply" }, () => turn("draft", order.id), say(element("span"), "draft.title"));
    append(detail, back(), facts, reply, suggested ?? null, history,
      actionForm(may, { filled, only: !suggested, propose: (action, reason) => propose(order.id, action, reason) }));
  };

  /** @param {OrderView} order @param {number} mine */
  const suggest = async (order, mine) => {
    const [answer, assessed] = await Promise.all([
      answerOf("dispatcher", order.id),
      call("hotline-assess", { arguments: { text: order.text } }),
    ]);
    if (mine !== visit) return;
    const catalogue = `${order.codes[0] ?? assessed.done?.value.items[0]?.code ?? "0000"}@${assessed.done?.value.catalog ?? ""}`;
    /** @param {import("./suggest.js").Choice} choice */
    const data = ({ lead, assist, basis }) => ({ lead, assist, copy: null, catalogue, basis });
    const suggested = suggestion(answer, {
      ready: order.allowed.includes("dispatch"),
      choose: (choice) => {
        propose(order.id, { kind: "dispatch", data: data(choice) }, "").catch((problem) => fail(told(problem)));
      },
      clause: (citation, number, quote, opener) => panel.open({ citation, number, quote, asOf: answer.as_of, opener }),
      open,
    });
    take = suggested.take;
    const first = answer.queue?.departments[0];
    const focused = document.activeElement?.classList.contains("order-number");
    show(order, suggested.node, { dispatch: { catalogue, lead: first?.department ?? "" } });
    if (focused) focusOrder();
  };

  /** @param {string} text */
  const fail = (text) => {
    detail.querySelector(".detail-trouble")?.remove();
    detail.querySelector(".suggestion")?.append(element("p", { class: "field-trouble detail-trouble", role: "alert" }, text));
  };

  /** @param {string} order @param {import("./act.js").Action} action @param {string} reason */
  const propose = (order, action, reason) => proposed(tool(), { order, action, reason }, {
    who: who(), decided,
    done: () => {
      load();
      window.setTimeout(() => open(order, opener?.link));
    },
  });

  state.addEventListener("change", load);
  document.addEventListener("keydown", (event) => {
    if (node.hidden || page === "digest" || page === "draft" || dialogIsOpen() || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const { target } = event;
    if (target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return;
    if (target instanceof HTMLInputElement && target.type !== "checkbox" && target.type !== "radio") return;
    if (event.key === "j" || event.key === "k") (page === "alerts" && watched ? watched : queue).move(event.key === "j" ? 1 : -1);
    else if (page === "desk" && /^[123]$/.test(event.key)) take(Number(event.key) - 1);
    else return;
    event.preventDefault();
  });

  return {
    isOpen: () => !node.hidden,
    /** @param {Page} first */
    show(first) {
      node.hidden = false;
      detail.replaceChildren(say(element("p", { class: "faint detail-empty" }), "desk.choose"));
      delete node.dataset.detail;
      load();
      turn(first);
      byId("desk-title", HTMLElement).focus({ preventScroll: true });
    },
    /** @param {Page} next */
    turn: (next) => turn(next),
    hide() {
      visit += 1;
      node.hidden = true;
      for (const { home, turner } of Object.values(views)) {
        home.hidden = true;
        home.replaceChildren();
        turner.setAttribute("aria-expanded", "false");
      }
      watched = null;
      drafts = null;
      page = "desk";
      delete node.dataset.page;
      rates.hidden = true;
      ratesSwitch.setAttribute("aria-expanded", "false");
    },
    reload() {
      load();
      if (page === "alerts") watched?.refresh();
    },
  };
}

/** Which actions a tool does, as its schema says. @returns {Promise<Map<string, string[]>>} */
async function kindsOf() {
  const open = await tools();
  return new Map(open.filter((tool) => tool.name.startsWith("hotline-"))
    .map((tool) => [tool.name, tool.input_schema?.properties?.action?.properties?.kind?.enum ?? []]));
}
