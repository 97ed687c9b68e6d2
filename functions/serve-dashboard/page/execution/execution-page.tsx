import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ask, query, refine } from "../core/address.ts";
import { GraphView } from "../graph/graph-view.tsx";
import { lazy } from "../parts/lazy.tsx";
import { Skeleton, Problem } from "../parts/states.tsx";
import type { Screen } from "../run/screen.ts";
import { bindKeys } from "../shell/keys.ts";
import { TimelineView } from "../timeline/timeline-view.tsx";
import { RunHead } from "./run-head.tsx";
import { RunSession } from "./run-session.ts";
import { isRunTab, type RunTab } from "./run-tabs.ts";

const Audit = lazy(async () => (await import("./audit.tsx")).Audit);
const Checkpoints = lazy(async () => (await import("./checkpoints.tsx")).Checkpoints);
const Events = lazy(async () => (await import("./events.tsx")).Events);
const Inspector = lazy(async () => (await import("./inspector.tsx")).Inspector);

/** One execution: its graph, its timeline, the selected task, and everything that can be done about it. */
export function ExecutionPage({ of: [id = ""] }: { readonly of: readonly string[] }): JSX.Element {
  const [session, setSession] = useState<RunSession | undefined>(undefined);
  useEffect(() => {
    const opened = new RunSession(id);
    setSession(opened);
    void opened.open();
    return () => opened.stop();
  }, [id]);
  const screen = session?.screen.value;
  if (session === undefined || screen === undefined) {
    const error = session?.error.value;
    return (
      <main id="main" class="page" tabIndex={-1}>
        <h1 class="sr-only">Execution {id}</h1>
        {error === undefined ? <Skeleton rows={4} /> : <Problem error={error} again={() => void session?.open()} />}
      </main>
    );
  }
  return <RunPage key={screen.run.plan.hash} session={session} screen={screen} />;
}

function RunPage({ session, screen }: { readonly session: RunSession; readonly screen: Screen }): JSX.Element {
  const wanted = query.value.get("tab") ?? undefined;
  const tab: RunTab = isRunTab(wanted) ? wanted : "graph";
  const choose = (next: RunTab): void => refine({ tab: next === "graph" ? undefined : next }, "push");
  useEffect(() => bindLater(session, screen), [session, screen]);
  useEffect(() => {
    // On a narrow screen a selection opens its details.
    let isFirst = true;
    return screen.picked.subscribe((task) => {
      const isNarrow = matchMedia("(max-width: 760px)").matches;
      if (!isFirst && isNarrow && task >= 0 && ask("tab") !== "details") refine({ tab: "details" }, "push");
      isFirst = false;
    });
  }, [screen]);
  const isPicked = screen.picked.value >= 0;
  return (
    <main id="main" class={`run-page${isPicked ? " is-picked" : ""}`} data-tab={tab} tabIndex={-1}>
      <RunHead session={session} screen={screen} tab={tab} choose={choose} />
      <div class="run-body" id="run-panel" role="tabpanel" aria-label={tab}>
        {tab === "events" ? <Events session={session} screen={screen} /> : null}
        {tab === "checkpoints" ? <Checkpoints session={session} screen={screen} /> : null}
        {tab === "audit" ? <Audit execution={session.execution} /> : null}
        {tab === "graph" || tab === "timeline" || tab === "details" ? (
          <>
            <GraphView screen={screen} />
            <TimelineView screen={screen} />
            {isPicked || tab === "details" ? <Inspector session={session} screen={screen} /> : null}
          </>
        ) : null}
      </div>
    </main>
  );
}

/** Keys come a moment after what they act on. @returns ends them. */
function bindLater(session: RunSession, screen: Screen): () => void {
  let release: (() => void) | undefined;
  let isOver = false;
  const bind = async (): Promise<void> => {
    const { runKeys } = await import("./run-keys.ts");
    if (!isOver) release = bindKeys(runKeys(session, screen));
  };
  void bind();
  return () => {
    isOver = true;
    release?.();
  };
}
