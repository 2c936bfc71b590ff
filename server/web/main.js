// Starts the page and joins its parts.

import { agents, places } from "./api.js";
import { besidePanel } from "./beside.js";
import { agentChoice } from "./choice.js";
import { composer } from "./composer.js";
import { officerDesk } from "./desk.js";
import { confirmation, dialogIsOpen } from "./dialog.js";
import { byId } from "./dom.js";
import { Memory, formCard } from "./form.js";
import { pastConversations } from "./history.js";
import { words } from "./i18n.js";
import { inbox } from "./inbox.js";
import { login, nameOf } from "./login.js";
import { lookup } from "./lookup.js";
import { announce, watchConnection } from "./notice.js";
import { clausePanel } from "./panel.js";
import { preferences } from "./preferences.js";
import { sideDrawer } from "./side.js";
import { talk } from "./talk.js";
import { showCity } from "./welcome.js";

/** The addresses of the desk and of the views on it; conversations have longer names. */
const DESK = "desk";
/** @type {import("./desk.js").Page[]} */
const PAGES = [DESK, "digest", "alerts", "draft"];
/** What the person's word is to the server, in whatever script the page is. */
const YES = "确认";
const NO = "取消";

preferences();
const app = byId("app", HTMLElement);
const deskEntry = byId("desk-open", HTMLButtonElement);
const panel = clausePanel();
const side = sideDrawer();
const beside = besidePanel();
const box = composer({ ask: (asked) => chat.ask(asked), stop: () => chat.stop(), announce });
const past = pastConversations({ open: (id) => chat.open(id), remove: (ids) => chat.remove(ids) });
const choice = agentChoice({ ask: (question) => chat.ask({ question, ...box.chosen() }) });
const chat = talk({ box, panel, side, past, choice, form: showForm, wait: (now) => beside.wait(now), shown: () => showDesk(false) });
const who = login({ changed });
const waiting = inbox({ who: () => who.who(), conversation: () => chat.conversation(), decided: () => desk.isOpen() && desk.reload() });
const desk = officerDesk({ who: () => who.who(), panel, decided: () => waiting.recount() });
/** What was typed into the form of this conversation. */
let memory = new Memory();
let begun = false;

for (const id of ["new", "new-short"]) byId(id, HTMLButtonElement).addEventListener("click", () => chat.startNew());
byId("brand", HTMLAnchorElement).addEventListener("click", (event) => {
  event.preventDefault();
  chat.startNew();
});
byId("lookup", HTMLButtonElement).addEventListener("click", () => lookup(chat.conversation()));
deskEntry.addEventListener("click", () => {
  side.close();
  showDesk(true);
});
document.addEventListener("keydown", (event) => {
  if (dialogIsOpen()) return;
  if (event.key === "Escape" && !event.isComposing) {
    if (side.isOpen()) side.close();
    else panel.close();
  }
  if (event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !isTyping(event.target) && !desk.isOpen()) {
    event.preventDefault();
    panel.close();
    box.focus();
  }
});
window.addEventListener("hashchange", () => {
  const id = idInAddress();
  if (isPage(id)) showDesk(true, id);
  else if (id && id !== chat.conversation()) chat.open(id);
});
watchConnection();
showCity(words("city"));
prepare();

/** Names, places and examples come from the server; the page works without them. */
async function prepare() {
  const id = idInAddress();
  const atDesk = isPage(id);
  if (id && !atDesk) chat.open(id);
  await Promise.allSettled([findPlaces(), who.begin()]);
  begun = true;
  if (atDesk) {
    if (who.who().role === "officer") showDesk(true, id);
    else chat.startNew();
  }
}

async function findPlaces() {
  const found = await places();
  showCity(found.city);
  chat.setCity(found.city);
  box.setPlaces(found);
}

/** Somebody came or went: what is open to them changes, and a conversation of another ends. @param {import("./contract.js").Caller} caller */
async function changed(caller) {
  deskEntry.hidden = caller.role !== "officer";
  if (begun) {
    showDesk(false);
    chat.startNew();
  }
  waiting.recount();
  choice.set(await agents().catch(() => []));
}

/** @param {string} address @returns {address is import("./desk.js").Page} */
function isPage(address) {
  return PAGES.some((page) => page === address);
}

/** @param {boolean} now @param {import("./desk.js").Page} [page] */
function showDesk(now, page = DESK) {
  if (now && who.who().role !== "officer") return;
  if (now === desk.isOpen()) {
    if (now) desk.turn(page);
    return;
  }
  panel.close();
  byId("main", HTMLElement).hidden = now;
  byId("beside", HTMLElement).hidden = now || !app.dataset.beside;
  deskEntry.setAttribute("aria-pressed", String(now));
  if (now) {
    app.dataset.view = DESK;
    desk.show(page);
  } else {
    delete app.dataset.view;
    desk.hide();
    chat.back();
  }
}

/**
 * The form of the newest answer. A confirmation that has just been asked for opens its dialog.
 * @param {import("./contract.js").Answer|null} answer
 * @param {import("./turn.js").TurnView|null} view
 * @param {boolean} live
 */
function showForm(answer, view, live) {
  if (!answer || !view) {
    memory = new Memory();
    beside.show(null);
    return;
  }
  const { form } = answer;
  memory.read(answer);
  const replaced = memory.proposal !== (form?.proposal?.id ?? "") && (form?.stage === "asking" || form?.stage === "confirm") ? memory.proposal : "";
  memory.proposal = form?.proposal?.id ?? "";
  const review = () => {
    if (!form?.proposal || chat.isRunning()) return;
    confirmation({
      proposal: form.proposal, who: nameOf(who.who()), changeKey: "confirm.change", cancelKey: "confirm.cancel",
      yes: () => void chat.ask({ question: YES, ...box.chosen() }),
      cancel: () => void chat.ask({ question: NO, ...box.chosen() }),
    });
  };
  beside.show(formCard(answer, {
    send: (question, fields) => chat.ask({ question, ...box.chosen(), fields }),
    review,
    clause: (citation, number, quote, opener) => panel.open({ citation, number, quote, asOf: answer.as_of, opener }),
    numberOf: (id) => view.numberOf(id),
    conversation: chat.conversation(),
    memory,
  }), view.home);
  if (live && replaced) waiting.withdraw(replaced);
  else if (live) waiting.recount();
  if (live && answer.status === "confirm") review();
}

function idInAddress() {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return "";
  }
}

/** @param {EventTarget|null} target */
function isTyping(target) {
  if (target instanceof HTMLInputElement) return target.type !== "radio";
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}
