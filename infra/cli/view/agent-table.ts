/** Registered agents as lines of text: pure functions of what the API says. */
import type { AgentView } from "../../../shared/agents/views/agents.ts";
import type { Paint } from "./paint.ts";
import { fitText, printable } from "./text.ts";

type Style = Parameters<Paint>[0];

interface Cell {
  readonly text: string;
  readonly style?: Style | undefined;
}

const TITLES = ["AGENT", "STATUS", "HEALTH", "TRUST", "LOAD", "BREAKER", "PROBE", "CAPABILITIES"];
const STATUS_STYLES: Readonly<Record<AgentView["status"], Style>> = {
  ACTIVE: "green",
  DEGRADED: "yellow",
  INACTIVE: "red",
  DECOMMISSIONED: "dim",
};
const BREAKER_STYLES: Readonly<Record<AgentView["circuit_breaker"]["state"], Style>> = { closed: "green", half_open: "yellow", open: "red" };

/** One line per agent under titles: status, health, trust, load, breaker and last probe. */
export function agentLines(
  agents: readonly AgentView[],
  { paint, columns, now }: { paint: Paint; columns: number; now: number },
): string[] {
  const rows = agents.map((agent) => cellsOf(agent, now));
  const widths = TITLES.map((title, index) =>
    Math.max(title.length, ...rows.map((row) => row[index]?.text.length ?? 0)),
  );
  const used = widths.slice(0, -1).reduce((sum, width) => sum + width + 2, 0);
  widths[TITLES.length - 1] = Math.max(12, columns - used);
  const line = (cells: readonly Cell[]): string =>
    cells
      .map(({ text, style }, index) => {
        const cell = fitText(text, widths[index] ?? 0);
        return style === undefined ? cell : paint(style, cell);
      })
      .join("  ")
      .trimEnd();
  return [paint("bold", line(TITLES.map((text) => ({ text })))), ...rows.map(line)];
}

function cellsOf(agent: AgentView, now: number): Cell[] {
  const { health_score: health, trust_score: trust, load, circuit_breaker: breaker, tasks_learned: tasks } = agent;
  const isHeld = agent.quarantine !== undefined;
  const taken = load.queue_size + load.reserved_slots;
  return [
    { text: printable(agent.agent_id) },
    { text: isHeld ? "QUARANTINE" : agent.status, style: isHeld ? "magenta" : STATUS_STYLES[agent.status] },
    { text: health.toFixed(2), style: health >= 0.7 ? "green" : health >= 0.3 ? "yellow" : "red" },
    { text: tasks === 0 ? `${trust.toFixed(1)} new` : trust.toFixed(1) },
    { text: `${taken}/${load.max_concurrent_tasks}`, style: taken >= load.max_concurrent_tasks ? "yellow" : undefined },
    { text: breakerText(breaker, now), style: BREAKER_STYLES[breaker.state] },
    probeCell(agent),
    { text: printable(agent.capabilities.join(", ")), style: "dim" },
  ];
}

function breakerText({ state, failures, retry_at: at }: AgentView["circuit_breaker"], now: number): string {
  if (state === "closed") return failures === 0 ? "closed" : `closed, ${failures} failed`;
  const wait = at === undefined ? 0 : Math.ceil((Date.parse(at) - now) / 1000);
  return `${state.replace("_", "-")}${wait > 0 ? ` ${wait} s` : ""}`;
}

function probeCell({ probe }: AgentView): Cell {
  if (probe === undefined) return { text: "–", style: "dim" };
  return probe.ok ? { text: `${Math.round(probe.latency_ms ?? 0)} ms` } : { text: "failed", style: "red" };
}

/** Why agents are not in full service, one line each. */
export function troubleLines(agents: readonly AgentView[], paint: Paint): string[] {
  return agents.flatMap(({ agent_id: id, quarantine, probe, status_reason: reason }) => {
    const why =
      quarantine === undefined
        ? probe?.ok === false
          ? (probe.reason ?? "the probe failed")
          : reason
        : `in quarantine: ${quarantine.reason}`;
    return why === undefined ? [] : [paint("dim", `  ${printable(id)}: ${printable(why)}`)];
  });
}
