import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { canIsolate, Sandboxes } from "../../../infra/local/lambda/sandboxes.ts";

const folder = mkdtempSync(path.join(tmpdir(), "a2a-sandbox-"));
const FUNCTION = `
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
export const handler = async ({ act, text }) => {
  console.log("not a reply");
  switch (act) {
    case "write": writeFileSync("/tmp/secret", text); return readdirSync("/tmp");
    case "list": return readdirSync("/tmp");
    case "processes": return readdirSync("/proc").filter((name) => /^\\d+$/.test(name)).map((pid) => readFileSync("/proc/" + pid + "/environ", "utf8"));
    case "network": return Object.values(networkInterfaces()).flat().map(({ address }) => address);
    case "fetch": return fetch(text).then(() => "reached", ({ cause }) => cause.code);
    case "home": return [...readdirSync("/root"), ...readdirSync("/home")];
    case "hang": return new Promise(() => {});
    case "exit": return process.exit(3);
    default: throw new TypeError("no such act");
  }
};`;

const definition = { name: "run", arn: "arn", codeDir: folder, handler: "index.handler", environment: { ONLY: "this" }, memoryMb: 128, logFile: path.join(folder, "log"), timeoutMs: 5000 };
const sandboxes = new Sandboxes(definition, false);
let nth = 0;
const call = async (tenant: string, event: object, { of = sandboxes, timeoutMs = 5000 } = {}): Promise<unknown> => {
  const { payload, functionError } = await of.invoke(tenant, { functionName: "run", payload: JSON.stringify(event), requestId: `r${(nth += 1)}`, timeoutMs });
  const value: unknown = JSON.parse(payload);
  return functionError === undefined ? value : { error: z.object({ errorType: z.string() }).parse(value).errorType };
};

beforeAll(() => {
  writeFileSync(path.join(folder, "index.mjs"), FUNCTION);
});

afterAll(() => {
  sandboxes.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe.skipIf(!canIsolate())("a function with a sandbox for each tenant", () => {
  it("keeps what one tenant leaves in /tmp from the others, and from the machine", async () => {
    expect(await call("acme", { act: "write", text: "hidden" })).toEqual(["secret"]);
    expect(await call("acme", { act: "list" })).toEqual(["secret"]);
    expect(await call("other", { act: "list" })).toEqual([]);
  });

  it("sees no process but its own, whose environment holds nothing of the machine's", async () => {
    process.env["A2A_TEST_SECRET"] = "of the machine";
    const environments = z.array(z.string()).parse(await call("acme", { act: "processes" }));
    delete process.env["A2A_TEST_SECRET"];
    expect(environments).toEqual(["ONLY=this\0"]);
  });

  it("reaches nothing and has no homes", async () => {
    expect(await call("acme", { act: "network" })).toEqual([]);
    expect(await call("acme", { act: "fetch", text: "http://127.0.0.1:8080/" })).toMatch(/ENETUNREACH|ECONNREFUSED|EADDRNOTAVAIL/);
    expect(await call("acme", { act: "fetch", text: "http://169.254.169.254/" })).toMatch(/ENETUNREACH|EADDRNOTAVAIL/);
    expect(await call("acme", { act: "home" })).toEqual([]);
  });

  it("fails as a function does, and begins anew after it took too long or ended", async () => {
    expect(await call("acme", { act: "?" })).toEqual({ error: "TypeError" });
    expect(await call("acme", { act: "hang" }, { timeoutMs: 300 })).toEqual({ error: "Sandbox.Timedout" });
    expect(await call("acme", { act: "list" })).toEqual([]);
    expect(await call("acme", { act: "exit" })).toEqual({ error: "Runtime.ExitError" });
    expect(await call("acme", { act: "list" })).toEqual([]);
  });
});

describe("a machine that keeps nothing apart", () => {
  it("refuses such functions unless it is told to run them all the same", async () => {
    const [path0, empty] = [process.env["PATH"], folder];
    process.env["PATH"] = empty;
    const [closed, open] = [new Sandboxes(definition, false), new Sandboxes(definition, true)];
    try {
      expect(await call("acme", { act: "list" }, { of: closed })).toEqual({ error: "Sandbox.Refused" });
      expect(await call("acme", { act: "network" }, { of: open })).toEqual(expect.arrayContaining(["127.0.0.1"]));
    } finally {
      process.env["PATH"] = path0;
      open.stop();
    }
  });
});
