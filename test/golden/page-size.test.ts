import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundlePage, type PageFile } from "../../infra/bundle-page.ts";

const folder = mkdtempSync(path.join(tmpdir(), "a2a-page-"));
let built: readonly PageFile[] = [];
beforeAll(async () => {
  built = await bundlePage(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const isText = ({ name }: PageFile): boolean => /\.(js|css)$/.test(name);
const gzipped = (files: readonly PageFile[]): number => files.filter(isText).reduce((sum, { gzipBytes }) => sum + gzipBytes, 0);

/** Whatever must be there before a page shows: the frame, its part, and what that imports. */
function firstLoadOf(entry: string): readonly PageFile[] {
  const byName = new Map(built.map((file) => [file.name, file]));
  const needed = new Set(built.filter((file) => file.isFirst || file.entry === entry));
  for (const file of needed) for (const name of file.imports) needed.add(byName.get(name) ?? file);
  return [...needed];
}

describe("the page", () => {
  it("weighs 110 kB at most, scripts and styles together as gzip", () => {
    expect(gzipped(built)).toBeLessThanOrEqual(110_000);
  });

  it("shows an execution with 45 kB at most", () => {
    const files = firstLoadOf("execution/execution-page.tsx");
    expect(files.some(({ entry }) => entry === "execution/execution-page.tsx")).toBe(true);
    expect(gzipped(files)).toBeLessThanOrEqual(45_000);
  });

  it("brings one font of 50 kB at most", () => {
    const fonts = built.filter(({ name }) => name.endsWith(".woff2"));
    expect(fonts).toHaveLength(1);
    expect(fonts[0]?.bytes).toBeLessThanOrEqual(50_000);
  });

  it("lies there three times over: as it is, by brotli, by gzip", () => {
    const missing = built.filter(isText).flatMap(({ name }) => ["", ".br", ".gz"].map((end) => `assets/${name}${end}`));
    expect(missing.filter((name) => !existsSync(path.join(folder, name)))).toEqual([]);
  });

  it("has a frame that names assets which are there, and holds no script of its own", () => {
    const html = readFileSync(path.join(folder, "index.html"), "utf8");
    const named = [...html.matchAll(/(?:src|href)="(assets\/[^"]+)"/g)].map(([, name = ""]) => name);
    expect(named).toHaveLength(3);
    expect(named.filter((name) => !existsSync(path.join(folder, name)))).toEqual([]);
    expect(html).toContain('<base href="%BASE%" />');
    expect(html).not.toMatch(/<script[^>]*>[^<]|<style|style="|\son\w+=/);
  });

  it("asks nobody else for anything", () => {
    const texts = built.filter(isText).map(({ name }) => readFileSync(path.join(folder, "assets", name), "utf8"));
    const strangers = texts.flatMap((text) => [...text.matchAll(/https?:\/\/[\w.-]+/g)].map(([url]) => url));
    // The namespaces of SVG, MathML and XHTML, which nobody fetches.
    expect([...new Set(strangers)].filter((url) => url !== "http://www.w3.org")).toEqual([]);
  });

  it("turns no text into markup", () => {
    const texts = built.filter(({ name }) => name.endsWith(".js")).map(({ name }) => readFileSync(path.join(folder, "assets", name), "utf8"));
    for (const text of texts) expect(text).not.toMatch(/\beval\(|new Function|document\.write|insertAdjacentHTML|outerHTML\s*=/);
  });
});
