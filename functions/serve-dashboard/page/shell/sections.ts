import type { IconName } from "../parts/icons.tsx";

/** One entry of the main navigation. */
export interface Section {
  readonly path: string;
  readonly label: string;
  readonly icon: IconName;
  /** Goes there after `g`. */
  readonly key: string;
}

const section = (icon: IconName, key: string = icon.charAt(0)): Section => ({
  path: icon === "overview" ? "" : icon,
  label: icon.charAt(0).toUpperCase() + icon.slice(1),
  icon,
  key,
});

export const SECTIONS: readonly Section[] = [
  section("overview"),
  section("executions"),
  section("workflows"),
  section("agents"),
  section("queues"),
  section("incidents", "n"),
  section("inbox"),
];
