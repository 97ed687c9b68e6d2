import { present } from "../../shared/core/present.ts";
import { mapConcurrent } from "../../shared/core/map-concurrent.ts";
import { actOnIncident, reportIncident } from "../../shared/incidents/control/incident-control.ts";
import { type Found, judge } from "../../shared/incidents/detection/watch.ts";
import type { RespondDeps } from "../../shared/incidents/control/respond.ts";
import { type EscalationRules, nextEscalation, USUAL_ESCALATION } from "../../shared/incidents/escalation.ts";
import { DETECTOR, fingerprintOf, type Incident, incidentIdOf, Severity } from "../../shared/incidents/incident.ts";
import { INCIDENT_LIMITS } from "../../shared/incidents/limits.ts";
import { ALERT_RULES } from "../../shared/incidents/rules/alert-rules.ts";
import type { AlertRule } from "../../shared/incidents/rules/alert-rule.ts";
import type { Finding, SystemSigns } from "../../shared/incidents/rules/signs.ts";
import { loadEscalation } from "../../shared/incidents/store/channel-store.ts";
import { listOpenIncidents } from "../../shared/incidents/store/incident-store.ts";
import { loadWatched, saveMemory, type Trouble, type Watched } from "../../shared/incidents/store/watch-store.ts";
import { respondByRule } from "./respond-by-rule.ts";
import type { SignReader } from "../../shared/incidents/store/sign-reader.ts";

/** What detecting stands on. */
export interface DetectDeps extends RespondDeps {
  readonly tenants: () => Promise<readonly string[]>;
  /** How many executions of each tenant wait for a slot; those that are not mentioned have none. */
  readonly waiting: () => Promise<ReadonlyMap<string, number>>;
  readonly signs: SignReader;
  readonly system: () => Promise<SystemSigns>;
  /** The tenant whose incidents those of the deployment are. */
  readonly ownerTenant: string;
  /** Well for so long before an incident resolves itself. */
  readonly quietSeconds: number;
  readonly now: () => Date;
}

/** What a pass did. `failed`: tenants that it could not look at, which must not keep it from the others. */
export interface Detected {
  readonly opened: number;
  readonly resolved: number;
  readonly escalated: number;
  /** Incidents that it acted on by itself. */
  readonly responded: number;
  readonly failed: readonly { readonly tenant: string; readonly error: unknown }[];
}

/**
 * Looks at every tenant, and at the deployment as its owner's: opens incidents of what the rules find, resolves those whose
 * cause is gone, escalates those that nobody takes, acts where it may, and has told what was not told. A pass that comes twice, or beside
 * another, changes nothing more: of two the memory's row lets one act, and an incident begins once.
 */
export async function detectIncidents(deps: DetectDeps): Promise<Detected> {
  const tenants = [...new Set([deps.ownerTenant, ...(await deps.tenants())])];
  const waiting = await deps.waiting();
  const failed: { tenant: string; error: unknown }[] = [];
  const done = await mapConcurrent(tenants, INCIDENT_LIMITS.tenantsAtOnce, async (tenant) => {
    try {
      return await look(deps, tenant, waiting.get(tenant) ?? 0);
    } catch (error) {
      failed.push({ tenant, error });
      return NOTHING;
    }
  });
  const sum = (name: keyof typeof NOTHING): number => done.reduce((total, each) => total + each[name], 0);
  return { opened: sum("opened"), resolved: sum("resolved"), escalated: sum("escalated"), responded: sum("responded"), failed };
}

const NOTHING = { opened: 0, resolved: 0, escalated: 0, responded: 0 };

const HOLDS = new Map(ALERT_RULES.map(({ name, holdsSeconds }) => [name, holdsSeconds]));
/** A rule that is gone with its release holds for nothing. */
const holdsSecondsOf = (rule: string): number => HOLDS.get(rule) ?? 0;

async function look(deps: DetectDeps, tenant: string, waiting: number): Promise<Omit<Detected, "failed">> {
  const watched = await loadWatched(deps.control, tenant);
  const now = deps.now().getTime();
  const found = await findTrouble(deps, { tenant, waiting, now });
  const known = watched.troubles.filter(({ isOpen, rule }) => isOpen && rule !== undefined);
  const { memory, wrong, well } = judge(watched.memory, { found, open: known, holdsSecondsOf, quietSeconds: deps.quietSeconds, now });
  // Of a tenant that is and was well there is nothing to remember: most passes write nothing.
  const isIdle = [memory, watched.memory].every((each) => Object.keys(each?.seen ?? {}).length === 0);
  if (!isIdle && (await saveMemory(deps.control, tenant, { memory, revision: watched.revision })) === "stale") return NOTHING;
  const opened = await begin(deps, { tenant, now, wrong, troubles: watched.troubles });
  const resolved = await resolve(deps, { tenant, now, troubles: known.filter(({ fingerprint }) => well.includes(fingerprint)) });
  const open = await listOpenIncidents(deps.control, tenant);
  const rules = open.length === 0 ? USUAL_ESCALATION : await loadEscalation(deps.control, tenant);
  const escalated = await escalate(deps, tenant, { open, rules, now });
  const responded = rules.auto_response_enabled ? await respondByRule(deps, tenant, { open, now }) : 0;
  await tellAgain(deps, tenant, { watched, now });
  return { opened, resolved, escalated, responded };
}

