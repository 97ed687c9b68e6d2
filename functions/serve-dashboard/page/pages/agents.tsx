import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { pathTo } from "../core/address.ts";
import { listAgents } from "../core/endpoints.ts";
import type { AgentView } from "../core/replies.ts";
import { percent } from "../core/words.ts";
import { useLoad } from "../feed/use-load.ts";
import { Meter, Pill } from "../parts/marks.tsx";
import { Empty, Shown } from "../parts/states.tsx";
import { agentWords, lookOfAgent } from "./agent-words.ts";

/** Registered agents: how they are, how far they are trusted, how busy they are. */
export function Agents(): JSX.Element {
  const [text, setText] = useState("");
  const agents = useLoad("agents page", listAgents, 3000);
  return (
    <main id="main" class="page" tabIndex={-1}>
      <div class="page-head">
        <h1>Agents</h1>
        <input type="search" aria-label="Search agents" placeholder="Id, capability or tag" value={text} onInput={(event) => setText(event.currentTarget.value)} />
      </div>
      <Shown of={agents}>
        {({ agents: all }) => {
          const found = all.filter((agent) => textOf(agent).includes(text.toLowerCase()));
          if (found.length === 0) return <Empty title={all.length === 0 ? "No agent is registered" : "No agent fits"}><p><code>npx a2a agents register URL</code></p></Empty>;
          return (
            <section class="panel table agents" aria-label="Agents">
              <div class="row head" aria-hidden="true"><span>Agent</span><span>State</span><span>Health</span><span>Trust</span><span>Load</span><span class="right">Learned</span><span>Capabilities</span></div>
              <ul>{found.map((agent) => <li key={agent.agent_id}><AgentRow of={agent} /></li>)}</ul>
            </section>
          );
        }}
      </Shown>
    </main>
  );
}

const textOf = ({ agent_id: id, capabilities, tags }: AgentView): string => [id, ...capabilities, ...tags].join(" ").toLowerCase();

function AgentRow({ of }: { readonly of: AgentView }): JSX.Element {
  const { agent_id: id, health_score: health, trust_score: trust, load, capabilities, tasks_learned: learned } = of;
  return (
    <a class="row" href={pathTo(["agents", id])}>
      <span class="name cut">{id}</span>
      <span><Pill look={lookOfAgent(of)}>{agentWords(of)}</Pill></span>
      <span class="measure"><Meter share={health} look={health < 0.5 ? "fail" : health < 0.8 ? "wait" : "done"} label={`health ${percent(health)}`} /> <span class="num dim">{percent(health)}</span></span>
      <span class="num">{trust.toFixed(1)} <span class="dim">of 5</span></span>
      <span class="measure"><Meter share={load.utilization} label={`${percent(load.utilization)} of its slots`} /> <span class="num dim">{load.queue_size + load.reserved_slots} of {load.max_concurrent_tasks}</span></span>
      <span class="right num dim">{learned}</span>
      <span class="dim cut">{capabilities.join(", ")}</span>
    </a>
  );
}
