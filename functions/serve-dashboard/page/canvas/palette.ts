import { effect, signal } from "@preact/signals";
import { LOOKS } from "../run/looks.ts";

const NAMES = [
  "bg",
  "panel",
  "line",
  "text",
  "dim",
  "accent",
  ...LOOKS.flatMap((look) => ["text", "fill", "ink", "tint"].map((part) => `${look}-${part}`)),
];

/** What is chosen; `system` follows the device. */
export type Theme = "light" | "dark" | "system";
const KEY = "a2a.theme";

const isTheme = (text: string | null): text is Theme => text === "light" || text === "dark" || text === "system";
const readTheme = (): Theme => {
  const kept = localStorage.getItem(KEY);
  return isTheme(kept) ? kept : "system";
};
export const theme = signal<Theme>(readTheme());
const prefersDark = matchMedia("(prefers-color-scheme: dark)");

/** Colours by name, as the style sheet has them for the theme in force. */
export type Palette = Readonly<Record<string, string>>;
export const palette = signal<Palette>({});

function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(NAMES.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
}

export function followTheme(): void {
  const apply = (): void => {
    const isDark = theme.value === "dark" || (theme.value === "system" && prefersDark.matches);
    document.documentElement.dataset["theme"] = isDark ? "dark" : "light";
    palette.value = readPalette();
  };
  prefersDark.addEventListener("change", apply);
  effect(apply);
}

/** The other of the two. */
export function switchTheme(): void {
  theme.value = document.documentElement.dataset["theme"] === "dark" ? "light" : "dark";
  localStorage.setItem(KEY, theme.value);
}
