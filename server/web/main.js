// Starts the page and joins its parts: one conversation at a time, one turn at a time.

import { Fault, agents, conversation, forget, places, reachable, turn } from "./api.js";
import { composer } from "./composer.js";
import { byId } from "./dom.js";
import { pastConversations } from "./history.js";
import { words } from "./i18n.js";
import { clausePanel } from "./panel.js";
import { preferences } from "./preferences.js";
import { sideDrawer } from "./side.js";
import { TurnView } from "./turn.js";
import { showCity, showExamples } from "./welcome.js";

/** @typedef {import("./composer.js").Asked} Asked */

const scroll = byId("scroll", HTMLElement);
const turns = byId("turns", HTMLElement);
const welcome = byId("welcome", HTMLElement);
const announcer = byId("announcer", HTMLElement);
const offline = byId("offline", HTMLElement);

let agent = "policy-qa";
let city = "";
/** The open conversation; empty before its first turn has started. */
let open = "";
/** The turn in progress. @type {AbortController|null} */
let running = null;
/** Grows with every change of conversation, so that what arrives late for an earlier one is dropped. */
let visit = 0;
/** @type {TurnView[]} */
let views = [];

preferences();
const panel = clausePanel();
const side = sideDrawer();
const box = composer({ ask: (asked) => ask(asked), stop: () => running?.abort(), announce });
const past = pastConversations({ open: (id) => openConversation(id), remove: (ids) => removeConversations(ids) });

byId("new", HTMLButtonElement).addEventListener("click", () => startNew());
byId("new-short", HTMLButtonElement).addEventListener("click", () => startNew());
byId("brand", HTMLAnchorElement).addEventListener("click", (event) => {
  event.preventDefault();
  startNew();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.isComposing) {
    if (side.isOpen()) side.close();
    else panel.close();
  }
  if (event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !isTyping(event.target)) {
    event.preventDefault();
    panel.close();
    box.focus();
  }
});
window.addEventListener("offline", () => showConnection());
window.addEventListener("online", () => {
  showConnection();
  announce(words("online"));
});
window.addEventListener("hashchange", () => {
  const id = idInAddress();
  if (id && id !== open) openConversation(id);
});
showConnection();
showExamples([], askExample);
showCity(words("city"));
prepare();

/** Names, places and examples come from the server; the page works without them. */
async function prepare() {
  const id = idInAddress();
  if (id) openConversation(id);
  const [foundPlaces, foundAgents] = await Promise.allSettled([places(), agents()]);
  if (foundPlaces.status === "fulfilled") {
    city = foundPlaces.value.city;
    showCity(city);
    box.setPlaces(foundPlaces.value);
  }
  if (foundAgents.status === "fulfilled") {
    const entry = foundAgents.value.find((known) => known.name === agent) ?? foundAgents.value.find((known) => known.kind === "answer");
    if (entry) {
      agent = entry.name;
      showExamples(entry.examples ?? [], askExample);
    }
  }
}

/** @param {string} question */
function askExample(question) {
  ask({ question, ...box.chosen() });
}

/** @param {Asked} asked */
async function ask(asked) {
  if (running) return;
  panel.close();
  const mine = new AbortController();
  const visited = visit;
  running = mine;
  box.setBusy(true);
  const view = addView(asked.question, () => {
    if (running) return;
    view.dispose();
    view.node.remove();
    views = views.filter((other) => other !== view);
    ask(asked);
  });
  scroll.scrollTo({ top: view.node.offsetTop - 20 });
  const focused = document.activeElement;
  if (!focused || focused === document.body || welcome.contains(focused)) view.focus();
  announce(words("progress.search"));
  try {
    for await (const event of turn(agent, { ...asked, conversation: open || null }, mine.signal)) {
      if (visited !== visit) return;
      take(view, asked, event);
    }
  } catch (problem) {
    if (visited !== visit) return;
    if (mine.signal.aborted) view.stopped();
    else view.failed(problem instanceof Fault ? problem : new Fault("failed"));
    if (!(problem instanceof Fault) && !mine.signal.aborted) throw problem;
  } finally {
    if (running === mine) {
      running = null;
      box.setBusy(false);
    }
  }
}

