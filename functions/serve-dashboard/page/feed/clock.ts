import { signal } from "@preact/signals";

/** The time in milliseconds since 1970, moved on once a second while the page is seen. */
export const now = signal(Date.now());

/** Whether anybody looks at the page. */
export const isSeen = signal(document.visibilityState === "visible");

export function startClock(): void {
  document.addEventListener("visibilitychange", () => {
    isSeen.value = document.visibilityState === "visible";
    now.value = Date.now();
  });
  setInterval(() => {
    if (isSeen.value) now.value = Date.now();
  }, 1000);
}
