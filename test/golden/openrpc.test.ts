import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { OPENRPC_FILE, openRpcText } from "./openrpc.ts";

const Descriptor = z.strictObject({ name: z.string(), required: z.boolean().optional(), schema: z.record(z.string(), z.unknown()) });
const Document = z.strictObject({
  openrpc: z.literal("1.3.2"),
  info: z.strictObject({ title: z.string(), version: z.string(), description: z.string() }),
  methods: z.array(
    z.strictObject({
      name: z.string().regex(/^[a-z]+\.[a-zA-Z]+$/),
      summary: z.string().min(1),
      paramStructure: z.literal("by-name"),
      params: z.array(Descriptor),
      result: Descriptor,
      errors: z.array(z.strictObject({ code: z.int(), message: z.string().min(1) })),
      "x-permission": z.string().optional(),
      "x-operation": z.string(),
    }),
  ),
  components: z.strictObject({ schemas: z.record(z.string(), z.record(z.string(), z.unknown())) }),
});

describe("functions/orchestrator-api/openrpc.json", () => {
  const committed = readFileSync(OPENRPC_FILE, "utf8");
  const document = Document.parse(JSON.parse(committed));

  it("is what the table of methods says; `npm run generate` brings it up to date", async () => {
    // The texts themselves would fill screens.
    expect(committed === (await openRpcText())).toBe(true);
  });

  it("names each method once, with what is required first, and no error twice", () => {
    const names = document.methods.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { params, errors } of document.methods) {
      const required = params.map((param) => param.required);
      expect(required).toEqual([...required].sort((a, b) => Number(b) - Number(a)));
      expect(new Set(errors.map(({ code }) => code)).size).toBe(errors.length);
    }
  });

  it("refers to schemas that it holds, and holds no other", () => {
    const referred = [...committed.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name = ""]) => name);
    expect(new Set(referred)).toEqual(new Set(Object.keys(document.components.schemas)));
  });
});
