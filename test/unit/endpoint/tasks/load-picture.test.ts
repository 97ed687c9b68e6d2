import { describe, expect, it } from "vitest";
import { loadPicture } from "../../../../shared/endpoint/tasks/load-picture.ts";
import { savePayload } from "../../../../shared/execution/store/payload-store.ts";
import { EXECUTION, MemoryRuntime, planOf, task, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";
import { saveRow, taskRow } from "../../../fixtures/runtime/task-rows.ts";

const place = { tenant: TENANT, execution: EXECUTION };
const done = (id: string, output: unknown) =>
  taskRow({ task: id, state: "completed", output: { json: JSON.stringify(output) } });

interface Given {
  readonly more?: object;
  readonly head?: NonNullable<Parameters<MemoryRuntime["submit"]>[0]>;
}

async function world(tasks: readonly object[], { more = {}, head = {} }: Given = {}) {
  const runtime = new MemoryRuntime(planOf(tasks, more));
  const execution = await runtime.submit(head);
  return {
    runtime,
    settle: (id: string, output: unknown) => saveRow(runtime.executions, execution, { row: done(id, output) }),
    look: () => loadPicture(runtime, place),
  };
}

describe("artifacts", () => {
  it("are the outputs of the tasks that nothing follows, each as soon as it is there", async () => {
    const { settle, look } = await world([task("a"), task("b", ["a"]), task("c")]);
    await settle("a", { text: "inner" });
    expect((await look()).artifacts).toEqual([]);
    await settle("c", { text: "words" });
    expect((await look()).artifacts).toEqual([{ artifactId: "c", name: "c", parts: [{ text: "words" }] }]);
    await settle("b", { n: 1 });
    expect((await look()).artifacts.map(({ artifactId }) => artifactId)).toEqual(["b", "c"]);
  });

  it("are the outputs that a workflow names, each as soon as the last task that it reads has settled", async () => {
    const outputs = { sum: "outputs.a.n + outputs.b.n", first: "outputs.a.n", greeting: "input.greeting" };
    const { settle, look } = await world([task("a"), task("b")], { more: { outputs } });
    await settle("a", { n: 1 });
    expect((await look()).artifacts).toEqual([{ artifactId: "first", name: "first", parts: [{ data: 1 }] }]);
    await settle("b", { n: 2 });
    expect((await look()).artifacts.map(({ artifactId, parts }) => [artifactId, parts])).toEqual([
      ["first", [{ data: 1 }]],
      ["sum", [{ data: 3 }]],
    ]);
  });

  it("leave out what cannot be worked out while the run goes on", async () => {
    const { settle, look } = await world([task("a")], { more: { outputs: { lost: "outputs.a.missing" } } });
    await settle("a", {});
    expect((await look()).artifacts).toEqual([]);
  });

  it("are the recorded output once the execution is over", async () => {
    const ended = { startedAt: "2026-11-21T10:00:00.000Z", completedAt: "2026-11-21T10:00:01.000Z" };
    const head = { status: "completed" as const, ...ended, output: { json: '{"greeting":"hello","n":2}' } };
    const { look } = await world([task("a")], { more: { outputs: { greeting: "input.greeting", n: "2" } }, head });
    expect((await look()).artifacts.map(({ artifactId, parts }) => [artifactId, parts])).toEqual([
      ["greeting", [{ text: "hello" }]],
      ["n", [{ data: 2 }]],
    ]);
  });

  it("beyond what a reply holds are links", async () => {
    const { runtime, look } = await world([task("a"), task("b")]);
    const execution = await runtime.execution(TENANT, EXECUTION);
    for (const id of ["a", "b"]) {
      const output = await savePayload(runtime.payloads, `T/${TENANT}/X/${EXECUTION}/${id}`, {
        filler: "x".repeat(3_000_000),
      });
      await saveRow(runtime.executions, execution, { row: taskRow({ task: id, state: "completed", output }) });
    }
    const [inside, link] = (await look()).artifacts;
    expect(inside?.parts).toEqual([{ data: { filler: expect.any(String) } }]);
    expect(link?.parts).toEqual([
      { url: expect.stringMatching(/^https:/), filename: "b.json", mediaType: "application/json" },
    ]);
  });
});

describe("waits", () => {
  it("are questions and approvals, the longest wait first, and nothing that an operator has to do", async () => {
    const approval = { approval: { prompt: "Ship it?" } };
    const { runtime, look } = await world([task("ask"), { id: "gate", ...approval }, task("stuck")]);
    const execution = await runtime.execution(TENANT, EXECUTION);
    const rows = [
      taskRow({
        task: "ask",
        state: "input_required",
        question: { json: '"which?"' },
        askedAt: "2026-11-21T10:00:05.000Z",
      }),
      taskRow({ task: "gate", state: "parked", reason: "approval", queuedAt: "2026-11-21T10:00:01.000Z" }),
      taskRow({ task: "stuck", state: "parked", reason: "operator", queuedAt: "2026-11-21T10:00:00.000Z" }),
    ];
    for (const row of rows) await saveRow(runtime.executions, execution, { row });
    const { waits } = await look();
    expect(waits).toMatchObject([
      { task: "gate", kind: "approval", parts: [{ text: "Ship it? Answer 'approve' or 'reject'." }, {}] },
      { task: "ask", kind: "input", parts: [{ text: "which?" }] },
    ]);
  });

  it("of an execution that is over are none", async () => {
    const ended = { startedAt: "2026-11-21T10:00:00.000Z", completedAt: "2026-11-21T10:00:01.000Z" };
    const { runtime, look } = await world([task("ask")], { head: { status: "cancelled" as const, ...ended } });
    const execution = await runtime.execution(TENANT, EXECUTION);
    await saveRow(runtime.executions, execution, { row: taskRow({ task: "ask", state: "input_required" }) });
    expect((await look()).waits).toEqual([]);
  });
});
