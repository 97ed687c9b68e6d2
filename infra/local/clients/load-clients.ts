import { existsSync, readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

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

/** Exports what the module in the asset exports. */
function sourceFor(folder: string): string {
  const original = readFileSync(join(folder, SPECIFIER), "utf8");
  const exported = original.slice(original.lastIndexOf("export{"));
  const names = new Set([...exported.matchAll(/\b\w+\$\w+\b/g)].map(([name]) => name));
  const lines = [...names].map((name) => {
    const [short = "", own = ""] = name.split("$");
    return `export { ${own} as ${name} } from ${JSON.stringify(moduleFor(short.replaceAll("_", "-")))};`;
  });
  return lines.join("\n");
}

/** As `infra/bundle/aws-clients.ts` names packages: without `client-`, and others with a dash before. */
function moduleFor(short: string): string {
  const name = short.startsWith("-") ? short.slice(1) : `client-${short}`;
  const thin = new URL(`${name}.ts`, import.meta.url);
  return existsSync(thin) ? thin.href : import.meta.resolve(`@aws-sdk/${name}`);
}
