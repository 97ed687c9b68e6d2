import type { ComponentChildren, JSX } from "preact";
import { loadTask, loadTaskDefinition } from "../core/endpoints.ts";
import type { TaskDetails } from "../core/replies.ts";
import { bytes, many, plain, span } from "../core/words.ts";
import { useLoad } from "../feed/use-load.ts";
import { Icon } from "../parts/icons.tsx";
import { Json } from "../parts/json.tsx";
import { Dot, Pill } from "../parts/marks.tsx";
import { lookOfTask, taskWords } from "../run/looks.ts";
import type { Screen } from "../run/screen.ts";
import { RunDetails } from "./run-details.tsx";
import type { RunSession } from "./run-session.ts";
import { taskActs } from "./task-acts.ts";
import { Row } from "./row.tsx";
import { TaskFacts } from "./task-facts.tsx";

interface Props {
  readonly session: RunSession;
  readonly screen: Screen;
}

/** Everything about the selected task, at the moment that is shown. */
export function Inspector({ session, screen }: Props): JSX.Element {
  const task = screen.picked.value;
  return (
    <aside class="inspector" aria-label="Details">
      {task < 0 ? (
        <RunDetails screen={screen} />
      ) : (
        <TaskDetailsPart key={task} session={session} screen={screen} task={task} />
      )}
    </aside>
  );
}

type TaskProps = Props & { readonly task: number };

function TaskDetailsPart({ session, screen, task }: TaskProps): JSX.Element {
  const { run, at } = screen;
  void run.beat.value;
  void run.history.events.value;
  const node = run.plan.tasks[task];
  const name = node?.task_id ?? "";
  const { status, reason } = run.standingAt(task, at.value);
  const standing = run.standings[task];
  // What it holds changes with its state, attempt and run.
  const key = `${session.execution} ${name} ${standing?.status} ${standing?.attempt} ${run.head.value?.run}`;
  const details = useLoad(key, (signal) =>
    status === "pending" ? Promise.resolve(undefined) : loadTask(session.execution, name, signal),
  ).value;
  return (
    <>
      <Head screen={screen} name={name} />
      <p role="status"><Pill look={run.lookAt(task, at.value)}>{taskWords(status, reason)}</Pill></p>
      {node?.description === undefined ? null : <p class="dim">{node.description}</p>}
      <Acts session={session} screen={screen} task={task} />
      {at.value === undefined ? <Trouble details={details} /> : null}
      <TaskFacts screen={screen} task={task} details={details} />
      <Neighbours screen={screen} title="Needs" tasks={run.plan.before[task] ?? []} />
      <Neighbours screen={screen} title="Needed by" tasks={run.plan.after[task] ?? []} />
      <Instances screen={screen} task={task} />
      <Attempts screen={screen} task={task} />
      {at.value === undefined ? <Output details={details} /> : null}
      <Input session={session} name={name} />
    </>
  );
}

const Head = ({ screen: { picked }, name }: { readonly screen: Screen; readonly name: string }): JSX.Element => (
  <header class="inspector-head">
    <h2>{name}</h2>
    <button type="button" class="quiet" aria-label="Close details" onClick={() => (picked.value = -1)}>
      <Icon name="close" />
    </button>
  </header>
);

function Acts({ session, screen, task }: TaskProps): JSX.Element | null {
  const acts = taskActs(session, screen, task);
  if (acts.length === 0) return null;
  return (
    <div class="acts">
      {acts.map(({ name, label, isDangerous, isMain, propose }) => (
        <button
          key={name}
          type="button"
          class={isDangerous === true ? "danger" : isMain ? "primary" : ""}
          onClick={propose}
        >
          {label}
        </button>
      ))}
    </div>
  );
}

/** What keeps it: its agent's question, or why it failed. */
const Trouble = ({ details }: { readonly details: TaskDetails | undefined }): JSX.Element => (
  <>
    {details?.question === undefined ? null : (
      <Part title="It asks"><Json value={details.question} label="Question" /></Part>
    )}
    {details?.error === undefined ? null : (
      <Part title="Why it failed">
        <p class="fail-words">{details.error.message} <code>{details.error.code}</code></p>
      </Part>
    )}
  </>
);

const Part = ({ title, children }: { readonly title: string; readonly children: ComponentChildren }): JSX.Element => (
  <section>
    <h3>{title}</h3>
    {children}
  </section>
);

const NEIGHBOURS_SHOWN = 24;

interface NeighboursProps {
  readonly screen: Screen;
  readonly title: string;
  readonly tasks: readonly number[];
}

function Neighbours({ screen, title, tasks }: NeighboursProps): JSX.Element | null {
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
          <li
            key={name}
            title={`${name}: ${taskWords(status, reason ?? undefined)}${agent === null ? "" : ` · ${agent}`}`}
          >
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
        <p>
          <a href={details.output_url} target="_blank" rel="noreferrer">Open the output</a>{" "}
          <span class="dim">{bytes(details.output_bytes ?? 0)}</span>
        </p>
      </Part>
    );
  }
  if (details?.output === null || details?.output === undefined) return null;
  return <Part title="Output"><Json value={details.output} label="Output" /></Part>;
}

/** What the definition gives it, and from where it takes the rest. */
function Input({ session, name }: { readonly session: RunSession; readonly name: string }): JSX.Element | null {
  const { execution } = session;
  const { value } = useLoad(`definition ${execution} ${name}`, (signal) => loadTaskDefinition(execution, name, signal));
  if (value === undefined) return null;
  const { input, input_from: from, when } = value;
  if (input === undefined && from === undefined && when === undefined) return null;
  return (
    <Part title="Input, as defined">
      {when === undefined ? null : <p>Runs when <code>{when}</code></p>}
      {from === undefined ? null : (
        <dl>
          {Object.entries(from).map(([field, expression]) => (
            <Row key={field} name={field}><code>{expression}</code></Row>
          ))}
        </dl>
      )}
      {input === undefined ? null : <Json value={input} label="Input" />}
    </Part>
  );
}
