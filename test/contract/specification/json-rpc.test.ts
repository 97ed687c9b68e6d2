import { describe, expect, it } from "vitest";
import * as z from "zod";
import { METHODS } from "../../../functions/orchestrator-api/rpc/method-table.ts";
import { describeMethods } from "../../../functions/orchestrator-api/rpc/openrpc.ts";
import type { RpcReply } from "../../../functions/orchestrator-api/rpc/answer-rpc.ts";
import { callRpc } from "../../fixtures/api/call-rpc.ts";
import { MemoryApi } from "../../fixtures/runtime/memory-api.ts";
import { EXECUTION } from "../../fixtures/runtime/memory-runtime.ts";
import { readMethods, type SpecifiedField, wordsOf } from "../../fixtures/specification/field-lists.ts";

/** Where we do otherwise, on purpose; the reasons stand under "Deviations" in `shared/README.md`. */
const DEVIATIONS = {
  requests: {
    "workflow.execute": [
      "execution_options.retry_policy",
      "execution_options.resource_constraints",
      "execution_options.checkpoint_interval",
    ],
  },
  responses: {},
  codes: { "workflow.execute": [-32_006], "workflow.resume": [-32_005] },
} as const satisfies Record<string, Readonly<Record<string, readonly (string | number)[]>>>;

const deviations = (kind: keyof typeof DEVIATIONS, method: string): readonly (string | number)[] =>
  Object.entries(DEVIATIONS[kind]).find(([name]) => name === method)?.[1] ?? [];

interface Schema {
  readonly [key: string]: unknown;
}
const Schema = z.record(z.string(), z.unknown());
const Document = z.object({
  methods: z.array(
    z.object({
      name: z.string(),
      params: z.array(z.object({ name: z.string(), required: z.boolean(), schema: Schema })),
      result: z.object({ schema: Schema }),
      errors: z.array(z.object({ code: z.int() })),
    }),
  ),
  components: z.object({ schemas: z.record(z.string(), Schema) }),
});
const document = Document.parse(await describeMethods(METHODS));
const specified = readMethods("workflow-methods.md");

