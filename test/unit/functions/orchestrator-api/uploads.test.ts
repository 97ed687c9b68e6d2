import { UploadPartCommand } from "@aws-sdk/client-s3";
import { beforeEach, describe, expect, it } from "vitest";
import * as z from "zod";
import { loadExecution } from "../../../../shared/execution/store/execution-store.ts";
import { loadPayload } from "../../../../shared/execution/store/payload-store.ts";
import { EXECUTION } from "../../../fixtures/runtime/memory-runtime.ts";
import { MemoryApi } from "../../../fixtures/runtime/memory-api.ts";

let api: MemoryApi;
beforeEach(() => {
  api = new MemoryApi();
});

const MIB = 1024 * 1024;
const Opened = z.object({
  upload_id: z.string(),
  part_bytes: z.int(),
  parts: z.array(z.object({ part_number: z.int(), url: z.url() })),
});
const flawsOf = (json: Record<string, unknown>) => z.array(z.object({ field: z.string(), message: z.string() })).parse(json["errors"]);

const begin = async (bytes: number, call: { tenant?: string } = {}) => {
  const reply = await api.call("POST", "/api/v1/uploads", { body: { bytes }, ...call });
  expect(reply.statusCode).toBe(201);
  const opened = Opened.parse(reply.json);
  return { ...opened, reference: { $ref: opened.upload_id } };
};

/** Sends parts as their links say, in whichever order. */
async function send({ parts }: Pick<z.infer<typeof Opened>, "parts">, pieces: readonly Buffer[]) {
  const { s3, bucket: Bucket } = api.runtime.payloads;
  return Promise.all(
    pieces.map(async (Body, index) => {
      const { pathname, searchParams } = new URL(parts[index]?.url ?? "");
      const Key = decodeURIComponent(pathname.split("/").slice(2).join("/"));
      const UploadId = searchParams.get("uploadId") ?? "";
      const { ETag } = await s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: index + 1, Body }));
      return { part_number: index + 1, etag: ETag ?? "" };
    }),
  );
}

const complete = (id: string, parts: object[], call: { tenant?: string; roles?: string } = {}) =>
  api.call("POST", `/api/v1/uploads/${id}/complete`, { body: { parts }, ...call });

async function uploaded(value: unknown, call: { tenant?: string } = {}) {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const opened = await begin(Buffer.byteLength(text), call);
  const parts = await send(opened, [Buffer.from(text)]);
  expect((await complete(opened.upload_id, parts, call)).json).toMatchObject({ status: "complete" });
  return opened;
}

const execute = (input_data: unknown, call: object = {}) => api.call("POST", "/api/v1/workflows/drawn/execute", { body: { input_data }, ...call });

