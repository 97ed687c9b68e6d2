import type { JSX } from "preact";
import { Dialog } from "../parts/dialog.tsx";
import { boundKeys, isHelpOpen } from "./keys.ts";
import { SECTIONS } from "./sections.ts";

const EVERYWHERE: readonly (readonly [string, string])[] = [
  ["Ctrl K  or  /", "search, jump, act"],
  ...SECTIONS.map(({ key, label }) => [`g ${key}`, label] as const),
  ["T", "light or dark"],
  ["?", "this list"],
  ["Esc", "back, close"],
];

/** All keys that work now. */
export function Help(): JSX.Element {
  const here = boundKeys().map(([key, does]) => [key === " " ? "Space" : key, does] as const);
  return (
    <Dialog title="Keys" close={() => (isHelpOpen.value = false)} wide>
      <div class="keys">
        {[["Everywhere", EVERYWHERE] as const, ["On this page", here] as const].map(([title, keys]) => (
          <section key={title}>
            <h3>{title}</h3>
            <dl>
              {keys.map(([key, does]) => [<dt key={key}><kbd>{key}</kbd></dt>, <dd key={`${key} does`}>{does}</dd>])}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
