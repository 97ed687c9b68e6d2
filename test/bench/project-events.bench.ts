/**
 * What the audit chain costs in `project-events`, per task: against the embedded DynamoDB, batches of 500 rows as the stream delivers
 * them. The baseline is counters alone, one UpdateItem per execution and batch.
 */
import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { projectEvents } from "../../functions/project-events/project-events.ts";
import type { TaskMove } from "../../shared/execution/store/stream-row.ts";
import { GroupCommitter } from "../../shared/aws/group-commit.ts";
import { progressKey } from "../../shared/execution/store/keys.ts";
import { rememberedOrigins, rememberedStandings } from "../../shared/execution/store/projection-store.ts";
import { emptyChain, linkOf } from "../../shared/execution/audit/audit-chain.ts";
import { readTold } from "../../shared/execution/task/read-told.ts";
import { openTestDynamo } from "../fixtures/runtime/dynamo-tables.ts";
import { median } from "./measure.ts";

const TASKS = 2000;
const BATCH = 500;
const ROUNDS = 5;
const AT = "2026-11-21T10:00:00.000Z";
const STATES = [undefined, "dispatched", "running", "completed"] as const;
const TYPES = ["agent.task_assigned", "agent.task_started", "task.completed"] as const;

let rounds = 0;

/** Three moves per task, each telling something, tasks of `width` executions taking turns. */
function streamOf(width: number): TaskMove[] {
  rounds += 1;
  const names = Array.from({ length: width }, (_, index) => `exec_${rounds}_${index}`);
  let sequence = 0;
  return Array.from({ length: TASKS }, (_, index) => {
    const task = `t${index}`;
    return TYPES.map((type, step): TaskMove => {
      const told = [JSON.stringify([step + 1, 1, AT, [[type, "told", { agent_id: "agent-1", status: "success", duration_seconds: 0.2 }]]])];
      const [from, to = ""] = [STATES[step], STATES[step + 1]];
      const execution = names[index % width] ?? "";
      return { kind: "task", tenant: "acme", execution, at: AT, sequence: String((sequence += 1)).padStart(40, "0"), task, from, to, told };
    });
  }).flat();
}

const dynamo = await openTestDynamo();

async function counters(tasks: readonly TaskMove[]): Promise<void> {
  await Promise.all(
    [...Map.groupBy(tasks, ({ execution }) => execution)].map(([execution, changes]) => {
      const last = changes.at(-1)?.sequence;
      const first = changes[0]?.sequence;
      return dynamo.db.send(
        new UpdateCommand({
          TableName: "executions",
          Key: progressKey("acme", execution),
          UpdateExpression: "SET lastSequence = :last, lastEventAt = :at ADD count_completed :n",
          ConditionExpression: "attribute_not_exists(lastSequence) OR lastSequence < :first",
          ExpressionAttributeValues: { ":last": last, ":first": first, ":at": AT, ":n": changes.length },
        }),
      );
    }),
  );
}

interface Cost {
  readonly wall: number;
  readonly cpu: number;
}

/** Milliseconds per task, the middle of some rounds. */
async function costOf(width: number, work: () => (rows: readonly TaskMove[]) => Promise<void>): Promise<Cost> {
  const walls: number[] = [];
  const cpus: number[] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const rows = streamOf(width);
    const project = work();
    const [started, before] = [performance.now(), process.cpuUsage()];
    for (let start = 0; start < rows.length; start += BATCH) await project(rows.slice(start, start + BATCH));
    const { user, system } = process.cpuUsage(before);
    if (round === 0) continue;
    walls.push((performance.now() - started) / TASKS);
    cpus.push((user + system) / 1000 / TASKS);
  }
  return { wall: median(walls), cpu: median(cpus) };
}

const projector = () => {
  const executions = { db: dynamo.db, table: "executions", committer: new GroupCommitter(dynamo.db) };
  const deps = { executions, standings: rememberedStandings(), origins: rememberedOrigins() };
  return (rows: readonly TaskMove[]) => projectEvents(deps, rows);
};
const hashing = () => async (rows: readonly TaskMove[]) => {
  const events = rows.flatMap(({ execution, task, told }) => {
    const origin = { tenant: "acme", executionId: execution, workflowId: "w", traceId: "t" };
    return told.flatMap((line) => readTold(origin, task, line)?.events ?? []);
  });
  linkOf(emptyChain("acme", "x"), events.map((event) => ({ ...event })), { at: AT, counts: {} });
};

const shown = ({ wall, cpu }: Cost) => ({ wall: `${wall.toFixed(3)} ms`, cpu: `${cpu.toFixed(3)} ms` });
const table: Record<string, string>[] = [];
for (const width of [1, 20, 200]) {
  const before = await costOf(width, () => counters);
  const after = await costOf(width, projector);
  table.push({ what: `${width} executions at once: counters alone`, ...shown(before) });
  table.push({ what: `${width} executions at once: counters, chain and bus`, ...shown(after) });
  table.push({ what: "    added per task", ...shown({ wall: after.wall - before.wall, cpu: after.cpu - before.cpu }) });
}
table.push({ what: "hashing three events of a task", ...shown(await costOf(1, hashing)) });
console.table(table);
await dynamo.stop();
