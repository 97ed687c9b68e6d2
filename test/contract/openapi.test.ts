import { Validator } from "@seriousme/openapi-schema-validator";
import { beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { describeRoutes } from "../../functions/orchestrator-api/openapi.ts";
import { ROUTES, STREAM } from "../../functions/orchestrator-api/route-table.ts";
import { MemoryApi } from "../fixtures/runtime/memory-api.ts";

const OPERATIONS = [...ROUTES, STREAM];

const Schema = z.looseObject({});
const Content = z.record(z.string(), z.strictObject({ schema: Schema }));
const Reply = z.strictObject({
  description: z.string().min(1),
  content: Content.optional(),
  headers: Schema.optional(),
});
const Reference = z.strictObject({ $ref: z.string().startsWith("#/components/responses/") });
const Parameter = z.object({
  name: z.string(),
  in: z.enum(["path", "query", "header"]),
  required: z.boolean().default(false),
  schema: Schema,
});
const Operation = z.object({
  operationId: z.string(),
  summary: z.string().min(1),
  security: z.array(z.object({})).optional(),
  parameters: z.array(Parameter).default([]),
  requestBody: z.object({ required: z.literal(true), content: Content }).optional(),
  responses: z.record(z.string(), z.union([Reply, Reference])),
});
type Operation = z.infer<typeof Operation>;
const Document = z.object({
  openapi: z.literal("3.1.0"),
  paths: z.record(z.string().startsWith("/"), z.record(z.string(), Operation)),
  components: z.object({ schemas: z.record(z.string(), Schema), responses: z.record(z.string(), Reply) }),
});

let written: Record<string, unknown>;
let document: z.infer<typeof Document>;
beforeAll(async () => {
  written = await describeRoutes(OPERATIONS);
  document = Document.parse(written);
});

const operationOf = ({ method, path }: { method: string; path: string }): Operation => {
  const operation = document.paths[path]?.[method.toLowerCase()];
  if (operation === undefined) throw new Error(`${method} ${path} is not described`);
  return operation;
};

const cases = OPERATIONS.map(({ method, path, operationId, permission }) => ({
  method,
  path,
  operationId,
  permission,
}));

describe("the OpenAPI document", () => {
  it("is valid by the schema of OpenAPI 3.1, and every reference leads somewhere", async () => {
    const validator = new Validator();
    expect(await validator.validate(structuredClone(written))).toEqual({ valid: true });
    expect(() => validator.resolveRefs()).not.toThrow();
    const text = JSON.stringify(written);
    const referred = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name = ""]) => name);
    expect(referred.filter((name) => document.components.schemas[name] === undefined)).toEqual([]);
    expect(Object.keys(document.components.schemas).filter((name) => !referred.includes(name))).toEqual([]);
  });

  it("is written the same way each time", async () => {
    expect(JSON.stringify(await describeRoutes(OPERATIONS))).toBe(JSON.stringify(written));
  });

  it("describes every operation once, and nothing else", () => {
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(described.sort()).toEqual(OPERATIONS.map(({ method, path }) => `${method} ${path}`).sort());
    expect(new Set(cases.map(({ operationId }) => operationId)).size).toBe(OPERATIONS.length);
  });

  it.each(cases)("$method $path says what a success brings and which refusals there are", ({ method, path, permission }) => {
    const { responses } = operationOf({ method, path });
    const successes = Object.entries(responses).filter(([status]) => status.startsWith("2"));
    expect(successes.length).toBeGreaterThan(0);
    for (const [status, success] of successes) {
      const schemas = "content" in success ? Object.values(success.content ?? {}).map(({ schema }) => schema) : [];
      expect(schemas.filter((schema) => Object.keys(schema).length > 0)).toHaveLength(status === "204" ? 0 : 1);
    }
    const refusals = Object.keys(responses).filter((status) => /^[45]/.test(status));
    const always = ["429", "500", "503", ...(permission === "public" ? [] : ["401", "403"])];
    expect(refusals).toEqual(expect.arrayContaining(always));
    expect(refusals.every((status) => "$ref" in (responses[status] ?? {}))).toBe(true);
  });

  it("gives every refusal the problem document as its body", () => {
    const bodies = Object.values(document.components.responses).map(({ content }) => content);
    expect(bodies).toHaveLength(10);
    const schema = { $ref: "#/components/schemas/Problem" };
    for (const body of bodies) expect(body).toEqual({ "application/problem+json": { schema } });
  });

  it.each(cases)("$method $path has its path's parameters, and a body where it takes one", ({ method, path }) => {
    const { parameters, requestBody } = operationOf({ method, path });
    const inPath = parameters.filter((parameter) => parameter.in === "path");
    expect(inPath.map(({ name }) => name)).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
    expect(inPath.every(({ required }) => required)).toBe(true);
    if (["POST", "PUT", "PATCH"].includes(method)) expect(requestBody).toBeDefined();
  });

  it("names the idempotency key where it is read, and only there", () => {
    const withKey = cases.filter((one) => operationOf(one).parameters.some(({ name }) => name === "Idempotency-Key"));
    expect(withKey.map(({ operationId }) => operationId).sort()).toEqual(["callRpc", "createIncident", "executeInline", "executeWorkflow"]);
  });

  it("leaves open exactly the probes and itself", () => {
    const open = cases.filter((one) => operationOf(one).security?.length === 0).map(({ path }) => path);
    expect(open.sort()).toEqual(["/health", "/openapi.json", "/openrpc.json", "/ready", "/startup"]);
  });

  it("is what the API serves", async () => {
    expect((await new MemoryApi().call("GET", "/openapi.json")).json).toEqual(JSON.parse(JSON.stringify(written)));
  });
});
