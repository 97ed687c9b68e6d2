import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

interface Props<Row> {
  readonly label: string;
  readonly rows: readonly Row[];
  /** Of every row, in pixels. */
  readonly height: number;
  readonly keyOf: (row: Row) => string;
  readonly row: (row: Row, index: number) => ComponentChildren;
  readonly empty: ComponentChildren;
  /** Is told when the end comes into view: there may be more. */
  readonly atEnd?: () => void;
}

/** Rows beside those in view, so that scrolling does not outrun them. */
const MARGIN = 12;

/** A list of any length of which only what is seen exists. */
export function VirtualRows<Row>({ label, rows, height, keyOf, row, empty, atEnd }: Props<Row>): JSX.Element {
  const frame = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 600 });
  useEffect(() => {
    const element = frame.current;
    if (element === null) return undefined;
    const look = (): void => setView({ top: element.scrollTop, height: element.clientHeight });
    const observer = new ResizeObserver(look);
    observer.observe(element);
    element.addEventListener("scroll", look, { passive: true });
    return () => observer.disconnect();
  }, []);
  const first = Math.max(0, Math.floor(view.top / height) - MARGIN);
  const last = Math.min(rows.length, Math.ceil((view.top + view.height) / height) + MARGIN);
  useEffect(() => {
    if (last >= rows.length && rows.length > 0) atEnd?.();
  }, [last, rows.length]);
  return (
    <div class="virtual" ref={frame} tabIndex={0} role="region" aria-label={label}>
      {rows.length === 0 ? empty : (
        <ul style={{ height: `${rows.length * height}px` }} role="list">
          {rows.slice(first, last).map((one, index) => (
            <li
              key={keyOf(one)}
              aria-setsize={rows.length}
              aria-posinset={first + index + 1}
              style={{ transform: `translateY(${(first + index) * height}px)`, height: `${height}px` }}
            >
              {row(one, first + index)}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
