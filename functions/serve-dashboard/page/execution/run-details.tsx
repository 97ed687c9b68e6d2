import type { JSX } from "preact";
import { pathTo } from "../core/address.ts";
import { span } from "../core/words.ts";
import { CopyId, When } from "../parts/marks.tsx";
import type { Screen } from "../run/screen.ts";
import { Row } from "./row.tsx";
import { Used } from "./used.tsx";

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
        <Row name="Workflow"><a href={pathTo(["workflows", head.workflow_id], { version: head.workflow_version })}>{head.workflow_id} {head.workflow_version}</a></Row>
        <Row name="Submitted"><When at={submitted_at} /> by {submitted_by}</Row>
        <Row name="Started"><When at={started_at} /></Row>
        <Row name="Ended"><When at={completed_at} /></Row>
        <Row name="Priority">{priority}</Row>
        <Row name="Run">{head.run}</Row>
        {sla?.target_completion_time === undefined || sla.target_completion_time === null ? null : (
          <Row name="Promised"><When at={sla.target_completion_time} />, {sla.on_track ? "on track" : "at risk"}{sla.remaining_time_minutes === null ? "" : `, ${span(sla.remaining_time_minutes * 60_000)} left`}</Row>
        )}
        <Used execution={head.execution_id} isFinal={run.isFinal.value} />
        <Row name="Trace"><CopyId id={trace_id} label="trace id" /></Row>
      </dl>
      <p class="hint">Select a task in the graph or on the timeline to see what it does and made, and to act on it.</p>
    </>
  );
}
