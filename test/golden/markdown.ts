import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** Root of the repository. */
export const ROOT = path.resolve(import.meta.dirname, "../..");

const NO_PAGES_OF_OURS = new Set(["dist", "node_modules", "cdk.out", "coverage"]);

/** Every Markdown page of the repository, by its path from the root. */
export function listPages(folder = ""): string[] {
  return readdirSync(path.join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = path.posix.join(folder, entry.name);
    if (entry.isFile()) return name.endsWith(".md") ? [name] : [];
    const isHidden = entry.name.startsWith(".") && entry.name !== ".github";
    return entry.isDirectory() && !isHidden && !NO_PAGES_OF_OURS.has(entry.name) ? listPages(name) : [];
  });
}

export const readPage = (page: string): string => readFileSync(path.join(ROOT, page), "utf8");

/** Prose alone: what stands in fences is no link and no heading. */
const withoutFences = (text: string): string => text.replaceAll(/^(```|~~~)[\s\S]*?^\1/gm, "");

/** Targets of links to pages and files of the repository. */
export const linksIn = (text: string): string[] =>
  [...withoutFences(text).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = ""]) => target)
    .filter((target) => !/^[a-z]+:/.test(target));

/** Headings, as they read. */
export const headingsIn = (text: string): string[] =>
  [...withoutFences(text).matchAll(/^#+ +(.+)$/gm)].map(([, heading = ""]) => heading.replaceAll("`", "").trim());

/** What GitHub makes of a heading: the part of a link after `#`. */
export const anchorOf = (heading: string): string =>
  heading.toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-");

/** Links of a page that lead nowhere. */
export function brokenLinks(page: string): string[] {
  return linksIn(readPage(page)).filter((link) => {
    const [file = "", anchor] = decodeURIComponent(link).split("#");
    const target = file === "" ? page : path.posix.join(path.posix.dirname(page), file);
    if (!existsSync(path.join(ROOT, target))) return true;
    return anchor !== undefined && !headingsIn(readPage(target)).map(anchorOf).includes(anchor);
  });
}

/** Paths of the repository that a page names in code type. */
export const pathsNamedIn = (text: string): string[] =>
  [...text.matchAll(/`([\w.-]+\/[\w./-]+)`/g)].map(([, name = ""]) => name).filter((name) => OUR_FOLDERS.test(name));

const OUR_FOLDERS = /^(shared|functions|infra|test|statemachines|\.github|\.ci)\//;
