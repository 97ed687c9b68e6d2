import { build, type BuildOptions, type Metafile } from "esbuild";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const PAGE = fileURLToPath(new URL("../functions/serve-dashboard/page", import.meta.url));

/** Extensions of files that shrink; fonts are compressed already. */
const SHRINKS = /\.(js|css)$/;

const OPTIONS = {
  absWorkingDir: PAGE,
  entryPoints: { page: "main.tsx" },
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "browser",
  target: "es2022",
  jsx: "automatic",
  jsxImportSource: "preact",
  loader: { ".woff2": "file" },
  minify: true,
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
} satisfies BuildOptions;

/** One file of the page as it is sent. */
export interface PageFile {
  readonly name: string;
  readonly bytes: number;
  readonly gzipBytes: number;
  /** Fetched before the first view shows, whatever it shows. */
  readonly isFirst: boolean;
  /** Source file that a part begins with, from the page's folder; empty for what several parts share. */
  readonly entry: string;
  /** Files that it fetches with it. */
  readonly imports: readonly string[];
}

/**
 * Builds the page into `folder`: hashed assets in `assets/`, each beside what brotli and gzip make of it, and an
 * `index.html` that names them. Names follow from content, so equal sources give equal files.
 */
export async function bundlePage(folder: string): Promise<readonly PageFile[]> {
  const outdir = path.join(folder, "assets");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(outdir, { recursive: true });
  const { metafile } = await build({ ...OPTIONS, outdir });
  const first = firstFiles(metafile);
  const files = Object.entries(metafile.outputs).map(async ([file, output]): Promise<PageFile> => {
    const name = path.basename(file);
    const content = readFileSync(path.join(outdir, name));
    return {
      name,
      bytes: content.length,
      gzipBytes: SHRINKS.test(name) ? await writeSmaller(path.join(outdir, name), content) : content.length,
      isFirst: first.has(name),
      entry: output.entryPoint ?? "",
      imports: staticImports(output),
    };
  });
  writeIndex(folder, metafile);
  return Promise.all(files);
}

const staticImports = (output: Metafile["outputs"][string]): string[] =>
  output.imports.filter(({ kind }) => kind === "import-statement").map(({ path: file }) => path.basename(file));

const entryOf = (metafile: Metafile): [string, Metafile["outputs"][string]] => {
  const entry = Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint === OPTIONS.entryPoints.page);
  if (entry === undefined) throw new Error("the page's bundle has no entry");
  return entry;
};

/** The entry, its style sheet, and what both of them need at once. */
function firstFiles(metafile: Metafile): ReadonlySet<string> {
  const [file, { cssBundle }] = entryOf(metafile);
  const first = new Set([path.basename(file), ...(cssBundle === undefined ? [] : [path.basename(cssBundle)])]);
  const outputs = new Map(Object.entries(metafile.outputs).map(([name, output]) => [path.basename(name), output]));
  for (const name of first) {
    const output = outputs.get(name);
    if (output !== undefined) for (const imported of staticImports(output)) first.add(imported);
  }
  return first;
}

/** @returns the size after gzip. */
async function writeSmaller(file: string, content: Buffer): Promise<number> {
  const params = { [constants.BROTLI_PARAM_SIZE_HINT]: content.length };
  const [brotlied, gzipped] = await Promise.all([
    promisify(brotliCompress)(content, { params }),
    promisify(gzip)(content, { level: 9 }),
  ]);
  writeFileSync(`${file}.br`, brotlied);
  writeFileSync(`${file}.gz`, gzipped);
  return gzipped.length;
}

/** Fills the names of assets in; the base stays for whoever serves it, because only a request tells it. */
function writeIndex(folder: string, metafile: Metafile): void {
  const [file, { cssBundle = "" }] = entryOf(metafile);
  const font = Object.keys(metafile.outputs).find((name) => name.endsWith(".woff2")) ?? "";
  const names: Readonly<Record<string, string>> = { SCRIPT: file, STYLE: cssBundle, FONT: font };
  const html = readFileSync(path.join(PAGE, "index.html"), "utf8");
  const filled = html.replaceAll(/%(SCRIPT|STYLE|FONT)%/g, (_, name: string) => `assets/${path.basename(names[name] ?? "")}`);
  writeFileSync(path.join(folder, "index.html"), filled);
}
