import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { ask, go, pathTo, query, refine } from "../core/address.ts";
import { listWorkflows } from "../core/endpoints.ts";
import { useLoad } from "../feed/use-load.ts";
import { Menu } from "../parts/choices.tsx";
import { propose } from "../parts/act.ts";
import { Dot } from "../parts/marks.tsx";
import { lookOfRun } from "../run/looks.ts";

const STATUSES = ["running", "paused", "queued", "completed", "failed", "cancelled"] as const;
const TYPING_MS = 250;

/** Filters of the list; the address keeps them. */
export function ExecutionFilters(): JSX.Element {
  const workflows = useLoad("workflow names", listWorkflows).value?.workflows ?? [];
  const chosen = new Set((ask("status") ?? "").split(",").filter((one) => one !== ""));
  const toggle = (status: string): void => {
    if (!chosen.delete(status)) chosen.add(status);
    refine({ status: [...chosen].join(",") }, "push");
  };
  return (
    <div class="filters" role="search" aria-label="Filters">
      <div class="chips" role="group" aria-label="Status">
        {STATUSES.map((status) => (
          <button key={status} type="button" class="chip" aria-pressed={chosen.has(status)} onClick={() => toggle(status)}>
            <Dot look={lookOfRun(status)} />
            {status}
          </button>
        ))}
      </div>
      <TextFilter />
      <Choice name="workflow" label="Workflow" of={workflows.map(({ name }) => [name, name] as const)} />
      <Choice name="since" label="Since" of={[["1h", "last hour"], ["24h", "last 24 hours"], ["7d", "last 7 days"]]} />
      <Choice name="priority" label="Priority" of={["critical", "high", "medium", "low"].map((one) => [one, one] as const)} />
      {query.value.size > 0 ? <button type="button" class="quiet" onClick={() => go("executions")}>Clear</button> : null}
      <SavedViews />
    </div>
  );
}

function TextFilter(): JSX.Element {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const onInput = (event: { currentTarget: HTMLInputElement }): void => {
    const { value } = event.currentTarget;
    clearTimeout(timer);
    timer = setTimeout(() => refine({ q: value.trim() }), TYPING_MS);
  };
  return <input type="search" aria-label="Search executions" placeholder="Id, submitter, trace or error" defaultValue={ask("q") ?? ""} onInput={onInput} />;
}

const Choice = ({ name, label, of }: { readonly name: string; readonly label: string; readonly of: readonly (readonly [string, string])[] }): JSX.Element => (
  <select aria-label={label} value={ask(name) ?? ""} onChange={(event) => refine({ [name]: event.currentTarget.value, after: undefined, before: undefined }, "push")}>
    <option value="">{label}: any</option>
    {of.map(([value, text]) => <option key={value} value={value}>{text}</option>)}
  </select>
);

const KEY = "a2a.views";

/** Names of addresses, kept in this browser. */
const views = signal<Readonly<Record<string, string>>>(readViews());

function readViews(): Record<string, string> {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    if (typeof kept !== "object" || kept === null) return {};
    return Object.fromEntries(Object.entries(kept).flatMap(([name, address]) => (typeof address === "string" ? [[name, address]] : [])));
  } catch {
    return {};
  }
}

function keepViews(changed: Readonly<Record<string, string>>): void {
  views.value = changed;
  localStorage.setItem(KEY, JSON.stringify(changed));
}

function SavedViews(): JSX.Element {
  const save = (): void =>
    propose({
      title: "Save this view",
      explains: "A name for these filters, kept in this browser.",
      button: "Save",
      reason: "none",
      says: "Saved",
      fields: [{ name: "name", label: "Name", isRequired: true }],
      run: async ({ name = "" }) => keepViews({ ...views.value, [name]: query.value.toString() }),
    });
  return (
    <Menu label="Views">
      {Object.entries(views.value).map(([name, search]) => (
        <a key={name} href={pathTo(["executions"], Object.fromEntries(new URLSearchParams(search)))}>{name}</a>
      ))}
      <button type="button" onClick={save}>Save this view</button>
      {Object.keys(views.value).length === 0 ? null : <button type="button" onClick={() => keepViews({})}>Forget all views</button>}
    </Menu>
  );
}
