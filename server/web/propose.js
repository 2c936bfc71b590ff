// A press on the desk proposes; a dialog shows exactly what would happen; only its confirmation does it.

import { call, decide } from "./api.js";
import { confirmation } from "./dialog.js";
import { words } from "./i18n.js";
import { nameOf } from "./login.js";
import { announce } from "./notice.js";

/**
 * @param {string} tool
 * @param {Record<string, unknown>} request its arguments
 * @param {object} around
 * @param {import("./contract.js").Caller} around.who
 * @param {() => void} around.decided something waits, was done or was declined
 * @param {() => void} around.done it was done
 */
export async function propose(tool, request, { who, decided, done }) {
  const { proposed } = await call(tool, { arguments: request, key: intent() });
  if (!proposed) return;
  const settle = async (/** @type {boolean} */ confirm) => {
    await decide(proposed.id, confirm);
    announce(words(confirm ? "confirm.done" : "confirm.declined"));
    decided();
    if (confirm) done();
  };
  confirmation({
    proposal: { id: proposed.id, lines: proposed.preview.lines, expires: proposed.expires },
    who: nameOf(who), changeKey: "confirm.back", cancelKey: "confirm.decline", ready: true,
    yes: () => settle(true), cancel: () => settle(false),
  });
  decided();
}

/** A name for one intent. `randomUUID` exists only on secure origins. */
function intent() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
