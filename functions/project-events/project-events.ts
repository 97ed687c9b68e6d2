import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { type EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from "@aws-sdk/client-eventbridge";
import { type DynamoDBDocumentClient, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { StoreUnavailableError } from "../../shared/errors.ts";
import { EVENT_SOURCE, type StoredEvent } from "../../shared/events/execution-events.ts";
import { AWS_QUOTAS } from "../../shared/limits.ts";
import { progressKey } from "../../shared/aws/keys.ts";
import type { StreamRow, Transition } from "./stream-row.ts";

/** What `projectEvents` stands on. */
export interface ProjectEventsDeps {
  readonly db: DynamoDBDocumentClient;
  readonly table: string;
  readonly bus: EventBridgeClient;
  readonly busName: string;
}

/**
 * Carries changes of the executions table on: events to the bus, task states into the counters of their execution.
 *
 * Everything may arrive twice. Rows of one execution come in order (one partition, one shard), so counters remember
 * the last sequence number they counted; consumers on the bus de-duplicate by `event_id`.
 */
export async function projectEvents(deps: ProjectEventsDeps, rows: readonly StreamRow[]): Promise<void> {
  await publish(deps, rows.flatMap((row) => (row.kind === "event" ? [row.event] : [])));
  const transitions = rows.flatMap((row) => (row.kind === "task" && row.from !== row.to ? [row] : []));
  await Promise.all([...groupByExecution(transitions)].map((changes) => count(deps, changes)));
}

async function publish(deps: ProjectEventsDeps, events: readonly StoredEvent[]): Promise<void> {
  const { entriesPerCall } = AWS_QUOTAS.eventBridge;
  const calls: Promise<void>[] = [];
  for (let start = 0; start < events.length; start += entriesPerCall) {
    calls.push(putEvents(deps, events.slice(start, start + entriesPerCall).map((event) => toEntry(deps, event))));
  }
  await Promise.all(calls);
}

function toEntry({ busName }: ProjectEventsDeps, { type, facts, ...head }: StoredEvent): PutEventsRequestEntry {
  return {
    EventBusName: busName,
    Source: EVENT_SOURCE,
    DetailType: type,
    Time: new Date(head.timestamp),
    Resources: [head.execution_id],
    Detail: JSON.stringify({ ...head, ...facts }),
  };
}

async function putEvents({ bus }: ProjectEventsDeps, entries: PutEventsRequestEntry[]): Promise<void> {
  const { FailedEntryCount = 0 } = await bus.send(new PutEventsCommand({ Entries: entries }));
  if (FailedEntryCount > 0) throw new StoreUnavailableError(`${FailedEntryCount} events were not taken by the bus`);
}

function groupByExecution(transitions: readonly Transition[]): Iterable<readonly Transition[]> {
  return Map.groupBy(transitions, ({ tenant, execution }) => `${tenant} ${execution}`).values();
}

async function count(deps: ProjectEventsDeps, changes: readonly Transition[]): Promise<void> {
  const [first] = changes;
  if (first === undefined) return;
  try {
    await deps.db.send(countCommand(deps.table, first, changes));
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    const counted = error.Item?.["lastSequence"]?.S ?? "";
    const fresh = changes.filter(({ sequence }) => sequence > counted);
    if (fresh.length < changes.length) return count(deps, fresh);
  }
}

function countCommand(table: string, first: Transition, changes: readonly Transition[]): UpdateCommand {
  const deltas = new Map<string, number>();
  const add = (state: string | undefined, by: number): void => {
    if (state !== undefined) deltas.set(state, (deltas.get(state) ?? 0) + by);
  };
  for (const { from, to } of changes) {
    add(from, -1);
    add(to, 1);
  }
  const moved = [...deltas].filter(([, by]) => by !== 0);
  const adds = moved.map(([, by], index) => [`:n${index}`, by] as const);
  const names = moved.map(([state], index) => [`#s${index}`, `count_${state}`] as const);
  const addition = names.map(([name], index) => `${name} :n${index}`).join(", ");
  return new UpdateCommand({
    TableName: table,
    Key: progressKey(first.tenant, first.execution),
    UpdateExpression: `SET lastSequence = :last, lastEventAt = :at${addition === "" ? "" : ` ADD ${addition}`}`,
    ConditionExpression: "attribute_not_exists(lastSequence) OR lastSequence < :first",
    ...(names.length === 0 ? {} : { ExpressionAttributeNames: Object.fromEntries(names) }),
    ExpressionAttributeValues: {
      ":first": first.sequence,
      ":last": changes.at(-1)?.sequence ?? first.sequence,
      ":at": changes.at(-1)?.at ?? first.at,
      ...Object.fromEntries(adds),
    },
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  });
}
