import { present } from "../../shared/core/present.ts";
import { ConflictError, NotFoundError } from "../../shared/core/errors.ts";
import { refuseResponse, respond, type RespondDeps } from "../../shared/incidents/control/respond.ts";
import { DETECTOR, type Incident } from "../../shared/incidents/incident.ts";
import { INCIDENT_LIMITS } from "../../shared/incidents/limits.ts";
import type { IncidentResponse } from "../../shared/incidents/response.ts";
import { ALERT_RULES } from "../../shared/incidents/rules/alert-rules.ts";
import { listIncidents } from "../../shared/incidents/store/incident-store.ts";

const RESPONSES = new Map(ALERT_RULES.flatMap(({ name, response }) => (response === undefined ? [] : [[name, response] as const])));

const HOUR_MS = 3_600_000;
/** Incidents that ended lately, among which the detector's latest responses are; more than these it does not look at. */
const ENDED = { from: 6 * HOUR_MS, limit: 100 } as const;

/** What the detector did by itself, and about which rule's incident. */
type Own = IncidentResponse & { readonly rule: string | undefined };

const ownIn = (incidents: readonly Incident[]): readonly Own[] =>
  incidents.flatMap(({ rule, response_actions: actions }) => actions.filter(({ by }) => by === DETECTOR).map((action) => ({ ...action, rule })));

/** Whether it is the detector's turn: it has neither acted nor been kept from it, or died at it. */
const isDue = ({ rule = "", subject = "", response_actions: actions }: Incident): boolean =>
  RESPONSES.has(rule) && subject !== "" && !actions.some(({ by, status }) => by === DETECTOR && status !== "started");

/**
 * Does by itself what rules name, under the guards of every response: at most so often within an hour, and not twice to the
 * same agent within minutes. What keeps it from acting is on record, once, and told.
 *
 * @returns how many incidents it acted on.
 */
export async function respondByRule(deps: RespondDeps, tenant: string, { open, now }: { open: readonly Incident[]; now: number }): Promise<number> {
  const due = open.filter(isDue);
  if (due.length === 0) return 0;
  const ended = await listIncidents(deps.control, tenant, { which: "closed", from: new Date(now - ENDED.from).toISOString() }, { limit: ENDED.limit });
  const own = [...ownIn(open), ...ownIn(ended.rows)].filter(({ status }) => status === "completed" || status === "reverted");
  let acted = 0;
  for (const incident of due) {
    const done = await respondTo(deps, { tenant, incident, own, now });
    if (done === undefined) continue;
    own.push({ ...done, rule: incident.rule });
    acted += 1;
  }
  return acted;
}

interface Turn {
  readonly tenant: string;
  readonly incident: Incident;
  readonly own: readonly Own[];
  readonly now: number;
}

async function respondTo(deps: RespondDeps, { tenant, incident, own, now }: Turn): Promise<IncidentResponse | undefined> {
  const { incident_id: id } = incident;
  const [rule, target] = [present(incident.rule), present(incident.subject)];
  const type = present(RESPONSES.get(rule));
  const stamp = { at: new Date(now).toISOString(), by: DETECTOR };
  const why = tooMuch({ rule, target, own, now });
  if (why !== undefined) return refused(deps, { tenant, id }, { type, target, why, ...stamp });
  try {
    const { response } = await respond(deps, { tenant, id }, { type, agentId: target, force: false, dryRun: false, ...stamp });
    return { ...response, status: "completed" };
  } catch (error) {
    if (!(error instanceof ConflictError) && !(error instanceof NotFoundError)) throw error;
    return refused(deps, { tenant, id }, { type, target, why: error.message, ...stamp });
  }
}

async function refused(...given: Parameters<typeof refuseResponse>): Promise<undefined> {
  await refuseResponse(...given);
}

/** Why the detector should leave it to people now. */
function tooMuch({ rule, target, own, now }: Pick<Turn, "own" | "now"> & { rule: string; target: string }): string | undefined {
  const { ownResponsesPerHour: most, ownResponseRestSeconds: rest } = INCIDENT_LIMITS;
  const since = (ms: number): readonly Own[] => own.filter(({ at }) => now - Date.parse(at) < ms);
  if (since(HOUR_MS).filter((each) => each.rule === rule).length >= most) return `the detector has acted ${most} times on ${rule} within an hour`;
  if (since(rest * 1000).some((each) => each.target === target)) return `the detector has acted on ${target} within ${rest / 60} minutes`;
  return undefined;
}
