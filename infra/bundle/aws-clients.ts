import { type Metafile, type Plugin } from "esbuild";
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

/** What that module calls a name of a package: `sqs$SQSClient` of a client, `_lib_dynamodb$GetCommand` of another. */
export function clientName(name: string, exported: string): string {
  const [, folder = ""] = name.split("/");
  const short = folder.startsWith("client-") ? folder.slice("client-".length) : `_${folder}`;
  return `${short.replaceAll("-", "_")}$${exported}`;
}

/** The package and the name behind what the module calls a name. */
function originOf(name: string): { readonly from: string; readonly exported: string } {
  const [short = "", exported = ""] = name.split("$");
  const folder = short.replaceAll("_", "-");
  return { from: `@aws-sdk/${folder.startsWith("-") ? folder.slice(1) : `client-${folder}`}`, exported };
}

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
      const names = [...(namesOf.get(name) ?? [])].map((each) => `${clientName(name, each)} as ${each}`);
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

/** A bundle, and what it takes from its clients' module: names as that module calls them. */
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

/** Source of the clients' module that exports these names. */
export function clientsSource(names: readonly string[]): string {
  const lines = names.map((each) => {
    const { from, exported } = originOf(each);
    return `export { ${exported} as ${each} } from "${from}";`;
  });
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
