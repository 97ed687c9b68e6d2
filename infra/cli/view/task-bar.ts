/** A span of time, in milliseconds since the epoch. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * Where a task lay within the whole, `width` characters wide. A task that was at work shows at least one cell; one
 * under way ends in a half cell.
 */
export function barOf(
  task: Span | undefined,
  whole: Span,
  { width, isOpen }: { width: number; isOpen: boolean },
): string {
  if (task === undefined || width <= 0) return " ".repeat(Math.max(0, width));
  const length = Math.max(1, whole.end - whole.start);
  const cell = (at: number): number => Math.round(((at - whole.start) / length) * width);
  const from = Math.min(width - 1, Math.max(0, cell(task.start)));
  const until = Math.min(width, Math.max(from + 1, cell(task.end)));
  const bar = "━".repeat(until - from);
  return `${" ".repeat(from)}${isOpen ? `${bar.slice(1)}╸` : bar}`.padEnd(width);
}
