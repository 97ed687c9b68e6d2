import type { ComponentChildren, JSX } from "preact";
import { pathTo } from "../core/address.ts";
import { listAgents, listExecutions, loadCapacity, loadExecution, loadInbox } from "../core/endpoints.ts";
import { may } from "../core/me.ts";
import type { AgentView, Capacity, ExecutionDetails, ExecutionPage, InboxItem } from "../core/replies.ts";
import { ago, count, many, percent, span } from "../core/words.ts";
import { now } from "../feed/clock.ts";
import { useLoad } from "../feed/use-load.ts";
import { Dot, Meter, StatusPill, When } from "../parts/marks.tsx";
import { Empty, Shown } from "../parts/states.tsx";
import { lookOfRun } from "../run/looks.ts";
import { listIncidents } from "./incident-endpoints.ts";
import { inboxWords } from "./inbox-words.ts";
import { proposeHold } from "./hold-acts.ts";
import { StateBar } from "./state-bar.tsx";
import { lookOfAgent } from "./agent-words.ts";
import { listHolds } from "./hold-endpoints.ts";

const LIVE_MS = 2000;
const RUNNING_SHOWN = 8;

/** What runs, what needs a person, what failed, and how the agents are. */
export function Overview(): JSX.Element {
  const capacity = useLoad("capacity", loadCapacity, LIVE_MS);
  const inbox = useLoad("inbox", loadInbox, LIVE_MS);
  const agents = useLoad("agents", listAgents, 5000);
  const holds = useLoad("holds", listHolds, 5000);
  return (
    <main id="main" class="page overview" tabIndex={-1}>
      <div class="page-head">
        <h1>Overview</h1>
        {may("incident:read") ? <Trouble /> : null}
        {holds.value === undefined ? null : <Holds count={holds.value.holds.length} changed={holds.reload} />}
      </div>
      <Shown of={capacity} rows={2}>{(value) => <Figures capacity={value} waiting={inbox.value?.items.length} />}</Shown>
      <div class="columns">
        <Running />
        <Card title="Needs a person" href="inbox">
          <Shown of={inbox} rows={3}>{({ items }) => <Waiting items={items} />}</Shown>
        </Card>
        <Failed />
        <Card title="Agents" href="agents">
          <Shown of={agents} rows={4}>{({ agents: all }) => <AgentList agents={all} />}</Shown>
        </Card>
      </div>
    </main>
  );
}

const Card = ({ title, href, children }: { readonly title: string; readonly href: string; readonly children: ComponentChildren }): JSX.Element => (
  <section class="panel card" aria-label={title}>
    <header><h2>{title}</h2><a href={href}>All</a></header>
    {children}
  </section>
);

function Trouble(): JSX.Element | null {
  const { value } = useLoad("incidents not over", (signal) => listIncidents("active", signal), 5000);
  const open = value?.incidents.length ?? 0;
  return open === 0 ? null : <a class="note fail" href="incidents">{many(open, "incident")} not over</a>;
}

function Holds({ count: held, changed }: { readonly count: number; readonly changed: () => void }): JSX.Element | null {
  if (held > 0) return <a class="note ask" href="queues">{many(held, "hold")} in force: what they cover does not start</a>;
  return may("workflow:admin") ? <button type="button" onClick={() => proposeHold(changed)}>Hold everything</button> : null;
}

function Figures({ capacity, waiting }: { readonly capacity: Capacity; readonly waiting: number | undefined }): JSX.Element {
  const { workflows, agents, executions } = capacity;
  const figures = [
    { label: "running", value: count(executions.running ?? 0), href: pathTo(["executions"], { status: "running" }) },
    { label: "paused", value: count(executions.paused ?? 0), href: pathTo(["executions"], { status: "paused" }) },
    { label: "queued", value: count(workflows.waiting), href: "queues" },
    ...(waiting === undefined ? [] : [{ label: "wait for a person", value: count(waiting), href: "inbox" }]),
    { label: "agents active", value: `${agents.active} of ${agents.registered}`, href: "agents" },
    { label: "more may start", value: count(workflows.available), href: "queues" },
  ];
  return (
    <ul class="figures" aria-label="Figures">
      {figures.map(({ label, value, href }) => <li key={label}><a href={href}><b>{value}</b> <span>{label}</span></a></li>)}
    </ul>
  );
}

