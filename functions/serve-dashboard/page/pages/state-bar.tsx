import type { JSX } from "preact";
import { type Look, LOOK_NAMES, LOOKS, lookOfTask } from "../run/looks.ts";

/** How an execution's tasks stand, as a bar; what was not looked at yet is its rest. */
export function StateBar({ counts, all }: { readonly counts: Readonly<Record<string, number | undefined>>; readonly all: number }): JSX.Element {
  const byLook = new Map<Look, number>();
  for (const [state, count = 0] of Object.entries(counts)) {
    const look = lookOfTask(state, state === "parked" ? "inputs" : undefined);
    byLook.set(look, (byLook.get(look) ?? 0) + count);
  }
  const known = [...byLook].reduce((sum, [look, count]) => sum + (look === "idle" ? 0 : count), 0);
  byLook.set("idle", Math.max(0, all - known));
  const words = LOOKS.filter((look) => (byLook.get(look) ?? 0) > 0).map((look) => `${byLook.get(look)} ${LOOK_NAMES[look]}`);
  return (
    <span class="state-bar" role="img" aria-label={words.join(", ")}>
      {LOOKS.map((look) => {
        const count = byLook.get(look) ?? 0;
        return count === 0 ? null : <i key={look} class={look} style={{ flexGrow: String(count) }} />;
      })}
    </span>
  );
}
