import { DeleteCommand } from "@aws-sdk/lib-dynamodb";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import type { EventSink, StreamRequest } from "../../../functions/stream-status/sink.ts";
import { streamEvents } from "../../../functions/stream-status/stream-events.ts";
import { streamTasks } from "../../../functions/stream-status/stream-tasks.ts";
import { emptyChain, headAfter, linkKey, linkOf } from "../../../shared/execution/audit/audit-chain.ts";
import { storedEvent } from "../../../shared/execution/new-event.ts";
import { logKey, metaKey } from "../../../shared/execution/store/keys.ts";
import { listEvents } from "../../../shared/execution/store/log-queries.ts";
import { saveLink, saveProgress } from "../../../shared/execution/store/projection-store.ts";
import { dispatchTask } from "../../../shared/execution/dispatch/dispatch-task.ts";
import { EXECUTION, type MemoryRuntime, START, startedRuntime, TENANT } from "../../fixtures/runtime/memory-runtime.ts";

const NAME = { tenant: TENANT, execution: EXECUTION };
const ORIGIN = { tenant: TENANT, executionId: EXECUTION, workflowId: "w", traceId: "t" };
const ENDED = new Date(START + 60_000).toISOString();
const at = (index: number): string => new Date(START + index).toISOString();

const parked = (index: number) =>
  storedEvent(ORIGIN, { id: `e${index}`, type: "task.parked", at: at(index), facts: { task_id: "a", attempt: 1, index } });
const ended = storedEvent(ORIGIN, {
  id: "end",
  type: "workflow.status_changed",
  at: ENDED,
  facts: { previous_status: "running", new_status: "completed" },
});

/** A log that links are added to. */
function logOf({ executions }: MemoryRuntime) {
  let head = emptyChain(TENANT, EXECUTION);
  return async (events: readonly object[]): Promise<void> => {
    const link = linkOf(head, events.map((event) => ({ ...event })), { at: at(0), counts: {} });
    await saveLink(executions, NAME, link);
    await saveProgress(executions, NAME, link);
    head = headAfter(link);
  };
}

const finish = ({ tables }: MemoryRuntime): void => {
  const { pk, sk } = metaKey(TENANT, EXECUTION);
  Object.assign(tables.row(pk, sk) ?? {}, { status: "completed", completedAt: ENDED });
};

interface Heard {
  readonly id?: number;
  readonly event: string;
  readonly data: Record<string, unknown>;
}

const Data = z.record(z.string(), z.unknown());

function heardIn(text: string): Heard[] {
  return text.split("\n\n").flatMap((block) => {
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(block)?.[1];
    const [id, event, data] = ["id", "event", "data"].map(field);
    if (event === undefined || data === undefined) return [];
    return [{ ...(id === undefined ? {} : { id: Number(id) }), event, data: Data.parse(JSON.parse(data)) }];
  });
}

interface Connection {
  readonly after?: number | undefined;
  /** The connection is cut after so many pieces. */
  readonly pieces?: number;
  readonly between?: () => Promise<void>;
}

type Stream = (runtime: MemoryRuntime, sink: EventSink, request: StreamRequest) => Promise<void>;

async function connect(stream: Stream, runtime: MemoryRuntime, { after, pieces = Infinity, between }: Connection = {}): Promise<Heard[]> {
  let text = "";
  let count = 0;
  const sink = {
    write: async (piece: string): Promise<void> => {
      count += 1;
      if (count <= pieces) text += piece;
    },
    isClosed: () => count >= pieces,
  };
  const sleep = async (milliseconds: number): Promise<void> => {
    runtime.time += milliseconds;
    await between?.();
  };
  await stream(runtime, sink, { ...NAME, after, intervalMs: 500, until: runtime.time + 20_000, sleep });
  return heardIn(text);
}