describe("an upload", () => {
  it("has a link for each part of 8 MiB, which says nothing of a checksum", async () => {
    const { parts, part_bytes: partBytes, upload_id: id } = await begin(17 * MIB);
    expect([partBytes, parts.map(({ part_number: number }) => number)]).toEqual([8 * MIB, [1, 2, 3]]);
    for (const { url } of parts) {
      expect(new URL(url).pathname).toContain(`/T/acme/X/${id}/content.json`);
      expect(url).toContain("X-Amz-Expires=3600");
      expect(url.toLowerCase()).not.toContain("checksum");
    }
  });

  it("is the input of an execution, whose row points to it", async () => {
    await api.deploy();
    const value = { order: "é", lines: [1, 2, 3] };
    const { reference, upload_id: id } = await uploaded(value);
    const reply = await execute(reference);
    expect(reply.statusCode).toBe(202);
    const { input } = await loadExecution(api.deps.executions, "acme", String(reply.json["execution_id"]));
    expect(input).toMatchObject({ key: `T/acme/X/${id}/content.json`, bytes: Buffer.byteLength(JSON.stringify(value)) });
    expect(await loadPayload(api.runtime.payloads, input)).toEqual(value);
    expect((await api.call("GET", `/api/v1/uploads/${id}`)).json).toMatchObject({ status: "complete", sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });

  it("is complete however often that is said", async () => {
    const opened = await begin(2);
    const parts = await send(opened, [Buffer.from("{}")]);
    const first = await complete(opened.upload_id, parts);
    expect((await complete(opened.upload_id, parts)).json).toEqual(first.json);
  });

  it("is complete although the first answer that it is got lost", async () => {
    const opened = await begin(2);
    const parts = await send(opened, [Buffer.from("{}")]);
    const { finish } = api.deps.uploads;
    let isLost = true;
    Object.assign(api.deps.uploads, {
      finish: async (order: Parameters<typeof finish>[0]) => {
        const outcome = await finish(order);
        if (isLost) throw new Error("the answer got lost");
        return outcome;
      },
    });
    expect((await complete(opened.upload_id, parts)).statusCode).toBe(500);
    isLost = false;
    expect((await complete(opened.upload_id, parts)).json).toMatchObject({ status: "complete" });
  });

  it("is a definition, with its wrapper or without", async () => {
    const tasks = { name: "big", version: "1.0", agents: {}, tasks: [] };
    const bare = await uploaded(tasks);
    const wrapped = await uploaded({ workflow: tasks });
    for (const { reference } of [bare, wrapped]) {
      await api.call("POST", "/api/v1/workflows/execute", { body: { workflow: reference } });
      await api.call("POST", "/api/v1/workflows", { body: reference });
    }
    const sources = api.planned.map((planned) => z.object({ source: z.unknown() }).parse(planned).source);
    expect(sources).toEqual([{ value: { workflow: tasks } }, { value: tasks }, { value: { workflow: tasks } }, { value: { workflow: tasks } }]);
  });

  it("stands in for the output of a task that is skipped, and for the input of one that is done again", async () => {
    await api.runtime.submit();
    const { reference, upload_id: id } = await uploaded({ by: "hand" });
    const at = `/api/v1/executions/${EXECUTION}/tasks/a`;
    const skipped = await api.call("POST", `${at}/skip`, { body: { output: reference } });
    expect(skipped.statusCode, skipped.body).toBeLessThan(300);
    expect(api.runtime.record("a")).toMatchObject({ state: "skipped", output: { key: `T/acme/X/${id}/content.json` } });
    const unknown = await api.call("POST", `${at}/rerun`, { body: { input: { $ref: "upload_0000000000" } } });
    expect([unknown.statusCode, flawsOf(unknown.json)[0]?.field]).toEqual([400, "body.input.$ref"]);
  });

  it("of another tenant is none, whatever is asked of it", async () => {
    await api.deploy();
    const { reference, upload_id: id } = await uploaded({ secret: true }, { tenant: "other" });
    const used = await execute(reference);
    expect([used.statusCode, flawsOf(used.json)]).toEqual([400, [{ field: "body.input_data.$ref", message: expect.stringContaining(`names '${id}', and you have no such upload: POST /api/v1/uploads begins one`) }]]);
    expect((await api.call("GET", `/api/v1/uploads/${id}`)).statusCode).toBe(404);
    expect((await complete(id, [{ part_number: 1, etag: "x" }])).statusCode).toBe(404);
  });

  it("that is not complete cannot be used, nor one that is too old", async () => {
    await api.deploy();
    const { reference } = await begin(10);
    expect(flawsOf((await execute(reference)).json)[0]?.message).toContain("which is not complete: POST /api/v1/uploads/upload_");
    const { reference: old } = await uploaded({});
    api.runtime.time += 7 * 86_400_000 + 1000;
    expect(flawsOf((await execute(old)).json)[0]?.message).toContain("you have no such upload");
  });

  it("leaves other references alone: they are values", async () => {
    await api.deploy();
    const reply = await execute({ $ref: "#/definitions/order" });
    const { input } = await loadExecution(api.deps.executions, "acme", String(reply.json["execution_id"]));
    expect(input).toEqual({ json: '{"$ref":"#/definitions/order"}' });
  });

  it.each([
    { what: "no JSON", text: "{nope", says: "must be JSON" },
    { what: "a number that would be altered", text: '{"id":12345678901234567890}', says: "upload.id" },
    { what: "too deep", text: `${"[".repeat(90)}${"]".repeat(90)}`, says: "is nested 90 levels deep" },
    { what: "shorter than announced", text: '"x"', bytes: 9, says: "it has 3 bytes, and 9 were announced" },
  ])("that is $what is refused", async ({ text, bytes, says }) => {
    const body = Buffer.from(text);
    const opened = await begin(bytes ?? body.length);
    const reply = await complete(opened.upload_id, await send(opened, [body]));
    expect([reply.statusCode, flawsOf(reply.json)]).toEqual([400, [{ field: "body.parts", message: expect.stringContaining(says) }]]);
    expect((await api.call("GET", `/api/v1/uploads/${opened.upload_id}`)).json).toMatchObject({ status: "open" });
  });

  it.each([0, 104_857_601])("of %s bytes is not begun", async (bytes) => {
    const reply = await api.call("POST", "/api/v1/uploads", { body: { bytes } });
    expect([reply.statusCode, flawsOf(reply.json)[0]?.field]).toEqual([400, "body.bytes"]);
  });

  it("as a definition is no larger than a definition may be", async () => {
    const { reference } = await uploaded({ filler: "x".repeat(5_000_000) });
    const reply = await api.call("POST", "/api/v1/workflows", { body: reference });
    expect([reply.statusCode, flawsOf(reply.json)]).toEqual([400, [{ field: "body.$ref", message: expect.stringContaining("more than 5000000") }]]);
    expect(api.planned).toEqual([]);
  });

  it("is for those who may submit", async () => {
    expect((await api.call("POST", "/api/v1/uploads", { body: { bytes: 2 }, roles: "agent" })).statusCode).toBe(403);
  });
});
