import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LEGACY_METHODS } from "../../../../shared/endpoint/wire/legacy-requests.ts";
import { OPERATIONS } from "../../../../shared/endpoint/wire/wire.ts";
import { MemoryEndpoint, said } from "./memory-endpoint.ts";

const ID = "exec_0123456789";
const FIELDS = `id taskId message messageId contextId parts metadata configuration historyLength pageSize pageToken status
  url token authentication statusTimestampAfter role skill data text raw returnImmediately blocking
  taskPushNotificationConfig pushNotificationConfig`.split(/\s+/);
const ODD = fc.oneof(
  fc.constantFrom<unknown>(null, "", 0, -1, 1.5, true, [], {}, [null], "\ud83d", "a".repeat(3000), "__proto__", "constructor"),
  fc.constantFrom<unknown>("#", "..", ID, { constructor: 1 }, "1e9", { schemes: [] }, { url: 1 }, "drawn@", 7),
  fc.json({ maxDepth: 2 }).map((text): unknown => JSON.parse(text)),
);

/** A request that would do, with up to three of its fields replaced, at whichever depth. */
const REQUEST = fc
  .record({
    method: fc.constantFrom(...Object.keys(OPERATIONS), ...Object.keys(LEGACY_METHODS)),
    changes: fc.array(fc.tuple(fc.nat(4), fc.constantFrom(...FIELDS), ODD), { maxLength: 3 }),
    messageId: fc.uuid(),
  })
  .map(({ method, changes, messageId }) => {
    const isLegacy = method.includes("/");
    const legacy = { message: { messageId, role: "user", parts: [{ kind: "data", data: {} }] } };
    const base: Record<string, unknown> = isLegacy ? legacy : said(messageId);
    const configuration = { returnImmediately: true, blocking: false };
    const params = { id: ID, taskId: ID, url: "https://hook.test", ...base, configuration };
    const places: unknown[] = [params, base["message"], configuration, params, base["message"]];
    for (const [place, field, value] of changes) {
      const target = places[place];
      if (typeof target === "object" && target !== null) Reflect.set(target, field, value);
    }
    return { method, params, version: isLegacy ? "0.3" : "1.0" };
  });

describe("an odd request", () => {
  it("is answered or refused, and never a defect", async () => {
    const endpoint = new MemoryEndpoint();
    await endpoint.api.deploy();
    await endpoint.api.runtime.submit();
    endpoint.onSleep = () => {
      endpoint.isClosed = true;
    };
    await fc.assert(
      fc.asyncProperty(REQUEST, async ({ method, params, version }) => {
        endpoint.isClosed = false;
        const body = { jsonrpc: "2.0", id: 1, method, params };
        const { statusCode } = await endpoint.call("POST", "/a2a", { body, headers: { "a2a-version": version } });
        expect([200, 403]).toContain(statusCode);
        expect(endpoint.defects).toEqual([]);
      }),
      { numRuns: 200, seed: 2026 },
    );
  });
});
