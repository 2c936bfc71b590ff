// Reads server-sent events from a fetch body: EventSource cannot POST.

/**
 * @typedef {object} ServerEvent
 * @property {string} name
 * @property {string} data
 */

/**
 * A parser fed with pieces of text, cut anywhere; it returns the events which each piece completes.
 * @returns {(piece: string) => ServerEvent[]}
 */
export function eventParser() {
  let rest = "";
  let name = "";
  /** @type {string[]} */
  let data = [];
  return (piece) => {
    rest += piece;
    /** @type {ServerEvent[]} */
    const events = [];
    // A carriage return at the very end may be half of a line break, so it waits for the next piece.
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line === "") {
        if (data.length > 0) events.push({ name: name || "message", data: data.join("\n") });
        name = "";
        data = [];
        continue;
      }
      const colon = line.indexOf(":");
      if (colon === 0) continue;
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
      if (field === "event") name = value;
      if (field === "data") data.push(value);
    }
    return events;
  };
}

/**
 * @param {ReadableStream<Uint8Array>} body
 * @returns {AsyncGenerator<ServerEvent>}
 */
export async function* serverEvents(body) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const parse = eventParser();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield* parse(decoder.decode(value, { stream: true }));
    }
  } finally {
    // Leaving early tells the server to stop working; after the end of the stream it does nothing.
    reader.cancel().catch(() => {});
  }
}
