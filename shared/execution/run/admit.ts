import { type AdmissionSnapshotReader, listWaiting, loadCrowd, loadOccupancy, saveAdmitted } from "../store/admission-store.ts";
import { commitExecution, type ExecutionStore, loadExecution } from "../store/execution-store.ts";
import type { CommitOutcome } from "../../aws/group-commit.ts";
import { takeSlot } from "../store/slot-writes.ts";
import { type AdmissionLimits, freeShard, judge, type AdmissionSnapshot, placeOf, roomOf, type Verdict } from "../admission/admission.ts";
import { NotFoundError, StoreUnavailableError } from "../../core/errors.ts";
import { EXECUTION_LIMITS } from "../limits.ts";
import type { AwaitedHooks, Execution, ExecutionIn, Slot } from "../execution.ts";
import { admitted, recorded, started } from "../lifecycle/execution-transitions.ts";

/** What letting executions start stands on. */
export interface AdmitDeps {
  readonly executions: ExecutionStore;
  readonly admission: AdmissionLimits;
  /** Starts the machine of an execution's current run; starting it twice starts one. */
  readonly startRun: (execution: Execution) => Promise<void>;
  readonly now: () => Date;
  readonly random: () => number;
}

/** What became of a submission; `refuse`: nothing is on record. */
export type Admitted =
  | { readonly kind: "recorded"; readonly execution: Execution }
  | { readonly kind: "known" }
  | { readonly kind: "refuse"; readonly picture: AdmissionSnapshot };

/** What recording a submission stands on. */
export interface RecordDeps extends Pick<AdmitDeps, "executions" | "admission" | "random"> {
  readonly picture: AdmissionSnapshotReader;
}

/** A submission that may be taken. */
export interface Applicant extends Pick<Execution, "tenant" | "executionId" | "priority"> {
  /** It waits however many wait already. */
  readonly isUnrefusable: boolean;
  /** The execution in full; asked for once it is known to be taken. */
  readonly describe: () => Promise<ExecutionIn<"submitted">>;
  /** Hooks before it: it waits for them, whether there is a slot or not. */
  readonly awaiting?: AwaitedHooks | undefined;
}

/**
 * Records a submission with a slot, or in the queue when no slot is free or others wait already. One transaction, as for
 * an execution that needs no slot. A graph run with a slot has begun with that. When others keep taking the slots that
 * were seen free, it waits as well.
 */
export async function recordAdmitted(deps: RecordDeps, applicant: Applicant): Promise<Admitted> {
  for (let tries = 0; tries < EXECUTION_LIMITS.admissionTries; tries += 1) {
    const picture = await look(deps, applicant, { isFirst: tries === 0 });
    const isLast = tries === EXECUTION_LIMITS.admissionTries - 1;
    const judged = judge(picture, deps.admission, applicant.priority);
    const mustWait = (judged === "start" && (isLast || applicant.awaiting !== undefined)) || (judged === "refuse" && applicant.isUnrefusable);
    const verdict = mustWait ? "wait" : judged;
    if (verdict === "refuse") return (await isOnRecord(deps, applicant)) ? { kind: "known" } : { kind: "refuse", picture };
    const execution = begun(recorded(placed(deps, await applicant.describe(), { picture, verdict, awaiting: applicant.awaiting })));
    if ((await saveAdmitted(deps.executions, execution, deps.admission)) === "written") return { kind: "recorded", execution };
    if (await isOnRecord(deps, applicant)) return { kind: "known" };
  }
  throw new StoreUnavailableError("the submission was neither on record nor taken");
}

/** What is remembered is good enough to try a start with; whoever waits or is refused does so by what is. */
async function look(deps: RecordDeps, { tenant, priority }: Applicant, { isFirst }: { isFirst: boolean }): Promise<AdmissionSnapshot> {
  const remembered = isFirst ? await deps.picture(tenant, { fresh: false }) : undefined;
  const isEnough = remembered !== undefined && judge(remembered, deps.admission, priority) === "start";
  return isEnough ? remembered : deps.picture(tenant, { fresh: true });
}

