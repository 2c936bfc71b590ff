// Pure text work for the clause panel: where a quoted sentence stands, and how two revisions differ.

/** @typedef {{kind: "same"|"gone"|"new", text: string}} Difference */

/** Beyond this many cells the table would cost noticeable time and memory on a phone. */
const LARGEST_TABLE = 4_000_000;

/**
 * Start and end of the quoted sentence in the text: as it stands but for white space, else the sentence most like it.
 * @param {string} text
 * @param {string} quote
 * @returns {[number, number]|null}
 */
export function locate(text, quote) {
  const wanted = quote.replace(/\s+/g, "");
  if (!wanted) return null;
  /** @type {number[]} */
  const places = [];
  let packed = "";
  for (let at = 0; at < text.length; at += 1) {
    if (/\s/.test(text[at])) continue;
    packed += text[at];
    places.push(at);
  }
  const at = packed.indexOf(wanted);
  if (at >= 0) return [places[at], places[at + wanted.length - 1] + 1];
  const inside = wanted.indexOf(packed);
  if (inside >= 0 && packed.length >= 8) return [places[0], places[places.length - 1] + 1];
  return mostLike(text, wanted);
}

/** A reworded sentence has no exact place; below half of its character pairs nothing is marked. @param {string} text @param {string} wanted @returns {[number, number]|null} */
function mostLike(text, wanted) {
  const sought = pairs(wanted);
  /** @type {[number, number]|null} */
  let best = null;
  let score = 0.5;
  for (const match of text.matchAll(/[^。；！？\n]+[。；！？]?/g)) {
    const found = pairs(match[0].replace(/\s+/g, ""));
    const shared = [...found].filter((pair) => sought.has(pair)).length;
    const likeness = shared / Math.max(1, Math.min(found.size, sought.size));
    if (found.size >= 6 && likeness > score) {
      score = likeness;
      best = [match.index, match.index + match[0].length];
    }
  }
  return best;
}

/** @param {string} text @returns {Set<string>} */
function pairs(text) {
  const found = new Set();
  for (let at = 0; at + 1 < text.length; at += 1) found.add(text.slice(at, at + 2));
  return found;
}

/**
 * What went and what came between an older and a newer wording, by words.
 * @param {string} older
 * @param {string} newer
 * @returns {Difference[]}
 */
export function differences(older, newer) {
  const left = words(older);
  const right = words(newer);
  let head = 0;
  while (head < left.length && head < right.length && left[head] === right[head]) head += 1;
  let tail = 0;
  while (tail < left.length - head && tail < right.length - head && left[left.length - 1 - tail] === right[right.length - 1 - tail]) tail += 1;
  const middle = between(left.slice(head, left.length - tail), right.slice(head, right.length - tail));
  return joined([
    { kind: "same", text: left.slice(0, head).join("") },
    ...middle,
    { kind: "same", text: left.slice(left.length - tail).join("") },
  ]);
}

/** The longest common subsequence, read from the front. @param {string[]} left @param {string[]} right @returns {Difference[]} */
function between(left, right) {
  const rows = left.length;
  const columns = right.length;
  if (rows * columns > LARGEST_TABLE) {
    return [{ kind: "gone", text: left.join("") }, { kind: "new", text: right.join("") }];
  }
  const width = columns + 1;
  const lengths = new Uint16Array((rows + 1) * width);
  for (let row = rows - 1; row >= 0; row -= 1) {
    for (let column = columns - 1; column >= 0; column -= 1) {
      const here = row * width + column;
      lengths[here] = left[row] === right[column]
        ? lengths[here + width + 1] + 1
        : Math.max(lengths[here + width], lengths[here + 1]);
    }
  }
  /** @type {Difference[]} */
  const found = [];
  let row = 0;
  let column = 0;
  while (row < rows || column < columns) {
    if (row < rows && column < columns && left[row] === right[column]) {
      found.push({ kind: "same", text: left[row] });
      row += 1;
      column += 1;
    } else if (row < rows && (column === columns || lengths[(row + 1) * width + column] >= lengths[row * width + column + 1])) {
      found.push({ kind: "gone", text: left[row] });
      row += 1;
    } else {
      found.push({ kind: "new", text: right[column] });
      column += 1;
    }
  }
  return found;
}

/** Neighbours of one kind become one piece. @param {Difference[]} pieces @returns {Difference[]} */
function joined(pieces) {
  /** @type {Difference[]} */
  const result = [];
  for (const piece of pieces) {
    if (!piece.text) continue;
    const last = result[result.length - 1];
    if (last && last.kind === piece.kind) last.text += piece.text;
    else result.push({ ...piece });
  }
  return result;
}

/** Numbers with their unit stay whole, other characters stand alone: a changed figure is marked as one. @param {string} text @returns {string[]} */
function words(text) {
  return text.match(/[\d.,%％]+|[零〇一二三四五六七八九十百千万亿]+|[A-Za-z]+|[\s\S]/gu) ?? [];
}
