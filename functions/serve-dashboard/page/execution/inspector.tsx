import type { ComponentChildren, JSX } from "preact";
import { pathTo } from "../core/address.ts";
import { loadTask, loadTaskDefinition } from "../core/endpoints.ts";
import type { TaskDetails } from "../core/replies.ts";
import { bytes, many, plain, span } from "../core/words.ts";
import { now } from "../feed/clock.ts";
import { useLoad } from "../feed/use-load.ts";
import { Icon } from "../parts/icons.tsx";
import { Json } from "../parts/json.tsx";
import { CopyId, Dot, Pill, When } from "../parts/marks.tsx";
import { lookOfTask, taskWords } from "../run/looks.ts";
import type { Screen } from "../run/screen.ts";
import { RunDetails } from "./run-details.tsx";
import type { RunSession } from "./run-session.ts";
import { taskActs } from "./task-acts.ts";

interface Props {
  readonly session: RunSession;
  readonly screen: Screen;
}

/** Everything about the selected task, at the moment that is shown. */
export function Inspector({ session, screen }: Props): JSX.Element {
  const task = screen.picked.value;
  return (
    <aside class="inspector" aria-label="Details">
      {task < 0 ? <RunDetails screen={screen} /> : <TaskDetailsPart key={task} session={session} screen={screen} task={task} />}
    </aside>
  );
}

function TaskDetailsPart({ session, screen, task }: Props & { readonly task: number }): JSX.Element {
  const { run, at, picked } = screen;
  void run.beat.value;
  void run.history.events.value;
  const node = run.plan.tasks[task];
  const name = node?.task_id ?? "";
  const { status, reason, agent, attempt } = run.standingAt(task, at.value);
  const look = run.lookAt(task, at.value);
  // What it holds changes with its state, attempt and run.
  const key = `${session.execution} ${name} ${run.standings[task]?.status} ${run.standings[task]?.attempt} ${run.head.value?.run}`;
  const details = useLoad(key, (signal) => (status === "pending" ? Promise.resolve(undefined) : loadTask(session.execution, name, signal)));
  const acts = taskActs(session, screen, task);
  return (
    <>
      <header class="inspector-head">
        <h2>{name}</h2>
        <button type="button" class="quiet" aria-label="Close details" onClick={() => (picked.value = -1)}><Icon name="close" /></button>
      </header>
      <p role="status"><Pill look={look}>{taskWords(status, reason)}</Pill></p>
      {node?.description === undefined ? null : <p class="dim">{node.description}</p>}
      {acts.length === 0 ? null : (
        <div class="acts">
          {acts.map(({ name: act, label, isDangerous, isMain, propose }) => (
            <button key={act} type="button" class={isDangerous === true ? "danger" : isMain ? "primary" : ""} onClick={propose}>{label}</button>
          ))}
        </div>
      )}
      {at.value === undefined && details.value?.question !== undefined ? (
        <Part title="It asks"><Json value={details.value.question} label="Question" /></Part>
      ) : null}
      {at.value === undefined && details.value?.error !== undefined ? (
        <Part title="Why it failed"><p class="fail-words">{details.value.error.message} <code>{details.value.error.code}</code></p></Part>
      ) : null}
      <dl>
        {agent === undefined ? null : <Row name="Agent"><a href={pathTo(["agents", agent])}>{agent}</a></Row>}
        {node?.skill === undefined ? null : <Row name="Skill">{node.skill}</Row>}
        {node?.workflow_id === undefined ? null : <Row name="Workflow"><a href={pathTo(["workflows", node.workflow_id])}>{node.workflow_id}</a></Row>}
        {attempt > 1 ? <Row name="Attempt">{attempt}</Row> : null}
        <Times screen={screen} task={task} />
        {node === undefined ? null : <Row name="Estimate">{span(node.estimate_seconds * 1000)}</Row>}
        {node !== undefined && node.on_failure !== "fail" ? <Row name="If it fails">{node.on_failure === "continue" ? "the rest goes on" : "it waits for an operator"}</Row> : null}
        <Extras details={details.value} isNow={at.value === undefined} />
      </dl>
      <Neighbours screen={screen} title="Needs" tasks={run.plan.before[task] ?? []} />
      <Neighbours screen={screen} title="Needed by" tasks={run.plan.after[task] ?? []} />
      <Instances screen={screen} task={task} />
      <Attempts screen={screen} task={task} />
      {at.value === undefined ? <Output details={details.value} /> : null}
      <Input session={session} name={name} />
    </>
  );
}

const Row = ({ name, children }: { readonly name: string; readonly children: ComponentChildren }): JSX.Element => (
  <>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </>
);

const Part = ({ title, children }: { readonly title: string; readonly children: ComponentChildren }): JSX.Element => (
  <section>
    <h3>{title}</h3>
    {children}
  </section>
);

function Times({ screen: { run, at }, task }: { readonly screen: Screen; readonly task: number }): JSX.Element {
  void run.beat.value;
  const shown = at.value ?? Number.POSITIVE_INFINITY;
  const [queued = 0, start = 0, end = 0] = [run.queued[task], run.start[task], run.end[task]];
  const isBegun = start > 0 && start <= shown;
  const until = Math.min(shown, end > 0 ? end : run.spanUntil(now.value)[1]);
  return (
    <>
      {queued > 0 && queued <= shown && isBegun && start - queued > 50 ? <Row name="Waited">{span(start - queued)}</Row> : null}
      {isBegun ? <Row name="Started"><When at={start} /></Row> : null}
      {isBegun ? <Row name="Took">{span(until - start)}</Row> : null}
    </>
  );
}

