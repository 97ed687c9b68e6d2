import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { handler } from "../../../functions/run-command/handler.ts";
import type { CommandResult } from "../../../shared/hooks/command/command-order.ts";

const node = (script: string, more: object = {}): Promise<CommandResult> => handler({ argv: [process.execPath, "-e", script], files: [], timeout_ms: 20_000, ...more });

describe("running a command", () => {
  it("gives it a folder with its files, and tells what it said and changed", async () => {
    const script = `
      const fs = require("fs");
      console.log(fs.readdirSync(".", { recursive: true }).toSorted().join(" "), process.cwd().includes("command-"));
      console.error("careful");
      fs.writeFileSync("a/b.txt", "changed");
      fs.writeFileSync("made.txt", "new");
      fs.symlinkSync("/etc/passwd", "link");
      fs.writeFileSync("large.txt", "x".repeat(60_000));`;
    const files = [{ path: "a/b.txt", content: "as it was" }, { path: "same.txt", content: "same" }];
    expect(await node(script, { files })).toEqual({
      kind: "ended",
      exit_code: 0,
      stdout: "a a/b.txt same.txt true\n",
      stderr: "careful\n",
      files: [{ path: "a/b.txt", content: "changed" }, { path: "made.txt", content: "new" }],
    });
  });

  it("gives it no environment to speak of, and no shell to read its arguments", async () => {
    process.env["A2A_TEST_SECRET"] = "ours";
    const result = await handler({ argv: [process.execPath, "-e", "console.log(Object.keys(process.env).toSorted().join(), process.argv[1])", "$(id); `id` > x"], files: [], timeout_ms: 20_000 });
    delete process.env["A2A_TEST_SECRET"];
    expect(result).toMatchObject({ stdout: "GIT_CEILING_DIRECTORIES,GIT_CONFIG_NOSYSTEM,HOME,LANG,PATH $(id); `id` > x\n", files: [] });
  });

  it("says how it ended, and leaves its folder to nobody", async () => {
    expect(await node("process.exit(3)")).toMatchObject({ kind: "ended", exit_code: 3 });
    expect(await node("process.kill(process.pid, 'SIGKILL')")).toMatchObject({ kind: "ended", exit_code: null });
    const result = await node("console.log(process.cwd())");
    expect(result.kind === "ended" && existsSync(result.stdout.trim())).toBe(false);
  });

  it("ends what it began when its time is over, also what it left behind", async () => {
    const result = await handler({ argv: ["/bin/sh", "-c", "sleep 100 & echo $!; wait"], files: [], timeout_ms: 400 });
    const pid = result.kind === "timeout" ? Number(result.stdout) : Number.NaN;
    expect(pid).toBeGreaterThan(0);
    await expect.poll(() => isAlive(pid)).toBe(false);
  });

  it("says of a program that is not there that it is not", async () => {
    expect(await handler({ argv: ["no-such-program"], files: [], timeout_ms: 1000 })).toMatchObject({ kind: "not_started", reason: expect.stringContaining("'no-such-program' cannot be started") });
  });

  it("keeps the beginning of what it says", async () => {
    const result = await node("process.stdout.write('x'.repeat(40_000))");
    expect(result.kind === "ended" && result.stdout.length).toBe(16_384);
  });

  it("puts no file elsewhere, and takes no order that is none", async () => {
    await expect(node("", { files: [{ path: "../x", content: "" }] })).rejects.toThrow("leads out of the command's folder");
    expect(() => handler({ argv: [] })).toThrow();
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
