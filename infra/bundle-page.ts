import { build, type BuildOptions, type Metafile, type Plugin } from "esbuild";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const PAGE = fileURLToPath(new URL("../functions/serve-dashboard/page", import.meta.url));

/** Extensions of files that shrink; fonts are compressed already. */
const SHRINKS = /\.(js|css)$/;

const ENTRY = path.join(PAGE, "main.tsx");

/**
 * Has every part that is fetched later begin with the frame, which is there by then. esbuild puts modules that the same
 * parts need into one file: so what the frame needs is one file, where it would be sixteen, 3 kB more and a request each.
 */
const partsBeginWithFrame: Plugin = {
  name: "parts-begin-with-frame",
  setup: (on) => {
    const parts = new Set<string>();
    on.onResolve({ filter: /^\.\.?\// }, ({ kind, path: name, resolveDir }) => {
      if (kind === "dynamic-import") parts.add(path.resolve(resolveDir, name));
      return undefined;
    });
    on.onLoad({ filter: /\.tsx?$/ }, ({ path: file }) => {
      if (!parts.has(file)) return undefined;
      const contents = `import ${JSON.stringify(ENTRY)};\n${readFileSync(file, "utf8")}`;
      return { contents, loader: file.endsWith("x") ? "tsx" : "ts", resolveDir: path.dirname(file) };
    });
  },
};

const OPTIONS = {
  absWorkingDir: PAGE,
  entryPoints: { page: "main.tsx", style: "styles/page.css" },
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
  plugins: [partsBeginWithFrame],
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

/** What became of an entry: its file, by the name alone. */
function fileOf(metafile: Metafile, entry: string): string {
  const found = Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint === entry);
  if (found === undefined) throw new Error(`the page's bundle has no ${entry}`);
  return path.basename(found[0]);
}

/** The entry, the style sheet, and what the entry needs at once. */
function firstFiles(metafile: Metafile): ReadonlySet<string> {
  const { page, style } = OPTIONS.entryPoints;
  const first = new Set([fileOf(metafile, page), fileOf(metafile, style)]);
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

/** Fills the names of assets in; the base stays for the function that serves it, because only a request tells it. */
function writeIndex(folder: string, metafile: Metafile): void {
  const { page, style } = OPTIONS.entryPoints;
  const font = Object.keys(metafile.outputs).find((name) => name.endsWith(".woff2")) ?? "";
  const names: Readonly<Record<string, string>> = {
    SCRIPT: fileOf(metafile, page),
    STYLE: fileOf(metafile, style),
    FONT: path.basename(font),
  };
  const html = readFileSync(path.join(PAGE, "index.html"), "utf8");
  const filled = html.replaceAll(/%(SCRIPT|STYLE|FONT)%/g, (_, name: string) => `assets/${names[name] ?? ""}`);
  writeFileSync(path.join(folder, "index.html"), filled);
}
