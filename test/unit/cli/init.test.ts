import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { openShell } from "./shell.ts";

const FILES = ["README.md", "agent.mjs", "hello.test.mjs", "hello.workflow.yaml", "input.json"];

describe("a2a init", () => {
  it("writes a workflow that is valid, and an agent whose test passes without an orchestrator", async () => {
    using shell = openShell();
    expect(await shell.run(["init", "mine"])).toMatchObject({
      code: 0,
      out: expect.stringContaining("cd mine && node --test"),
    });
    const folder = path.join(shell.folder, "mine");
    expect(readdirSync(folder).sort()).toEqual(FILES);
    expect(await shell.run(["validate", path.join(folder, "hello.workflow.yaml")])).toMatchObject({ code: 0 });
    const { A2A_URL: _, A2A_TOKEN: __, NODE_TEST_CONTEXT: ___, ...env } = process.env;
    const { status, stdout } = spawnSync(process.execPath, ["--test", "--test-reporter=tap"], {
      cwd: folder,
      env,
      encoding: "utf8",
    });
    expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringMatching(/# pass 1\n[^]*# skipped 1\n/) });
  });

  it("touches nothing in a folder that has one of its files", async () => {
    using shell = openShell();
    writeFileSync(path.join(shell.folder, "input.json"), "mine");
    const outcome = await shell.run(["init"]);
    expect(outcome).toMatchObject({
      code: 1,
      err: expect.stringContaining("has input.json already — nothing was written"),
    });
    expect(readdirSync(shell.folder).sort()).toEqual(["input.json", "small.workflow.yaml"]);
    expect(readFileSync(path.join(shell.folder, "input.json"), "utf8")).toBe("mine");
  });
});
