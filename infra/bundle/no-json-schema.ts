import type { Plugin } from "esbuild";
import { readFile } from "node:fs/promises";

/** What stands in for each export: a maker of functions, none of which is ever called. */
const ABSENT = 'const absent = () => () => { throw new Error("JSON Schema is not in this bundle"); };';

/**
 * Schemas of zod know how to write themselves as JSON Schema, 20 KB in each bundle. Only the function that prints the
 * API's document asks them to; in the others these parts are left out.
 */
export const noJsonSchema: Plugin = {
  name: "no-json-schema",
  setup: (on) => {
    on.onLoad(
      { filter: /[\\/]zod[\\/]v4[\\/]core[\\/](to-json-schema|json-schema-processors)\.js$/ },
      async ({ path: file }) => {
        const text = await readFile(file, "utf8");
        const declared = [...text.matchAll(/^export (?:const|function) (\w+)/gm)].map(([, name = ""]) => name);
        const renamed = [...text.matchAll(/^export \{ \w+ as (\w+) \};$/gm)].map(([, name = ""]) => name);
        const exported = [...declared, ...renamed].map((name) => `absent as ${name}`);
        return { contents: `${ABSENT}\nexport { ${exported.join(", ")} };`, loader: "js" };
      },
    );
  },
};
