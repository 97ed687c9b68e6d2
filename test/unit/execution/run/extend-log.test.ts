import { describe, expect, it } from "vitest";
import { projectEvents } from "../../../../functions/project-events/project-events.ts";
import { StoreUnavailableError } from "../../../../shared/core/errors.ts";
import { type EventRow, emptyChain, linkOf } from "../../../../shared/execution/audit/audit-chain.ts";
import { storedEvent } from "../../../../shared/execution/new-event.ts";
import { listEvents } from "../../../../shared/execution/store/log-queries.ts";
import { loadStanding, rememberedOrigins, rememberedStandings, saveLink, saveProgress } from "../../../../shared/execution/store/projection-store.ts";
import type { StreamRow } from "../../../../shared/execution/store/stream-row.ts";
import { EXECUTION, startedRuntime, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";

const NAME = { tenant: TENANT, execution: EXECUTION };
const AT = "2026-11-21T10:00:00.000Z";
const ORIGIN = { tenant: TENANT, executionId: EXECUTION, workflowId: "w", traceId: "t" };

/** The n-th event of a stream, with so many characters in it. */
function told(nth: number, characters = 1): Extract<StreamRow, { kind: "event" }> {
  const event = storedEvent(ORIGIN, { id: `e${nth}`, type: "task.parked", at: AT, facts: { task_id: "a", attempt: 1, text: "x".repeat(characters) } });
  return { kind: "event", sequence: String(nth).padStart(40, "0"), tenant: TENANT, execution: EXECUTION, at: AT, row: { ...event }, event };
}

async function world() {
  const runtime = await startedRuntime();
  const deps = { executions: runtime.executions, standings: rememberedStandings(), origins: rememberedOrigins() };
  const ids = async () => (await listEvents(runtime.executions, NAME, { limit: 100 })).rows.map(({ event_id: id }) => id);
  return { runtime, deps, ids };
}

/** Another projection adds a link, and counts it. */
async function addElsewhere({ runtime }: Awaited<ReturnType<typeof world>>, nth: number): Promise<void> {
  const { chain } = await loadStanding(runtime.executions, NAME);
  const row: EventRow = { ...told(1000 + nth).event };
  const link = linkOf(chain.length === 0 ? emptyChain(TENANT, EXECUTION) : chain, [row], { at: AT, counts: {} });
  await saveLink(runtime.executions, NAME, link);
  await saveProgress(runtime.executions, NAME, link);
}

describe("a batch of events", () => {
  it("is written whole however many links it takes: those are no tries", async () => {
    const { deps, ids } = await world();
    const rows = Array.from({ length: 12 }, (_, nth) => told(nth, 200_000));
    await projectEvents(deps, rows);
    expect(await ids()).toEqual(rows.map((_, nth) => `e${nth}`));
  });
});

describe("a log that others extend in that moment", () => {
  /** Others add a link just before each of the first so many of ours. */
  async function contended(times: number) {
    const one = await world();
    let left = times;
    const { tables } = one.runtime;
    const { client } = tables;
    const send = client.send.bind(client);
    let isTheirs = false;
    Object.assign(client, {
      send: async (...args: Parameters<typeof send>) => {
        const [command] = args;
        const isOurs = !isTheirs && JSON.stringify(command.input).includes('"LOG#') && /Put|Transact/.test(command.constructor.name);
        if (isOurs && left > 0) {
          left -= 1;
          isTheirs = true;
          await addElsewhere(one, left);
          isTheirs = false;
        }
        return send(...args);
      },
    });
    await projectEvents(one.deps, [told(1)]);
    return one.ids();
  }

  it("has what they wrote and then ours", async () => {
    expect(await contended(2)).toEqual(["e1001", "e1000", "e1"]);
  });

  it("is given up when they never stop", async () => {
    await expect(contended(Infinity)).rejects.toThrow(StoreUnavailableError);
  });
});
