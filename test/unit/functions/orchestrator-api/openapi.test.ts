import { describe, expect, it } from "vitest";
import * as z from "zod";
import { describeRoutes } from "../../../../functions/orchestrator-api/openapi.ts";
import { ROUTES } from "../../../../functions/orchestrator-api/route-table.ts";
import { MemoryApi } from "../../../fixtures/runtime/memory-api.ts";

const Operation = z.object({
  operationId: z.string(),
  summary: z.string(),
  security: z.array(z.object({})).optional(),
  parameters: z.array(z.object({ name: z.string(), in: z.enum(["path", "query", "header"]), required: z.boolean(), schema: z.looseObject({}) })),
  requestBody: z.object({ required: z.literal(true), content: z.record(z.string(), z.object({ schema: z.looseObject({}) })) }).optional(),
  responses: z.record(z.string(), z.looseObject({ description: z.string() })),
});
const OpenApi = z.object({
  openapi: z.literal("3.1.0"),
  info: z.object({ title: z.string(), version: z.string() }),
  paths: z.record(z.string().startsWith("/"), z.partialRecord(z.enum(["get", "post", "put", "patch", "delete"]), Operation)),
});

describe("the OpenAPI document", () => {
  const document = OpenApi.parse(describeRoutes(ROUTES));
  const operations = Object.entries(document.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ path, method, operation })));

  it("describes every route, each under an id of its own", () => {
    expect(operations.map(({ path, method }) => `${method} ${path}`).sort()).toEqual(ROUTES.map(({ method, path }) => `${method.toLowerCase()} ${path}`).sort());
    expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(ROUTES.length);
  });

  it.each(operations)("$method $path has a summary, its path's parameters and replies", ({ path, method, operation }) => {
    expect(operation.summary).not.toBe("");
    const inPath = operation.parameters.filter((parameter) => parameter.in === "path").map(({ name }) => name);
    expect(inPath).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
    expect(Object.keys(operation.responses)).toContain("default");
    if (["post", "put", "patch"].includes(method)) expect(operation.requestBody).toBeDefined();
  });

  it("leaves open exactly the probes and itself", () => {
    expect(operations.filter(({ operation }) => operation.security?.length === 0).map(({ path }) => path).sort()).toEqual(["/health", "/openapi.json", "/ready", "/startup"]);
  });

  it("is served with the stream, which another function answers", async () => {
    const { json } = await new MemoryApi().call("GET", "/openapi.json");
    expect(json["paths"]).toHaveProperty(["/api/v1/executions/{execution_id}/stream", "get"]);
  });
});
