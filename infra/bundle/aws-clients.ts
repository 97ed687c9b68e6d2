import { type Metafile, type Plugin } from "esbuild";
import { createHash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/**
 * The clients of AWS as a module of their own, beside the bundle of a function. On AWS that changes nothing; a cloud on one
 * machine that loads another module in its place spares every call HTTP, a signature and a client per function.
 */
export const AWS_CLIENTS = "aws-clients.mjs";
/** The logger imports it for what it does to the global scope, and so does the SDK: one copy, in the clients' module. */
const INVOKE_STORE = "@aws/lambda-invoke-store";

/** Says what the names of the module stand for; beside it, for those who load another one. */
export const AWS_CLIENT_NAMES = "aws-clients.json";

/** A name that a package of AWS exports. */
export interface ClientExport {
  readonly from: string;
  readonly name: string;
}

/** What the module calls an export: short, because it stands in two files, and the same in every build. */
export const shortName = ({ from, name }: ClientExport): string =>
  `c${createHash("sha256").update(`${from} ${name}`).digest("hex").slice(0, 6)}`;

/** Has a bundle import what its own code takes from the packages of AWS from `aws-clients.mjs`. */
export const separateClients: Plugin = {
  name: "separate-clients",
  setup: (on) => {
    const namesOf = importedNames();
    on.onResolve({ filter: /^@aws-sdk\// }, ({ path: name, importer, kind }) => {
      if (kind === "entry-point" || importer.includes("node_modules")) return undefined;
      return { path: name, namespace: "aws-clients", sideEffects: false };
    });
    on.onResolve({ filter: /^\.\/aws-clients\.mjs$/ }, () => ({ path: `./${AWS_CLIENTS}`, external: true, sideEffects: false }));
    on.onResolve({ filter: /^@aws\/lambda-invoke-store$/ }, () => ({ path: `./${AWS_CLIENTS}`, external: true }));
    on.onLoad({ filter: /./, namespace: "aws-clients" }, ({ path: name }) => {
      const names = [...(namesOf.get(name) ?? [])].map((each) => `${shortName({ from: name, name: each })} as ${each}`);
      return { contents: `export { ${names.join(", ")} } from "./${AWS_CLIENTS}";`, loader: "js" };
    });
  },
};

/** Values that the sources of functions import, by package of AWS. */
function importedNames(): ReadonlyMap<string, ReadonlySet<string>> {
  const names = new Map<string, Set<string>>();
  for (const file of globSync("{functions,shared}/**/*.ts", { cwd: ROOT })) {
    const source = readFileSync(path.join(ROOT, file), "utf8");
    for (const [, list = "", name = ""] of source.matchAll(/^import \{([^}]*)\} from "(@aws-sdk\/[\w-]+)"/gm)) {
      const known = names.get(name) ?? new Set();
      names.set(name, known);
      for (const part of list.split(",").map((each) => each.trim())) {
        if (part !== "" && !part.startsWith("type ")) known.add(part.split(" as ")[0] ?? part);
      }
    }
  }
  return names;
}

/** Whether a bundle imports its clients' module at all. */
export const hasClients = (bundle: string): boolean => bundle.includes(`"./${AWS_CLIENTS}"`);

/** A bundle, and what it takes from its clients' module: short names. */
export interface ClientUse {
  readonly bundle: string;
  readonly names: readonly string[];
}

/**
 * Blanks out what a bundle imports from its clients' module and does not use: esbuild drops code that nothing calls, and
 * not its imports. Blanks, because source maps count columns.
 */
export function useOfClients(bundle: string): ClientUse {
  const names = new Set<string>();
  const cleared = bundle.replaceAll(/import\{([^}]*)\}from"\.\/aws-clients\.mjs"/g, (statement, list: string) => {
    const kept = list.split(",").map((part) => {
      const [name = "", alias = name] = part.split(" as ");
      if (occursOnce(bundle, alias)) return " ".repeat(part.length);
      names.add(name);
      return part;
    });
    const text = kept.join(",").replaceAll(/(?<=^|,) +,/g, (blank) => " ".repeat(blank.length));
    return statement.replace(list, () => text);
  });
  return { bundle: cleared, names: [...names].toSorted() };
}

function occursOnce(text: string, identifier: string): boolean {
  const pattern = new RegExp(`(?<![\\w$])${identifier.replaceAll("$", "\\$")}(?![\\w$])`, "g");
  pattern.exec(text);
  return pattern.exec(text) === null;
}

/** What short names stand for. @throws {Error} two exports have one short name. */
export function clientExports(): ReadonlyMap<string, ClientExport> {
  const all = [...importedNames()].flatMap(([from, names]) => [...names].map((name): ClientExport => ({ from, name })));
  const byShortName = new Map(all.map((each) => [shortName(each), each]));
  if (byShortName.size < all.length) throw new Error("two exports of AWS's packages have one short name: lengthen it");
  return byShortName;
}

/** Source of the clients' module that exports these under their short names. */
export function clientsSource(exported: ReadonlyMap<string, ClientExport>): string {
  const lines = [...exported].map(([short, { from, name }]) => `export { ${name} as ${short} } from ${JSON.stringify(from)};`);
  return [`import "${INVOKE_STORE}";`, ...lines].join("\n");
}

/** Gives each function an entry point for its clients; `sources` by the path of the entry. */
export const clientEntries = (sources: ReadonlyMap<string, string>): Plugin => ({
  name: "client-entries",
  setup: (on) => {
    on.onResolve({ filter: /^clients-of:/ }, ({ path: entry }) => ({ path: entry, namespace: "clients-of" }));
    on.onLoad({ filter: /./, namespace: "clients-of" }, ({ path: entry }) => ({
      contents: sources.get(entry) ?? "",
      resolveDir: ROOT,
      loader: "js",
    }));
  },
});

/** Bytes of the outputs of a folder. */
export const sizeOf = (metafile: Metafile, file: string): number =>
  Object.entries(metafile.outputs).find(([name]) => name.endsWith(file))?.[1].bytes ?? 0;
