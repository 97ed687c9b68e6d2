import type { Table } from "../../aws/query.ts";
import { ConflictError, StoreUnavailableError } from "../../core/errors.ts";
import { type Incident, incidentIdOf } from "../incident.ts";
import { type IncidentAct, type IncidentMove, moveIncident, openIncident, type Stamp } from "../incident-moves.ts";
import { INCIDENT_LIMITS } from "../limits.ts";
import type { TellOrder } from "../messages.ts";
import { findIncident, loadIncident, saveMove } from "../store/incident-store.ts";
import { findTrouble, type Trouble } from "../store/watch-store.ts";

/** What changing incidents stands on. */
export interface IncidentDeps {
  readonly control: Table;
  /** Has moves told. What is lost on the way is told by the detector, a minute later. */
  readonly tell: (orders: readonly TellOrder[]) => Promise<void>;
}

/** What is reported, by a person, a program or the detector. */
export interface Report extends Stamp {
  readonly tenant: string;
  readonly body: Parameters<typeof openIncident>[0];
  /** A new incident's. The same for a repeat of the same report. */
  readonly newId: string;
  readonly fingerprint?: string | undefined;
  readonly rule?: string | undefined;
  readonly subject?: string | undefined;
  readonly runbook?: Incident["runbook"];
}

/** What came of a report: a new incident, one that began again, or one that is open already. */
export interface Reported {
  readonly incident: Incident;
  readonly outcome: "opened" | "reopened" | "known";
}

/**
 * Puts trouble on record. The same trouble (`fingerprint`) is one incident while that is open, and for
 * `INCIDENT_LIMITS.reopenSeconds` after; a repeat of a report changes nothing.
 *
 * @throws {ConflictError} the id is taken by another report.
 * @throws {StoreUnavailableError} others kept changing the same.
 */
export async function reportIncident(deps: IncidentDeps, report: Report): Promise<Reported> {
  const { tenant, at, fingerprint } = report;
  for (let tries = 0; tries < INCIDENT_LIMITS.optimisticTries; tries += 1) {
    const trouble = fingerprint === undefined ? undefined : await findTrouble(deps.control, tenant, fingerprint);
    const known = trouble === undefined || !isSame(trouble, at) ? undefined : await findIncident(deps.control, tenant, trouble.incident_id);
    if (known !== undefined && known.status !== "resolved") return { incident: known, outcome: "known" };
    if (known !== undefined) {
      const incident = await take(deps, tenant, moveIncident(known, { edge: "reopened", text: report.body.description }, report));
      if (incident !== undefined) return { incident, outcome: "reopened" };
      continue;
    }
    const repeated = await findIncident(deps.control, tenant, report.newId);
    if (repeated !== undefined) return { incident: sameOrThrow(repeated, report), outcome: "known" };
    const incident = await take(deps, tenant, openIncident(report.body, originOf(report)));
    if (incident !== undefined) return { incident, outcome: "opened" };
  }
  throw new StoreUnavailableError("the incident keeps changing");
}

const originOf = ({ newId, at, by, rule, subject, fingerprint, runbook }: Report): Parameters<typeof openIncident>[1] => ({
  incidentId: newId,
  at,
  by,
  rule,
  subject,
  fingerprint,
  runbook,
});

/** Whether trouble of now belongs to the incident that its fingerprint had. */
const isSame = ({ isOpen, resolved_at: end }: Trouble, at: string): boolean =>
  isOpen || (end !== undefined && Date.parse(at) - Date.parse(end) <= INCIDENT_LIMITS.reopenSeconds * 1000);

function sameOrThrow(incident: Incident, { body, newId }: Report): Incident {
  if (incident.description === body.description && incident.severity === body.severity && incident.incident_type === body.incident_type) return incident;
  throw new ConflictError(`incident '${newId}' was reported with other words under the same key; send another Idempotency-Key`);
}

async function take({ control, tell }: IncidentDeps, tenant: string, move: IncidentMove): Promise<Incident | undefined> {
  if ((await saveMove(control, tenant, move)) === "stale") return undefined;
  const { incident, event } = move;
  if (event !== undefined) await tell([{ kind: "tell", tenant, incident: incident.incident_id, revision: incident.revision }]);
  return incident;
}

/** Where an act has led already: doing it again is nothing. */
const DONE: Readonly<Partial<Record<IncidentAct["edge"], readonly Incident["status"][]>>> = {
  acknowledged: ["acknowledged"],
  resolved: ["resolved"],
};

/**
 * Does something with an incident.
 *
 * @param isDue looks at the incident as it is now; `false`: there is nothing to do any more.
 * @returns the incident after it.
 * @throws {NotFoundError} this tenant has no such incident.
 * @throws {IllegalMoveError} not from where it stands.
 * @throws {StoreUnavailableError} others kept changing it.
 */
export async function actOnIncident(
  deps: IncidentDeps,
  { tenant, id }: { tenant: string; id: string },
  { act, at, by, isDue = () => true }: Stamp & { act: IncidentAct; isDue?: (incident: Incident) => boolean },
): Promise<Incident> {
  for (let tries = 0; tries < INCIDENT_LIMITS.optimisticTries; tries += 1) {
    const before = await loadIncident(deps.control, tenant, id);
    if (DONE[act.edge]?.includes(before.status) === true || !isDue(before)) return before;
    const after = await take(deps, tenant, moveIncident(before, act, { at, by }));
    if (after !== undefined) return after;
  }
  throw new StoreUnavailableError(`incident '${id}' keeps changing`);
}

/** The id of an incident that is reported under a key of the caller's. */
export const keyedIncidentId = (tenant: string, key: string): string => incidentIdOf(tenant, "key", key);
