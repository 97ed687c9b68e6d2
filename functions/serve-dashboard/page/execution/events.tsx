import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { ExecutionEventView } from "../core/replies.ts";
import { clock, fullTime } from "../core/words.ts";
import { Empty, Skeleton } from "../parts/states.tsx";
import { VirtualRows } from "../parts/virtual-rows.tsx";
import type { Screen } from "../run/screen.ts";
import type { RunSession } from "./run-session.ts";

const HEAD_FIELDS: ReadonlySet<string> = new Set([
  "event_type", "version", "event_id", "tenant", "workflow_id", "execution_id", "trace_id", "timestamp", "task_id",
]);

/** The history of an execution, newest first, as it grows; a text narrows it down. */
export function Events({ session, screen }: { readonly session: RunSession; readonly screen: Screen }): JSX.Element {
  const [text, setText] = useState("");
  useEffect(() => {
    session.wantsHistory.value = true;
    return () => void (session.wantsHistory.value = false);
  }, [session]);
  const { history } = screen.run;
  const words = text.toLowerCase().split(/\s+/).filter((word) => word !== "");
  const events = history.events.value.filter((event) => words.every((word) => textOf(event).includes(word))).toReversed();
  return (
    <section class="panel events" aria-label="Events">
      <div class="toolbar">
        <input type="search" aria-label="Search events" placeholder="Task, event or text" value={text} onInput={(event) => setText(event.currentTarget.value)} />
        <span class="dim">{history.isComplete ? `${events.length} of ${history.events.value.length}` : ""}</span>
      </div>
      {history.isComplete ? (
        <VirtualRows
          label="Events, newest first"
          rows={events}
          height={30}
          keyOf={(event) => event.event_id}
          empty={<Empty title="No event says so" />}
          row={(event) => <EventRow event={event} pick={(task) => (screen.picked.value = screen.run.plan.index.get(task) ?? -1)} />}
        />
      ) : <Skeleton />}
    </section>
  );
}

const textOf = (event: ExecutionEventView): string => JSON.stringify(event).toLowerCase();

function EventRow({ event, pick }: { readonly event: ExecutionEventView; readonly pick: (task: string) => void }): JSX.Element {
  const time = Date.parse(event.timestamp);
  const task = typeof event["task_id"] === "string" ? event["task_id"] : undefined;
  return (
    <>
      <time class="num dim" dateTime={event.timestamp} title={fullTime(time)}>{clock(time)}</time>
      <span class={event["error"] === undefined ? "event-type" : "event-type fail-words"}>{event.event_type}</span>
      {task === undefined ? <span /> : <button type="button" class="link" onClick={() => pick(task)}>{task}</button>}
      <span class="event-facts dim">{factsOf(event)}</span>
    </>
  );
}

const factsOf = (event: ExecutionEventView): string =>
  Object.entries(event)
    .filter(([name]) => !HEAD_FIELDS.has(name))
    .map(([name, value]) => `${name} ${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join("  ·  ");
