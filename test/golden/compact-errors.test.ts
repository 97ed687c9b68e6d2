import * as sqs from "@aws-sdk/client-sqs";
import { build } from "esbuild";
import { mkdtempSync, rmSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { compactErrors } from "../../infra/bundle/compact-errors.ts";

const folder = mkdtempSync(path.join(import.meta.dirname, ".compact-"));
afterAll(() => rmSync(folder, { recursive: true }));

const Exports = z.record(z.string(), z.unknown());
type ErrorClass = new (options: object) => Error;
const isError = (value: unknown): value is ErrorClass => typeof value === "function" && value.prototype instanceof Error;
const classesOf = (exports: unknown) => Object.entries(Exports.parse({ ...Exports.parse(exports) })).filter((entry): entry is [string, ErrorClass] => isError(entry[1]));

let compacted: ReadonlyMap<string, ErrorClass>;
beforeAll(async () => {
  const outfile = path.join(folder, "sqs.mjs");
  const entry = { contents: 'export * from "@aws-sdk/client-sqs";', resolveDir: import.meta.dirname };
  await build({ stdin: entry, outfile, bundle: true, format: "esm", platform: "node", mainFields: ["module", "main"], plugins: [compactErrors], packages: "bundle", minify: true, banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" } });
  compacted = new Map(classesOf(await import(outfile)));
});

describe("the errors of an AWS client in a bundle", () => {
  const originals = classesOf(sqs);
  const shown = (of: ErrorClass): unknown => {
    const error = new of({ message: "no", $metadata: { requestId: "r" }, Type: "t", Reason: "why" });
    return { ...Object.fromEntries(Object.entries(error)), message: error.message, shapeId: Reflect.get(of, "shapeId") };
  };

  it("are all there", () => {
    expect([...compacted.keys()].sort()).toEqual(originals.map(([name]) => name).sort());
    expect(compacted.size).toBeGreaterThan(25);
  });

  it.each(originals)("%s is as the client declares it", (name, original) => {
    const made = compacted.get(name);
    expect(made).toBeDefined();
    if (made === undefined) return;
    expect(shown(made)).toEqual(shown(original));
    const base = compacted.get("SQSServiceException");
    expect(base !== undefined && new made({}) instanceof base).toBe(true);
    expect(new made({})).toBeInstanceOf(made);
  });
});