describe("streamEvents", () => {
  it("sends each event once and in its sequence, however links, cuts and growth fall", async () => {
    const cases = fc.record({
      links: fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 12 }),
      known: fc.nat({ max: 11 }),
      cuts: fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 20 }),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ links, known, cuts }) => {
        const runtime = await startedRuntime();
        const add = logOf(runtime);
        let made = 0;
        const grow = async (size: number): Promise<void> => add(Array.from({ length: size }, () => parked(made++)));
        for (const size of links.slice(0, known)) await grow(size);
        const later = links.slice(known);
        const between = async (): Promise<void> => {
          const size = later.shift();
          if (size !== undefined) return grow(size);
          finish(runtime);
          await add([ended]);
        };
        const heard: Heard[] = [];
        const last = (): number | undefined => heard.findLast(({ id }) => id !== undefined)?.id;
        for (const pieces of cuts) heard.push(...(await connect(streamEvents, runtime, { after: last(), pieces })));
        heard.push(...(await connect(streamEvents, runtime, { after: last(), between })));
        const events = heard.filter(({ event }) => event !== "end");
        expect(events.map(({ id }) => id)).toEqual(Array.from({ length: made + 1 }, (_, index) => index));
        expect(events.slice(0, -1).map(({ data }) => data["index"])).toEqual(Array.from({ length: made }, (_, index) => index));
        expect(heard.at(-1)).toEqual({ id: made, event: "end", data: { status: "completed" } });
        // Whoever comes back after the end hears only that.
        expect(await connect(streamEvents, runtime, { after: made })).toEqual([{ id: made, event: "end", data: { status: "completed" } }]);
      }),
      { numRuns: 25 },
    );
  });

  it("waits for what the log owes of a finished execution", async () => {
    const runtime = await startedRuntime();
    const add = logOf(runtime);
    await add([parked(0)]);
    finish(runtime);
    const heard = await connect(streamEvents, runtime, { between: () => add([ended]) });
    expect(heard.map(({ id, event }) => [id, event])).toEqual([[0, "task.parked"], [1, "workflow.status_changed"], [1, "end"]]);
  });

  it("names what the log does not have any more", async () => {
    const runtime = await startedRuntime();
    const add = logOf(runtime);
    for (const size of [2, 3, 2]) await add(Array.from({ length: size }, (_, index) => parked(index)));
    const { db, table: TableName } = runtime.executions;
    await db.send(new DeleteCommand({ TableName, Key: { ...logKey(TENANT, EXECUTION, linkKey(2)) } }));
    const heard = await connect(streamEvents, runtime);
    expect(heard.map(({ id, event }) => [id, event])).toEqual([
      [0, "task.parked"],
      [1, "task.parked"],
      [4, "gap"],
      [5, "task.parked"],
      [6, "task.parked"],
    ]);
    expect(heard[2]?.data).toEqual({ from: 2, to: 4 });
  });

  it.each([
    { what: "an event that the log does not have yet", after: 2, says: "the log ends at 1" },
    { what: "any event of an empty log", after: 0, empty: true, says: "the log is empty" },
  ])("refuses to go on after $what", async ({ after, empty, says }) => {
    const runtime = await startedRuntime();
    if (empty !== true) await logOf(runtime)([parked(0), parked(1)]);
    await expect(connect(streamEvents, runtime, { after })).rejects.toThrow(says);
  });
});

describe("a page of events", () => {
  it("reads no more of the log than it shows", async () => {
    const runtime = await startedRuntime();
    const add = logOf(runtime);
    for (let index = 0; index < 40; index += 1) await add([parked(index)]);
    runtime.tables.calls.length = 0;
    const { rows, next } = await listEvents(runtime.executions, NAME, { limit: 3 });
    expect(rows.map(({ event_id: id }) => id)).toEqual(["e0", "e1", "e2"]);
    expect(next).toBeDefined();
    expect(runtime.tables.calls).toEqual(["QueryCommand"]);
  });
});

describe("streamTasks", () => {
  it("sends all tasks once, then those that events name, as they are by then", async () => {
    const runtime = await startedRuntime();
    const add = logOf(runtime);
    await add([parked(0)]);
    const steps = [
      async () => {
        await dispatchTask(runtime, runtime.message("a"));
        await add([parked(1)]);
      },
      async () => {
        finish(runtime);
        await add([ended]);
      },
    ];
    const heard = await connect(streamTasks, runtime, { between: async () => steps.shift()?.() });
    expect(heard.map(({ id, event }) => [id, event])).toEqual([[0, "snapshot"], [1, "delta"], [2, "delta"], [2, "end"]]);
    expect(heard[0]?.data).toMatchObject({ status: "running", tasks: [] });
    expect(heard[1]?.data).toMatchObject({ tasks: [["a", expect.any(String), null, expect.any(Number), expect.any(Number), expect.anything(), 1, expect.any(String)]] });
    expect(heard[2]?.data).toEqual({ status: "completed", tasks: [] });
  });

  it("tells a reader that comes back what changed, or all where that is less", async () => {
    const runtime = await startedRuntime();
    const add = logOf(runtime);
    await add([parked(0), parked(1)]);
    const [first] = await connect(streamTasks, runtime, { after: 0, pieces: 1 });
    expect(first).toMatchObject({ id: 1, event: "delta" });
    await add(Array.from({ length: 2100 }, (_, index) => parked(index)));
    const [second] = await connect(streamTasks, runtime, { after: 0, pieces: 1 });
    expect(second).toMatchObject({ id: 2101, event: "snapshot" });
  });
});
