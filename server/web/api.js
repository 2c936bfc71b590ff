// What the page asks of the server, one function for each route.

import { Fault, json, send } from "./http.js";
import { serverEvents } from "./sse.js";

export { Fault } from "./http.js";

/** Titles of the corpora by name, known once the agents are. @type {Map<string, string>} */
const titles = new Map();

/** What people call a corpus. @param {string} name */
export function titleOf(name) {
  return titles.get(name) ?? name;
}

/** @returns {Promise<import("./contract.js").AgentEntry[]>} */
export async function agents() {
  const found = await json("/v1/agents");
  for (const corpus of found.corpora ?? []) titles.set(corpus.name, corpus.title);
  return found.agents ?? [];
}

/** @returns {Promise<import("./contract.js").Places>} */
export async function places() {
  return json("/v1/places");
}

/** Whether the server answers at all. @returns {Promise<boolean>} */
export async function reachable() {
  try {
    await send("/healthz");
    return true;
  } catch {
    return false;
  }
}

/**
 * @param {string} id
 * @param {AbortSignal} [signal]
 * @returns {Promise<import("./contract.js").PassageInContext>}
 */
export async function passage(id, signal) {
  return json(`/v1/passages/${encodeURIComponent(id)}`, { signal });
}

/**
 * @param {string} id
 * @returns {Promise<import("./contract.js").StoredConversation>}
 */
export async function conversation(id) {
  return json(`/v1/conversations/${encodeURIComponent(id)}`);
}

/** Deletes a conversation on the server. One that is already gone counts as deleted. @param {string} id */
export async function forget(id) {
  try {
    await send(`/v1/conversations/${encodeURIComponent(id)}`, { method: "DELETE" });
  } catch (problem) {
    if (!(problem instanceof Fault && problem.kind === "missing")) throw problem;
  }
}

/**
 * Asks, and yields the events of the turn as they come. Ends after `done`; anything else throws a Fault.
 * @param {string} agent
 * @param {import("./contract.js").TurnRequest} request
 * @param {AbortSignal} signal
 * @returns {AsyncGenerator<{name: string, data: any}>}
 */
export async function* turn(agent, request, signal) {
  const response = await send(`/v1/agents/${encodeURIComponent(agent)}/turns`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "text/event-stream" },
    body: JSON.stringify(request),
    signal,
  });
  if (!response.body) throw new Fault("interrupted");
  try {
    for await (const event of serverEvents(response.body)) {
      const data = JSON.parse(event.data);
      if (event.name === "error") throw new Fault("failed", String(data.message ?? ""));
      yield { name: event.name, data };
      if (event.name === "done") return;
    }
  } catch (problem) {
    if (problem instanceof Fault || signal.aborted) throw problem;
    throw new Fault("interrupted");
  }
  throw new Fault("interrupted");
}