async function findTrouble(deps: DetectDeps, { tenant, waiting, now }: { tenant: string; waiting: number; now: number }): Promise<readonly Found[]> {
  const signs = await deps.signs(tenant, { waiting, now });
  const system = tenant === deps.ownerTenant ? await deps.system() : undefined;
  return ALERT_RULES.flatMap((rule) =>
    findingsOf(rule, { signs, system }).map((finding) => ({ rule, finding, fingerprint: fingerprintOf({ rule: rule.name, subject: finding.subject }) })),
  );
}

function findingsOf({ detection, threshold }: AlertRule, { signs, system }: { signs: Awaited<ReturnType<SignReader>>; system: SystemSigns | undefined }): readonly Finding[] {
  if (detection === undefined) return [];
  if (detection.scope === "tenant") return detection.find(signs, threshold);
  return system === undefined ? [] : detection.find(system, threshold);
}

const severityOf = ({ rule, finding }: Found): Severity => finding.severity ?? rule.severity;
const rank = (found: Found): number => Severity.options.indexOf(severityOf(found));

interface Opening {
  readonly tenant: string;
  readonly now: number;
  readonly wrong: readonly Found[];
  readonly troubles: readonly Trouble[];
}

/** The worst first, and no more than people can take in. */
async function begin(deps: DetectDeps, { tenant, now, wrong, troubles }: Opening): Promise<number> {
  const left = new Set(troubles.filter((trouble) => isLeftToPeople(trouble, now)).map(({ fingerprint }) => fingerprint));
  const due = wrong.filter(({ fingerprint }) => !left.has(fingerprint)).toSorted((a, b) => rank(b) - rank(a));
  const at = new Date(now).toISOString();
  let opened = 0;
  for (const found of due.slice(0, INCIDENT_LIMITS.openedPerPass)) {
    const { rule, finding, fingerprint } = found;
    const newId = incidentIdOf(tenant, fingerprint, at);
    const { meaning, firstLook: first_look, fix } = rule.runbook;
    const about = { fingerprint, rule: rule.name, subject: finding.subject, runbook: { meaning, first_look, fix } };
    const { outcome } = await reportIncident(deps, { tenant, at, by: DETECTOR, newId, ...about, body: bodyOf(found) });
    if (outcome !== "known") opened += 1;
  }
  return opened;
}

/** Whoever resolves an incident knows that its cause may go on for a while. */
const isLeftToPeople = ({ isOpen, resolved_at: end, resolved_by: by }: Trouble, now: number): boolean =>
  !isOpen && by !== DETECTOR && end !== undefined && now - Date.parse(end) < INCIDENT_LIMITS.respectSeconds * 1000;

function bodyOf(found: Found): Parameters<typeof reportIncident>[1]["body"] {
  const { rule, finding } = found;
  const { type, components } = present(rule.detection);
  return {
    incident_type: type,
    severity: severityOf(found),
    affected_components: finding.subject === "" ? [...components] : [...components, finding.subject],
    description: finding.says,
    auto_detected: true,
    detection_source: DETECTOR,
    context: { rule: rule.name, threshold: rule.threshold, ...finding.facts },
  };
}

async function resolve(deps: DetectDeps, { tenant, now, troubles }: { tenant: string; now: number; troubles: readonly Trouble[] }): Promise<number> {
  for (const { incident_id: id, fingerprint } of troubles) {
    const act = { edge: "resolved", text: "what it was about is well again" } as const;
    const isDue = (incident: Incident): boolean => incident.fingerprint === fingerprint;
    await actOnIncident(deps, { tenant, id }, { act, at: new Date(now).toISOString(), by: DETECTOR, isDue });
  }
  return troubles.length;
}

async function escalate(deps: DetectDeps, tenant: string, { open, rules, now }: { open: readonly Incident[]; rules: EscalationRules; now: number }): Promise<number> {
  let escalated = 0;
  for (const { incident_id: id, ...seen } of open) {
    const next = nextEscalation({ incident_id: id, ...seen }, rules);
    if (next === undefined || next.dueAt > now) continue;
    const { condition, escalate_after: after, notify } = next.rule;
    const act = { edge: "escalated", text: `nobody took it within ${after} (${condition}): to ${notify.join(", ")}`, notify } as const;
    const isDue = ({ status, escalation }: Incident): boolean => status === "open" && escalation.level === seen.escalation.level;
    await actOnIncident(deps, { tenant, id }, { act, at: new Date(now).toISOString(), by: DETECTOR, isDue });
    escalated += 1;
  }
  return escalated;
}

/** Whoever moved an incident may have died before it was told. */
async function tellAgain({ tell }: DetectDeps, tenant: string, { watched, now }: { watched: Watched; now: number }): Promise<void> {
  const lost = watched.untold.filter(({ at }) => now - Date.parse(at) > INCIDENT_LIMITS.untoldSeconds * 1000);
  if (lost.length === 0) return;
  await tell(lost.map(({ incident_id: incident, revision }) => ({ kind: "tell", tenant, incident, revision })));
}
