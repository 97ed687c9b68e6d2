import type { PatternUse } from "../../patterns/pattern-use.ts";
import { planPattern } from "../../patterns/planned-pattern.ts";
import type { SetupFinding } from "../../patterns/pattern.ts";
import type { Task } from "./task-definition.ts";
import type { AgentRole, Supervision } from "./workflow-definition.ts";

/** Capabilities by which a role can judge: the specification's, and the kind of question. */
const JUDGES = ["quality_assessment", "assess"];

/** The patterns that judge the tasks beside which they stand, with what they add to the configuration. */
const JUDGING: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  supervisor: {},
  hierarchical: { escalate: true },
};

/** Whether a pattern beside tasks may have members and a configuration. */
export const isJudging = (pattern: string | undefined): boolean => pattern !== undefined && Object.hasOwn(JUDGING, pattern);

/** What an author says of a pattern that stands beside tasks. */
interface Stated {
  /** `orchestration_pattern`; absent where the author leaves it to us. */
  readonly name: string | undefined;
  readonly use: Pick<PatternUse, "members" | "config"> | undefined;
  readonly agents: Readonly<Record<string, AgentRole>>;
}

/** Who judges, or why nobody does; flaws lead from `pattern`. */
export interface SupervisionReading {
  readonly supervision?: Supervision;
  readonly findings: readonly SetupFinding[];
  /** Why an author's pattern changes nothing. */
  readonly unheard?: { readonly message: string; readonly remedy: string };
}

/** Reads who judges the tasks beside which `orchestration_pattern` stands (`assess: off`: nobody). */
export function readSupervision({ name, use, agents }: Stated): SupervisionReading {
  // A handoff has each task hear of those before its inputs: see `loadHandedDown`.
  if (name === undefined || name === "handoff") return { findings: [] };
  if (!isJudging(name)) {
    const message = `"${name}" beside tasks changes nothing: they run as their dependencies say`;
    return { findings: [], unheard: { message, remedy: "give one task the `pattern`, or remove orchestration_pattern" } };
  }
  const { assess, ...config } = { ...use?.config, ...JUDGING[name] };
  if (assess === false || assess === "off") return { findings: [] };
  const rest = assess === undefined || assess === true || assess === "on" ? config : { ...config, assess };
  const supervisors = use?.members["supervisor"] ?? judgesAmong(agents, name === "hierarchical");
  if (supervisors.length === 0) {
    const message = `nobody judges the tasks of this ${name}: no role, or more than one, offers ${JUDGES.join(" or ")}`;
    return { findings: [], unheard: { message, remedy: "name the role under pattern.members.supervisor, or write pattern.config.assess: off" } };
  }
  const findings = [...strayMembers(use?.members ?? {}), ...flawsOf({ supervisors: [...supervisors], config: rest }, agents)];
  return findings.length > 0 ? { findings } : { supervision: { supervisors: [...supervisors], config: rest }, findings };
}

const SUPERVISED = "supervised";

/** Each task names its worker itself. */
const strayMembers = (members: PatternUse["members"]): readonly SetupFinding[] =>
  Object.keys(members)
    .filter((part) => part !== "supervisor")
    .map((part) => ({ path: ["members", part], message: `beside tasks there is no part "${part}"`, remedy: "name supervisor alone: the workers are the tasks' agents" }));

/** Flaws that every judged task would have: looked for with a worker that is there in any case. */
function flawsOf({ supervisors, config }: Supervision, agents: Stated["agents"]): readonly SetupFinding[] {
  const worker = Object.keys(agents).slice(0, 1);
  return planPattern({ name: SUPERVISED, members: { supervisor: supervisors, worker }, config }, agents).findings;
}

/** One judge for a supervisor; as many levels as there are judges for a hierarchy, in the order in which they are written. */
function judgesAmong(agents: Stated["agents"], areLevels: boolean): string[] {
  const judges = Object.keys(agents).filter((role) => agents[role]?.capabilities.some((one) => JUDGES.includes(one)));
  if (areLevels || judges.length === 1) return judges;
  return judges.filter((role) => role === "supervisor");
}

/** The pattern by which a task is judged; nothing for what is no call of another agent, or is several. */
export function supervisedUse(supervision: Supervision | undefined, { agent, forEach, scatter, hedge }: Task): PatternUse | undefined {
  if (supervision === undefined || agent === undefined || supervision.supervisors.includes(agent)) return undefined;
  if (forEach !== undefined || scatter !== undefined || hedge !== undefined) return undefined;
  const { supervisors, config } = supervision;
  return { name: SUPERVISED, members: { supervisor: [...supervisors], worker: [agent] }, config };
}
