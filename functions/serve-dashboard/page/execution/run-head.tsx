import type { JSX } from "preact";
import { pathTo } from "../core/address.ts";
import { clockMinute, count, many, percent, span } from "../core/words.ts";
import { now } from "../feed/clock.ts";
import { Menu, Tabs } from "../parts/choices.tsx";
import { lazy } from "../parts/lazy.tsx";
import { CopyId, Dot, Live, StatusPill } from "../parts/marks.tsx";
import { type Look, LOOK_NAMES, LOOKS } from "../run/looks.ts";
import { countLooks } from "../run/run.ts";
import type { Screen } from "../run/screen.ts";
import { actsOn } from "./acts.ts";
import type { RunSession } from "./run-session.ts";
import { RUN_TABS, type RunTab } from "./run-tabs.ts";

const RunNotes = lazy(async () => (await import("./run-notes.tsx")).RunNotes);

interface HeadProps {
  readonly session: RunSession;
  readonly screen: Screen;
  readonly tab: RunTab;
  readonly choose: (tab: RunTab) => void;
}

/** What the execution is, how it stands, what can be done about it, and the parts of its page. */
export function RunHead({ session, screen, tab, choose }: HeadProps): JSX.Element {
  const { run } = screen;
  const head = run.head.value;
  void run.beat.value;
  const counts = countLooks(run, screen.at.value);
  return (
    <section class="run-head" aria-label="Execution">
      <div class="run-row">
        <h1>{head?.workflow_id ?? session.execution}</h1>
        <StatusPill status={run.status.value} />
        <CopyId id={session.execution} label="execution id" />
        <Facts session={session} screen={screen} counts={counts} />
        <Acts session={session} screen={screen} />
      </div>
      <div class="run-bar" role="img" aria-label={summaryOf(counts, run.plan.size)}>
        {LOOKS.filter((look) => counts[look] > 0).map((look) => (
          <i key={look} class={look} style={{ flexGrow: String(counts[look]) }} />
        ))}
      </div>
      <div class="run-row">
        <Legend screen={screen} counts={counts} />
        <Tabs label="Parts of this page" panel="run-panel" chosen={tab} choose={choose} of={RUN_TABS} />
      </div>
      {counts.ask > 0 || run.status.value === "failed" ? <RunNotes session={session} screen={screen} /> : null}
    </section>
  );
}

type Counts = Readonly<Record<Look, number>>;

const summaryOf = (counts: Counts, all: number): string => {
  const parts = LOOKS.filter((look) => counts[look] > 0).map((look) => `${counts[look]} ${LOOK_NAMES[look]}`);
  return `${many(all, "task")}: ${parts.join(", ")}`;
};

function Facts({ session, screen, counts }: { readonly session: RunSession; readonly screen: Screen; readonly counts: Counts }): JSX.Element {
  const { run, at } = screen;
  const head = run.head.value;
  const outlook = run.outlook.value;
  const [start, end] = run.spanUntil(now.value);
  const settled = counts.done + counts.fail + counts.skip;
  const isOver = run.isFinal.value;
  const started = head?.execution_metadata.started_at;
  const expected = outlook?.estimated_completion?.p50;
  return (
    <p class="run-facts">
      {started === undefined || started === null ? null : (
        <span>{isOver ? "ran for" : "running for"} <b>{span((at.value ?? end) - Math.max(start, Date.parse(started)))}</b></span>
      )}
      {isOver || expected === undefined ? null : <span>done about <b>{clockMinute(Date.parse(expected))}</b></span>}
      {isOver || outlook === undefined ? null : <span>success <b>{percent(outlook.sla_compliance.success_probability)}</b></span>}
      {head?.queue_status === undefined ? null : <span>place <b>{head.queue_status.position}</b> in the queue</span>}
      <span><b>{count(settled)}</b> of <b>{count(run.plan.size)}</b> tasks</span>
      {outlook?.sla_compliance.sla_violated === true ? <span class="fail-words">service level missed</span> : null}
      {at.value === undefined ? (
        <Live liveness={session.following?.liveness.value ?? "connecting"} />
      ) : (
        <button type="button" class="go-live" onClick={() => (at.value = undefined)}>Back to {isOver ? "the end" : "live"}</button>
      )}
    </p>
  );
}

function Acts({ session, screen }: { readonly session: RunSession; readonly screen: Screen }): JSX.Element {
  const acts = actsOn(session, screen);
  const head = screen.run.head.value;
  return (
    <div class="run-acts">
      {acts.filter(({ isMain }) => isMain).map(({ name, label, isDangerous, propose }) => (
        <button key={name} type="button" class={isDangerous === true ? "danger" : ""} onClick={propose}>{label}</button>
      ))}
      <Menu label="More">
        {acts.filter(({ isMain }) => !isMain).map(({ name, label, propose }) => (
          <button key={name} type="button" onClick={propose}>{label}</button>
        ))}
        {head === undefined ? null : (
          <a href={pathTo(["workflows", head.workflow_id], { version: head.workflow_version })}>Open workflow {head.workflow_version}</a>
        )}
        {head === undefined ? null : <a href={pathTo(["executions"], { workflow: head.workflow_id })}>All its executions</a>}
      </Menu>
    </div>
  );
}

/** Counts by look; a click shows one of them in full and the rest dimmed. */
function Legend({ screen, counts }: { readonly screen: Screen; readonly counts: Counts }): JSX.Element {
  const { shown } = screen;
  return (
    <div class="legend" role="group" aria-label="Show tasks that are">
      {LOOKS.filter((look) => counts[look] > 0).map((look) => (
        <button
          key={look}
          type="button"
          aria-pressed={shown.value === look}
          onClick={() => (shown.value = shown.value === look ? undefined : look)}
        >
          <Dot look={look} />
          <b>{count(counts[look])}</b> {LOOK_NAMES[look]}
        </button>
      ))}
    </div>
  );
}
