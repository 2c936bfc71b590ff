// How many orders came on each day: bars, and a fold with the same numbers as a table.

import { append, drawn, element } from "./dom.js";
import { table } from "./figures.js";
import { say } from "./i18n.js";

const DAY = 86_400_000;
const HEIGHT = 150;
/** Room for the numbers above the bars, and for the days below them. */
const ABOVE = 22;
const BELOW = 24;
/** Room of a day below the bars, and of a number above one, in pixels at the usual size of text. */
const LABEL = 46;
const NUMBER = 24;

/** @param {import("./contract.js").Digest} digest @param {import("./figures.js").Orders} orders */
export function daysChart({ from, to, statistics }, orders) {
  const days = filled(from, to, statistics.counts.day);
  const most = days.reduce((best, day) => (day.cases.value > best.cases.value ? day : best));
  const drawing = element("div", { class: "days-drawing" });
  // Text keeps its size on every screen, so it is drawn anew for each width.
  new ResizeObserver(([{ contentRect }]) => {
    if (contentRect.width > 0) drawing.replaceChildren(bars(days, contentRect.width, most.cases.value));
  }).observe(drawing);
  const node = element("figure", { class: "days" },
    say(element("figcaption", { class: "part-title" }), "digest.days"),
    say(element("p", { class: "unseen" }), "digest.days.say", { day: most.name, n: most.cases.value }), drawing);
  const numbers = table("digest.days", ["digest.day", "digest.cases"], days.map(({ name, cases }) => ({ name, figures: [[cases, "digest.n"]] })), orders);
  append(node, element("details", { class: "days-table" }, say(element("summary"), "digest.days.table"), numbers));
  return node;
}

/** Every day of the period; on those that are not counted none came. @param {string} from @param {string} to @param {import("./contract.js").Group[]} counted */
function filled(from, to, counted) {
  const known = new Map(counted.map((day) => [day.name, day]));
  const days = [];
  for (let at = Date.parse(from); at <= Date.parse(to); at += DAY) {
    const name = new Date(at).toISOString().slice(0, 10);
    days.push(known.get(name) ?? { name, cases: { value: 0, of: 0, cases: [] } });
  }
  return days;
}

/** @param {import("./contract.js").Group[]} days @param {number} width @param {number} most */
function bars(days, width, most) {
  const step = width / days.length;
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
  const each = Math.ceil((LABEL * rem) / step);
  const floor = HEIGHT - BELOW;
  const svg = drawn("svg", { class: "days-bars", viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT, "aria-hidden": "true" });
  append(svg, drawn("line", { class: "days-floor", x1: 0, x2: width, y1: floor, y2: floor }));
  for (const [at, { name, cases }] of days.entries()) {
    const height = most > 0 ? (cases.value / most) * (floor - ABOVE) : 0;
    const middle = (at + 0.5) * step;
    const wide = Math.min(48, Math.max(1, step * 0.7));
    append(svg, drawn("rect", { class: "days-bar", x: middle - wide / 2, y: floor - height, width: wide, height, rx: Math.min(4, wide / 4) },
      drawn("title", {}, `${name}  ${cases.value}`)));
    if (step >= NUMBER * rem) append(svg, drawn("text", { class: "days-number", x: middle, y: floor - height - 6 }, String(cases.value)));
    if (at % each === 0 && middle + (LABEL * rem) / 2 <= width + step / 2) append(svg, drawn("text", { x: Math.max(middle, (LABEL * rem) / 2 - 6), y: HEIGHT - 6 }, name.slice(5).replace("-", "/")));
  }
  return svg;
}
