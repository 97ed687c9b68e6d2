import { computed, signal } from "@preact/signals";

/** Path of the page's root, stage included, with a slash at its end. */
export const ROOT = new URL(document.baseURI).pathname;

const current = signal(readAddress());

function readAddress(): URL {
  return new URL(location.href);
}

/** Steps of the address behind the root: `executions`, an id, …; decoded. */
export const steps = computed<readonly string[]>(() => {
  const path = current.value.pathname;
  const inside = path.startsWith(ROOT) ? path.slice(ROOT.length) : "";
  return inside.split("/").filter((step) => step !== "").map((step) => decode(step));
});

const decode = (step: string): string => {
  try {
    return decodeURIComponent(step);
  } catch {
    return step;
  }
};

export const query = computed(() => current.value.searchParams);

/** One value of the query; nothing when it is not there. */
export const ask = (name: string): string | undefined => query.value.get(name) ?? undefined;

/** An address inside the page, from the root; steps are encoded, empty values left out. */
export function pathTo(path: readonly string[], values: Readonly<Record<string, string | undefined>> = {}): string {
  const search = new URLSearchParams(Object.entries(values).flatMap(([name, value]) => (value ? [[name, value]] : [])));
  const text = search.toString();
  return path.map((step) => encodeURIComponent(step)).join("/") + (text === "" ? "" : `?${text}`);
}

/** Goes somewhere inside the page. @param how `replace`: the way back does not lead here again. */
export function go(to: string, how: "push" | "replace" = "push"): void {
  const url = new URL(to, document.baseURI);
  if (url.href === location.href) return;
  if (how === "push") history.pushState(null, "", url);
  else history.replaceState(null, "", url);
  current.value = url;
}

/** Changes values of the query and keeps the rest; the way back skips such changes. */
export function refine(values: Readonly<Record<string, string | undefined>>, how: "push" | "replace" = "replace"): void {
  const url = new URL(location.href);
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined || value === "") url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  go(url.href, how);
}

/** Follows links inside the page without loading it anew; others, and those for a new tab, stay the browser's. */
export function followLinks(): void {
  addEventListener("popstate", () => (current.value = readAddress()));
  document.addEventListener("click", (event) => {
    const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (!isPlain || event.defaultPrevented || link === null || link.target !== "" || link.hasAttribute("download")) return;
    const url = new URL(link.href);
    if (url.origin !== location.origin || !url.pathname.startsWith(ROOT)) return;
    event.preventDefault();
    go(url.href);
    scrollTo(0, 0);
  });
}
