import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { EXECUTION_EDGES, NONE } from "../../shared/execution/lifecycle/execution-edges.ts";
import { ExecutionStatus, isFinished } from "../../shared/execution/execution.ts";
import { IncidentStatus } from "../../shared/incidents/incident.ts";
import { INCIDENT_EDGES, NO_INCIDENT } from "../../shared/incidents/incident-edges.ts";
import { PENDING, TASK_EDGES } from "../../shared/execution/task/edges.ts";
import { isInHands, isSettled, TaskState } from "../../shared/execution/task/task-record.ts";

/** The page that holds the diagrams. */
export const LIFE_PAGE = path.resolve(import.meta.dirname, "../../shared/README.md");

/** What both tables of edges have in common. */
interface Edge {
  readonly from: readonly string[];
  readonly to: string | readonly string[];
  readonly tells: readonly string[];
}

/** A life to be drawn. Groups share no state; what leaves a state of `ends` belongs to a next run. */
export interface Life {
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly ends: string;
  readonly edges: Readonly<Record<string, Edge>>;
}

const isNeither = (state: TaskState): boolean => !isInHands(state) && !isSettled(state);

/** Every life that the page shows, by the name in its markers. */
export const LIVES: Readonly<Record<string, Life>> = {
  task: {
    groups: {
      waiting: [PENDING, ...TaskState.options.filter(isNeither)],
      "in hands": TaskState.options.filter(isInHands),
      settled: TaskState.options.filter(isSettled),
    },
    ends: "settled",
    edges: TASK_EDGES,
  },
  execution: {
    groups: {
      "not on record": [NONE],
      open: ExecutionStatus.options.filter((status) => !isFinished(status)),
      finished: ExecutionStatus.options.filter(isFinished),
    },
    ends: "finished",
    edges: EXECUTION_EDGES,
  },
  incident: {
    groups: {
      "not on record": [NO_INCIDENT],
      "not over": IncidentStatus.options.filter((status) => status !== "resolved"),
      over: ["resolved"],
    },
    ends: "",
    edges: INCIDENT_EDGES,
  },
};

const endsOf = ({ from, to }: Edge): readonly string[] => (to === "same" ? from : [to].flat());

const idOf = (name: string): string => name.replaceAll(" ", "_");

/** States by name; a whole group by its own, unless `target` is in it: an arrow into its own box cannot be drawn. */
function sourcesOf(from: readonly string[], groups: Life["groups"], target?: string): string[] {
  return Object.entries(groups).flatMap(([group, states]) => {
    const named = states.filter((state) => from.includes(state));
    const isWhole = states.length > 1 && named.length === states.length;
    const isOutside = target === undefined || !states.includes(target);
    return isWhole && isOutside ? [group] : named.filter((state) => state !== target);
  });
}

/** Arrows with the edges they stand for, in the order of the table. Edges that stay, or leave an end, have none. */
function arrowsOf({ groups, ends, edges }: Life): ReadonlyMap<string, readonly string[]> {
  const arrows = new Map<string, string[]>();
  for (const [name, edge] of Object.entries(edges)) {
    if (edge.to === "same" || edge.from.some((state) => groups[ends]?.includes(state))) continue;
    for (const target of endsOf(edge)) {
      for (const source of sourcesOf(edge.from, groups, target)) {
        const arrow = `${idOf(source)} --> ${target}`;
        arrows.set(arrow, [...(arrows.get(arrow) ?? []), name]);
      }
    }
  }
  return arrows;
}

/** A life as a Mermaid flowchart: states in boxes by group, one arrow for all edges between the same two. */
export function diagramOf(life: Life): string {
  const boxes = Object.entries(life.groups).flatMap(([group, states]) => {
    if (states.length === 1) return states.map((state) => `  ${state}`);
    return [`  subgraph ${idOf(group)} ["${group}"]`, ...states.map((state) => `    ${state}`), "  end"];
  });
  const arrows = [...arrowsOf(life)].map(([arrow, names]) => {
    return `  ${arrow.replace("-->", `-->|"${names.join("<br>")}"|`)}`;
  });
  return ["flowchart LR", ...boxes, ...arrows].join("\n");
}

/** Every edge of a life as a Markdown table. */
export function edgeTableOf({ groups, edges }: Life): string {
  const code = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(", ");
  const rows = Object.entries(edges).map(([name, edge]) => {
    const to = edge.to === "same" ? "stays" : [edge.to].flat().join(", ");
    return `| \`${name}\` | ${sourcesOf(edge.from, groups).join(", ")} | ${to} | ${code(edge.tells)} |`;
  });
  return ["| edge | from | to | events it may tell |", "|---|---|---|---|", ...rows].join("\n");
}

/**
 * The page with every life drawn anew between its markers.
 *
 * @throws {Error} the page lacks the markers of a life.
 */
export function withLives(page: string, lives: Readonly<Record<string, Life>>): string {
  return Object.entries(lives).reduce((text, [name, life]) => {
    const [begin, end] = [`<!-- life of ${name}: begin -->`, `<!-- life of ${name}: end -->`];
    const [from, to] = [text.indexOf(begin), text.indexOf(end)];
    if (from === -1 || to < from) throw new Error(`the page needs the lines '${begin}' and '${end}'`);
    const drawn = `\n\n\`\`\`mermaid\n${diagramOf(life)}\n\`\`\`\n\n${edgeTableOf(life)}\n\n`;
    return `${text.slice(0, from + begin.length)}${drawn}${text.slice(to)}`;
  }, page);
}

if (import.meta.main) writeFileSync(LIFE_PAGE, withLives(readFileSync(LIFE_PAGE, "utf8"), LIVES));
