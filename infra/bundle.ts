import { build, type BuildOptions, type Metafile, type Plugin } from "esbuild";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { bundlePage } from "./bundle-page.ts";
import {
  AWS_CLIENT_NAMES,
  AWS_CLIENTS,
  clientEntries,
  clientExports,
  clientsSource,
  hasClients,
  separateClients,
  sizeOf,
  useOfClients,
} from "./bundle/aws-clients.ts";
import { compactErrors } from "./bundle/compact-errors.ts";
import { noJsonSchema } from "./bundle/no-json-schema.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** Programs that may synthesize at the same time set a folder of their own: building begins by emptying it. */
const OUT = path.resolve(ROOT, process.env["BUNDLE_DIR"] ?? "dist");

/** Where the bundle of a function lies. */
export const bundleFolder = (folder: string): string => path.join(OUT, "functions", folder);

/** Packages that functions import lazily: they lie beside the bundle, and a cold start does not read them. */
const LAZY: Readonly<Record<string, string>> = {
  "@a2a-js/sdk": "a2a-sdk",
  jose: "jose",
  re2js: "re2js",
  "zod-openapi": "zod-openapi",
};

/** The function whose schemas are printed. */
const PRINTS_SCHEMAS = "orchestrator-api";

/**
 * Bundles functions together in few esbuild runs, and their clients of AWS in another: one process each would take three
 * times as long. The page goes beside the function that serves it.
 *
 * @returns minified size of each bundle and its clients, in bytes.
 */
export async function bundleFunctions(): Promise<ReadonlyMap<string, number>> {
  rmSync(OUT, { recursive: true, force: true });
  const folders = readdirSync(path.join(ROOT, "functions"));
  const handlers = (some: readonly string[]) => Object.fromEntries(some.map((folder) => [`functions/${folder}/index`, `functions/${folder}/handler.ts`]));
  const lazy = Object.fromEntries(Object.entries(LAZY).map(([name, file]) => [`lazy/${file}`, name]));
  const plugins = [separateClients, ...OPTIONS.plugins];
  const runs = await Promise.all([
    build({ ...OPTIONS, plugins, entryPoints: { ...handlers([PRINTS_SCHEMAS]), ...lazy } }),
    build({ ...OPTIONS, plugins: [...plugins, noJsonSchema], entryPoints: handlers(folders.filter((folder) => folder !== PRINTS_SCHEMAS)) }),
  ]);
  const metafile = { inputs: {}, outputs: Object.assign({}, ...runs.map((run) => run.metafile.outputs)) } satisfies Metafile;
  for (const folder of folders) placeLazyModules(metafile, folder);
  const clients = await bundleClients(folders);
  await bundlePage(path.join(bundleFolder("serve-dashboard"), "page"));
  const bytes = (folder: string): number =>
    (outputOf(metafile, folder)?.bytes ?? 0) + sizeOf(clients, `functions/${folder}/${AWS_CLIENTS}`);
  return new Map(folders.map((folder) => [folder, bytes(folder)]));
}

/** Bundles, for each function, what it takes from the packages of AWS. */
async function bundleClients(folders: readonly string[]): Promise<Metafile> {
  const exports = clientExports();
  const sources = new Map<string, string>();
  const entryPoints: Record<string, string> = {};
  for (const folder of folders) {
    const file = path.join(bundleFolder(folder), "index.mjs");
    const { bundle, names } = useOfClients(readFileSync(file, "utf8"));
    if (!hasClients(bundle)) continue;
    writeFileSync(file, bundle);
    const used = new Map([...exports].filter(([name]) => names.includes(name)));
    addToBundle(folder, { [AWS_CLIENT_NAMES]: JSON.stringify(Object.fromEntries(used)) });
    sources.set(`clients-of:${folder}`, clientsSource(used));
    entryPoints[`functions/${folder}/${path.parse(AWS_CLIENTS).name}`] = `clients-of:${folder}`;
  }
  const plugins = [clientEntries(sources), ...OPTIONS.plugins];
  const { metafile } = await build({ ...OPTIONS, plugins, entryPoints });
  return metafile;
}

/**
 * Generated clients of AWS name keys of schemas by constant (`{ [_h]: … }`). esbuild takes such keys for side effects
 * and keeps the schemas of every operation; with the strings in place it keeps those of the operations we call. The
 * same strings, so the same program: 60 KB less for S3, 100 KB for Lambda.
 */
