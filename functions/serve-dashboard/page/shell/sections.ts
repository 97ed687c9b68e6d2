import type { IconName } from "../parts/icons.tsx";

/** One entry of the main navigation. */
export interface Section {
  readonly path: string;
  readonly label: string;
  readonly icon: IconName;
  /** Goes there after `g`. */
  readonly key: string;
}

export const SECTIONS: readonly Section[] = [
  { path: "", label: "Overview", icon: "overview", key: "o" },
  { path: "executions", label: "Executions", icon: "executions", key: "e" },
  { path: "workflows", label: "Workflows", icon: "workflows", key: "w" },
  { path: "agents", label: "Agents", icon: "agents", key: "a" },
  { path: "queues", label: "Queues", icon: "queues", key: "q" },
  { path: "inbox", label: "Inbox", icon: "inbox", key: "i" },
];
