import type { JSX } from "preact";
import { pathTo } from "../core/address.ts";
import type { TaskDetails } from "../core/replies.ts";
import { span } from "../core/words.ts";
import { now } from "../feed/clock.ts";
import { CopyId, When } from "../parts/marks.tsx";
import type { Screen } from "../run/screen.ts";
import { Row } from "./row.tsx";
import { usageWords } from "./usage-words.ts";

interface Props {
  readonly screen: Screen;
  readonly task: number;
  readonly details: TaskDetails | undefined;
}

/** What is known of a task at the moment that is shown: by whom it is done, when, and what the plan expected. */
export function TaskFacts({ screen, task, details }: Props): JSX.Element {
  const { run, at } = screen;
  const { agent, attempt } = run.standingAt(task, at.value);
  const node = run.plan.tasks[task];
  const workflow = node?.workflow_id;
  return (
    <dl>
      {agent === undefined ? null : <Row name="Agent"><a href={pathTo(["agents", agent])}>{agent}</a></Row>}
      {node?.skill === undefined ? null : <Row name="Skill">{node.skill}</Row>}
      {workflow === undefined ? null : (
        <Row name="Workflow"><a href={pathTo(["workflows", workflow])}>{workflow}</a></Row>
      )}
      {attempt > 1 ? <Row name="Attempt">{attempt}</Row> : null}
      <Times screen={screen} task={task} />
      {node === undefined ? null : <Row name="Estimate">{span(node.estimate_seconds * 1000)}</Row>}
      {node === undefined || node.on_failure === "fail" ? null : (
        <Row name="If it fails">
          {node.on_failure === "continue" ? "the rest goes on" : "it waits for an operator"}
        </Row>
      )}
      <Extras details={details} isNow={at.value === undefined} />
    </dl>
  );
}

function Times({ screen: { run, at }, task }: Pick<Props, "screen" | "task">): JSX.Element {
  void run.beat.value;
  const shown = at.value ?? Number.POSITIVE_INFINITY;
  const [queued = 0, start = 0, end = 0] = [run.queued[task], run.start[task], run.end[task]];
  const isBegun = start > 0 && start <= shown;
  const until = Math.min(shown, end > 0 ? end : run.spanUntil(now.value)[1]);
  return (
    <>
      {isBegun && queued > 0 && start - queued > 50 ? <Row name="Waited">{span(start - queued)}</Row> : null}
      {isBegun ? <Row name="Started"><When at={start} /></Row> : null}
      {isBegun ? <Row name="Took">{span(until - start)}</Row> : null}
    </>
  );
}

interface ExtrasProps {
  readonly details: TaskDetails | undefined;
  readonly isNow: boolean;
}

function Extras({ details, isNow }: ExtrasProps): JSX.Element | null {
  if (details === undefined || !isNow) return null;
  const { waiting, agent_task_id: agentTask, child_execution_id: child, usage } = details;
  return (
    <>
      {waiting?.because === undefined ? null : <Row name="Because">{waiting.because}</Row>}
      {waiting?.until === undefined ? null : <Row name="Until"><When at={waiting.until} /></Row>}
      {usage === undefined ? null : <Row name="Used">{usageWords(usage)}</Row>}
      {child === undefined ? null : (
        <Row name="Runs as"><a href={pathTo(["executions", child])}>its own execution</a></Row>
      )}
      {agentTask === null ? null : (
        <Row name="At the agent"><CopyId id={agentTask} label="the agent's task id" /></Row>
      )}
    </>
  );
}