const literalSchemaKeys: Plugin = {
  name: "literal-schema-keys",
  setup: (on) => {
    on.onLoad({ filter: /@aws-sdk[\\/].*[\\/]schemas_\d+\.js$/ }, async ({ path: file }) => {
      const text = await readFile(file, "utf8");
      const strings = new Map([...text.matchAll(/^const (\w+) = ("[^"\n]*");$/gm)].map(([, name, value]) => [name, value]));
      const contents = text.replaceAll(/\[(\w+)\]:/g, (key, name: string) => (strings.has(name) ? `${strings.get(name)}:` : key));
      return { contents, loader: "js" };
    });
  },
};

/** AWS clients import their whole package.json for the version in it. */
const slimManifests: Plugin = {
  name: "slim-manifests",
  setup: (on) => {
    on.onLoad({ filter: /@aws-sdk[\\/][^\\/]+[\\/]package\.json$/ }, async ({ path: file }) => {
      const version = /"version": "([^"]+)"/.exec(await readFile(file, "utf8"))?.[1];
      if (version === undefined) throw new Error(`${file} names no version`);
      return { contents: JSON.stringify({ version }), loader: "json" };
    });
  },
};

/**
 * Lambda hands a function its role's credentials in the environment, so the other links of the default chain (SSO,
 * profiles, web identity, container and instance metadata) are never reached. Left in, they add 115 KB to each function.
 */
const environmentCredentials: Plugin = {
  name: "environment-credentials",
  setup: (on) => {
    on.onLoad({ filter: /@aws-sdk[\\/]credential-provider-node[\\/].*\.js$/ }, ({ path: file }) => ({
      contents: 'export { fromEnv as defaultProvider } from "@aws-sdk/credential-provider-env";',
      resolveDir: path.dirname(file),
      loader: "js",
    }));
  },
};

const lazyModules: Plugin = {
  name: "lazy-modules",
  setup: (on) => {
    on.onResolve({ filter: /^@|^(jose|re2js|zod-openapi)$/ }, ({ kind, path: name }) => {
      const file = kind === "dynamic-import" ? LAZY[name] : undefined;
      return file === undefined ? undefined : { path: `./${file}.mjs`, external: true };
    });
  },
};

const OPTIONS = {
  absWorkingDir: ROOT,
  outdir: OUT,
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node24",
  mainFields: ["module", "main"],
  conditions: ["import", "module"],
  outExtension: { ".js": ".mjs" },
  // Names of classes and functions are not kept: errors carry literal names, and nothing else asks.
  minify: true,
  sourcemap: "linked",
  sourcesContent: false,
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
  alias: {
    "@smithy/core/event-streams": path.join(ROOT, "infra/bundle/no-event-streams.ts"),
    "mnemonist/lru-cache": path.join(ROOT, "infra/bundle/endpoint-lru.ts"),
    // The same code as ES modules, of which unused parts fall away; the CommonJS build stays whole.
    yaml: path.join(ROOT, "node_modules/yaml/browser/dist/index.js"),
  },
  plugins: [compactErrors, environmentCredentials, literalSchemaKeys, slimManifests, lazyModules],
  // Some CommonJS dependencies call `require` for Node's own modules. esbuild does not know this name, so it must be
  // longer than any it makes up itself.
  banner: {
    js: "import { createRequire as createRequireOfBundle } from 'node:module'; const require = createRequireOfBundle(import.meta.url);",
  },
} satisfies BuildOptions;

function outputOf(metafile: Metafile, folder: string): Metafile["outputs"][string] | undefined {
  const file = Object.keys(metafile.outputs).find((name) => name.endsWith(`functions/${folder}/index.mjs`));
  return file === undefined ? undefined : metafile.outputs[file];
}

function placeLazyModules(metafile: Metafile, folder: string): void {
  for (const { path: imported } of outputOf(metafile, folder)?.imports ?? []) {
    const file = Object.values(LAZY).find((name) => imported === `./${name}.mjs`);
    if (file === undefined) continue;
    copyFileSync(path.join(OUT, "lazy", `${file}.mjs`), path.join(bundleFolder(folder), `${file}.mjs`));
  }
}

/** Writes files next to a function's bundle, so that they ship in its asset. */
export function addToBundle(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(bundleFolder(folder), name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
}