function placed(
  deps: Pick<AdmitDeps, "admission" | "random">,
  wanted: ExecutionIn<"submitted">,
  { picture, verdict, awaiting }: { picture: AdmissionSnapshot; verdict: Verdict; awaiting: AwaitedHooks | undefined },
): Execution {
  const slot = verdict === "start" ? chooseSlot(deps, picture) : undefined;
  if (slot !== undefined) return { ...wanted, slot };
  const { slot: _, ...waiter } = wanted;
  return { ...waiter, status: "queued", queued: placeOf(wanted), ...(awaiting === undefined ? {} : { awaiting }) };
}

/** A graph run that has its slot is under way as soon as it is on record: no machine has to start. */
function begun(execution: Execution): Execution {
  const { status, runner, submittedAt: at, executionTimeoutSeconds: seconds } = execution;
  if (status !== "submitted" || runner !== "graph") return execution;
  return started(execution, { at, deadlineAt: new Date(Date.parse(at) + seconds * 1000).toISOString() }).row;
}

function chooseSlot(
  { admission, random }: Pick<AdmitDeps, "admission" | "random">,
  { own, all }: Pick<AdmissionSnapshot, "own" | "all">,
): Slot | undefined {
  const [mine, total] = [freeShard(own, admission.perTenant, random()), freeShard(all, admission.total, random())];
  return mine === undefined || total === undefined ? undefined : { own: mine, all: total };
}

const isOnRecord = async ({ executions }: Pick<AdmitDeps, "executions">, { tenant, executionId }: Applicant): Promise<boolean> =>
  (await find(executions, tenant, executionId)) !== undefined;

async function find(executions: ExecutionStore, tenant: string, id: string): Promise<Execution | undefined> {
  try {
    return await loadExecution(executions, tenant, id);
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

/**
 * Starts executions that wait, as far as there are slots: of all tenants the most urgent first, then the oldest. For
 * whoever freed a slot or joined the queue, and for the sweep, in case they were cut off. Several may do so at once.
 *
 * @returns how many it started.
 */
export async function admitWaiting(deps: AdmitDeps): Promise<number> {
  const { executions, admission } = deps;
  const { all, waiting: counted } = await loadCrowd(executions);
  if (counted.size === 0 || roomOf(all, admission.total) === 0) return 0;
  const queues = await Promise.all(
    [...counted.keys()].map(async (tenant) => (await listWaiting(executions, tenant)).map((entry) => ({ tenant, ...entry }))),
  );
  // Places sort by priority and age, across tenants as within one.
  const waiting = queues.flat().sort((a, b) => (a.place < b.place ? -1 : 1));
  const full = new Set<string>();
  let started = 0;
  for (const { tenant, execution } of waiting) {
    if (full.has(tenant)) continue;
    const outcome = await admitOne(deps, tenant, execution);
    if (outcome === "full") return started;
    if (outcome === "tenant_full") full.add(tenant);
    if (outcome === "started") started += 1;
  }
  const isMore = queues.some((queue) => queue.length === EXECUTION_LIMITS.queueHeads);
  return started > 0 && isMore ? started + (await admitWaiting(deps)) : started;
}

/** `gone`: it waits no more, or something is to be done with it first. */
type Outcome = "started" | "gone" | "tenant_full" | "full";

async function admitOne(deps: AdmitDeps, tenant: string, id: string): Promise<Outcome> {
  for (let tries = 0; tries < EXECUTION_LIMITS.admissionTries; tries += 1) {
    const [execution, own, all] = await Promise.all([
      find(deps.executions, tenant, id),
      loadOccupancy(deps.executions, tenant),
      loadOccupancy(deps.executions),
    ]);
    if (execution?.status !== "queued" || execution.pending !== undefined || execution.awaiting !== undefined) return "gone";
    if (roomOf(all, deps.admission.total) === 0) return "full";
    const slot = chooseSlot(deps, { own, all });
    if (slot === undefined) return "tenant_full";
    if ((await takeOff(deps, execution, slot)) === "stale") continue;
    await deps.startRun(await loadExecution(deps.executions, tenant, id));
    return "started";
  }
  return "full";
}

function takeOff({ executions, admission: limits, now }: AdmitDeps, execution: Execution, slot: Slot): Promise<CommitOutcome> {
  const { tenant } = execution;
  const transition = admitted(execution, { slot, at: now().toISOString() });
  return commitExecution(executions, { transition, also: takeSlot(executions.table, { tenant, slot, limits }) });
}
