/** `0.4 s`, `12.3 s`, `1 m 05 s`, `2 h 03 m`. */
export function formatSeconds(seconds: number): string {
  const tenths = Math.round(Math.max(0, seconds) * 10);
  if (tenths < 600) return `${(tenths / 10).toFixed(1)} s`;
  const whole = Math.round(tenths / 10);
  const pad = (value: number): string => String(value).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)} m ${pad(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${pad(Math.floor((whole % 3600) / 60))} m`;
}

/** `cost 0.12, tokens 3400`. */
export const usageText = (usage: object): string => Object.entries(usage).map(([name, value]) => `${name} ${value}`).join(", ");

/** Cuts or pads to exactly `width` characters. */
export function fitText(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, Math.max(0, width - 1))}…` : text.padEnd(width);
}

/** Removes what could move the cursor or restyle the terminal: texts of agents are strangers' texts. */
export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what this looks for
  return text.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "");
}
