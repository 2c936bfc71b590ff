// Readings as a curve: their mean as a line, the smallest to the largest as a band, shaded where sensors were silent.
// Beneath it the same numbers as a table, and the ids of the readings.

import { append, drawn, element } from "./dom.js";
import { say, sayAttribute, words } from "./i18n.js";
import { AHEAD, clock, moment } from "./time.js";

/** @typedef {import("./contract.js").Curve} Curve */
/** @typedef {import("./contract.js").CurvePoint} CurvePoint */
/** `sign` stands at the line, `key` names it below. @typedef {{at: string, sign: string, key: string}} Mark */
/**
 * @typedef {object} Shown
 * @property {Curve} curve
 * @property {HTMLElement} title
 * @property {number|null} limit in the unit of the curve
 * @property {Mark[]} marks moments to be seen
 */

const MINUTE = 60_000;
const DAY = 1440;
/** What may lie between two times of the axis, in minutes. */
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, DAY, 2 * DAY, 7 * DAY, 14 * DAY, 28 * DAY, 91 * DAY, 365 * DAY];
const LINES = 4;
/** A curve has at most so many parts; the server has the same. */
const PARTS = 96;
/** Measures in pixels at the usual size of text: the drawing, above and below it, a time, a figure. */
const SIZE = { height: 250, above: 24, below: 40, time: 62, figure: 7.5 };
/** Ids that are listed. */
const LISTED = 200;

let made = 0;

/** @param {Shown} shown */
export function curveFigure(shown) {
  const { curve, title, marks } = shown;
  made += 1;
  const [caption, said] = [element("figcaption", { class: "part-title", id: `curve-${made}` }, title), element("p", { class: "unseen", id: `curve-${made}-said` })];
  const readings = readingsFold(curve.evidence, curve.readings);
  // A single reading may lie on the end of the period, beyond the last part.
  if (curve.points.length === 0) return element("figure", { class: "curve" }, readings ?? say(element("p", { class: "faint" }), "curve.none"));
  append(said, ...spoken(shown));
  const drawing = element("div", { class: "curve-drawing", role: "img", "aria-labelledby": `${caption.id} ${said.id}` });
  // Text keeps its size on every screen, so it is drawn anew for each width.
  new ResizeObserver(([{ contentRect }]) => {
    if (contentRect.width > 0) drawing.replaceChildren(lines(shown, contentRect.width));
  }).observe(drawing);
  const key = element("ul", { class: "curve-key" }, named("mean", "curve.mean"), named("band", "curve.band"),
    curve.gaps.length > 0 && named("gap", "curve.gap"),
    shown.limit !== null && named("limit", "curve.limit", { limit: valued(shown.limit, curve.unit) }),
    ...marks.map((mark) => named("mark", mark.key)));
  return element("figure", { class: "curve" }, caption, said, drawing, key, numbers(curve), readings);
}

/** A value without digits that say nothing, with its unit. @param {number} value @param {string} [unit] */
export function valued(value, unit = "") {
  const size = Math.abs(value);
  const figure = String(Number(value.toFixed(size >= 100 ? 1 : size >= 1 ? 2 : 3)));
  return unit ? `${figure} ${unit}` : figure;
}

/** The ids of readings, folded. @param {string[]} ids @param {number} total */
export function readingsFold(ids, total) {
  if (total === 0) return null;
  const shown = ids.slice(0, LISTED);
  return element("details", { class: "curve-fold" }, say(element("summary"), "readings.n", { n: total }),
    shown.length < total && say(element("p", { class: "faint" }), "readings.first", { n: total, shown: shown.length }),
    element("ul", { class: "reading-ids" }, ...shown.map((id) => element("li", {}, id))));
}

/** @param {string} kind @param {string} key @param {import("./i18n.js").Params} [params] */
function named(kind, key, params) {
  return element("li", {}, element("i", { class: `key-${kind}`, "aria-hidden": "true" }), say(element("span"), key, params));
}

