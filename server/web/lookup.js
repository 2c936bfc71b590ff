// Finds a work order by its number and the telephone number that was left with it.

import { orderOf } from "./api.js";
import { append, element } from "./dom.js";
import { dialog } from "./dialog.js";
import { say, words } from "./i18n.js";
import { announce, told } from "./notice.js";
import { orderCard } from "./order.js";

/** @param {string} conversation the open one; orders of it need no telephone number */
export function lookup(conversation) {
  const frame = dialog("lookup.title", { kind: "lookup" });
  const order = element("input", { class: "control", id: "lookup-order", name: "order", autocomplete: "off", spellcheck: "false", maxlength: "20", required: true });
  const phone = element("input", { class: "control", id: "lookup-phone", name: "phone", type: "tel", autocomplete: "tel-national", maxlength: "20" });
  const trouble = element("p", { class: "field-trouble", role: "alert", id: "lookup-trouble" });
  order.setAttribute("aria-describedby", "lookup-trouble");
  const found = element("div", { class: "found" });
  const form = element("form", { class: "lookup-form", novalidate: true },
    element("div", { class: "form-field" }, say(element("label", { for: order.id }), "lookup.order"), order),
    element("div", { class: "form-field" }, say(element("label", { for: phone.id }), "lookup.phone"), phone),
    trouble,
    element("button", { type: "submit", class: "button primary" }, say(element("span"), "lookup.find")));
  append(frame.body, say(element("p", { class: "dialog-lead" }), "lookup.lead"), form, found);
  order.focus();

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const number = order.value.trim().toUpperCase();
    order.value = number;
    trouble.textContent = "";
    delete trouble.dataset.say;
    found.replaceChildren();
    if (!/^HL\d{8,16}$/.test(number)) {
      say(trouble, "lookup.invalid");
      order.setAttribute("aria-invalid", "true");
      order.focus();
      return;
    }
    order.removeAttribute("aria-invalid");
    // Somebody without token and conversation is known by the number they type alone.
    const by = { phone: phone.value.trim(), conversation: conversation || "lookup" };
    try {
      const view = await orderOf(number, by);
      found.append(orderCard(view, by));
      const title = found.querySelector("h4");
      if (title instanceof HTMLElement) title.focus();
      announce(words("lookup.found", { id: view.id, state: view.state_name }));
    } catch (problem) {
      trouble.textContent = told(problem);
      order.focus();
    }
  });
}
