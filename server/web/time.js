// Times as people read them, in the time of the city.

const ZONE = "Asia/Shanghai";
/** By so many milliseconds that time is ahead of UTC, all the year. */
export const AHEAD = 8 * 3_600_000;
/** A proposal lives for minutes. When the two clocks differ by more than this, only the time itself is told. */
const PLAUSIBLE = 3600;

/** `11月21日 12:05`, with the year where it is not this one. @param {string} at */
export function moment(at) {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return at;
  const parts = partsOf(date);
  const year = parts.year === partsOf(new Date()).year ? "" : `${parts.year}年`;
  return `${year}${Number(parts.month)}月${Number(parts.day)}日 ${parts.hour}:${parts.minute}`;
}

/** `11月21日`, with the year where it is not this one. @param {string} at */
export function date(at) {
  return moment(at).replace(/ .*/, "");
}

/** `12:05`. @param {string} at */
export function clock(at) {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return at;
  const parts = partsOf(date);
  return `${parts.hour}:${parts.minute}`;
}

/** @param {Date} date @returns {Record<string, string>} */
function partsOf(date) {
  const format = new Intl.DateTimeFormat("zh-CN", {
    timeZone: ZONE, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
  });
  return Object.fromEntries(format.formatToParts(date).map((part) => [part.type, part.value]));
}

/**
 * How long something may still be confirmed. The server's clock decides; where ours is far from it no countdown is shown.
 * @param {string} expires
 * @returns {{key: string, left: string}}
 */
export function expiry(expires) {
  const left = Math.ceil((Date.parse(expires) - Date.now()) / 1000);
  if (!Number.isFinite(left) || left > PLAUSIBLE || left < -PLAUSIBLE) return { key: "confirm.until.at", left: "" };
  if (left <= 0) return { key: "confirm.until.over", left: "" };
  return { key: "confirm.until.left", left: `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}` };
}

/** The local day, `YYYY-MM-DD`. @param {number} [before] so many days ago */
export function day(before = 0) {
  const parts = partsOf(new Date(Date.now() - before * 86_400_000));
  return `${parts.year}-${parts.month}-${parts.day}`;
}
