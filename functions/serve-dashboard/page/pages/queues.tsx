import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ask, pathTo, refine } from "../core/address.ts";
import { listExecutions, loadCapacity, loadResources } from "../core/endpoints.ts";
import { may } from "../core/me.ts";
import type { Capacity, HoldView, ParkedTaskView } from "../core/replies.ts";
import { ago, count, many, percent } from "../core/words.ts";
import { now } from "../feed/clock.ts";
import { useLoad } from "../feed/use-load.ts";
import { Segments } from "../parts/choices.tsx";
import { Dot, Meter, When } from "../parts/marks.tsx";
import { Empty, Shown } from "../parts/states.tsx";
import { proposeHold, proposeRelease } from "./hold-acts.ts";
import { listHolds, listParked } from "./hold-endpoints.ts";

const LIVE_MS = 2500;
const PRIORITIES = ["critical", "high", "medium", "low"] as const;

/** What waits and why: slots and queue, holds, and the parking lot by reason. */
export function Queues(): JSX.Element {
  const capacity = useLoad("queue capacity", loadCapacity, LIVE_MS);
  const resources = useLoad("resources", loadResources, LIVE_MS);
  const holds = useLoad("queue holds", listHolds, LIVE_MS);
  return (
    <main id="main" class="page" tabIndex={-1}>
      <div class="page-head">
        <h1>Queues</h1>
        {may("workflow:admin") ? <button type="button" onClick={() => proposeHold(holds.reload)}>Hold everything</button> : null}
      </div>
      <div class="columns">
        <section class="panel card" aria-label="Slots">
          <header><h2>Slots</h2></header>
          <Shown of={capacity} rows={3}>{(value) => <Slots of={value} />}</Shown>
        </section>
        <section class="panel card" aria-label="Queue by priority">
          <header><h2>Queue by priority</h2><a href={pathTo(["executions"], { status: "queued" })}>All</a></header>
          <Shown of={resources} rows={3}>
            {({ queue_status: queue }) => {
              const most = Math.max(1, ...PRIORITIES.map((one) => queue.priority_breakdown[one]));
              return (
                <ul class="bars">
                  {PRIORITIES.map((one) => (
                    <li key={one}><span>{one}</span><Meter share={queue.priority_breakdown[one] / most} look="wait" label={`${queue.priority_breakdown[one]} wait`} /><b class="num">{count(queue.priority_breakdown[one])}</b></li>
                  ))}
                </ul>
              );
            }}
          </Shown>
          <Waiting />
        </section>
        <section class="panel card" aria-label="Holds">
          <header><h2>Holds</h2></header>
          <Shown of={holds} rows={2}>{({ holds: all }) => <Holds of={all} changed={holds.reload} />}</Shown>
        </section>
        <ParkingLot />
      </div>
    </main>
  );
}

function Slots({ of: { workflows } }: { readonly of: Capacity }): JSX.Element {
  const { running, waiting, available } = workflows;
  const own = workflows.max_concurrent_workflows_per_tenant;
  const wait = workflows.estimated_wait_time_minutes;
  return (
    <dl>
      <dt>Under way</dt>
      <dd><Meter share={running / own} label={`${percent(running / own)} of this tenant's slots`} /> {count(running)} of {count(own)} of this tenant</dd>
      <dt>More may start</dt>
      <dd>{count(available)} of {count(workflows.max_concurrent_workflows)} in all</dd>
      <dt>Waiting</dt>
      <dd><Meter share={waiting / workflows.max_queue_size} look="wait" label={`${percent(waiting / workflows.max_queue_size)} of the queue`} /> {count(waiting)} of {count(workflows.max_queue_size)}</dd>
      <dt>Estimated wait</dt>
      <dd>{wait === null ? "not known yet" : wait === 0 ? "none" : many(Math.ceil(wait), "minute")}</dd>
    </dl>
  );
}

function Waiting(): JSX.Element | null {
  const { value } = useLoad("queued", (signal) => listExecutions({ status: "queued", limit: "8" }, signal), LIVE_MS);
  if (value === undefined || value.executions.length === 0) return null;
  return (
    <ul class="lines">
      {value.executions.map(({ execution_id: id, workflow_id: name, execution_metadata: { priority, submitted_at } }) => (
        <li key={id}><Dot look="wait" /><a class="grow" href={pathTo(["executions", id])}>{name}</a><span class="dim">{priority} · {ago(Date.parse(submitted_at), now.value)}</span></li>
      ))}
    </ul>
  );
}

function Holds({ of, changed }: { readonly of: readonly HoldView[]; readonly changed: () => void }): JSX.Element {
  if (of.length === 0) return <Empty title="Nothing is held back" />;
  return (
    <ul class="lines">
      {of.map((hold) => (
        <li key={`${hold.scope} ${hold.workflow_id ?? ""}`}>
          <Dot look="wait" />
          <b>{hold.workflow_id ?? (hold.scope === "global" ? "every tenant" : "this tenant")}</b>
          <span class="grow dim">since <When at={hold.held_since} /> by {hold.held_by}{hold.reason === undefined ? "" : `: ${hold.reason}`}</span>
          {may("workflow:admin") ? <button type="button" onClick={() => proposeRelease(hold, changed)}>Release</button> : null}
        </li>
      ))}
    </ul>
  );
}

const REASONS = [
  { value: "event", label: "Event" },
  { value: "paused", label: "Pause" },
  { value: "hold", label: "Hold" },
] as const;
type Reason = (typeof REASONS)[number]["value"];
const isReason = (text: string | undefined): text is Reason => REASONS.some(({ value }) => value === text);

const PAGE = 100;

/** Tasks that wait for something other than a task or a person. */
function ParkingLot(): JSX.Element {
  const asked = ask("parked");
  const reason: Reason = isReason(asked) ? asked : "event";
  const [pages, setPages] = useState(1);
  const parked = useLoad(`parked ${reason} ${pages}`, (signal) => listParked({ reason, limit: String(PAGE * pages) }, signal), LIVE_MS);
  return (
    <section class="panel card" aria-label="Parking lot">
      <header>
        <h2>Parking lot</h2>
        <Segments label="Waits for" of={REASONS} chosen={reason} choose={(value) => refine({ parked: value === "event" ? undefined : value })} />
      </header>
      <Shown of={parked} rows={4}>
        {({ tasks, next_cursor: next }) => (
          <>
            <Parked tasks={tasks} />
            {next === undefined || pages >= 10 ? null : <button type="button" onClick={() => setPages(pages + 1)}>Show more</button>}
          </>
        )}
      </Shown>
      <p class="hint">What waits for a person stands in the <a href="inbox">inbox</a>.</p>
    </section>
  );
}

const Parked = ({ tasks }: { readonly tasks: readonly ParkedTaskView[] }): JSX.Element =>
  tasks.length === 0 ? (
    <Empty title="Nothing waits for this" />
  ) : (
    <ul class="lines">
      {tasks.map(({ execution_id: execution, task_id: task, workflow_id: workflow, parked_since: since }) => (
        <li key={`${execution} ${task}`}>
          <Dot look="wait" />
          <a class="grow" href={pathTo(["executions", execution], { task })}>{task}</a>
          <span class="dim">{workflow ?? ""} · {ago(Date.parse(since), now.value)}</span>
        </li>
      ))}
    </ul>
  );