/** The alternative to the drawing. @param {Shown} shown @returns {HTMLElement[]} */
function spoken({ curve, limit }) {
  const { points, gaps, unit } = curve;
  /** @param {number} value @param {CurvePoint} point */
  const at = (value, point) => `${valued(value, unit)}（${moment(point.at)}）`;
  const largest = points.reduce((best, point) => (point.max > best.max ? point : best));
  const smallest = points.reduce((best, point) => (point.min < best.min ? point : best));
  const last = points[points.length - 1];
  const said = [say(element("span"), "curve.say", {
    from: moment(curve.from), to: moment(curve.to), first: at(points[0].mean, points[0]), last: at(last.mean, last),
    most: at(largest.max, largest), least: at(smallest.min, smallest),
  })];
  if (gaps.length > 0) said.push(say(element("span"), "curve.say.gaps", { n: gaps.length }));
  if (limit !== null) said.push(say(element("span"), "curve.say.limit", { limit: valued(limit, unit) }));
  return said;
}

/** @param {Curve} curve */
function numbers({ points, unit }) {
  const columns = ["curve.time", "curve.mean", "curve.min", "curve.max", "curve.count"];
  const table = element("table", { class: "curve-table" },
    say(element("caption", { class: "unseen" }), "curve.title"),
    element("thead", {}, element("tr", {}, ...columns.map((key) => element("th", { scope: "col" }, say(element("span"), key),
      key !== "curve.time" && key !== "curve.count" && unit !== "" && element("span", { class: "curve-unit" }, ` ${unit}`))))),
    element("tbody", {}, ...points.map((point) => element("tr", {},
      element("th", { scope: "row" }, moment(point.at)),
      ...[point.mean, point.min, point.max, point.count].map((value) => element("td", {}, valued(value)))))));
  const scroll = sayAttribute(element("div", { class: "curve-scroll", tabindex: "0", role: "region" }, table), "aria-label", "curve.title");
  return element("details", { class: "curve-fold" }, say(element("summary"), "curve.table", { n: points.length }), scroll);
}

/** @param {Shown} shown @param {number} width */
function lines({ curve, limit, marks }, width) {
  const { points, unit } = curve;
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
  const [top, floor] = [SIZE.above * rem, (SIZE.height - SIZE.below) * rem];
  const levels = scale(Math.min(...points.map(({ min }) => min), limit ?? Infinity), Math.max(...points.map(({ max }) => max), limit ?? -Infinity));
  const left = (Math.max(...levels.map((level) => valued(level).length)) * SIZE.figure + 10) * rem;
  const right = width - 20 * rem;
  const [from, to] = [Date.parse(curve.from), Date.parse(curve.to)];
  const [low, high] = [levels[0], levels[levels.length - 1]];
  const x = (/** @type {number} */ at) => left + ((Math.min(Math.max(at, from), to) - from) / (to - from || 1)) * (right - left);
  const y = (/** @type {number} */ value) => floor - ((value - low) / (high - low)) * (floor - top);
  const svg = drawn("svg", { class: "curve-lines", viewBox: `0 0 ${width} ${SIZE.height * rem}`, width, height: SIZE.height * rem, "aria-hidden": "true" });
  for (const gap of curve.gaps) {
    const [begin, end] = [x(Date.parse(gap.from)), x(Date.parse(gap.to))];
    append(svg, drawn("rect", { class: "curve-gap", x: begin, y: top, width: Math.max(1, end - begin), height: floor - top }));
  }
  for (const level of levels) {
    append(svg, drawn("line", { class: "curve-level", x1: left, x2: right, y1: y(level), y2: y(level) }),
      drawn("text", { class: "curve-figure", x: left - 6, y: y(level), dy: ".35em" }, valued(level)));
  }
  append(svg, drawn("text", { class: "curve-of", x: 0, y: 12 * rem }, unit));
  for (const time of times(from, to, (right - left) / (SIZE.time * rem))) {
    append(svg, drawn("line", { class: "curve-tick", x1: x(time.at), x2: x(time.at), y1: floor, y2: floor + 4 }),
      drawn("text", { class: "curve-time", x: x(time.at), y: floor + 16 * rem }, time.clock),
      drawn("text", { class: "curve-time curve-date", x: x(time.at), y: floor + 31 * rem }, time.date));
  }
  for (const part of unbroken(curve)) {
    const along = part.map((point) => [x(Date.parse(point.at)), point]);
    const path = (/** @type {(point: CurvePoint) => number} */ value) => along.map(([at, point]) => `${at},${y(value(/** @type {CurvePoint} */ (point)))}`);
    append(svg, drawn("polygon", { class: "curve-band", points: [...path(({ max }) => max), ...path(({ min }) => min).reverse()].join(" ") }),
      drawn("polyline", { class: "curve-mean", points: path(({ mean }) => mean).join(" ") }));
    // A line needs two ends.
    if (part.length === 1) append(svg, drawn("circle", { class: "curve-alone", cx: x(Date.parse(part[0].at)), cy: y(part[0].mean), r: 3 }));
  }
  for (const { at, sign } of marks) {
    const place = x(Date.parse(at));
    append(svg, drawn("line", { class: "curve-mark", x1: place, x2: place, y1: top, y2: floor }),
      drawn("text", { class: "curve-sign", x: place, y: top - 6 * rem }, sign));
  }
  if (limit !== null) {
    const above = y(limit) - top > 16 * rem;
    append(svg, drawn("line", { class: "curve-limit", x1: left, x2: right, y1: y(limit), y2: y(limit) }),
      drawn("text", { class: "curve-limit-name", x: right, y: y(limit) + (above ? -5 : 15) * rem }, words("curve.limit", { limit: valued(limit, unit) })));
  }
  const each = (right - left) / PARTS;
  for (const point of points) {
    append(svg, drawn("rect", { class: "curve-touch", x: x(Date.parse(point.at)) - each / 2, y: top, width: each, height: floor - top },
      drawn("title", {}, `${moment(point.at)}  ${valued(point.mean, unit)}（${valued(point.min)}–${valued(point.max)}）`)));
  }
  return svg;
}

