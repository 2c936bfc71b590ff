// What a person wants to do: the agents that are open to them, chosen before a conversation begins.

import { byId, element } from "./dom.js";
import { say, sayAttribute } from "./i18n.js";
import { showExamples } from "./welcome.js";

/** @typedef {import("./contract.js").AgentEntry} AgentEntry */

/** Answering comes first, then what a citizen does, then what the staff does. */
const ORDER = ["policy-qa", "intake", "service-guide"];
const FIRST = "policy-qa";

/** @param {{ask: (question: string) => void}} acts */
export function agentChoice(acts) {
  const set = byId("agents", HTMLFieldSetElement);
  const about = byId("agent-about", HTMLElement);
  const tag = byId("agent-tag", HTMLElement);
  const question = byId("question", HTMLTextAreaElement);
  /** @type {AgentEntry[]} */
  let known = [];
  let chosen = FIRST;
  let fixed = false;

  const entry = () => known.find((agent) => agent.name === chosen);
  const draw = () => {
    const kind = entry()?.kind ?? "answer";
    about.textContent = kind === "answer" ? "" : entry()?.description ?? "";
    byId("welcome-lead", HTMLElement).hidden = kind !== "answer";
    tag.textContent = entry()?.title ?? "";
    tag.hidden = known.length < 2;
    sayAttribute(question, "placeholder", kind === "answer" ? "ask.placeholder" : `ask.placeholder.${kind}`);
    // Place and date are for rules; a form asks for both where it needs them.
    byId("composer", HTMLFormElement).dataset.kind = kind;
    showExamples(entry()?.examples ?? [], acts.ask);
    for (const radio of set.querySelectorAll("input")) radio.checked = radio.value === chosen;
  };

  set.addEventListener("change", (event) => {
    if (fixed || !(event.target instanceof HTMLInputElement)) return;
    chosen = event.target.value;
    draw();
  });
  draw();

  return {
    agent: () => chosen,
    answers: () => (entry()?.kind ?? "answer") === "answer",
    /** @param {string} name one that is not open any more is kept: its conversation is */
    choose(name) {
      if (name) chosen = name;
      draw();
    },
    /** A conversation has begun, or ended. @param {boolean} now */
    fix(now) {
      fixed = now;
      if (!now && !entry() && known.length > 0) chosen = (known.find((agent) => agent.name === FIRST) ?? known[0]).name;
      draw();
    },
    /** @param {AgentEntry[]} agents */
    set(agents) {
      const place = (/** @type {AgentEntry} */ agent) => (ORDER.includes(agent.name) ? ORDER.indexOf(agent.name) : ORDER.length);
      known = [...agents].sort((left, right) => place(left) - place(right));
      set.replaceChildren(say(element("legend", { class: "unseen" }), "welcome.agents"), ...known.map((agent) =>
        element("label", {}, element("input", { type: "radio", name: "agent", value: agent.name }), element("span", {}, agent.title))));
      set.hidden = known.length < 2;
      if (!fixed && !entry() && known.length > 0) chosen = (known.find((agent) => agent.kind === "answer") ?? known[0]).name;
      draw();
    },
  };
}
