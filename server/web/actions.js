// What the record of each action holds beside its reason: the fields of its form on the desk.
// The server checks them again; here they are only asked for.

/**
 * @typedef {"line"|"text"|"lines"|"number"|"date"|"level"|"yes"|"said"|"facts"} DataKind
 * @typedef {{name: string, kind: DataKind, label?: string, optional?: boolean}} DataField
 */

/** @type {Record<string, DataField[]>} */
export const DATA = {
  link: [{ name: "orders", kind: "lines" }, { name: "rule", kind: "line" }, { name: "told", kind: "text" }],
  accept: [{ name: "rule", kind: "line" }],
  merge: [{ name: "into", kind: "line" }, { name: "told", kind: "text" }],
  decline: [{ name: "ground", kind: "line" }, { name: "channel", kind: "line" }],
  transfer: [{ name: "number", kind: "line" }, { name: "told", kind: "text" }],
  acknowledge: [{ name: "receiver", kind: "line" }],
  grade: [{ name: "level", kind: "level" }, { name: "life_safety", kind: "yes" }],
  consult: [{ name: "units", kind: "lines" }],
  dispatch: [
    { name: "lead", kind: "line" }, { name: "assist", kind: "lines", optional: true }, { name: "copy", kind: "line", optional: true },
    { name: "catalogue", kind: "line" }, { name: "basis", kind: "line" },
  ],
  request_return: [{ name: "basis", kind: "line" }, { name: "document", kind: "line" }],
  contact: [{ name: "channel", kind: "line" }, { name: "summary", kind: "text" }],
  add_assist: [{ name: "unit", kind: "line" }, { name: "task", kind: "text" }],
  report: [{ name: "text", kind: "text" }],
  request_extension: [{ name: "days", kind: "number" }],
  approve_extension: [{ name: "told", kind: "text" }],
  regrade: [{ name: "level", kind: "level" }],
  urge: [{ name: "words", kind: "text" }],
  supervise: [{ name: "level", kind: "number", label: "supervision" }],
  reply: [
    { name: "facts", kind: "text" }, { name: "basis", kind: "lines" }, { name: "result", kind: "text" },
    { name: "files", kind: "lines", optional: true },
  ],
  answer_callback: [{ name: "responded", kind: "said" }, { name: "resolved", kind: "said" }, { name: "satisfied", kind: "said" }],
  miss_callback: [{ name: "channel", kind: "line" }],
  suspend: [{ name: "class", kind: "line" }, { name: "measures", kind: "text" }, { name: "review", kind: "date" }, { name: "told", kind: "text" }],
  review_suspension: [{ name: "finding", kind: "text" }, { name: "review", kind: "date" }],
  reopen: [{ name: "facts", kind: "facts", label: "newfacts" }],
};

/** What an action holds that no person types. @type {Record<string, Record<string, unknown>>} */
export const FIXED = {
  grade: { scores: [], model: "", catalogue: "" },
};
