import { existsSync, readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as z from "zod";
import { parseJson } from "../json.ts";

/** As bundles import it. */
const SPECIFIER = "./aws-clients.mjs";
const PROTOCOL = "a2a-clients:";

/**
 * From now on, what a function's bundle imports as its clients of AWS is ours: thin where a service of this cloud is called
 * often, the SDK's otherwise, and one copy of each for all functions of a thread.
 */
export function replaceClients(): void {
  registerHooks({
    resolve: (specifier, context, next) => {
      const folder = context.parentURL === undefined ? undefined : folderOf(context.parentURL);
      const isOurs = specifier === SPECIFIER && folder !== undefined;
      return isOurs ? { url: `${PROTOCOL}${folder}`, shortCircuit: true } : next(specifier, context);
    },
    load: (url, context, next) =>
      url.startsWith(PROTOCOL)
        ? { format: "module", source: sourceFor(url.slice(PROTOCOL.length)), shortCircuit: true }
        : next(url, context),
  });
}

const folderOf = (url: string): string | undefined => (url.startsWith("file:") ? dirname(fileURLToPath(url)) : undefined);

/** What the short names of the module stand for, as `infra/bundle/aws-clients.ts` writes them beside it. */
const Names = z.record(z.string(), z.object({ from: z.string().startsWith("@aws-sdk/"), name: z.string() }));

/** Exports what the module in the asset exports. */
function sourceFor(folder: string): string {
  const names = Names.parse(parseJson(readFileSync(join(folder, "aws-clients.json"), "utf8")));
  const lines = Object.entries(names).map(
    ([short, { from, name }]) => `export { ${name} as ${short} } from ${JSON.stringify(moduleFor(from))};`,
  );
  return lines.join("\n");
}

function moduleFor(name: string): string {
  const thin = new URL(`${name.replace("@aws-sdk/", "")}.ts`, import.meta.url);
  return existsSync(thin) ? thin.href : import.meta.resolve(name);
}
