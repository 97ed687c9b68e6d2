import { afterAll, describe, expect, it } from "vitest";
import { BUILT_INS, findPattern } from "../../../shared/patterns/built-ins.ts";
import { summarise, viewPattern } from "../../../shared/patterns/views/patterns.ts";
import { present } from "../../../shared/core/present.ts";
import { json, startFakeApi } from "./fake-api.ts";
import { openShell } from "./shell.ts";

const shell = openShell();
afterAll(() => shell[Symbol.dispose]());
const envOf = ({ connection: { url, token } }: { connection: { url: string; token: string } }) => ({ A2A_URL: url, A2A_TOKEN: token });
const LIST = { "GET /dev/api/v1/patterns": json(200, { patterns: BUILT_INS.map(summarise) }) };
const SHOW = { "GET /dev/api/v1/patterns/supervisor": json(200, viewPattern(present(findPattern("supervisor")))) };

describe("a2a patterns", () => {
  it.each([["patterns"], ["patterns", "list"]])("lists what there is: %s %s", async (...args) => {
    await using api = await startFakeApi(LIST);
    const { code, out } = await shell.run(args, { env: envOf(api) });
    expect(code).toBe(0);
    expect(out).toMatch(/PATTERN +VERSION +TYPE/);
    expect(out).toMatch(/handoff +1\.0 +built-in +One agent at a time/);
  });

  it("shows members, configuration with defaults, the bound, and what is asked", async () => {
    await using api = await startFakeApi(SHOW);
    const { code, out } = await shell.run(["patterns", "show", "supervisor"], { env: envOf(api) });
    expect(code).toBe(0);
    expect(out).toMatch(/workers +1 to 20 +do the subtasks/);
    expect(out).toMatch(/min_quality +0\.7/);
    expect(out).toContain("calls at most    (1 + replan)");
    expect(out).toMatch(/assess +Judge the result .* \{score, feedback\?\}/);
    expect(out).toMatch(/delegate .* anything/);
  });

  it("prints both as JSON", async () => {
    await using api = await startFakeApi({ ...LIST, ...SHOW });
    expect(JSON.parse((await shell.run(["patterns", "list", "--json"], { env: envOf(api) })).out)).toHaveLength(BUILT_INS.length);
    expect(JSON.parse((await shell.run(["patterns", "show", "supervisor", "--json"], { env: envOf(api) })).out)).toMatchObject({ name: "supervisor" });
  });
});
