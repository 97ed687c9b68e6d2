import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";

/** One file of the page, and what it shrinks to. */
export interface PageFile {
  readonly type: string;
  readonly content: Buffer;
  readonly br: Buffer | undefined;
  readonly gzip: Buffer | undefined;
  readonly etag: string;
}

/** The page as it lies beside the function: its frame, with a place for the base, and assets by name. */
export interface PageFiles {
  readonly index: string;
  readonly assets: ReadonlyMap<string, PageFile>;
}

const TYPES: Readonly<Record<string, string>> = {
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".woff2": "font/woff2",
};

/** Reads the page into memory: some 300 KB, once per cold start. */
export function loadPage(folder: string): PageFiles {
  const assets = join(folder, "assets");
  const names = readdirSync(assets).filter((name) => extname(name) in TYPES);
  return {
    index: readFileSync(join(folder, "index.html"), "utf8"),
    assets: new Map(names.map((name) => [name, loadFile(join(assets, name))])),
  };
}

function loadFile(file: string): PageFile {
  const content = readFileSync(file);
  const smaller = (suffix: string): Buffer | undefined => (existsSync(file + suffix) ? readFileSync(file + suffix) : undefined);
  return {
    type: TYPES[extname(file)] ?? "application/octet-stream",
    content,
    br: smaller(".br"),
    gzip: smaller(".gz"),
    etag: etagOf(content),
  };
}

/** A strong validator: equal tags mean equal bytes. */
export const etagOf = (content: string | Buffer): string =>
  `"${createHash("sha256").update(content).digest("base64url").slice(0, 22)}"`;