function Extras({ details, isNow }: { readonly details: TaskDetails | undefined; readonly isNow: boolean }): JSX.Element | null {
  if (details === undefined || !isNow) return null;
  const { waiting, agent_task_id: agentTask, child_execution_id: child } = details;
  return (
    <>
      {waiting?.until === undefined ? null : <Row name="Until"><When at={waiting.until} /></Row>}
      {child === undefined ? null : <Row name="Runs as"><a href={pathTo(["executions", child])}>its own execution</a></Row>}
      {agentTask === null ? null : <Row name="At the agent"><CopyId id={agentTask} label="the agent's task id" /></Row>}
    </>
  );
}

const NEIGHBOURS_SHOWN = 24;

function Neighbours({ screen, title, tasks }: { readonly screen: Screen; readonly title: string; readonly tasks: readonly number[] }): JSX.Element | null {
  if (tasks.length === 0) return null;
  const { run, at, picked } = screen;
  void run.beat.value;
  return (
    <Part title={title}>
      <div class="chips">
        {tasks.slice(0, NEIGHBOURS_SHOWN).map((task) => (
          <button key={task} type="button" class="chip" onClick={() => (picked.value = task)}>
            <Dot look={run.lookAt(task, at.value)} />
            {run.plan.tasks[task]?.task_id}
          </button>
        ))}
        {tasks.length > NEIGHBOURS_SHOWN ? <span class="hint">and {tasks.length - NEIGHBOURS_SHOWN} more</span> : null}
      </div>
    </Part>
  );
}

const INSTANCES_SHOWN = 200;

/** A list's elements, or the agents that a task asks: a cell for each. */
function Instances({ screen, task }: { readonly screen: Screen; readonly task: number }): JSX.Element | null {
  void screen.run.beat.value;
  const instances = [...(screen.run.instances.get(task)?.values() ?? [])];
  if (instances.length === 0 || screen.at.value !== undefined) return null;
  const done = instances.filter(([, status]) => status === "completed").length;
  return (
    <Part title={`${done} of ${many(instances.length, "instance")} completed`}>
      <ul class="instances">
        {instances.slice(0, INSTANCES_SHOWN).map(([name, status, reason, , , , , agent]) => (
          <li key={name} title={`${name}: ${taskWords(status, reason ?? undefined)}${agent === null ? "" : ` · ${agent}`}`}>
            <Dot look={lookOfTask(status, reason ?? undefined)} />
            <span class="sr-only">{name} {plain(status)}</span>
          </li>
        ))}
      </ul>
    </Part>
  );
}

function Attempts({ screen, task }: { readonly screen: Screen; readonly task: number }): JSX.Element | null {
  void screen.run.history.events.value;
  const shown = screen.at.value ?? Number.POSITIVE_INFINITY;
  const attempts = screen.run.history.attemptsOf(task).filter(({ start }) => start <= shown);
  if (attempts.length < 2) return null;
  return (
    <Part title="Attempts">
      <ol class="attempts">
        {attempts.map(({ number, agent, start, end, outcome, error }) => (
          <li key={`${number} ${start}`}>
            <Dot look={outcome === undefined || (end ?? 0) > shown ? "run" : lookOfTask(outcome, undefined)} />
            <span>{agent ?? "no agent"}</span>
            <span class="dim">{end === undefined || end > shown ? "under way" : span(end - start)}</span>
            {error === undefined || (end ?? 0) > shown ? null : <p class="fail-words">{error}</p>}
          </li>
        ))}
      </ol>
    </Part>
  );
}

function Output({ details }: { readonly details: TaskDetails | undefined }): JSX.Element | null {
  if (details?.output_url !== undefined) {
    return (
      <Part title="Output">
        <p><a href={details.output_url} target="_blank" rel="noreferrer">Open the output</a> <span class="dim">{bytes(details.output_bytes ?? 0)}</span></p>
      </Part>
    );
  }
  if (details?.output === null || details?.output === undefined) return null;
  return <Part title="Output"><Json value={details.output} label="Output" /></Part>;
}

/** What the definition gives it, and from where it takes the rest. */
function Input({ session, name }: { readonly session: RunSession; readonly name: string }): JSX.Element | null {
  const { value } = useLoad(`definition ${session.execution} ${name}`, (signal) => loadTaskDefinition(session.execution, name, signal));
  if (value === undefined) return null;
  const { input, input_from: from, when } = value;
  if (input === undefined && from === undefined && when === undefined) return null;
  return (
    <Part title="Input, as defined">
      {when === undefined ? null : <p>Runs when <code>{when}</code></p>}
      {from === undefined ? null : (
        <dl>{Object.entries(from).map(([field, expression]) => <Row key={field} name={field}><code>{expression}</code></Row>)}</dl>
      )}
      {input === undefined ? null : <Json value={input} label="Input" />}
    </Part>
  );
}
