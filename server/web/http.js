// One request and what can go wrong with it. Nothing else calls fetch, and no request leaves the origin.
// Whoever is logged in is known by a token that is kept in this window only and sent with every request.

const TOKEN = "chengzhi.token";

/** @typedef {"offline"|"busy"|"unavailable"|"invalid"|"too_long"|"missing"|"unauthorized"|"refused"|"interrupted"|"failed"} FaultKind */

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

/** @returns {string} empty when nobody is logged in */
export function storedToken() {
  try {
    return sessionStorage.getItem(TOKEN) ?? "";
  } catch {
    return "";
  }
}

/** @param {string} token empty to forget it */
export function keepToken(token) {
  try {
    if (token) sessionStorage.setItem(TOKEN, token);
    else sessionStorage.removeItem(TOKEN);
  } catch {
    // Without storage nobody stays logged in.
  }
}

/** @param {string} path @param {RequestInit} [init] @returns {Promise<any>} */
export async function json(path, init) {
  const response = await send(path, init);
  try {
    return await response.json();
  } catch {
    throw new Fault("interrupted");
  }
}

/** @param {string} path @param {RequestInit} [init] @returns {Promise<Response>} */
export async function send(path, init = {}) {
  let response;
  try {
    response = await fetch(path, { credentials: "same-origin", cache: "no-store", ...init, headers: withToken(init.headers) });
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

/** @param {HeadersInit} [headers] */
function withToken(headers) {
  const all = new Headers(headers);
  const token = storedToken();
  if (token && !all.has("Authorization")) all.set("Authorization", `Bearer ${token}`);
  return all;
}

/** @param {number} status @returns {FaultKind} */
function kindOf(status) {
  if (status === 429) return "busy";
  if (status === 502 || status === 503 || status === 504) return "unavailable";
  if (status === 413) return "too_long";
  if (status === 401) return "unauthorized";
  if (status === 403 || status === 409) return "refused";
  if (status === 404 || status === 410) return "missing";
  return status >= 400 && status < 500 ? "invalid" : "failed";
}

/** `Retry-After` is a number of seconds or a date. @param {string|null} header */
function secondsUntil(header) {
  if (!header) return 0;
  const seconds = /^\d+$/.test(header.trim()) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.min(Math.max(0, Math.ceil(seconds)), 600) : 0;
}
