// Script, text size and theme: the person's choices, kept on this device. paint.js reads the same record earlier.

import { useScript } from "./i18n.js";
import { byId } from "./dom.js";

const KEY = "chengzhi.preferences";

/** @typedef {{script: "hans"|"hant", large: boolean, theme: "auto"|"light"|"dark"}} Preferences */

/** Reads the choices, applies them and listens to the switches. */
export function preferences() {
  const chosen = stored();
  const scriptSwitch = byId("script", HTMLButtonElement);
  const largeSwitch = byId("large", HTMLButtonElement);
  const system = matchMedia("(prefers-color-scheme: dark)");

  const apply = () => {
    const root = document.documentElement;
    root.dataset.theme = chosen.theme === "dark" || (chosen.theme === "auto" && system.matches) ? "dark" : "light";
    if (chosen.large) root.dataset.text = "large";
    else delete root.dataset.text;
    largeSwitch.setAttribute("aria-pressed", String(chosen.large));
    for (const radio of document.querySelectorAll('input[name="theme"]')) {
      if (radio instanceof HTMLInputElement) radio.checked = radio.value === chosen.theme;
    }
  };
  const change = () => {
    apply();
    keep(chosen);
  };

  scriptSwitch.addEventListener("click", () => {
    chosen.script = chosen.script === "hant" ? "hans" : "hant";
    useScript(chosen.script);
    change();
  });
  largeSwitch.addEventListener("click", () => {
    chosen.large = !chosen.large;
    change();
  });
  for (const radio of document.querySelectorAll('input[name="theme"]')) {
    radio.addEventListener("change", () => {
      chosen.theme = /** @type {Preferences["theme"]} */ (/** @type {HTMLInputElement} */ (radio).value);
      change();
    });
  }
  system.addEventListener("change", apply);
  useScript(chosen.script);
  apply();
}

/** @returns {Preferences} */
function stored() {
  /** @type {Partial<Preferences>} */
  let record = {};
  try {
    record = JSON.parse(localStorage.getItem(KEY) ?? "{}") ?? {};
  } catch {
    // Storage is closed or holds something else: the defaults do.
  }
  return {
    script: record.script === "hant" ? "hant" : "hans",
    large: record.large === true,
    theme: record.theme === "light" || record.theme === "dark" ? record.theme : "auto",
  };
}

/** @param {Preferences} chosen */
function keep(chosen) {
  try {
    localStorage.setItem(KEY, JSON.stringify(chosen));
  } catch {
    // Without storage the choices last as long as the page.
  }
}
