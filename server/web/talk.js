// The conversation on the page: one at a time, one turn at a time. A conversation stays with the agent it began with.

import { Fault, conversation, forget, turn } from "./api.js";
import { byId } from "./dom.js";
import { words } from "./i18n.js";
import { announce, tell } from "./notice.js";
import { TurnView } from "./turn.js";

/** @typedef {import("./composer.js").Asked} Asked */
/** @typedef {import("./contract.js").Answer} Answer */

/**
 * @typedef {object} Around what stands around the conversation
 * @property {ReturnType<typeof import("./composer.js").composer>} box
 * @property {ReturnType<typeof import("./panel.js").clausePanel>} panel
 * @property {ReturnType<typeof import("./side.js").sideDrawer>} side
 * @property {ReturnType<typeof import("./history.js").pastConversations>} past
 * @property {ReturnType<typeof import("./choice.js").agentChoice>} choice
 * @property {(answer: Answer|null, view: TurnView|null, live: boolean) => void} form shows the form of an answer, or none
 * @property {(now: boolean) => void} wait whether the form waits for a turn
 * @property {() => void} shown the conversation takes the place of whatever else is on the page
 */

/** @param {Around} around */
export function talk({ box, panel, side, past, choice, form, wait, shown }) {
  const scroll = byId("scroll", HTMLElement);
  const turns = byId("turns", HTMLElement);
  const welcome = byId("welcome", HTMLElement);
  let city = "";
  /** The open conversation; empty before its first turn has started. */
  let open = "";
  /** The turn in progress. @type {AbortController|null} */
  let running = null;
  /** Grows with every change of conversation, so that what arrives late for an earlier one is dropped. */
  let visit = 0;
  /** @type {TurnView[]} */
  let views = [];

  /** @param {Asked & {fields?: Record<string, string>}} asked */
  const ask = async (asked) => {
    if (running) return;
    shown();
    panel.close();
    const mine = new AbortController();
    const visited = visit;
    const agent = choice.agent();
    running = mine;
    box.setBusy(true);
    choice.fix(true);
    wait(true);
    const view = addView(asked.question, () => {
      if (running) return;
      view.dispose();
      view.node.remove();
      views = views.filter((other) => other !== view);
      ask(asked);
    });
    scroll.scrollTo({ top: view.node.offsetTop - 20 });
    // What had the focus may be gone by now, or once a dialog has closed.
    const follow = () => {
      const focused = document.activeElement;
      if (!focused || focused === document.body || welcome.contains(focused) || focused.closest("[inert]")) view.focus();
    };
    follow();
    window.setTimeout(follow);
    announce(words(choice.answers() ? "progress.search" : "progress.understand"));
    try {
      for await (const event of turn(agent, { ...asked, conversation: open || null }, mine.signal)) {
        if (visited !== visit) return;
        take(view, asked, agent, event);
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
        wait(false);
      }
    }
  };

  /** @param {TurnView} view @param {Asked} asked @param {string} agent @param {{name: string, data: any}} event */
  const take = (view, asked, agent, event) => {
    const { name, data } = event;
    if (name === "started") {
      show(data.conversation);
      past.add(open, asked.question, agent);
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
      // The dialog of a confirmation needs a page that takes the next turn.
      window.setTimeout(() => {
        if (views.includes(view)) form(data, view, true);
      });
    }
  };

  /** @param {string} id */
  const openConversation = async (id) => {
    leave();
    shown();
    side.close();
    const visited = visit;
    try {
      const stored = await conversation(id);
      if (visited !== visit) return;
      show(stored.id);
      const last = stored.turns.at(-1);
      choice.choose(last?.answer.agent ?? past.agentOf(id));
      choice.fix(true);
      for (const { question, answer } of stored.turns) {
        const view = addView(question, () => {});
        view.done(answer);
        form(answer, view, false);
      }
      past.add(stored.id, stored.turns[0]?.question ?? "", choice.agent());
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
  };

  /** @param {string[]} ids */
  const remove = async (ids) => {
    const results = await Promise.allSettled(ids.map((id) => forget(id)));
    results.forEach((result, at) => {
      if (result.status === "fulfilled") past.drop(ids[at]);
    });
    const failed = results.some((result) => result.status === "rejected");
    tell(words(failed ? "history.undeleted" : "history.deleted"));
    byId("new", HTMLButtonElement).focus();
    if (ids.some((id, at) => id === open && results[at].status === "fulfilled")) startNew();
  };

  const startNew = () => {
    leave();
    shown();
    show("");
    side.close();
    box.focus();
  };

  /** Lets go of the conversation on the page, and of a turn still running in it. */
  const leave = () => {
    visit += 1;
    running?.abort();
    running = null;
    box.setBusy(false);
    choice.fix(false);
    panel.close();
    form(null, null, false);
    for (const view of views) view.dispose();
    views = [];
    turns.replaceChildren();
    turns.hidden = true;
    welcome.hidden = false;
    scroll.scrollTop = 0;
  };

  /** @param {string} question @param {() => void} retry */
  const addView = (question, retry) => {
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
  };

  /** Makes this the open conversation, in the list and in the address. @param {string} id */
  const show = (id) => {
    open = id;
    past.mark(id);
    history.replaceState(null, "", id ? `#${encodeURIComponent(id)}` : location.pathname + location.search);
  };

  return {
    ask,
    open: openConversation,
    remove,
    startNew,
    stop: () => running?.abort(),
    isRunning: () => running !== null,
    conversation: () => open,
    /** The conversation again, after something else was on the page. */
    back: () => show(open),
    /** @param {string} name */
    setCity(name) {
      city = name;
    },
  };
}
