// An answer as plain text, for the clipboard and for the screen reader: with its sources and its label.

import { words } from "./i18n.js";

/**
 * @param {import("./contract.js").Answer} answer
 * @param {Map<string, number>} numbers the numbers shown on the page
 * @returns {string}
 */
export function asText(answer, numbers) {
  const lines = [`${words("question.by")}：${answer.question}`, ""];
  lines.push(...spoken(answer, (ids) => ids.map((id) => `[${numbers.get(id)}]`).join("")));
  const sources = answer.citations.filter((citation) => numbers.has(citation.id));
  if (sources.length > 0) {
    lines.push("", words("sources"));
    sources.sort((left, right) => (numbers.get(left.id) ?? 0) - (numbers.get(right.id) ?? 0));
    for (const citation of sources) {
      if (citation.kind === "result") lines.push(`[${numbers.get(citation.id)}] ${citation.title} ${citation.path}`);
      else lines.push(`[${numbers.get(citation.id)}] 《${citation.title}》${citation.path}（${validity(citation)}）`);
    }
  }
  lines.push("", answer.label || words("label.default"));
  return lines.join("\n");
}

/** What is read aloud once the answer is complete. @param {import("./contract.js").Answer} answer @returns {string} */
export function asSpeech(answer) {
  return [words(`status.${answer.status}`), ...spoken(answer, () => ""), answer.label].filter(Boolean).join("\n");
}

/** @param {{effective_from?: string|null, effective_to?: string|null}} dated @returns {string} */
function validity(dated) {
  if (!dated.effective_from) return words("undated");
  const from = words("effective", { date: dated.effective_from });
  return dated.effective_to ? `${from}，${words("ended", { date: dated.effective_to })}` : from;
}

/**
 * @param {import("./contract.js").Answer} answer
 * @param {(ids: string[]) => string} mark
 */
function spoken(answer, mark) {
  const lines = [];
  const messageFirst = answer.status !== "answered" && answer.status !== "partial";
  if (messageFirst && answer.message) lines.push(answer.message);
  if (answer.lead) lines.push(answer.lead);
  for (const sentence of answer.sentences) lines.push(sentence.text.trim() + mark(sentence.citations));
  if (answer.degraded) lines.push(answer.degraded);
  if (!messageFirst && answer.message) lines.push(answer.message);
  if (answer.status === "partial" && answer.missing.length > 0) lines.push(`${words("partial.title")}：${answer.missing.join("；")}`);
  if (answer.choices.length > 0) lines.push(`${words("clarify.choices")}：${answer.choices.join("；")}`);
  for (const step of answer.next) lines.push(step.contact ? `${step.name}：${step.contact}` : step.name);
  return lines;
}
