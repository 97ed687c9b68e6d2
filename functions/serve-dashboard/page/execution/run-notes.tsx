import type { JSX } from "preact";
import { Dot } from "../parts/marks.tsx";
import { taskWords } from "../run/looks.ts";
import type { Screen } from "../run/screen.ts";
import type { RunSession } from "./run-session.ts";
import { taskActs } from "./task-acts.ts";

/** At most so many are named; the legend counts the others. */
const NAMED = 3;

interface Props {
  readonly session: RunSession;
  readonly screen: Screen;
}

/** What needs a person's attention. */
export const RunNotes = ({ session, screen }: Props): JSX.Element => (
  <>
    <NeedsPerson session={session} screen={screen} />
    <WhyFailed screen={screen} />
  </>
);

/** Tasks that wait for a person, each with what can be done about it. */
function NeedsPerson({ session, screen }: Props): JSX.Element | null {
  const { run, picked, at } = screen;
  void run.beat.value;
  if (at.value !== undefined || run.isFinal.value) return null;
  const waiting = run.plan.tasks.map((_, task) => task).filter((task) => run.lookAt(task, undefined) === "ask");
  if (waiting.length === 0) return null;
  return (
    <ul class="run-notes" aria-label="Waits for a person">
      {waiting.slice(0, NAMED).map((task) => {
        const { status, reason } = run.standingAt(task, undefined);
        const acts = taskActs(session, screen, task).filter(({ isMain }) => isMain);
        return (
          <li key={task} class="note ask">
            <Dot look="ask" />
            <button type="button" class="link" onClick={() => (picked.value = task)}>{run.plan.tasks[task]?.task_id}</button>
            <span>{taskWords(status, reason)}</span>
            <span class="note-acts">
              {acts.map(({ name, label, isDangerous, propose }) => (
                <button key={name} type="button" class={isDangerous === true ? "danger" : "primary"} onClick={propose}>{label}</button>
              ))}
            </span>
          </li>
        );
      })}
    </ul>
  );
}

/** Why the run failed, and the task in which it did. */
function WhyFailed({ screen }: Pick<Props, "screen">): JSX.Element | null {
  const { run, picked } = screen;
  const failure = run.head.value?.error_details;
  if (failure === undefined || run.status.value !== "failed" || screen.at.value !== undefined) return null;
  const task = run.plan.index.get(failure.task?.replace(/(\[\d+\]|~hedge)+$/, "") ?? "");
  return (
    <div class="note fail" role="note" aria-label="Why it failed">
      <Dot look="fail" />
      <span class="grow">
        {failure.task === undefined ? null : <b>{failure.task}: </b>}
        {failure.message} <code>{failure.code}</code>
      </span>
      {task === undefined ? null : <button type="button" onClick={() => (picked.value = task)}>Show the task</button>}
    </div>
  );
}
