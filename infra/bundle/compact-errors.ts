import type { Plugin } from "esbuild";
import { readFile } from "node:fs/promises";

const CLASS =
  /export class (\w+) extends __BaseException \{\n {4}static shapeId = ("[^"]+");\n {4}name = "\1";\n {4}\$fault = ("client"|"server");\n(?: {4}\w+;\n)* {4}constructor\(opts\) \{\n {8}super\(\{\n {12}name: "\1",\n {12}\$fault: \3,\n {12}\.\.\.opts,\n {8}\}\);\n {8}Object\.setPrototypeOf\(this, \1\.prototype\);\n((?: {8}this\.\w+ = opts\.\w+;\n)*) {4}\}\n\}\n/g;

const FACTORY = `
const define = (name, shapeId, $fault, fields) => {
  const Defined = class extends __BaseException {
    static shapeId = shapeId;
    name = name;
    $fault = $fault;
    constructor(opts) {
      super({ name, $fault, ...opts });
      Object.setPrototypeOf(this, Defined.prototype);
      for (const field of fields) this[field] = opts[field];
    }
  };
  return Defined;
};
`;

/**
 * Generated clients of AWS declare each error of their service as a class of the same few lines, and register all of
 * them: 45 KB in the API's bundle. One factory makes the same classes out of their names. A file of another form is
 * left as it is.
 */
export const compactErrors: Plugin = {
  name: "compact-errors",
  setup: (on) => {
    on.onLoad({ filter: /@aws-sdk[\\/]client-[\w-]+[\\/]dist-es[\\/]models[\\/]errors\.js$/ }, async ({ path: file }) => {
      const text = await readFile(file, "utf8");
      const compact = text.replaceAll(CLASS, (_, name: string, shapeId: string, fault: string, assigned: string) => {
        const fields = [...assigned.matchAll(/this\.(\w+)/g)].map(([, field]) => field);
        return `export const ${name} = /* @__PURE__ */ define("${name}", ${shapeId}, ${fault}, ${JSON.stringify(fields)});\n`;
      });
      if (/\bclass\b/.test(compact)) return undefined;
      return { contents: compact.replace(/^(?=export const)/m, FACTORY), loader: "js" };
    });
  },
};
