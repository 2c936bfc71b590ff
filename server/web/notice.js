// Lines for those who listen and those who look, and whether there is a network.

import { reachable } from "./api.js";
import { byId } from "./dom.js";
import { words } from "./i18n.js";

/** For those who listen. @param {string} text */
export function announce(text) {
  byId("announcer", HTMLElement).textContent = text;
}

/** For those who look and those who listen: a line that leaves by itself. @param {string} text */
export function tell(text) {
  const toast = byId("toast", HTMLElement);
  toast.textContent = text;
  toast.hidden = false;
  announce(text);
  window.setTimeout(() => {
    if (toast.textContent === text) toast.hidden = true;
  }, 5000);
}

/** What a fault comes to in one line: the server's own sentence where it sent one. @param {unknown} problem */
export function told(problem) {
  const kind = problem instanceof Error && "kind" in problem ? String(problem.kind) : "failed";
  const detail = problem instanceof Error && "detail" in problem ? String(problem.detail) : "";
  return detail && kind !== "unauthorized" ? detail : words(`fault.${kind}`);
}

export function watchConnection() {
  const offline = byId("offline", HTMLElement);
  // A machine without any network still reaches a server of its own, so the browser's word alone does not count.
  const show = async () => {
    const connected = navigator.onLine || (await reachable());
    offline.hidden = connected || navigator.onLine;
  };
  window.addEventListener("offline", show);
  window.addEventListener("online", () => {
    show();
    announce(words("online"));
  });
  show();
}
