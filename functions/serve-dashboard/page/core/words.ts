/** How quantities and times are written, the same everywhere. */

const twoDigits = (value: number): string => String(value).padStart(2, "0");

/** A length of time, in as many parts as matter: `0.4 s`, `12 s`, `3 m 05`, `2 h 10`, `4 d 3 h`. */
export function span(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 59.5) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(Math.round(seconds) / 60);
  if (minutes < 60) return `${minutes} m ${twoDigits(Math.round(seconds) % 60)}`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${twoDigits(minutes % 60)}` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** A length of time as finely as `step` asks for: marks next to each other differ. */
export function spanAt(milliseconds: number, step: number): string {
  const seconds = milliseconds / 1000;
  if (step >= 1000 || seconds >= 60) return seconds >= 60 && step < 1000 ? `${Math.floor(seconds / 60)} m ${(seconds % 60).toFixed(1)}` : span(milliseconds);
  return `${seconds.toFixed(1)} s`;
}

const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const CLOCK_MINUTE = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const FULL = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });

export const clock = (at: number): string => CLOCK.format(at);
export const clockMinute = (at: number): string => CLOCK_MINUTE.format(at);
export const fullTime = (at: number): string => FULL.format(at);

/** A moment, near ones by the clock, others by the day as well. */
export function moment(at: number, now: number): string {
  return Math.abs(now - at) < 20 * 3_600_000 ? clock(at) : `${DAY.format(at)}, ${clockMinute(at)}`;
}

/** How long ago something was: `just now`, `4 m ago`. */
export function ago(at: number, now: number): string {
  const passed = now - at;
  if (passed < 5000) return "just now";
  if (passed < 60_000) return `${Math.round(passed / 1000)} s ago`;
  if (passed < 3_600_000) return `${Math.round(passed / 60_000)} m ago`;
  return passed < 48 * 3_600_000 ? `${Math.round(passed / 3_600_000)} h ago` : `${Math.round(passed / 86_400_000)} d ago`;
}

export const percent = (share: number): string => `${Math.round(share * 100)} %`;

const NUMBER = new Intl.NumberFormat("en-GB");
export const count = (value: number): string => NUMBER.format(value);

/** `1 task`, `2 tasks`. */
export const many = (value: number, one: string, more = `${one}s`): string => `${count(value)} ${value === 1 ? one : more}`;

/** An id as short as it can still be told apart. */
export const shortId = (id: string): string => (id.length > 16 ? `${id.slice(0, 13)}…` : id);

export function bytes(value: number): string {
  if (value < 1000) return `${value} B`;
  return value < 1_000_000 ? `${(value / 1000).toFixed(1)} kB` : `${(value / 1_000_000).toFixed(1)} MB`;
}

/** Words of the wire as people write them: `input_required` → `input required`. */
export const plain = (word: string): string => word.replaceAll("_", " ");
