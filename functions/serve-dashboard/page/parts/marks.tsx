import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { fullTime, moment, shortId } from "../core/words.ts";
import { now } from "../feed/clock.ts";
import type { Liveness } from "../feed/follow-run.ts";
import { GLYPHS, type Look, lookOfRun } from "../run/looks.ts";
import { Icon } from "./icons.tsx";

/** A state's mark; words beside it say what it means. */
export const Dot = ({ look }: { readonly look: Look }): JSX.Element => (
  <i class={`dot ${look}`} aria-hidden="true">
    {GLYPHS[look]}
  </i>
);

export const Pill = ({ look, children }: { readonly look: Look; readonly children: ComponentChildren }): JSX.Element => (
  <span class={`pill ${look}`}>
    {GLYPHS[look] === "" ? null : <i aria-hidden="true">{GLYPHS[look]}</i>}
    {children}
  </span>
);

/** The status of an execution. */
export const StatusPill = ({ status }: { readonly status: string }): JSX.Element => (
  <Pill look={lookOfRun(status)}>{status}</Pill>
);

const LIVENESS: Readonly<Record<Liveness, string>> = {
  connecting: "connecting",
  live: "live",
  reconnecting: "reconnecting",
  final: "final",
  away: "paused",
};

export const Live = ({ liveness }: { readonly liveness: Liveness }): JSX.Element => (
  <span class={`live ${liveness}`} role="status">
    {LIVENESS[liveness]}
  </span>
);

/** An id, shortened; a click takes it along whole. */
export function CopyId({ id, label = "id" }: { readonly id: string; readonly label?: string }): JSX.Element {
  const [isCopied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(id);
    setCopied(true);
    setTimeout(() => setCopied(false), 1500);
  };
  return (
    <button type="button" class="copy" title={id} onClick={() => void copy()}>
      <code>{shortId(id)}</code>
      <span class="sr-only">copy {label}</span>
      {isCopied ? <span class="copied">copied</span> : <Icon name="copy" size={14} />}
    </button>
  );
}

/** A moment; the whole of it on hover. */
export function When({ at }: { readonly at: string | number | null | undefined }): JSX.Element {
  if (at === null || at === undefined) return <span class="dim">–</span>;
  const time = typeof at === "number" ? at : Date.parse(at);
  return (
    <time dateTime={new Date(time).toISOString()} title={fullTime(time)}>
      {moment(time, now.value)}
    </time>
  );
}

/** A share of a whole as a short bar, with its number. */
export const Meter = ({ share, label, look = "run" }: { readonly share: number; readonly label: string; readonly look?: Look }): JSX.Element => (
  <span class="meter" role="img" aria-label={label}>
    <i class={look} style={{ width: `${Math.round(Math.max(0, Math.min(1, share)) * 100)}%` }} />
  </span>
);
