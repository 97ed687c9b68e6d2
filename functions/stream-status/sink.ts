/** Where server-sent events go. `write` resolves once the reader took the text. */
export interface EventSink {
  write(text: string): Promise<void>;
  readonly isClosed: () => boolean;
}

/** What to stream and for how long. */
export interface StreamRequest {
  readonly tenant: string;
  readonly execution: string;
  /** Sequence of the last event that the reader has; absent: it has none. */
  readonly after?: number | undefined;
  readonly intervalMs: number;
  /** The gateway would cut us off soon after; the reader connects again. */
  readonly until: number;
  readonly sleep: (milliseconds: number) => Promise<void>;
}

/** Keeps proxies from closing a stream on which nothing is told. */
export const ALIVE = ": alive\n\n";

/** A server-sent event. `sequence`: of the last event that its reader knows of, to come back with. */
export function frame(event: string, data: unknown, sequence?: number): string {
  const id = sequence === undefined || sequence < 0 ? "" : `id: ${sequence}\n`;
  return `${id}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
