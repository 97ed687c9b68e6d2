import { readFileSync } from "node:fs";
import type { PutEventsRequestEntry } from "@aws-sdk/client-eventbridge";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { toEntry as agentEntry } from "../../../functions/publish-agent-events/publish-agent-events.ts";
import { toEntry } from "../../../functions/publish-events/bus-entry.ts";
import { AGENT_EVENTS } from "../../../shared/agents/agent-events.ts";
import { EXECUTION_EVENTS } from "../../../shared/execution/execution-events.ts";

const TEXT = readFileSync(new URL("../../fixtures/specification/events.md", import.meta.url), "utf8");

/** Where we do otherwise, on purpose; the reasons stand under "Deviations" in `shared/README.md`. */
const DEVIATIONS: Readonly<Record<string, readonly string[]>> = {
  "workflow.checkpoint_created": ["state_snapshot", "recovery_instructions"],
  "circuit_breaker.opened": ["workflow_id", "execution_id"],
};

interface Specified {
  readonly name: string;
  readonly fields: readonly string[];
}

const SPECIFIED: readonly Specified[] = TEXT.split("**Event:** ")
  .slice(1)
  .map((part) => ({ name: /`([\w.]+)`/.exec(part)?.[1] ?? "", fields: [...part.matchAll(/^ {2}- (\w+):/gm)].map(([, field = ""]) => field) }));

const AT = "2026-11-21T10:00:00.000Z";
const HEAD = { version: 1 as const, event_id: "e", tenant: "acme", timestamp: AT };

const Detail = z.record(z.string(), z.unknown());

/** Facts that say nothing, so that what is made of them on the way to the bus is seen. */
const factsOf = (shape: z.ZodRawShape): Record<string, unknown> => Object.fromEntries(Object.keys(shape).map((key) => [key, 1]));

/** What our events are called on the bus, and what they hold there. */
const published = new Map<string, Record<string, unknown>>([
  ...Object.values(EXECUTION_EVENTS).map(({ type, detail }) => {
    const entry = toEntry("bus", { ...HEAD, type, workflow_id: "w", execution_id: "exec_0123456789", trace_id: "t", facts: factsOf(detail.shape) });
    return toldBy(entry);
  }),
  ...Object.values(AGENT_EVENTS).map(({ type, detail }) => toldBy(agentEntry("bus", { ...HEAD, type, agent_id: "a", facts: factsOf(detail.shape) }))),
]);

function toldBy({ DetailType = "", Detail: text = "{}" }: PutEventsRequestEntry): readonly [string, Record<string, unknown>] {
  return [DetailType, Detail.parse(JSON.parse(text))];
}

describe("events that the specification has published", () => {
  it("are the seven of its list", () => {
    expect(SPECIFIED.map(({ fields }) => fields.length)).toEqual([7, 7, 8, 6, 6, 5, 7]);
  });

  it.each(SPECIFIED)("$name goes on the bus under this name, with its fields", ({ name, fields }) => {
    const detail = published.get(name);
    expect(detail, name).toBeDefined();
    const missing = fields.filter((field) => detail !== undefined && !Object.hasOwn(detail, field));
    expect(missing).toEqual(DEVIATIONS[name] ?? []);
  });
});