async function loadRunning(signal: AbortSignal): Promise<readonly ExecutionDetails[]> {
  const { executions } = await listExecutions({ status: "running,paused,submitted", limit: String(RUNNING_SHOWN) }, signal);
  return Promise.all(executions.map(({ execution_id: id }) => loadExecution(id, signal)));
}

function Running(): JSX.Element {
  const running = useLoad("running", loadRunning, LIVE_MS);
  return (
    <Card title="Running now" href={pathTo(["executions"], { status: "running,paused" })}>
      <Shown of={running} rows={4}>
        {(all) => all.length === 0 ? (
          <Empty title="Nothing runs at the moment"><p><a href="workflows">Run a workflow</a>, or on the command line <code>npx a2a run NAME</code></p></Empty>
        ) : (
          <ul class="lines">{all.map((one) => <RunningLine key={one.execution_id} of={one} />)}</ul>
        )}
      </Shown>
    </Card>
  );
}

function RunningLine({ of }: { readonly of: ExecutionDetails }): JSX.Element {
  const { submitted_at, started_at } = of.execution_metadata;
  return (
    <li>
      <Dot look={lookOfRun(of.status)} />
      <a class="grow" href={pathTo(["executions", of.execution_id])}>{of.workflow_id}</a>
      <StateBar counts={of.tasks_by_state} all={of.task_count} />
      <span class="num dim">{span(now.value - Date.parse(started_at ?? submitted_at))}</span>
    </li>
  );
}

function Waiting({ items }: { readonly items: readonly InboxItem[] }): JSX.Element {
  if (items.length === 0) return <Empty title="Nothing waits for a person" />;
  return (
    <ul class="lines">
      {items.slice(0, 6).map((item) => (
        <li key={`${item.execution_id} ${item.task_id}`}>
          <Dot look="ask" />
          <a class="grow" href={pathTo(["executions", item.execution_id], { task: item.task_id })}>{item.task_id}</a>
          <span class="dim">{inboxWords(item.kind)} · {ago(Date.parse(item.waiting_since), now.value)}</span>
        </li>
      ))}
    </ul>
  );
}

function Failed(): JSX.Element {
  const failed = useLoad<ExecutionPage>("failed", (signal) => listExecutions({ status: "failed", limit: "6" }, signal), 5000);
  return (
    <Card title="Failed lately" href={pathTo(["executions"], { status: "failed" })}>
      <Shown of={failed} rows={3}>
        {({ executions }) => executions.length === 0 ? <Empty title="No execution has failed" /> : (
          <ul class="lines">
            {executions.map(({ execution_id: id, workflow_id: name, status, error_details: error, execution_metadata: { completed_at } }) => (
              <li key={id}>
                <StatusPill status={status} />
                <a href={pathTo(["executions", id], { task: error?.task })}>{name}</a>
                <span class="grow dim cut">{error === undefined ? "" : `${error.task ?? ""} ${error.code}`}</span>
                <span class="dim"><When at={completed_at} /></span>
              </li>
            ))}
          </ul>
        )}
      </Shown>
    </Card>
  );
}

function AgentList({ agents }: { readonly agents: readonly AgentView[] }): JSX.Element {
  const present = agents.filter(({ status }) => status !== "DECOMMISSIONED");
  if (present.length === 0) return <Empty title="No agent is registered"><p><code>npx a2a agents register URL</code></p></Empty>;
  const busiest = present.toSorted((a, b) => b.load.utilization - a.load.utilization || (a.agent_id < b.agent_id ? -1 : 1));
  return (
    <ul class="lines">
      {busiest.slice(0, 8).map((agent) => (
        <li key={agent.agent_id}>
          <Dot look={lookOfAgent(agent)} />
          <a class="grow cut" href={pathTo(["agents", agent.agent_id])}>{agent.agent_id}</a>
          <span class="dim">health {percent(agent.health_score)}</span>
          <Meter share={agent.load.utilization} label={`${percent(agent.load.utilization)} of its slots are taken`} />
        </li>
      ))}
    </ul>
  );
}