/** A field's schema inside another: of an object, of a list's entries, or of what stands under names of one's own. */
function inside(schema: Schema, name: string): Schema | undefined {
  const { $ref, properties, items, additionalProperties } = schema;
  if (typeof $ref === "string") return inside(document.components.schemas[$ref.split("/").at(-1) ?? ""] ?? {}, name);
  const own = Schema.safeParse(properties).data?.[name];
  if (own !== undefined) return Schema.parse(own);
  for (const each of [items, additionalProperties]) {
    const { data } = Schema.safeParse(each);
    const found = data === undefined ? undefined : inside(data, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Fields that the schema lacks, by path. The specification names one role to show what is in it. */
function missingIn(schema: Schema, fields: readonly SpecifiedField[], path = ""): string[] {
  return fields.flatMap((field) => {
    const at = path === "" ? field.name : `${path}.${field.name}`;
    if (field.name === "agent_role") return missingIn(schema, field.fields, path);
    const found = inside(schema, field.name);
    return found === undefined ? [at] : missingIn(found, field.fields, at);
  });
}

/** Fields whose words differ from those that the specification lists. */
function otherWords(schema: Schema, fields: readonly SpecifiedField[], path = ""): string[] {
  return fields.flatMap((field) => {
    const at = path === "" ? field.name : `${path}.${field.name}`;
    const found = field.name === "agent_role" ? schema : inside(schema, field.name);
    if (found === undefined) return [];
    const words = wordsOf(field);
    const ours = z.union([z.object({ enum: z.array(z.string()) }).transform((one) => one.enum), z.object({ const: z.string() }).transform((one) => [one.const])]).safeParse(found).data;
    const isSame = words.length === 0 || (ours !== undefined && words.every((word) => ours.includes(word)) && ours.length >= words.length);
    return [...(isSame ? [] : [at]), ...otherWords(found, field.fields, at)];
  });
}

const ours = (name: string) => {
  const found = document.methods.find((method) => method.name === name);
  if (found === undefined) throw new Error(`there is no method ${name}`);
  const properties = Object.fromEntries(found.params.map((param) => [param.name, param.schema]));
  return { ...found, request: { properties } };
};

describe("spec 004 §4.1", () => {
  it("has five methods", () => {
    expect(specified.map(({ name }) => name)).toEqual(["workflow.create", "workflow.execute", "workflow.status", "workflow.pause", "workflow.resume"]);
    expect(specified[0]?.request.map(({ name }) => name)).toEqual(["name", "version", "orchestration_pattern", "agents", "tasks", "coordination", "fault_tolerance"]);
  });
});

describe.each(specified)("$name", ({ name, request, response, codes }) => {
  it("takes every field that the specification names, required where it says so", () => {
    const method = ours(name);
    expect(missingIn(method.request, request)).toEqual(deviations("requests", name));
    const required = request.filter(({ says }) => says.includes("(required)")).map((field) => field.name);
    expect(method.params.filter((param) => param.required).map((param) => param.name).sort()).toEqual(required.sort());
    expect(otherWords(method.request, request)).toEqual([]);
  });

  it("answers every field that the specification names, and no other", () => {
    const { result } = ours(name);
    expect(missingIn(result.schema, response)).toEqual(deviations("responses", name));
    const { properties = {}, $ref } = z.object({ properties: Schema.optional(), $ref: z.string().optional() }).parse(result.schema);
    const of = $ref === undefined ? properties : Schema.parse(document.components.schemas[$ref.split("/").at(-1) ?? ""]?.["properties"]);
    const known = response.map((field) => field.name);
    expect(Object.keys(of).filter((field) => !known.includes(field))).toEqual([]);
    expect(otherWords(result.schema, response)).toEqual([]);
  });

  it("refuses with the codes that the specification lists", () => {
    const given = ours(name).errors.map(({ code }) => code);
    expect(codes.filter((code) => !given.includes(code))).toEqual(deviations("codes", name));
  });
});

describe("what the methods answer", () => {
  const DEFINITION = {
    name: "drawn",
    version: "1.0",
    orchestration_pattern: "supervisor",
    agents: { writer: { type: "llm", capabilities: ["write"], resources: { cpu: "2 cores", memory: "4GB" } } },
    tasks: [{ id: "a", agent: "writer", depends_on: [], parallel: false, timeout: 30, retry_policy: { max_attempts: 3 } }],
    coordination: { type: "hybrid", event_driven: [], graph_based: [] },
    fault_tolerance: { circuit_breaker: {}, saga_pattern: {} },
  };

  async function prepared(): Promise<MemoryApi> {
    const api = new MemoryApi();
    const definition = await api.deploy();
    const finding = { code: "UnusedAgent", severity: "warning", message: "nobody uses it", remedy: "remove it", path: "agents.x" };
    const summary = { plan_hash: definition.plan, levels: [["a"]], critical_path: { tasks: ["a"], seconds: 60 }, parallel_degree: 1, machines: [] };
    api.planReply = { outcome: "planned", report: { errors: [], warnings: [finding], optimizations: [] }, definition, summary };
    return api;
  }

  const requests: Readonly<Record<string, object>> = {
    "workflow.create": DEFINITION,
    "workflow.execute": { workflow_id: "drawn", input_data: { topic: "tea" }, execution_options: { timeout: 3600 } },
    "workflow.status": { execution_id: EXECUTION },
    "workflow.pause": { execution_id: EXECUTION },
    "workflow.resume": { execution_id: EXECUTION },
  };

  it.each(specified)("$name: the fields of the specification", async ({ name, response }) => {
    const api = await prepared();
    await api.runtime.submit({ status: "running", startedAt: "2026-11-21T10:00:00.000Z" });
    if (name === "workflow.resume") await callRpc(api, "workflow.pause", { execution_id: EXECUTION });
    const { result, error }: RpcReply = await callRpc(api, name, requests[name] ?? {});
    expect(error).toBeUndefined();
    // Error details are those of a failed execution.
    const expected = response.map((field) => field.name).filter((field) => field !== "error_details" && !deviations("responses", name).includes(field));
    expect(Object.keys(Schema.parse(result)).sort()).toEqual(expected.sort());
  });

  it("a definition's findings as sentences", async () => {
    const { result } = await callRpc(await prepared(), "workflow.create", DEFINITION);
    expect(result).toMatchObject({
      workflow_id: "drawn",
      status: "validated",
      validation_report: { errors: [], warnings: ["agents.x: nobody uses it; remove it"], optimizations: [] },
    });
  });

  it.each(["retry_policy", "resource_constraints", "checkpoint_interval"])("execution_options.%s is refused by its name", async (option) => {
    const api = await prepared();
    const { error } = await callRpc(api, "workflow.execute", { workflow_id: "drawn", input_data: {}, execution_options: { [option]: 1 } });
    expect(error).toMatchObject({ code: -32_602, message: expect.stringContaining(option) });
    expect(api.started).toEqual([]);
  });
});
