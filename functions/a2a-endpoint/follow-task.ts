import type { StreamEvent } from "../../shared/endpoint/wire/replies.ts";
import { isRest } from "../../shared/endpoint/wire/replies.ts";
import { A2A_LIMITS } from "../../shared/a2a/limits.ts";
import { isFinished } from "../../shared/execution/execution.ts";
import type { Place } from "../../shared/endpoint/store/keys.ts";
import { isOver, newsBetween, stateOf, type TaskPicture, viewTask } from "../../shared/endpoint/task-view.ts";
import { loadPicture } from "../../shared/endpoint/tasks/load-picture.ts";
import type { EndpointDeps } from "./endpoint.ts";

const hasRested = ({ execution, waits }: TaskPicture): boolean => isRest(stateOf(execution, waits));

/** How long to leave a task alone that has been looked at for a while. */
export function pauseBetweenLooks(elapsedMs: number, taskCount: number): number {
  const { first, least, most } = A2A_LIMITS.lookMs;
  const soon = Math.max(first, Math.round(elapsedMs / 2));
  const later = Math.max(least, Math.round(elapsedMs / 20));
  return Math.min(soon, later, most) * (1 + Math.floor(taskCount / 1000));
}

/** Comes when there has been nothing to tell for a while, so that neither proxies nor impatient callers hang up. */
export const SILENCE = "silence";

/** Leaves a task alone; of a large run that may be for longer than a caller takes silence. */
async function* leaveAlone({ sleep }: EndpointDeps, pauseMs: number): AsyncGenerator<typeof SILENCE, void, undefined> {
  const { silentMs } = A2A_LIMITS;
  let left = pauseMs;
  for (; left > silentMs; left -= silentMs) {
    await sleep(silentMs);
    yield SILENCE;
  }
  await sleep(left);
}

/** Waits until a task is over or waits for its caller, or the time is up. @returns how it stands then. */
export async function* waitForRest(
  deps: EndpointDeps,
  place: Place,
  until: number,
): AsyncGenerator<typeof SILENCE, TaskPicture, undefined> {
  const since = deps.now().getTime();
  let toldAt = since;
  for (;;) {
    const picture = await loadPicture(deps, place, { history: false, artifacts: false });
    const now = deps.now().getTime();
    if (hasRested(picture) || now >= until) return loadPicture(deps, place);
    if (now - toldAt >= A2A_LIMITS.silentMs) {
      toldAt = now;
      yield SILENCE;
    }
    yield* leaveAlone(deps, Math.min(pauseBetweenLooks(now - since, picture.execution.taskCount), until - now));
  }
}

/** How a task is followed. */
export interface Following {
  /** When the gateway would cut us off soon after: the reader subscribes again. */
  readonly until: number;
  /** The stream also ends when the task waits for its caller, who can answer by another message only. */
  readonly endsAtRest: boolean;
  readonly historyLength?: number | undefined;
  readonly isClosed: () => boolean;
}

/** Follows a task: first the task as it is, then what changes, until it is over. */
export async function* followTask(
  deps: EndpointDeps,
  place: Place,
  { until, endsAtRest, historyLength, isClosed }: Following,
): AsyncGenerator<StreamEvent | typeof SILENCE, void, undefined> {
  let before = await loadPicture(deps, place);
  const since = deps.now().getTime();
  let toldAt = since;
  yield { task: viewTask(before, { historyLength }) };
  while (!isClosed() && !(endsAtRest ? hasRested(before) : isOver(before))) {
    const now = deps.now().getTime();
    if (now >= until) return;
    yield* leaveAlone(deps, Math.min(pauseBetweenLooks(now - since, before.execution.taskCount), until - now));
    const after = await loadPicture(deps, place, { history: false });
    const news = newsBetween(before, after);
    before = after;
    if (news.length > 0) toldAt = deps.now().getTime();
    yield* news;
    if (news.length > 0 || deps.now().getTime() - toldAt < A2A_LIMITS.silentMs) continue;
    toldAt = deps.now().getTime();
    yield SILENCE;
  }
}

/** Whether a task can still change. */
export const canChange = ({ execution }: TaskPicture): boolean => !isFinished(execution.status);