/** @param {string} path @param {object} body */
function posted(path, body) {
  return json(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
}

/** A turn whose steps are not shown. @param {string} agent @param {string} question @returns {Promise<import("./contract.js").Answer>} */
export async function answerOf(agent, question) {
  return posted(`/v1/agents/${encodeURIComponent(agent)}/turns`, { question });
}

/**
 * A draft of a reply, or the check of an edited one.
 * @param {{question: string, as_of: string|null, template: string, text: string|null}} asked
 * @returns {Promise<import("./contract.js").Answer>}
 */
export async function draftOf(asked) {
  return posted("/v1/agents/drafter/turns", draftRequest(asked));
}

/** The same as a file, checked again. @param {Parameters<typeof draftOf>[0]} asked @param {"docx"|"page"} format @returns {Promise<Blob>} */
export async function draftFile(asked, format) {
  const body = JSON.stringify({ ...draftRequest(asked), format });
  return (await send("/v1/drafts/export", { method: "POST", headers: { "Content-Type": "application/json" }, body })).blob();
}

/** @param {Parameters<typeof draftOf>[0]} asked */
function draftRequest({ question, as_of, template, text }) {
  return { question, as_of, draft: { template: template || null, text } };
}

/** Who calls; with a token that is tried before it is kept. @param {string} [token] @returns {Promise<import("./contract.js").Caller>} */
export async function caller(token) {
  return json("/v1/caller", token ? { headers: { Authorization: `Bearer ${token}` } } : {});
}

/**
 * Calls a tool. One that changes something only proposes; `key` names the intent, so that a repetition has no second effect.
 * @param {string} tool
 * @param {Record<string, unknown>} request `arguments`, and `key` or `conversation` where needed
 * @returns {Promise<{done?: {value: any}, proposed?: import("./contract.js").Waiting}>}
 */
export async function call(tool, request) {
  return posted(`/v1/tools/${encodeURIComponent(tool)}/calls`, request);
}

/** @param {string} order @param {{phone?: string, conversation?: string}} [by] @returns {Promise<import("./contract.js").OrderView>} */
export async function orderOf(order, { phone, conversation: id } = {}) {
  const found = await call("hotline-status", { arguments: phone ? { order, phone } : { order }, conversation: id || undefined });
  return found.done?.value;
}

/** @param {string} states codes with commas; empty means all @returns {Promise<import("./contract.js").OrderRow[]>} */
export async function orders(states) {
  return json(`/v1/orders?limit=200${states ? `&state=${encodeURIComponent(states)}` : ""}`);
}

/** @param {{alert?: string, open?: boolean, levels?: string[], limit?: number}} asked @returns {Promise<import("./contract.js").AlertList>} */
export async function alerts(asked) {
  return (await call("sensor-alerts", { arguments: asked })).done?.value;
}

/** What a datastream measured. @param {string} kind @param {string} datastream @param {{from: string, to: string, words: string}} period @returns {Promise<import("./contract.js").Looked>} */
export async function measured(kind, datastream, period) {
  return (await call("sensor-query", { arguments: { kind, where: { datastream }, period, aggregate: "mean" } })).done?.value;
}

/** @returns {Promise<import("./contract.js").ToolEntry[]>} */
export async function tools() {
  return json("/v1/tools");
}

/** What waits for the caller's decision. @param {string} id the open conversation @returns {Promise<import("./contract.js").Waiting[]>} */
export async function proposals(id) {
  return json(`/v1/proposals${id ? `?conversation=${encodeURIComponent(id)}` : ""}`);
}

/** @param {string} proposal @param {boolean} confirm @param {string} [id] the open conversation @returns {Promise<{done?: {value: any}}>} */
export async function decide(proposal, confirm, id) {
  return posted(`/v1/proposals/${encodeURIComponent(proposal)}`, id ? { confirm, conversation: id } : { confirm });
}

/** @param {string} from @param {string} to @returns {Promise<import("./contract.js").Rates>} */
export async function rates(from, to) {
  return json(`/v1/rates?from=${encodeURIComponent(from)}&to=${encodeURIComponent(to)}&by=unit`);
}

/** @param {string} from @param {string} to @returns {Promise<import("./contract.js").Digest>} */
export async function digest(from, to) {
  return json(`/v1/digest?from=${encodeURIComponent(from)}&to=${encodeURIComponent(to)}`);
}

/** Where the same can be read as a document. @param {string} from @param {string} to @param {string} format */
export function digestAddress(from, to, format) {
  return `/v1/digest?from=${encodeURIComponent(from)}&to=${encodeURIComponent(to)}&format=${format}`;
}

/** Where a submitted form can be read. @param {string} number @param {string} format @param {string} id the conversation */
export function submissionAddress(number, format, id) {
  return `/v1/submissions/${encodeURIComponent(number)}?format=${format}&conversation=${encodeURIComponent(id)}`;
}

/** The same as a file, for whom the token must be sent along. @param {string} address @returns {Promise<Blob>} */
export async function fileAt(address) {
  return (await send(address)).blob();
}
