import { signal } from "@preact/signals";
import { go } from "../core/address.ts";
import { switchTheme } from "../canvas/palette.ts";
import { SECTIONS } from "./sections.ts";

/** Keys of what is on the page now, beside those that work everywhere; `[key, what it does, how]`. */
export type KeyBinding = readonly [key: string, does: string, run: () => void];

export const isPaletteOpen = signal(false);
export const isHelpOpen = signal(false);

const bindings = new Set<readonly KeyBinding[]>();

/** Adds keys while something is shown. @returns takes them away. */
export function bindKeys(keys: readonly KeyBinding[]): () => void {
  bindings.add(keys);
  return () => void bindings.delete(keys);
}

export const boundKeys = (): readonly KeyBinding[] => [...bindings].flat();

let isGoing = false;

/** Typing, and what has focus and keys of its own, comes first. */
const isTyping = (target: EventTarget | null): boolean =>
  target instanceof Element && target.closest("input, textarea, select, [contenteditable], dialog") !== null;

export function startKeys(): void {
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      isPaletteOpen.value = true;
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (pressed(event.key)) event.preventDefault();
  });
}

/** @returns whether the key meant something. */
function pressed(key: string): boolean {
  if (isGoing) {
    isGoing = false;
    const section = SECTIONS.find((one) => one.key === key);
    if (section !== undefined) go(section.path === "" ? "." : section.path);
    return section !== undefined;
  }
  if (key === "g") {
    isGoing = true;
    setTimeout(() => (isGoing = false), 1200);
    return true;
  }
  if (key === "/") isPaletteOpen.value = true;
  else if (key === "?") isHelpOpen.value = true;
  else if (key === "T") switchTheme();
  else {
    const bound = boundKeys().find(([one]) => one === key);
    bound?.[2]();
    return bound !== undefined;
  }
  return true;
}
