import type { JSX } from "preact";
import { pathTo } from "../core/address.ts";
import { span } from "../core/words.ts";
import { CopyId, When } from "../parts/marks.tsx";
import type { Screen } from "../run/screen.ts";

/** What is known of the execution itself, while no task is selected. */
export function RunDetails({ screen: { run } }: { readonly screen: Screen }): JSX.Element {
  const head = run.head.value;
  if (head === undefined) return <p class="dim">Not known yet.</p>;
  const { submitted_at, started_at, completed_at, submitted_by, priority, trace_id } = head.execution_metadata;
  const sla = run.outlook.value?.sla_compliance;
  return (
    <>
      <header class="inspector-head"><h2>Execution</h2></header>
      <dl>
        <dt>Workflow</dt>
        <dd><a href={pathTo(["workflows", head.workflow_id], { version: head.workflow_version })}>{head.workflow_id} {head.workflow_version}</a></dd>
        <dt>Submitted</dt>
        <dd><When at={submitted_at} /> by {submitted_by}</dd>
        <dt>Started</dt>
        <dd><When at={started_at} /></dd>
        <dt>Ended</dt>
        <dd><When at={completed_at} /></dd>
        <dt>Priority</dt>
        <dd>{priority}</dd>
        <dt>Run</dt>
        <dd>{head.run}</dd>
        {sla?.target_completion_time === undefined || sla.target_completion_time === null ? null : (
          <>
            <dt>Promised</dt>
            <dd><When at={sla.target_completion_time} />, {sla.on_track ? "on track" : "at risk"}{sla.remaining_time_minutes === null ? "" : `, ${span(sla.remaining_time_minutes * 60_000)} left`}</dd>
          </>
        )}
        <dt>Trace</dt>
        <dd><CopyId id={trace_id} label="trace id" /></dd>
      </dl>
      <p class="hint">Select a task in the graph or on the timeline to see what it does, what it made and what can be done about it.</p>
    </>
  );
}
