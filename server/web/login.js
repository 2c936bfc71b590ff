// Who is logged in. The token is tried before it is kept, in this window only; it is never shown again.

import { caller } from "./api.js";
import { append, button, byId, element } from "./dom.js";
import { dialog } from "./dialog.js";
import { Fault, keepToken, storedToken } from "./http.js";
import { say, words } from "./i18n.js";
import { tell, told } from "./notice.js";

/** @typedef {import("./contract.js").Caller} Caller */

/** @type {Caller} */
const NOBODY = { signed_in: false, name: null, role: "citizen", unit: null, resident: null, centre: false };

/** @param {{changed: (caller: Caller) => void}} acts `changed` is told who it is from now on */
export function login(acts) {
  const entry = byId("login", HTMLButtonElement);
  const name = byId("caller", HTMLElement);
  const out = byId("logout", HTMLButtonElement);
  let who = NOBODY;

  /** @param {Caller} now */
  const become = (now) => {
    who = now;
    entry.hidden = now.signed_in;
    byId("caller-row", HTMLElement).hidden = !now.signed_in;
    name.replaceChildren();
    if (now.signed_in) {
      append(name, element("span", { class: "caller-name" }, now.name ?? ""), say(element("span", { class: "caller-role" }), `role.${now.role}`),
        now.unit ? element("span", { class: "caller-unit" }, now.unit) : null);
    }
    acts.changed(now);
  };

  const ask = () => {
    const frame = dialog("login.title", { kind: "login" });
    const token = element("input", { class: "control", id: "login-token", type: "password", autocomplete: "off", spellcheck: "false", "aria-describedby": "login-trouble" });
    const trouble = element("p", { class: "field-trouble", id: "login-trouble", role: "alert" });
    const form = element("form", { class: "login-form", novalidate: true },
      element("div", { class: "form-field" }, say(element("label", { for: token.id }), "login.token"), token, trouble),
      element("button", { type: "submit", class: "button primary" }, say(element("span"), "login.enter")));
    append(frame.body, say(element("p", { class: "dialog-lead" }), "login.lead"), form);
    token.focus();
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const typed = token.value.trim();
      if (!typed) {
        say(trouble, "login.empty");
        return;
      }
      try {
        const now = await caller(typed);
        if (!now.signed_in) throw new Fault("unauthorized");
        keepToken(typed);
        frame.close();
        become(now);
        tell(words("login.in", { name: now.name ?? "" }));
      } catch (problem) {
        if (problem instanceof Fault && problem.kind === "unauthorized") say(trouble, "login.wrong");
        else trouble.textContent = told(problem);
        token.setAttribute("aria-invalid", "true");
        token.focus();
        token.select();
      }
    });
  };

  entry.addEventListener("click", ask);
  out.addEventListener("click", () => {
    keepToken("");
    become(NOBODY);
    tell(words("login.left"));
    entry.focus();
  });

  return {
    who: () => who,
    /** Whose token this window still has, if any. */
    async begin() {
      if (!storedToken()) return become(NOBODY);
      try {
        become(await caller());
      } catch (problem) {
        if (!(problem instanceof Fault) || problem.kind !== "unauthorized") return become(NOBODY);
        keepToken("");
        become(NOBODY);
        tell(words("login.expired"));
      }
    },
  };
}

/** In whose name something is done; empty for somebody without a token. @param {Caller} caller */
export function nameOf(caller) {
  return caller.signed_in ? [caller.name, caller.unit].filter(Boolean).join(" · ") : "";
}
