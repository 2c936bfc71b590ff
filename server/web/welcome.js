// The welcome screen: whose city this is, and questions to begin with.

import { append, button, byId, element, icon } from "./dom.js";
import { say } from "./i18n.js";

/** Shown until the agent names its own. */
const EXAMPLES = [
  "孩子刚出生怎么上户口？",
  "楼道堆满杂物，轮椅出不去怎么办？",
  "租房押金房东不退怎么办？",
  "退休金资格认证怎么办？",
  "灵活就业社保补贴能领多少？",
  "夜里施工太吵找谁管？",
];

/** A picture for a question, by the first word list that fits. @type {[RegExp, string][]} */
const PICTURES = [
  [/预警|积水|雨量|水位|人多吗|客流|余位|空气/, "t-readings"],
  [/楼道|消防|杂物|电梯|轮椅|物业/, "t-stairs"],
  [/噪|吵|扰民|施工/, "t-sound"],
  [/退休|养老|老人|高龄|认证/, "t-elder"],
  [/就业|失业|社保|工作|营业执照|创业|摆摊/, "t-work"],
  [/户口|出生|孩子|生育|婚|入学/, "t-family"],
  [/租|押金|房|公积金|住/, "t-home"],
];

/** @param {string[]} examples @param {(question: string) => void} ask */
export function showExamples(examples, ask) {
  const list = byId("examples", HTMLUListElement);
  const questions = (examples.length > 0 ? examples : EXAMPLES).slice(0, 6);
  list.replaceChildren(...questions.map((question) => element("li", {},
    button({ class: "example" }, () => ask(question), icon(picture(question)), element("span", {}, question)))));
}

/** @param {string} city */
export function showCity(city) {
  const page = byId("eyebrow", HTMLElement);
  const place = byId("brand-place", HTMLElement);
  say(byId("page-title", HTMLElement), "brand.page", { city });
  say(page, "brand.page", { city });
  place.replaceChildren();
  append(place, say(element("span"), "brand.page", { city }));
  document.title = `城智 · ${city}政务服务助手`;
}

/** @param {string} question */
function picture(question) {
  return PICTURES.find(([pattern]) => pattern.test(question))?.[1] ?? "t-document";
}
