import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { ask, pathTo, refine } from "../core/address.ts";
import { listExecutions, loadWorkflow } from "../core/endpoints.ts";
import { may } from "../core/me.ts";
import type { WorkflowDetails } from "../core/replies.ts";
import { many, shortId, span } from "../core/words.ts";
import { useLoad } from "../feed/use-load.ts";
import { GraphView } from "../graph/graph-view.tsx";
import { StatusPill, When } from "../parts/marks.tsx";
import { Empty, Shown } from "../parts/states.tsx";
import { lookOfRun } from "../run/looks.ts";
import { Plan, Run } from "../run/run.ts";
import { createScreen, type Screen } from "../run/screen.ts";
import { proposeRun, proposeWorkflowControl } from "./workflow-acts.ts";
import { listHolds } from "./hold-endpoints.ts";

const RUNS_SHOWN = 50;

/** One workflow: what its plan is, how its last runs went, and its versions. */
export function Workflow({ of: [name = ""] }: { readonly of: readonly string[] }): JSX.Element {
  const version = ask("version");
  const workflow = useLoad(`workflow ${name} ${version ?? ""}`, (signal) => loadWorkflow(name, version, signal));
  const holds = useLoad("holds", listHolds, 5000);
  const isHeld = holds.value?.holds.some(({ workflow_id: held }) => held === name) === true;
  return (
    <main id="main" class="page" tabIndex={-1}>
      <Shown of={workflow}>
        {(found) => (
          <>
            <div class="page-head">
              <h1>{name}</h1>
              <VersionChoice of={found} />
              {isHeld ? <span class="note ask">held back</span> : null}
              {may("workflow:admin") ? (
                <button type="button" onClick={() => proposeWorkflowControl(name, isHeld ? "resume" : "pause", holds.reload)}>{isHeld ? "Resume all" : "Pause all"}</button>
              ) : null}
              {may("workflow:submit") ? <button type="button" class="primary" onClick={() => proposeRun(name, version)}>Run</button> : null}
            </div>
            <p class="dim lead">{found.description ?? ""}</p>
            <PlanPart of={found} />
            <Runs name={name} />
          </>
        )}
      </Shown>
    </main>
  );
}

function VersionChoice({ of: { version, versions } }: { readonly of: WorkflowDetails }): JSX.Element {
  return (
    <select aria-label="Version" value={version} onChange={(event) => refine({ version: event.currentTarget.value }, "push")}>
      {versions.map(({ version: one, created_at: created }) => (
        <option key={one} value={one}>{one} · {created.slice(0, 10)}</option>
      ))}
    </select>
  );
}

/** A plan without a run: every task as it stands before the start. */
function screenOf(workflow: WorkflowDetails): Screen {
  const tasks = workflow.tasks.map(({ id, agent, ...task }) => ({
    ...task,
    task_id: id,
    ...(agent === undefined ? {} : { role: agent }),
    on_failure: "fail" as const,
    has_instances: false,
  }));
  const plan = new Plan({ plan_hash: workflow.plan_hash, tasks, critical_path: workflow.critical_path.tasks });
  return createScreen(new Run(plan), tasks.length > 120 ? "levels" : "cards");
}

function PlanPart({ of }: { readonly of: WorkflowDetails }): JSX.Element {
  const screen = useMemo(() => screenOf(of), [of.plan_hash]);
  const picked = of.tasks[screen.picked.value];
  const { tasks, seconds } = of.critical_path;
  return (
    <>
      <ul class="figures" aria-label="Plan">
        <li><b>{of.task_count}</b> <span>{of.task_count === 1 ? "task" : "tasks"}</span></li>
        <li><b>{screen.run.plan.place.layers}</b> <span>levels</span></li>
        <li><b>{span(seconds * 1000)}</b> <span>on the critical path, {many(tasks.length, "task")}</span></li>
        {of.estimated_resources.agents_required === undefined ? null : <li><b>{of.estimated_resources.agents_required}</b> <span>agents at once</span></li>}
        <li><b>{of.priority}</b> <span>priority</span></li>
      </ul>
      <div class="plan"><GraphView screen={screen} /></div>
      {picked === undefined ? null : (
        <section class="panel" aria-label="Selected task">
          <h2>{picked.id}</h2>
          <p class="dim">
            {picked.kind}{picked.skill === undefined ? "" : ` · skill ${picked.skill}`}{picked.agent === undefined ? "" : ` · role ${picked.agent}`} · about {span(picked.estimate_seconds * 1000)}
            {picked.depends_on.length === 0 ? " · starts at once" : ` · after ${picked.depends_on.join(", ")}`}
            {tasks.includes(picked.id) ? " · on the critical path" : ""}
          </p>
        </section>
      )}
    </>
  );
}

/** The last runs as a strip, the newest of them by name. */
function Runs({ name }: { readonly name: string }): JSX.Element {
  const runs = useLoad(`runs ${name}`, (signal) => listExecutions({ workflow_id: name, limit: String(RUNS_SHOWN) }, signal), 5000);
  return (
    <section class="panel card" aria-label="Last runs">
      <header><h2>Last runs</h2><a href={pathTo(["executions"], { workflow: name })}>All</a></header>
      <Shown of={runs} rows={3}>
        {({ executions }) => executions.length === 0 ? <Empty title="It has not run yet" /> : (
          <>
            <ul class="strip" aria-label="Oldest first">
              {executions.toReversed().map(({ execution_id: id, status }) => (
                <li key={id}><a class={lookOfRun(status)} href={pathTo(["executions", id])} title={`${status} ${id}`}><span class="sr-only">{status} {shortId(id)}</span></a></li>
              ))}
            </ul>
            <ul class="lines">
              {executions.slice(0, 8).map(({ execution_id: id, status, workflow_version: version, execution_metadata: { submitted_at, started_at, completed_at } }) => (
                <li key={id}>
                  <StatusPill status={status} />
                  <a href={pathTo(["executions", id])}><code>{shortId(id)}</code></a>
                  <span class="dim">{version}</span>
                  <span class="grow dim"><When at={submitted_at} /></span>
                  <span class="num dim">{started_at === null || completed_at === null ? "" : span(Date.parse(completed_at) - Date.parse(started_at))}</span>
                </li>
              ))}
            </ul>
          </>
        )}
      </Shown>
    </section>
  );
}
