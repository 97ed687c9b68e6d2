import type { ComponentChildren, JSX } from "preact";
import type { AgentEventView, AgentProfile, AgentView } from "../core/replies.ts";
import { may } from "../core/me.ts";
import { ago, percent, span } from "../core/words.ts";
import { now } from "../feed/clock.ts";
import { useLoad } from "../feed/use-load.ts";
import { Meter, Pill, When } from "../parts/marks.tsx";
import { Empty, Shown } from "../parts/states.tsx";
import { agentActs } from "./agent-acts.ts";
import { agentWords, lookOfAgent } from "./agent-words.ts";
import { TryAgent } from "./try-agent.tsx";
import { loadAgent, loadAgentEvents, loadProfile } from "./agent-endpoints.ts";

/** One agent: how it is, what was learnt of it, what happened to it, and a way to try it. */
export function Agent({ of: [id = ""] }: { readonly of: readonly string[] }): JSX.Element {
  const agent = useLoad(`agent ${id}`, (signal) => loadAgent(id, signal), 3000);
  const profile = useLoad(`profile ${id}`, (signal) => loadProfile(id, signal), 15_000);
  const events = useLoad(`agent events ${id}`, (signal) => loadAgentEvents(id, signal), 5000);
  return (
    <main id="main" class="page" tabIndex={-1}>
      <Shown of={agent}>
        {(found) => (
          <>
            <div class="page-head">
              <h1>{id}</h1>
              <Pill look={lookOfAgent(found)}>{agentWords(found)}</Pill>
              {may("agent:manage") ? agentActs(found, agent.reload).map(({ label, isDangerous, propose }) => (
                <button key={label} type="button" class={isDangerous === true ? "danger" : ""} onClick={propose}>{label}</button>
              )) : null}
            </div>
            <Notes of={found} />
            <div class="columns">
              <Standing of={found} />
              <Shown of={profile} rows={4}>{(learnt) => <Learnt of={learnt} />}</Shown>
              {may("agent:manage") ? <TryAgent id={id} capabilities={found.capabilities} /> : null}
              <Shown of={events} rows={4}>{({ events: all }) => <Past events={all} />}</Shown>
            </div>
          </>
        )}
      </Shown>
    </main>
  );
}

function Notes({ of: { quarantine, circuit_breaker: breaker } }: { readonly of: AgentView }): JSX.Element | null {
  if (quarantine !== undefined) {
    return <p class="note ask">In quarantine since <When at={quarantine.at} />, by {quarantine.by}: {quarantine.reason}</p>;
  }
  if (breaker.state === "closed") return null;
  return (
    <p class="note fail">
      Its circuit breaker is {breaker.state === "open" ? "open" : "half open"} after {breaker.failures} failures in a row.
      {breaker.retry_at === undefined ? null : <> A task is let through at <When at={breaker.retry_at} />.</>}
    </p>
  );
}

const Part = ({ title, children }: { readonly title: string; readonly children: ComponentChildren }): JSX.Element => (
  <section class="panel card" aria-label={title}>
    <header><h2>{title}</h2></header>
    {children}
  </section>
);

const Line = ({ name, children }: { readonly name: string; readonly children: ComponentChildren }): JSX.Element => (
  <>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </>
);

function Standing({ of }: { readonly of: AgentView }): JSX.Element {
  const { health_score: health, trust_score: trust, load, circuit_breaker: breaker, last_heartbeat_at: beat } = of;
  return (
    <Part title="Now">
      <dl>
        <Line name="Health"><Meter share={health} look={health < 0.5 ? "fail" : health < 0.8 ? "wait" : "done"} label={`health ${percent(health)}`} /> {percent(health)}</Line>
        <Line name="Trust">{trust.toFixed(2)} of 5</Line>
        <Line name="Breaker">{breaker.state.replace("_", " ")}{breaker.failures > 0 ? `, ${breaker.failures} failures` : ""}</Line>
        <Line name="Load"><Meter share={load.utilization} label={`${percent(load.utilization)} of its slots`} /> {load.queue_size} at work, {load.reserved_slots} reserved, {load.max_concurrent_tasks} at most</Line>
        {beat === undefined ? null : <Line name="Heartbeat">{ago(Date.parse(beat), now.value)}</Line>}
        <Line name="Endpoint"><code class="wrap">{of.endpoint}</code></Line>
        <Line name="Capabilities">{of.capabilities.join(", ")}</Line>
        {of.tags.length === 0 ? null : <Line name="Tags">{of.tags.join(", ")}</Line>}
        {of.location === undefined ? null : <Line name="Location">{of.location}</Line>}
        <Line name="Credential">{of.has_credential ? "from a secret" : "none"}</Line>
      </dl>
    </Part>
  );
}

const figure = (value: number | null, write: (known: number) => string): string => (value === null ? "not known yet" : write(value));

function Learnt({ of: { performance_profile: profile, behavioral_patterns: patterns } }: { readonly of: AgentProfile }): JSX.Element {
  const { reliability_metrics: reliability, capacity_metrics: capacity, cost_efficiency: cost } = profile;
  return (
    <Part title="Learnt from its tasks">
      <dl>
        <Line name="Success, 30 days">{figure(reliability.success_rate_30d, percent)}</Line>
        <Line name="Errors, 7 days">{figure(reliability.error_rate, percent)}</Line>
        <Line name="Answer time">{figure(reliability.average_response_time_ms, span)}</Line>
        <Line name="Tasks an hour">{figure(capacity.throughput_capability, (value) => String(Math.round(value)))}</Line>
        <Line name="Cost of a task">{figure(cost.cost_per_task, (value) => `$${value.toFixed(4)}`)}</Line>
      </dl>
      {patterns.failure_patterns.length === 0 ? null : (
        <ul class="lines">
          {patterns.failure_patterns.slice(0, 5).map(({ error_code: code, count, share }) => (
            <li key={code}><code class="grow">{code}</code><span class="dim">{count} times, {percent(share)} of failures</span></li>
          ))}
        </ul>
      )}
      {patterns.optimization_recommendations.map((text) => <p class="hint" key={text}>{text}</p>)}
    </Part>
  );
}

const Past = ({ events }: { readonly events: readonly AgentEventView[] }): JSX.Element => (
  <Part title="What happened">
    {events.length === 0 ? <Empty title="Nothing yet" /> : (
      <ul class="lines">
        {events.slice(0, 30).map((event) => (
          <li key={event.event_id}>
            <When at={event.timestamp} />
            <span>{event.event_type.replace("agent.", "").replaceAll("_", " ")}</span>
            <span class="grow dim cut">{typeof event["reason"] === "string" ? event["reason"] : ""}</span>
          </li>
        ))}
      </ul>
    )}
  </Part>
);
