// Every request of the page. Nothing else calls fetch, and no request leaves the origin.

import { serverEvents } from "./sse.js";

/** @typedef {"offline"|"busy"|"unavailable"|"invalid"|"too_long"|"missing"|"interrupted"|"failed"} FaultKind */

/** Why a request brought nothing; `detail` is the server's own sentence, if it sent one. */
export class Fault extends Error {
  /**
   * @param {FaultKind} kind
   * @param {string} [detail]
   * @param {number} [wait] seconds after which another attempt is welcome
   */
  constructor(kind, detail = "", wait = 0) {
    super(detail || kind);
    this.kind = kind;
    this.detail = detail;
    this.wait = wait;
  }
}

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

/** @param {string} path @param {RequestInit} [init] @returns {Promise<any>} */
async function json(path, init) {
  const response = await send(path, init);
  try {
    return await response.json();
  } catch {
    throw new Fault("interrupted");
  }
}

/** @param {string} path @param {RequestInit} [init] @returns {Promise<Response>} */
async function send(path, init = {}) {
  let response;
  try {
    response = await fetch(path, { credentials: "same-origin", cache: "no-store", ...init });
  } catch (problem) {
    if (init.signal?.aborted) throw problem;
    throw new Fault("offline");
  }
  if (response.ok) return response;
  let detail = "";
  try {
    detail = String((await response.json()).error?.message ?? "");
  } catch {
    // A proxy in between may answer with a page of its own; its text is not for people.
  }
  throw new Fault(kindOf(response.status), detail, secondsUntil(response.headers.get("Retry-After")));
}

/** @param {number} status @returns {FaultKind} */
function kindOf(status) {
  if (status === 429) return "busy";
  if (status === 502 || status === 503 || status === 504) return "unavailable";
  if (status === 413) return "too_long";
  if (status === 404 || status === 410) return "missing";
  return status >= 400 && status < 500 ? "invalid" : "failed";
}

/** `Retry-After` is a number of seconds or a date. @param {string|null} header */
function secondsUntil(header) {
  if (!header) return 0;
  const seconds = /^\d+$/.test(header.trim()) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.min(Math.max(0, Math.ceil(seconds)), 600) : 0;
}
