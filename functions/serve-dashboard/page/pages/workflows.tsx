import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { pathTo } from "../core/address.ts";
import { listWorkflows } from "../core/endpoints.ts";
import { may } from "../core/me.ts";
import type { WorkflowView } from "../core/replies.ts";
import { many, span } from "../core/words.ts";
import { useLoad } from "../feed/use-load.ts";
import { When } from "../parts/marks.tsx";
import { Empty, Shown } from "../parts/states.tsx";
import { proposeRun } from "./workflow-acts.ts";

/** Workflows, each in its newest version. */
export function Workflows(): JSX.Element {
  const [text, setText] = useState("");
  const workflows = useLoad("workflows", listWorkflows, 10_000);
  return (
    <main id="main" class="page" tabIndex={-1}>
      <div class="page-head">
        <h1>Workflows</h1>
        <input type="search" aria-label="Search workflows" placeholder="Name" value={text} onInput={(event) => setText(event.currentTarget.value)} />
      </div>
      <Shown of={workflows}>
        {({ workflows: all }) => {
          const found = all.filter(({ name }) => name.toLowerCase().includes(text.toLowerCase()));
          if (found.length === 0) return <Empty title={all.length === 0 ? "No workflow is deployed" : "No workflow is called so"}><p><code>npx a2a deploy FILE</code></p></Empty>;
          return <ul class="cards">{found.map((workflow) => <WorkflowCard key={workflow.name} of={workflow} />)}</ul>;
        }}
      </Shown>
    </main>
  );
}

function WorkflowCard({ of }: { readonly of: WorkflowView }): JSX.Element {
  const { name, version, description, task_count: tasks, estimated_resources: estimate, created_at: created } = of;
  return (
    <li class="panel">
      <header>
        <h2><a href={pathTo(["workflows", name])}>{name}</a></h2>
        <span class="tag">{version}</span>
      </header>
      <p class="dim">{description ?? "No description."}</p>
      <p class="card-foot">
        <span>{many(tasks, "task")}</span>
        <span>about {span(estimate.estimated_duration_seconds * 1000)}</span>
        <span class="grow">since <When at={created} /></span>
        {may("workflow:submit") ? <button type="button" aria-label={`Run ${name}`} onClick={() => proposeRun(name, version)}>Run</button> : null}
      </p>
    </li>
  );
}
