// The question box: text, place and date. It keeps empty and over-long questions from being sent.

import { byId, element } from "./dom.js";
import { say, words } from "./i18n.js";

/** The server's limit, in characters. */
const LONGEST = 2000;

/** @typedef {{question: string, place: string|null, as_of: string|null}} Asked */

/**
 * @param {{ask: (asked: Asked) => void, stop: () => void, announce: (text: string) => void}} acts
 */
export function composer(acts) {
  const form = byId("composer", HTMLFormElement);
  const question = byId("question", HTMLTextAreaElement);
  const count = byId("count", HTMLElement);
  const send = byId("send", HTMLButtonElement);
  const stop = byId("stop", HTMLButtonElement);
  const place = byId("place", HTMLSelectElement);
  const date = dateField();
  let busy = false;
  let wasOver = false;

  const measure = () => {
    const length = [...question.value].length;
    const over = length - LONGEST;
    if (over > 0) say(count, "ask.over", { n: over });
    else {
      delete count.dataset.say;
      count.textContent = `${length} / ${LONGEST}`;
    }
    count.classList.toggle("over", over > 0);
    question.setAttribute("aria-invalid", String(over > 0));
    if (over > 0 && !wasOver) acts.announce(words("ask.over", { n: over }));
    wasOver = over > 0;
    send.disabled = busy || over > 0 || question.value.trim() === "";
    question.style.height = "auto";
    // Empty it is one line in any text size; otherwise as tall as its text.
    if (question.value !== "") question.style.height = `${question.scrollHeight}px`;
  };

  const submit = () => {
    measure();
    if (send.disabled) return;
    const text = question.value.trim();
    question.value = "";
    measure();
    acts.ask({ question: text, ...chosen() });
  };

  const focus = () => {
    // On a phone the focus would bring up the keyboard over the answer.
    if (matchMedia("(pointer: coarse)").matches) return;
    question.focus({ preventScroll: true });
  };

  // A form is asked about no place and no date of its own: what is not shown is not sent.
  const chosen = () => (form.dataset.kind === "answer" ? { place: place.value || null, as_of: date.value() } : { place: null, as_of: null });

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  question.addEventListener("input", measure);
  window.addEventListener("resize", measure);
  question.addEventListener("keydown", (event) => {
    // Enter also confirms a word in an input method; that one must not send (229 is what older browsers report).
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    submit();
  });
  stop.addEventListener("click", acts.stop);
  measure();

  return {
    focus,
    chosen,
    /** While an answer is coming, the send button is a stop button. @param {boolean} now */
    setBusy(now) {
      const focused = document.activeElement === send || document.activeElement === stop;
      busy = now;
      send.hidden = now;
      stop.hidden = !now;
      measure();
      if (focused && now) stop.focus({ preventScroll: true });
      if (focused && !now) focus();
    },
    /** @param {import("./contract.js").Places} known */
    setPlaces(known) {
      const districts = known.places.filter((entry) => entry.name !== known.city);
      place.append(...districts.map((entry) => element("option", { value: entry.name }, entry.name)));
    },
  };
}

/** Closed it means today; open it is a date. A bare date input would look filled in by no one. */
function dateField() {
  const opener = byId("as-of-open", HTMLButtonElement);
  const field = byId("as-of-field", HTMLElement);
  const input = byId("as-of", HTMLInputElement);
  const clear = byId("as-of-clear", HTMLButtonElement);
  opener.addEventListener("click", () => {
    opener.hidden = true;
    field.hidden = false;
    const now = new Date();
    input.value = new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
    input.focus();
  });
  clear.addEventListener("click", () => {
    input.value = "";
    field.hidden = true;
    opener.hidden = false;
    opener.focus();
  });
  return { value: () => (field.hidden ? null : input.value || null) };
}
