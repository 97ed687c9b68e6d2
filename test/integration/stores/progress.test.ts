import { PutCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { projectEvents } from "../../../functions/project-events/project-events.ts";
import type { StreamRow } from "../../../shared/execution/store/stream-row.ts";
import { loadProgress } from "../../../shared/execution/store/execution-queries.ts";
import type { ExecutionStore } from "../../../shared/execution/store/execution-store.ts";
import { rememberedOrigins, rememberedStandings } from "../../../shared/execution/store/projection-store.ts";
import { GroupCommitter } from "../../../shared/aws/group-commit.ts";
import { openTestDynamo, type TestDynamo } from "../../fixtures/runtime/dynamo-tables.ts";

let dynamo: TestDynamo;
let store: ExecutionStore;
const AT = "2026-11-21T10:00:00.000Z";

beforeAll(async () => {
  dynamo = await openTestDynamo();
  store = { db: dynamo.db, table: "executions", committer: new GroupCommitter(dynamo.db) };
});
afterAll(() => dynamo.stop());

let executions = 0;
const newExecution = (): string => `exec_${String((executions += 1)).padStart(10, "0")}`;

describe("progress", () => {
  const moves = [undefined, "queued", "dispatched", "running", "completed"];
  const rowsOf = (execution: string): StreamRow[] =>
    moves.slice(1).map((to = "", index) => ({
      kind: "task",
      sequence: String(index + 1).padStart(40, "0"),
      tenant: "acme",
      execution,
      task: "a",
      told: [`[${index + 1},1,"${AT}",[["task.released","move",{"reason":"a move"}]]]`],
      from: moves[index],
      to,
      at: AT,
    }));

  it.each([
    { what: "in one batch", batches: [[0, 4]] },
    { what: "one by one", batches: [[0, 1], [1, 2], [2, 3], [3, 4]] },
    { what: "with the whole batch again", batches: [[0, 4], [0, 4], [0, 4]] },
    { what: "with a batch again that is half new", batches: [[0, 2], [0, 4], [1, 3]] },
    { what: "bisected after a failure", batches: [[0, 4], [0, 2], [2, 4]] },
  ])("counts each change once when it comes $what", async ({ batches }) => {
    const executionId = newExecution();
    const deps = { executions: store, standings: rememberedStandings(), origins: rememberedOrigins() };
    for (const [from, to] of batches) await projectEvents(deps, rowsOf(executionId).slice(from, to));
    expect(await loadProgress(store, "acme", executionId)).toEqual({ byState: { completed: 1 }, lastEventAt: AT });
  });

  it("is empty before anything happened, and survives a row of another shape", async () => {
    const executionId = newExecution();
    expect(await loadProgress(store, "acme", executionId)).toEqual({ byState: {} });
    await dynamo.db.send(new PutCommand({ TableName: "executions", Item: { pk: `T#acme#X#${executionId}`, sk: "PROGRESS", count_running: "many" } }));
    expect((await loadProgress(store, "acme", executionId)).byState).toEqual({});
  });
});
