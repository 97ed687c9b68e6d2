import { refine } from "../core/address.ts";
import type { Screen } from "../run/screen.ts";
import { say } from "../parts/act.ts";
import type { KeyBinding } from "../shell/keys.ts";
import { actsOn } from "./acts.ts";
import type { RunSession } from "./run-session.ts";
import { taskActs } from "./task-acts.ts";

/** Keys of an execution's page. */
export function runKeys(session: RunSession, screen: Screen): readonly KeyBinding[] {
  const { picked, at, drawing } = screen;
  return [
    ["n", "next failure", () => toFailure(screen, 1)],
    ["N", "previous failure", () => toFailure(screen, -1)],
    ["1", "graph", () => void (drawing.value = "cards")],
    ["2", "levels", () => void (drawing.value = "levels")],
    ["[", "a step back in time", () => stepInTime(screen, -1)],
    ["]", "a step on in time", () => stepInTime(screen, 1)],
    ["L", "live", () => void (at.value = undefined)],
    ["p", "pause or resume", () => actsOn(session, screen).find(({ name }) => name === "pause" || name === "resume")?.propose()],
    ["r", "rerun the selected task", () => taskActs(session, screen, picked.value).find(({ name }) => name === "rerun")?.propose()],
    ["c", "copy link", () => void copyLink()],
    ["Escape", "clear the selection", () => {
      if (picked.value >= 0) picked.value = -1;
      else if (at.value !== undefined) at.value = undefined;
      else refine({ tab: undefined });
    }],
  ];
}

async function copyLink(): Promise<void> {
  await navigator.clipboard.writeText(location.href);
  say("Link copied");
}

function toFailure({ run, picked, at }: Screen, step: 1 | -1): void {
  const { size } = run.plan;
  for (let distance = 1; distance <= size; distance++) {
    const task = (((picked.value + step * distance) % size) + size) % size;
    if (run.lookAt(task, at.value) !== "fail") continue;
    picked.value = task;
    return;
  }
  say("No task has failed");
}

/** To the next moment at which a task began or ended. */
function stepInTime({ run, at }: Screen, step: 1 | -1): void {
  const [start, end] = run.spanUntil(Date.now());
  const moments = [...new Set([...run.start, ...run.end])].filter((time) => time > 0).sort((a, b) => a - b);
  const now = at.value ?? end;
  const next = step === 1 ? moments.find((time) => time > now) : moments.findLast((time) => time < now);
  at.value = next ?? (step === 1 ? undefined : start);
}
