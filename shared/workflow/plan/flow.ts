import { CorruptPlanError } from "./errors.ts";
import { at } from "./graph.ts";

/** Parts one after another, or side by side. Leaves are task indices. */
export interface FlowGroup {
  readonly kind: "series" | "parallel";
  readonly parts: Flow[];
}
/** A series-parallel skeleton: whatever it orders is ordered by the graph too, never more. */
export type Flow = number | FlowGroup;

/** Merges groups into parents of the same kind, drops empty ones and unwraps groups of one. */
export function normalise(kind: FlowGroup["kind"], parts: readonly Flow[]): Flow | undefined {
  const flat: Flow[] = [];
  for (const part of parts) {
    const inner = typeof part === "number" ? part : normalise(part.kind, part.parts);
    if (inner === undefined) continue;
    if (typeof inner === "object" && inner.kind === kind) flat.push(...inner.parts);
    else flat.push(inner);
  }
  return flat.length > 1 ? { kind, parts: flat } : flat[0];
}

/** Writes a flow as text: `0;1;(2|3;4);5` runs 2 beside 3;4. */
export function formatFlow(flow: Flow): string {
  if (typeof flow === "number") return String(flow);
  const parts = flow.parts.map(formatFlow);
  return flow.kind === "series" ? parts.join(";") : `(${parts.join("|")})`;
}

const TOKEN = /\d+|[;|()]/y;

/**
 * Reads what `formatFlow` wrote.
 *
 * @throws {CorruptPlanError} the text is not a flow, or a group nests in one of its own kind.
 */
export function parseFlow(text: string): Flow {
  let read = 0;
  const next = (): string => {
    TOKEN.lastIndex = read;
    const token = TOKEN.exec(text)?.[0] ?? "";
    read += token.length;
    return token;
  };
  const { flow, stop } = parseSeries(next);
  if (stop !== "" || read !== text.length) throw corrupt(text.slice(read));
  return flow;
}

/** Reads up to and including the token that ends the series: `|`, `)` or the end of the text. */
function parseSeries(next: () => string): { flow: Flow; stop: string } {
  const parts: Flow[] = [];
  for (;;) {
    const token = next();
    if (token === "(") parts.push(parseParallel(next));
    else if (/^\d/.test(token)) parts.push(Number(token));
    else throw corrupt(token);
    const stop = next();
    if (stop === ";") continue;
    const [only] = parts;
    return { flow: parts.length === 1 && only !== undefined ? only : { kind: "series", parts }, stop };
  }
}

function parseParallel(next: () => string): Flow {
  const parts: Flow[] = [];
  for (;;) {
    const { flow, stop } = parseSeries(next);
    parts.push(flow);
    if (stop === ")" && parts.length > 1) return { kind: "parallel", parts };
    if (stop !== "|") throw corrupt(stop);
  }
}

function corrupt(text: string): CorruptPlanError {
  return new CorruptPlanError(`its flow is malformed near "${text.slice(0, 20)}"`);
}

/** The two orders whose agreement is the skeleton's order: `u` before `v` exactly when it is earlier in both. */
export interface FlowOrder {
  readonly isBefore: (u: number, v: number) => boolean;
}

/** Prepares constant-time questions about what a skeleton of `size` tasks orders. */
export function orderOf(flow: Flow, size: number): FlowOrder {
  const forward = new Int32Array(size).fill(-1);
  const mirrored = new Int32Array(size).fill(-1);
  let clock = 0;
  const walk = (node: Flow, into: Int32Array, mirror: boolean): void => {
    if (typeof node === "number") {
      into[node] = clock++;
      return;
    }
    const parts = mirror && node.kind === "parallel" ? node.parts.toReversed() : node.parts;
    for (const part of parts) walk(part, into, mirror);
  };
  walk(flow, forward, false);
  clock = 0;
  walk(flow, mirrored, true);
  return {
    isBefore: (u, v) => at(forward, u) < at(forward, v) && at(mirrored, u) < at(mirrored, v),
  };
}
