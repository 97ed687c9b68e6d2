import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { ask, refine } from "../core/address.ts";
import { listExecutions } from "../core/endpoints.ts";
import type { ExecutionView } from "../core/replies.ts";
import { clockMinute, many } from "../core/words.ts";
import { now } from "../feed/clock.ts";
import { useLoad } from "../feed/use-load.ts";
import { type Look, lookOfRun } from "../run/looks.ts";

const BUCKETS = 96;
const DAY_MS = 24 * 3_600_000;
const BUCKET_MS = DAY_MS / BUCKETS;
const MOST = 1000;

const LOOKS_SHOWN = ["fail", "ask", "wait", "run", "skip", "done"] as const satisfies readonly Look[];

/** When executions of the last 24 hours were submitted; dragging over it chooses a time. */
export function Volume(): JSX.Element | null {
  const end = Math.ceil(now.value / BUCKET_MS) * BUCKET_MS;
  const start = end - DAY_MS;
  const query = { limit: String(MOST), submitted_after: new Date(start).toISOString(), workflow_id: ask("workflow") };
  const { value } = useLoad(`volume ${start} ${query.workflow_id ?? ""}`, (signal) => listExecutions(query, signal), 15_000);
  const frame = useRef<HTMLDivElement>(null);
  const [from, setFrom] = useState<number | undefined>(undefined);
  if (value === undefined) return <div class="volume" />;
  const buckets = bucketsOf(value.executions, start);
  const most = Math.max(1, ...buckets.map((bucket) => sum(bucket)));
  const at = (event: PointerEvent): number => {
    const box = frame.current?.getBoundingClientRect();
    return box === undefined ? start : start + Math.max(0, Math.min(1, (event.clientX - box.left) / box.width)) * DAY_MS;
  };
  const choose = (event: PointerEvent): void => {
    if (from === undefined) return;
    const [a, b] = [from, at(event)].sort((x, y) => x - y);
    setFrom(undefined);
    const isClick = a === undefined || b === undefined || b - a < BUCKET_MS / 2;
    refine(isClick ? { after: undefined, before: undefined } : { after: new Date(a).toISOString(), before: new Date(b).toISOString(), since: undefined }, "push");
  };
  return (
    <div class="volume" ref={frame} onPointerDown={(event) => setFrom(at(event))} onPointerUp={choose}>
      <svg viewBox={`0 0 ${BUCKETS} 40`} preserveAspectRatio="none" role="img" aria-label={`${value.next_cursor === undefined ? "" : "At least "}${many(value.executions.length, "execution")} in 24 hours`}>
        {buckets.map((bucket, index) => <Bar key={index} bucket={bucket} x={index} most={most} />)}
        <Brush start={start} />
      </svg>
      <span class="volume-start">{clockMinute(start)}</span>
      <span class="volume-end">now</span>
    </div>
  );
}

type Bucket = ReadonlyMap<Look, number>;

const sum = (bucket: Bucket): number => [...bucket.values()].reduce((all, one) => all + one, 0);

function bucketsOf(executions: readonly ExecutionView[], start: number): readonly Bucket[] {
  const buckets = Array.from({ length: BUCKETS }, () => new Map<Look, number>());
  for (const { status, execution_metadata: head } of executions) {
    const bucket = buckets[Math.floor((Date.parse(head.submitted_at) - start) / BUCKET_MS)];
    const look = lookOfRun(status);
    bucket?.set(look, (bucket.get(look) ?? 0) + 1);
  }
  return buckets;
}

function Bar({ bucket, x, most }: { readonly bucket: Bucket; readonly x: number; readonly most: number }): JSX.Element {
  let y = 40;
  return (
    <>
      {LOOKS_SHOWN.toReversed().map((look) => {
        const height = ((bucket.get(look) ?? 0) / most) * 36;
        y -= height;
        return height === 0 ? null : <rect key={look} class={look} x={x + 0.12} y={y} width={0.76} height={height} />;
      })}
    </>
  );
}

/** The time that is chosen. */
function Brush({ start }: { readonly start: number }): JSX.Element | null {
  const [after, before] = [ask("after"), ask("before")].map((text) => (text === undefined ? undefined : Date.parse(text)));
  if (after === undefined || before === undefined) return null;
  const x = Math.max(0, (after - start) / BUCKET_MS);
  return <rect class="brush" x={x} y={0} width={Math.max(0.2, (before - start) / BUCKET_MS - x)} height={40} />;
}