/** Round values from below the lowest to above the highest; from nought where that is near. @param {number} low @param {number} high @returns {number[]} */
function scale(low, high) {
  const begin = low >= 0 && low < high / 2 ? 0 : low;
  const rough = (high - begin || Math.abs(high) || 1) / LINES;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5].find((factor) => factor * power >= rough) ?? 10) * power;
  const [first, last] = [Math.floor(begin / step), Math.max(Math.ceil(high / step), Math.floor(begin / step) + 1)];
  return Array.from({ length: last - first + 1 }, (_, at) => Number(((first + at) * step).toPrecision(12)));
}

/** Round times of the city, no more than fit; the day where it is the first of it. @param {number} from @param {number} to @param {number} most */
function times(from, to, most) {
  const step = (STEPS.find((minutes) => (to - from) / (minutes * MINUTE) <= most) ?? STEPS[STEPS.length - 1]) * MINUTE;
  const found = [];
  let named = "";
  for (let at = Math.ceil((from + AHEAD) / step) * step - AHEAD; at <= to; at += step) {
    const day = new Date(at + AHEAD).toISOString().slice(5, 10).replace("-", "/");
    if (step >= DAY * MINUTE) found.push({ at, clock: day, date: "" });
    else found.push({ at, clock: clock(new Date(at).toISOString()), date: day === named ? "" : day });
    named = day;
  }
  return found;
}

/** The points between which no sensor was silent. @param {Curve} curve @returns {CurvePoint[][]} */
function unbroken({ points, gaps, from, to }) {
  const part = (Date.parse(to) - Date.parse(from)) / PARTS;
  const silent = gaps.map((gap) => [Date.parse(gap.from), Date.parse(gap.to)]);
  /** @type {CurvePoint[][]} */
  const parts = [[]];
  for (const [place, point] of points.entries()) {
    const [before, at] = [Date.parse(points[place - 1]?.at ?? point.at), Date.parse(point.at)];
    // Where another sensor of the place went on, points lie within the gap.
    if (place > 0 && silent.some(([begin, end]) => before <= begin && begin < at && end <= at + part)) parts.push([]);
    parts[parts.length - 1].push(point);
  }
  return parts;
}
