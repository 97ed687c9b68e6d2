import { beforeEach, describe, expect, it } from "vitest";
import { runHooks } from "../../../functions/run-hooks/run-hooks.ts";
import { StoreUnavailableError } from "../../../shared/core/errors.ts";
import { commandRunner } from "../../../shared/hooks/delivery/command-runner.ts";
import { type HookRun, runIdOf } from "../../../shared/hooks/hook-run.ts";
import { hookOf } from "../../../shared/hooks/register-hook.ts";
import { HookBody } from "../../../shared/hooks/hook.ts";
import { saveHook } from "../../../shared/hooks/store/hook-store.ts";
import { loadRuns } from "../../../shared/hooks/store/run-store.ts";
import { fakeLambda } from "../../fixtures/runtime/fake-client.ts";
import { hookLike, HookWorld, orderOf } from "../../fixtures/runtime/hook-kit.ts";

let world: HookWorld;
beforeEach(() => {
  world = new HookWorld();
});

async function call(command: string, facts: Record<string, unknown> = {}, args: readonly string[] = []): Promise<HookRun | undefined> {
  await saveHook(world.control, "acme", { hook: hookLike({ retry_policy: { max_attempts: 1 }, timeout_seconds: 5, action: { type: "command", command, args } }) });
  const order = orderOf("hook_1");
  await runHooks(world.deps, { ...order, event: { ...order.event, facts } });
  const id = runIdOf(order.event, "hook_1");
  return (await loadRuns(world.control, "acme", [id])).get(id)?.run;
}

const files = [{ path: "a.json", content: "[1]" }];

describe("hooks that run commands", () => {
  it("run them over the files that an edit made, and put what they left in their place", async () => {
    world.commandResult = { kind: "ended", exit_code: 0, stdout: "done", stderr: "", files: [{ path: "a.json", content: "[\n1\n]" }, { path: "log", content: "" }] };
    const run = await call("jq -S . {file}".replace(" . ", " '.' "), { output: { files, note: "n" } });
    expect(world.commands).toEqual([{ tenant: "acme", order: { argv: ["jq", "-S", ".", "a.json"], files, timeout_ms: 4500 } }]);
    expect(run).toMatchObject({ status: "completed", output: { exit_code: 0, stdout: "done", changed: ["a.json", "log"], patch: { output: { files: [{ path: "a.json", content: "[\n1\n]" }], note: "n" } } } });
  });

  it("put a field of the event in the place of its name, as one argument", async () => {
    await call("git log -- {task_id}", { task_id: "a b; rm -rf x" });
    expect(world.commands[0]?.order.argv).toEqual(["git", "log", "--", "a b; rm -rf x"]);
    expect(world.commands[0]?.order.files).toEqual([]);
  });

  it.each([
    { what: "an option", command: "git log {task_id}", facts: { task_id: "--output=x" }, says: "{task_id} is '--output=x', which is no file" },
    { what: "a path to elsewhere", command: "git log {task_id}", facts: { task_id: "../x" }, says: "which is no file" },
    { what: "nothing", command: "git log {task_id}", facts: { task_id: "" }, says: "which is no file" },
    { what: "no field", command: "git log {gone}", facts: {}, says: "the event has no {gone}" },
    { what: "no single file", command: "jq '.' {file}", facts: { output: { files: [...files, { path: "b", content: "" }] } }, says: "the event has no {file}" },
    { what: "files that lie elsewhere", command: "git status", facts: { output: { files: [{ path: ".git/config", content: "" }] } }, says: "touches .git" },
    { what: "a program that is here no more", command: "ruff check", facts: {}, says: "'ruff' is not here; allowed are jq, git" },
    { what: "a line that was never registered so", command: "git status; id", facts: {}, says: "';'" },
  ])("refuse $what", async ({ command, facts, says }) => {
    const run = await call(command, facts);
    expect(run).toMatchObject({ status: "failed", error: { message: expect.stringContaining(says) } });
    expect(world.commands).toEqual([]);
  });

  it.each([
    { result: { kind: "ended" as const, exit_code: 1, stdout: "", stderr: "line 3: no\n", files: [] }, status: "failed", says: "it ended with 1: line 3: no" },
    { result: { kind: "ended" as const, exit_code: null, stdout: "x", stderr: "", files: [] }, status: "failed", says: "it ended with a signal: x" },
    { result: { kind: "timeout" as const, stdout: "", stderr: "" }, status: "timeout", says: "the command was not done in its time" },
    { result: { kind: "not_started" as const, reason: "'jq' cannot be started" }, status: "failed", says: "'jq' cannot be started" },
  ])("fail as the command does: $result.kind $status", async ({ result, status, says }) => {
    world.commandResult = result;
    expect(await call("git status", { output: { files } })).toMatchObject({ status, error: { message: says } });
  });

  it("change nothing where the command changed nothing, or only what a task is given", async () => {
    expect((await call("git status", { output: { files } }))?.output).toEqual({ exit_code: 0, stdout: "", stderr: "", changed: [] });
    world = new HookWorld();
    world.commandResult = { kind: "ended", exit_code: 0, stdout: "", stderr: "", files };
    expect((await call("git status", { input: { files } }))?.output).toEqual({ exit_code: 0, stdout: "", stderr: "", changed: ["a.json"] });
  });
});

describe("commands at registration", () => {
  const stamp = { hook_id: "h", created_at: "", created_by: "", updated_at: "", updated_by: "" };
  const ground = (...commands: readonly string[]) => ({ tenant: "acme", functions: new Set<string>(), commands: new Set(commands), refuseUrl: () => undefined });
  const register = (command: string, ...programs: readonly string[]) => hookOf(HookBody.parse({ name: "n", trigger: "post_edit", command }), stamp, ground(...programs)).action;

  it("are taken where the deployment has their program", () => {
    expect(register("git diff --stat", "git")).toEqual({ type: "command", command: "git diff --stat", args: [] });
  });

  it.each([
    { command: "git status", programs: [], says: "commands are not offered by this deployment" },
    { command: "git status", programs: ["jq"], says: "'git' is not here; allowed are jq" },
    { command: "git status; rm -rf /", programs: ["git"], says: "';'" },
    { command: "git -c x status", programs: ["git"], says: "'git -c' may not be called" },
  ])("are refused with the reason: $command with $programs", ({ command, programs, says }) => {
    expect(() => register(command, ...programs)).toThrow(says);
  });
});

describe("the way to the function that runs them", () => {
  const order = { argv: ["git"], files: [], timeout_ms: 1 };
  const answering = (reply: object) => {
    const asked: unknown[] = [];
    const lambda = fakeLambda(async ({ input }) => {
      asked.push(input);
      return reply;
    });
    return { asked, run: commandRunner(lambda, "run-command") };
  };

  it("names the tenant, whose sandbox it is", async () => {
    const { asked, run } = answering({ Payload: Buffer.from(JSON.stringify({ kind: "not_started", reason: "x" })) });
    expect(await run("acme", order)).toEqual({ kind: "not_started", reason: "x" });
    expect(asked).toMatchObject([{ FunctionName: "run-command", TenantId: "acme", Payload: JSON.stringify(order) }]);
  });

  it("says what failed in it, which another try may change", async () => {
    await expect(answering({ FunctionError: "Unhandled", Payload: Buffer.from("{}") }).run("acme", order)).rejects.toThrow(StoreUnavailableError);
    await expect(answering({ FunctionError: "Unhandled" }).run("acme", order)).rejects.toThrow("failed");
  });
});
