import { describe, expect, it } from "vitest";

import type { Exchanged } from "../../../shared/a2a/http-exchange.ts";
import { callError, readRpcReply } from "../../../shared/a2a/rpc-reply.ts";

const reply = (status: number, body: unknown, headers: Record<string, string> = {}): Exchanged => ({
  kind: "reply",
  status,
  headers,
  body: typeof body === "string" ? body : JSON.stringify(body),
});

describe("readRpcReply", () => {
  it.each([
    {
      of: "a result",
      exchanged: reply(200, { jsonrpc: "2.0", id: 1, result: { n: 1 } }),
      read: { kind: "result", result: { n: 1 } },
    },
    {
      of: "a null result",
      exchanged: reply(200, { jsonrpc: "2.0", id: 1, result: null }),
      read: { kind: "result", result: null },
    },
    {
      of: "an error with status 200",
      exchanged: reply(200, { jsonrpc: "2.0", id: 1, error: { code: -32_602, message: "bad" } }),
      read: { kind: "refused", code: "-32602", message: "bad", retryable: false },
    },
    {
      of: "an error with status 500",
      exchanged: reply(500, { jsonrpc: "2.0", id: null, error: { code: -32_603, message: "oops" } }),
      read: { kind: "refused", code: "-32603", message: "oops", retryable: true },
    },
    {
      of: "HTML",
      exchanged: reply(200, "<html>\n hi"),
      read: { kind: "refused", code: "InvalidReply", retryable: true },
    },
    {
      of: "an empty body",
      exchanged: reply(204, ""),
      read: { kind: "refused", code: "InvalidReply", retryable: true },
    },
    {
      of: "an error that is a string",
      exchanged: reply(200, { error: "x" }),
      read: { kind: "refused", code: "InvalidReply" },
    },
    { of: "a redirect", exchanged: reply(301, ""), read: { kind: "refused", code: "Redirected", retryable: false } },
    { of: "401", exchanged: reply(401, ""), read: { kind: "refused", code: "Unauthorized", retryable: false } },
    { of: "403", exchanged: reply(403, ""), read: { kind: "refused", code: "Unauthorized", retryable: false } },
    { of: "404", exchanged: reply(404, ""), read: { kind: "refused", code: "HTTP 404", retryable: false } },
    {
      of: "429",
      exchanged: reply(429, "", { "retry-after": "7" }),
      read: { code: "HTTP 429", retryable: true, retryAfterMs: 7000 },
    },
    {
      of: "503 with a date",
      exchanged: reply(503, "", {
        "retry-after": "Sat, 21 Nov 2026 10:00:05 GMT",
        date: "Sat, 21 Nov 2026 10:00:00 GMT",
      }),
      read: { code: "HTTP 503", retryable: true, retryAfterMs: 5000 },
    },
    { of: "502", exchanged: reply(502, ""), read: { kind: "in-doubt" } },
    { of: "504", exchanged: reply(504, ""), read: { kind: "in-doubt" } },
    {
      of: "nothing sent",
      exchanged: { kind: "not-sent", reason: "r" } as const,
      read: { kind: "refused", code: "Unreachable", retryable: true },
    },
    {
      of: "a lost reply",
      exchanged: { kind: "lost", reason: "r", timedOut: true } as const,
      read: { kind: "in-doubt", reason: "r" },
    },
    {
      of: "too much",
      exchanged: { kind: "too-large", maxBytes: 9 } as const,
      read: { kind: "refused", code: "ReplyTooLarge", retryable: false },
    },
  ])("$of → $read", ({ exchanged, read }) => {
    expect(readRpcReply(exchanged)).toMatchObject(read);
  });

  it.each(["1e400", "12345678901234567890"])("names %s in an answer's data instead of recording something else", (n) => {
    const task = `{"artifacts":[{"parts":[{"text":"fine"},{"data":{"n":${n}}}]}]}`;
    expect(readRpcReply(reply(200, `{"jsonrpc":"2.0","id":1,"result":{"task":${task}}}`))).toEqual({
      kind: "refused",
      code: "NumberNotKept",
      message: `result.task.artifacts.0.parts.1.data.n is ${n}, a number that would be altered; send it as a text`,
      retryable: false,
    });
  });

  it("takes fractions to the digits of a double, and times in nanoseconds beside the content", () => {
    const told = '{"metadata":{"at":1790000000123456789},"parts":[{"data":0.12345678901234567890}]}';
    expect(readRpcReply(reply(200, `{"jsonrpc":"2.0","id":1,"result":${told}}`))).toMatchObject({ kind: "result" });
  });

  it("ignores a retry-after that is neither seconds nor a date", () => {
    expect(readRpcReply(reply(503, "", { "retry-after": "soon" }))).not.toHaveProperty("retryAfterMs");
  });

  it("quotes no more than a glimpse of a stranger's page", () => {
    const read = readRpcReply(reply(200, "x".repeat(10_000)));
    expect(read.kind === "refused" && read.message.length).toBeLessThan(200);
  });
});

describe("callError", () => {
  it.each([
    { of: { kind: "in-doubt", reason: "lost" } as const, code: "AgentUnavailable", recovery: "retry" },
    {
      of: { kind: "refused", code: "HTTP 503", message: "", retryable: true } as const,
      code: "AgentUnavailable",
      recovery: "retry",
    },
    {
      of: { kind: "refused", code: "-32602", message: "", retryable: false } as const,
      code: "AgentRefused",
      recovery: "operator",
    },
  ])("$of.kind becomes $code", ({ of, code, recovery }) => {
    expect(callError("a", of)).toMatchObject({ name: code, recovery });
  });
});
