import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";

interface Choice<Value extends string> {
  readonly value: Value;
  readonly label: string;
  readonly count?: number | undefined;
}

/** One of a few, side by side. */
export const Segments = <Value extends string>({ label, of, chosen, choose }: {
  readonly label: string;
  readonly of: readonly Choice<Value>[];
  readonly chosen: Value;
  readonly choose: (value: Value) => void;
}): JSX.Element => (
  <div class="segments" role="group" aria-label={label}>
    {of.map((choice) => (
      <button key={choice.value} type="button" aria-pressed={choice.value === chosen} onClick={() => choose(choice.value)}>
        {choice.label}
      </button>
    ))}
  </div>
);

/** Parts of a page of which one is seen; arrow keys go from one to the next. */
export function Tabs<Value extends string>({ label, of, chosen, choose, panel }: {
  readonly label: string;
  readonly of: readonly Choice<Value>[];
  readonly chosen: Value;
  readonly choose: (value: Value) => void;
  /** Id of the element that shows the chosen part. */
  readonly panel: string;
}): JSX.Element {
  const list = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    event.stopPropagation();
    const shown = [...(list.current?.querySelectorAll<HTMLElement>("[role=tab]") ?? [])].filter((tab) => tab.offsetParent !== null);
    const at = shown.findIndex((tab) => tab.getAttribute("aria-selected") === "true");
    const next = shown[(at + step + shown.length) % shown.length];
    next?.focus();
    next?.click();
  };
  return (
    <div class="tabs" role="tablist" aria-label={label} ref={list} onKeyDown={onKeyDown}>
      {of.map(({ value, label: text, count }) => (
        <button
          key={value}
          type="button"
          role="tab"
          class={`tab-${value}`}
          aria-selected={value === chosen}
          aria-controls={panel}
          tabIndex={value === chosen ? 0 : -1}
          onClick={() => choose(value)}
        >
          {text}
          {count === undefined ? null : <span class="count">{count}</span>}
        </button>
      ))}
    </div>
  );
}

/** Further acts behind a button. */
export function Menu({ label, children }: { readonly label: string; readonly children: ComponentChildren }): JSX.Element {
  const menu = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const close = (event: Event): void => {
      const isInside = event.target instanceof Node && menu.current?.contains(event.target) === true;
      if (menu.current !== null && (!isInside || event.type === "keydown")) menu.current.open = false;
    };
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === "Escape") close(event);
    };
    document.addEventListener("pointerdown", close);
    document.addEventListener("keydown", onKey);
    return () => {
      document.removeEventListener("pointerdown", close);
      document.removeEventListener("keydown", onKey);
    };
  }, []);
  const onClick = (): void => {
    if (menu.current !== null) menu.current.open = false;
  };
  return (
    <details class="menu" ref={menu}>
      <summary>{label}</summary>
      <div class="menu-list" onClick={onClick}>{children}</div>
    </details>
  );
}
