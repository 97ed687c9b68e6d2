import type { EndedRun, Tally } from "./tally.ts";
import { addTallies, tallyOfRun, tallyOfTasks } from "./tally.ts";
import { ANALYTICS_LIMITS } from "./limits.ts";
import { type WindowLevel, windowOf } from "./windows.ts";

/** What figures are about: all of a tenant, or one of its workflows, versions, agents or patterns. */
export type SeriesKind = "tenant" | "workflow" | "version" | "agent" | "pattern";

/** Figures over time of one thing. `value` of a version is `<workflow>#<version>`; of a tenant it is empty. */
export interface Series {
  readonly kind: SeriesKind;
  readonly value: string;
}

/** All of a tenant. */
export const WHOLE: Series = { kind: "tenant", value: "" };

/** Agents that are not counted by name. */
export const OTHER_AGENTS = "other";

/** An execution that ended, and whose figures it is in. */
export interface CountedEnd {
  readonly tenant: string;
  readonly workflowId: string;
  readonly workflowVersion: string;
  readonly pattern: string;
  /** ISO 8601. */
  readonly endedAt: string;
  readonly run: EndedRun;
}

/** Numbers that are added to one window. `forever`: to the counters that never begin anew. */
export interface Addition {
  readonly series: Series;
  readonly level: WindowLevel | "forever";
  /** Beginning of the window. */
  readonly window: string;
  readonly tally: Tally;
}

/** What an end adds, and where. */
export function additionsOf({ workflowId, workflowVersion, pattern, endedAt, run }: CountedEnd): Addition[] {
  const tally = tallyOfRun(run);
  const at = Date.parse(endedAt);
  const inWindow = (series: Series, level: WindowLevel, added: Tally = tally): Addition => ({ series, level, window: windowOf(level, at), tally: added });
  const ofPattern: Series = { kind: "pattern", value: pattern };
  return [
    inWindow(WHOLE, "1m"),
    inWindow(WHOLE, "5m"),
    inWindow({ kind: "workflow", value: workflowId }, "5m"),
    inWindow({ kind: "version", value: `${workflowId}#${workflowVersion}` }, "5m"),
    inWindow(ofPattern, "5m"),
    { series: ofPattern, level: "forever", window: "", tally },
    ...byAgent(run).map(([agent, added]) => inWindow({ kind: "agent", value: agent }, "5m", added)),
  ];
}

function byAgent({ tasks, used }: EndedRun): [string, Tally][] {
  const groups = [...Map.groupBy(tasks, ({ agentId }) => agentId)].sort(([, a], [, b]) => b.length - a.length);
  const tallies = groups.map(([agent, own]): [string, Tally] => [agent, tallyOfTasks(own, used.get(agent))]);
  const others = tallies.slice(ANALYTICS_LIMITS.agentsPerEnd).map(([, tally]) => tally);
  return [...tallies.slice(0, ANALYTICS_LIMITS.agentsPerEnd), ...(others.length === 0 ? [] : [[OTHER_AGENTS, addTallies(others)] satisfies [string, Tally]])];
}
