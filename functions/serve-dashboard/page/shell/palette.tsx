import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { switchTheme } from "../canvas/palette.ts";
import { go, pathTo } from "../core/address.ts";
import { listAgents, listExecutions, listWorkflows } from "../core/endpoints.ts";
import { useLoad } from "../feed/use-load.ts";
import { Dialog } from "../parts/dialog.tsx";
import { boundKeys, isHelpOpen, isPaletteOpen } from "./keys.ts";
import { SECTIONS } from "./sections.ts";

interface Entry {
  readonly kind: string;
  readonly label: string;
  readonly more?: string;
  readonly run: () => void;
}

const SHOWN = 12;

const to = (path: string): (() => void) => () => go(path);

function fixedEntries(): Entry[] {
  return [
    ...SECTIONS.map(({ label, path }) => ({ kind: "page", label, run: to(path === "" ? "." : path) })),
    { kind: "page", label: "New workflow", run: to("editor") },
    ...boundKeys().map(([key, does, run]) => ({ kind: "act", label: does, more: key, run })),
    { kind: "act", label: "Light or dark", more: "T", run: switchTheme },
    { kind: "act", label: "Show all keys", more: "?", run: () => (isHelpOpen.value = true) },
  ];
}

function useEntries(text: string): readonly Entry[] {
  const workflows = useLoad("palette workflows", listWorkflows).value?.workflows ?? [];
  const agents = useLoad("palette agents", listAgents).value?.agents ?? [];
  const search = text.trim();
  const query = search.length < 3 ? { limit: "8" } : { limit: "8", q: search };
  const loaded = useLoad(`palette executions ${query.q ?? ""}`, (signal) => listExecutions(query, signal));
  const executions = loaded.value?.executions ?? [];
  const all = useMemo(
    (): Entry[] => [
      ...fixedEntries(),
      ...workflows.map(({ name, version }) => {
        return { kind: "workflow", label: name, more: version, run: to(pathTo(["workflows", name])) };
      }),
      ...agents.map(({ agent_id: id }) => ({ kind: "agent", label: id, run: to(pathTo(["agents", id])) })),
    ],
    [workflows, agents],
  );
  const words = search.toLowerCase().split(/\s+/);
  const fitting = all.filter(({ label, kind }) => {
    const name = `${kind} ${label}`.toLowerCase();
    return words.every((word) => name.includes(word));
  });
  const found = executions.map(({ execution_id: id, workflow_id: workflow, status }) => ({
    kind: "execution",
    label: workflow,
    more: `${status} · ${id}`,
    run: to(pathTo(["executions", id])),
  }));
  return [...fitting.slice(0, search === "" ? 7 : SHOWN), ...found].slice(0, SHOWN + 4);
}

const close = (): void => void (isPaletteOpen.value = false);

function choose(entry: Entry | undefined): void {
  if (entry === undefined) return;
  close();
  entry.run();
}

/** Everything by name: pages, workflows, agents, executions, acts. */
export function Palette(): JSX.Element {
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const entries = useEntries(text);
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0) setAt((last) => (last + step + entries.length) % Math.max(1, entries.length));
    else if (event.key === "Enter") choose(entries[at]);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog title="Search or jump to" close={close}>
      <div class="palette">
        <input
          type="text"
          role="combobox"
          aria-expanded="true"
          aria-controls="palette-list"
          aria-activedescendant={entries.length === 0 ? undefined : `palette-${at}`}
          aria-label="Search"
          placeholder="Workflow, agent, execution id, page or act"
          autofocus
          value={text}
          onInput={(event) => {
            setText(event.currentTarget.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
        />
        <Found entries={entries} at={at} />
        {entries.length === 0 ? <p class="hint">Nothing is called so.</p> : null}
      </div>
    </Dialog>
  );
}

interface FoundProps {
  readonly entries: readonly Entry[];
  /** The one that Enter chooses. */
  readonly at: number;
}

const Found = ({ entries, at }: FoundProps): JSX.Element => (
  <ul id="palette-list" role="listbox" aria-label="Found">
    {entries.map((entry, index) => (
      <li
        key={`${entry.kind} ${entry.label} ${entry.more ?? ""}`}
        id={`palette-${index}`}
        role="option"
        aria-selected={index === at}
        onClick={() => choose(entry)}
      >
        <span class="kind">{entry.kind}</span>
        <span class="what">{entry.label}</span>
        <span class="dim">{entry.more}</span>
      </li>
    ))}
  </ul>
);
