// The officer's desk: the queue of work orders, one of them in full, and what can be done with it.
// The centre dispatches and watches over; a unit sees its own orders and works on them.

import { answerOf, call, decide, orderOf, orders, tools } from "./api.js";
import { actionForm } from "./act.js";
import { append, button, byId, element } from "./dom.js";
import { confirmation, dialogIsOpen } from "./dialog.js";
import { digestView } from "./digest.js";
import { draftView } from "./draft.js";
import { say, words } from "./i18n.js";
import { nameOf } from "./login.js";
import { announce, told } from "./notice.js";
import { orderParts } from "./order.js";
import { queueList } from "./queue.js";
import { ratesView } from "./rates.js";
import { suggestion } from "./suggest.js";

/** @typedef {import("./contract.js").OrderView} OrderView */

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
  const digest = element("div", { class: "digest", id: "desk-digest", hidden: true });
  const digestSwitch = button({ class: "button", "aria-expanded": "false", "aria-controls": "desk-digest" }, () => summarize(digest.hidden), say(element("span"), "digest.title"));
  const drafting = element("div", { class: "drafting", id: "desk-draft", hidden: true });
  const draftSwitch = button({ class: "button", "aria-expanded": "false", "aria-controls": "desk-draft" }, () => draft(drafting.hidden), say(element("span"), "draft.title"));
  /** @type {ReturnType<typeof draftView>|null} */
  let drafts = null;
  const queue = queueList((id) => open(id));
  /** Grows with every order that is opened, so that what comes late for another is dropped. */
  let visit = 0;
  /** What opened the order in the digest, to go back to. @type {HTMLElement|null} */
  let opener = null;
  /** @type {(at: number) => void} */
  let take = () => {};
  /** Kinds of actions by tool. @type {Map<string, string[]>} */
  let kinds = new Map();

  append(node,
    element("header", { class: "desk-head" },
      say(element("h2", { class: "desk-title", id: "desk-title", tabindex: "-1" }), "desk.title"), ratesSwitch, digestSwitch, draftSwitch,
      element("div", { class: "desk-filter" }, say(element("label", { for: "desk-state" }), "desk.state"), state),
      button({ class: "button desk-refresh" }, () => load(), say(element("span"), "desk.refresh")),
      say(element("p", { class: "desk-keys" }), "desk.keys")),
    rates, digest, drafting,
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

  /** Shows the draft of a reply instead of queue and order, or these again. @param {boolean} now @param {string} [order] to begin with */
  const draft = (now, order = "") => {
    panel.close();
    if (now && !digest.hidden) summarize(false);
    drafting.hidden = !now;
    draftSwitch.setAttribute("aria-expanded", String(now));
    history.replaceState(null, "", now ? "#draft" : "#desk");
    if (!now) {
      delete node.dataset.draft;
      return;
    }
    node.dataset.draft = "open";
    rates.hidden = true;
    ratesSwitch.setAttribute("aria-expanded", "false");
    drafts ??= draftView({ clause: (citation, number, quote, asOf, opener) => panel.open({ citation, number, quote, asOf, opener }) });
    if (drafting.childElementCount === 0) drafting.append(drafts.node);
    if (order) drafts.begin(order);
    else drafts.focus();
  };

  /** Shows the digest instead of queue and order, or these again. @param {boolean} now */
  const summarize = (now) => {
    panel.close();
    if (now && !drafting.hidden) draft(false);
    digest.hidden = !now;
    // Whoever came by its address finds the way back, too.
    digestSwitch.hidden = !now && !who().centre;
    digestSwitch.setAttribute("aria-expanded", String(now));
    history.replaceState(null, "", now ? "#digest" : "#desk");
    if (now) {
      node.dataset.digest = "open";
      rates.hidden = true;
      ratesSwitch.setAttribute("aria-expanded", "false");
      if (digest.childElementCount === 0) digest.append(digestView(open));
    } else delete node.dataset.digest;
  };

  /** @param {string} id @param {HTMLElement|null} [link] in the digest */
  const open = async (id, link = null) => {
    visit += 1;
    const mine = visit;
    opener = link;
    if (link) summarize(false);
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
    summarize(true);
    opener.focus();
  }, say(element("span"), opener ? "digest.back" : "desk.back"));

  /** @param {OrderView} order @param {HTMLElement} [suggested] @param {Record<string, Record<string, string>>} [filled] */
  const show = (order, suggested, filled = {}) => {
    const may = order.allowed.filter((kind) => kinds.get(tool())?.includes(kind));
    detail.replaceChildren();
    const [facts, history] = orderParts(order);
    const reply = button({ class: "button desk-reply" }, () => draft(true, order.id), say(element("span"), "draft.title"));
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
  const propose = async (order, action, reason) => {
    const { proposed } = await call(tool(), { arguments: { order, action, reason }, key: intent() });
    if (!proposed) return;
    const settle = async (/** @type {boolean} */ confirm) => {
      await decide(proposed.id, confirm);
      announce(words(confirm ? "confirm.done" : "confirm.declined"));
      decided();
      if (confirm) {
        load();
        window.setTimeout(() => open(order, opener));
      }
    };
    confirmation({
      proposal: { id: proposed.id, lines: proposed.preview.lines, expires: proposed.expires },
      who: nameOf(who()), changeKey: "confirm.back", cancelKey: "confirm.decline", ready: true,
      yes: () => settle(true), cancel: () => settle(false),
    });
    decided();
  };

  state.addEventListener("change", load);
  document.addEventListener("keydown", (event) => {
    if (node.hidden || !digest.hidden || !drafting.hidden || dialogIsOpen() || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const { target } = event;
    if (target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return;
    if (target instanceof HTMLInputElement && target.type !== "checkbox" && target.type !== "radio") return;
    if (event.key === "j" || event.key === "k") queue.move(event.key === "j" ? 1 : -1);
    else if (/^[123]$/.test(event.key)) take(Number(event.key) - 1);
    else return;
    event.preventDefault();
  });

  return {
    isOpen: () => !node.hidden,
    /** @param {""|"digest"|"draft"} first what is shown in place of the queue */
    show(first) {
      node.hidden = false;
      detail.replaceChildren(say(element("p", { class: "faint detail-empty" }), "desk.choose"));
      delete node.dataset.detail;
      load();
      summarize(first === "digest");
      if (first === "draft") draft(true);
      byId("desk-title", HTMLElement).focus({ preventScroll: true });
    },
    /** @param {""|"digest"|"draft"} what */
    turn(what) {
      if (what === "draft") draft(true);
      else {
        draft(false);
        summarize(what === "digest");
      }
    },
    hide() {
      visit += 1;
      node.hidden = true;
      digest.hidden = true;
      digest.replaceChildren();
      drafting.hidden = true;
      drafting.replaceChildren();
      drafts = null;
      draftSwitch.setAttribute("aria-expanded", "false");
      delete node.dataset.draft;
      delete node.dataset.digest;
      rates.hidden = true;
      ratesSwitch.setAttribute("aria-expanded", "false");
    },
    reload: load,
  };
}

/** Which actions a tool does, as its schema says. @returns {Promise<Map<string, string[]>>} */
async function kindsOf() {
  const open = await tools();
  return new Map(open.filter((tool) => tool.name.startsWith("hotline-"))
    .map((tool) => [tool.name, tool.input_schema?.properties?.action?.properties?.kind?.enum ?? []]));
}

/** A name for one intent. `randomUUID` exists only on secure origins. */
function intent() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