/** @param {TurnView} view @param {Asked} asked @param {{name: string, data: any}} event */
function take(view, asked, event) {
  const { name, data } = event;
  if (name === "started") {
    show(data.conversation);
    past.add(open, asked.question);
  } else if (name === "interpreted") view.interpreted(data);
  else if (name === "searched") view.searched(data);
  else if (name === "citation") view.citation(data);
  else if (name === "sentence") view.sentence(data);
  else if (name === "rewritten") view.rewritten(data.queries);
  else if (name === "quoted") {
    view.quoted(data);
    view.announce(data);
  } else if (name === "done") {
    const waited = view.waits;
    view.done(data);
    if (waited) announce(data.degraded || words("worded"));
    else view.announce(data);
  }
}

/** @param {string} id */
async function openConversation(id) {
  leave();
  side.close();
  const visited = visit;
  try {
    const stored = await conversation(id);
    if (visited !== visit) return;
    show(stored.id);
    for (const { question, answer } of stored.turns) {
      addView(question, () => {}).done(answer);
    }
    past.add(stored.id, stored.turns[0]?.question ?? "");
    scroll.scrollTop = 0;
    box.focus();
    announce(words("history.opened", { n: stored.turns.length }));
  } catch (problem) {
    if (visited !== visit) return;
    startNew();
    const kind = problem instanceof Fault ? problem.kind : "failed";
    if (kind === "missing") past.drop(id);
    tell(kind === "missing" ? words("history.gone") : words("history.unopened", { why: words(`fault.${kind}`) }));
  }
}

/** @param {string[]} ids */
async function removeConversations(ids) {
  const results = await Promise.allSettled(ids.map((id) => forget(id)));
  results.forEach((result, at) => {
    if (result.status === "fulfilled") past.drop(ids[at]);
  });
  const failed = results.some((result) => result.status === "rejected");
  tell(words(failed ? "history.undeleted" : "history.deleted"));
  byId("new", HTMLButtonElement).focus();
  if (ids.some((id, at) => id === open && results[at].status === "fulfilled")) startNew();
}

function startNew() {
  leave();
  show("");
  side.close();
  box.focus();
}

/** Lets go of the conversation on the page, and of a turn still running in it. */
function leave() {
  visit += 1;
  running?.abort();
  running = null;
  box.setBusy(false);
  panel.close();
  for (const view of views) view.dispose();
  views = [];
  turns.replaceChildren();
  turns.hidden = true;
  welcome.hidden = false;
  scroll.scrollTop = 0;
}

/** @param {string} question @param {() => void} retry */
function addView(question, retry) {
  const view = new TurnView(question, city, {
    open: (cited) => panel.open(cited),
    choose: (text) => ask({ question: text, ...box.chosen() }),
    retry,
    announce,
  });
  views.push(view);
  turns.append(view.node);
  turns.hidden = false;
  welcome.hidden = true;
  return view;
}

/** Makes this the open conversation, in the list and in the address. @param {string} id */
function show(id) {
  open = id;
  past.mark(id);
  const address = id ? `#${encodeURIComponent(id)}` : location.pathname + location.search;
  history.replaceState(null, "", address);
}

function idInAddress() {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return "";
  }
}

/** A machine without any network still reaches a server of its own, so the browser's word alone does not count. */
async function showConnection() {
  const connected = navigator.onLine || (await reachable());
  offline.hidden = connected || navigator.onLine;
}

/** For those who listen. @param {string} text */
function announce(text) {
  announcer.textContent = text;
}

/** For those who look and those who listen: a line that leaves by itself. @param {string} text */
function tell(text) {
  const toast = byId("toast", HTMLElement);
  toast.textContent = text;
  toast.hidden = false;
  announce(text);
  window.setTimeout(() => {
    if (toast.textContent === text) toast.hidden = true;
  }, 5000);
}

/** @param {EventTarget|null} target */
function isTyping(target) {
  if (target instanceof HTMLInputElement) return target.type !== "radio";
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}
