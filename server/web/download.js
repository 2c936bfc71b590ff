// A submitted form as a file: print-ready page, DOCX, JSON; and any file that only the token opens.

import { fileAt, submissionAddress } from "./api.js";
import { append, button, element } from "./dom.js";
import { storedToken } from "./http.js";
import { say } from "./i18n.js";
import { tell, told } from "./notice.js";

/** Format and the ending of its file. @type {[string, string][]} */
const FORMATS = [["page", "html"], ["docx", "docx"], ["json", "json"]];

/** @param {string} number @param {string} conversation */
export function saveLinks(number, conversation) {
  const row = element("div", { class: "save" }, say(element("span", { class: "part-title" }), "form.save"));
  for (const [format, ending] of FORMATS) {
    const address = submissionAddress(number, format, conversation);
    const name = `${number}.${ending}`;
    const text = say(element("span"), `form.${format}`);
    // A link cannot carry a token, so for those who are logged in the file is fetched first.
    append(row, storedToken()
      ? button({ class: "button save-link" }, () => save(address, name), text)
      : element("a", { class: "button save-link", href: address, ...(format === "page" ? { target: "_blank", rel: "noopener" } : { download: name }) }, text));
  }
  return row;
}

/** Fetches a file with the token and hands it to the browser. @param {string} address @param {string} name */
export async function save(address, name) {
  try {
    const url = URL.createObjectURL(await fileAt(address));
    const link = element("a", { href: url, download: name });
    document.body.append(link);
    link.click();
    link.remove();
    window.setTimeout(() => URL.revokeObjectURL(url), 60_000);
  } catch (problem) {
    tell(told(problem));
  }
}
