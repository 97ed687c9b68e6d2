import type { JSX } from "preact";
import { pathTo } from "../core/address.ts";
import { loadInbox, steerTask } from "../core/endpoints.ts";
import type { InboxItem } from "../core/replies.ts";
import { ago } from "../core/words.ts";
import { now } from "../feed/clock.ts";
import { useLoad } from "../feed/use-load.ts";
import { type Act, propose, readJson } from "../parts/act.ts";
import { Json } from "../parts/json.tsx";
import { Dot, When } from "../parts/marks.tsx";
import { Empty, Shown } from "../parts/states.tsx";
import { inboxWords } from "./inbox-words.ts";

/** What waits for a person, oldest first, with what is needed to decide. */
export function Inbox(): JSX.Element {
  const inbox = useLoad("inbox page", loadInbox, 2000);
  return (
    <main id="main" class="page" tabIndex={-1}>
      <div class="page-head"><h1>Inbox</h1></div>
      <Shown of={inbox}>
        {({ items }) => items.length === 0 ? (
          <Empty title="Nothing waits for a person"><p>Approvals, agents' questions, failed tasks and used-up budgets come here.</p></Empty>
        ) : (
          <ul class="inbox" aria-label="Waits for a person">
            {items.map((item) => <Item key={`${item.execution_id} ${item.task_id}`} item={item} changed={inbox.reload} />)}
          </ul>
        )}
      </Shown>
    </main>
  );
}

function Item({ item, changed }: { readonly item: InboxItem; readonly changed: () => void }): JSX.Element {
  const { task_id: task, execution_id: execution, workflow_id: workflow, kind } = item;
  return (
    <li class="panel">
      <header>
        <Dot look="ask" />
        <h2><a href={pathTo(["executions", execution], { task })}>{task}</a></h2>
        <span class="dim grow">{inboxWords(kind)} · {workflow} · {ago(Date.parse(item.waiting_since), now.value)}</span>
        <span class="acts">{item.actions.map((action) => <ActButton key={action} item={item} action={action} changed={changed} />)}</span>
      </header>
      {item.prompt === undefined || item.prompt === null ? null : <p>{item.prompt}</p>}
      {item.description === null ? null : <p class="dim">{item.description}</p>}
      {item.question === undefined ? null : <Json value={item.question} label="Question" />}
      {item.error === undefined ? null : <p class="fail-words">{item.error.message} <code>{item.error.code}</code></p>}
      {item.wait_until === undefined ? null : <p class="hint">It waits until <When at={item.wait_until} />.</p>}
      {item.roles === undefined || item.roles.length === 0 ? null : <p class="hint">For {item.roles.join(" or ")}.</p>}
    </li>
  );
}

type Action = InboxItem["actions"][number];

const LABELS: Readonly<Record<Action, string>> = {
  approve: "Approve",
  reject: "Reject",
  skip: "Skip",
  input: "Answer",
  retry: "Try again",
  raise_budget: "Raise the budget",
};

function ActButton({ item, action, changed }: { readonly item: InboxItem; readonly action: Action; readonly changed: () => void }): JSX.Element {
  const { execution_id: execution, task_id: task } = item;
  if (action === "raise_budget") return <a class="button" href={pathTo(["executions", execution])}>{LABELS[action]}</a>;
  const isMain = action === "approve" || action === "input" || action === "retry";
  const kind = isMain ? "primary" : action === "reject" ? "danger" : "";
  return (
    <button type="button" class={kind} aria-label={`${LABELS[action]} ${task}`} onClick={() => propose({ ...actOf(item, action), done: changed })}>
      {LABELS[action]}
    </button>
  );
}

function actOf({ execution_id: execution, task_id: task }: InboxItem, action: Exclude<Action, "raise_budget">): Act {
  const title = `${LABELS[action]}: ${task}`;
  const reasonOf = (reason: string | undefined): object => (reason ? { reason } : {});
  if (action === "input") {
    return {
      title, explains: "The agent goes on with what you say.", button: "Send the answer", reason: "none", says: "Answered",
      fields: [{ name: "input", label: "Answer", kind: "area", isRequired: true, hint: "Words, or JSON that begins with { or [." }],
      run: ({ input = "" }) => steerTask(execution, task, "input", { input: /^\s*[[{]/.test(input) ? readJson(input) : input }),
    };
  }
  const explains = {
    approve: "The task goes on.",
    reject: "The task fails; what that means for the rest the definition says.",
    skip: "It counts as done without a result; what depends on it alone is skipped too.",
    retry: "The task is sent to an agent once more.",
  }[action];
  return {
    title, explains, button: LABELS[action], isDangerous: action === "reject", says: "Done",
    reason: action === "reject" ? "required" : "optional",
    run: ({ reason }) => steerTask(execution, task, action, reasonOf(reason)),
  };
}
