/** Parts of an execution's page; on wide screens the first three are seen together. */
export const RUN_TABS = [
  { value: "graph", label: "Graph" },
  { value: "timeline", label: "Timeline" },
  { value: "details", label: "Details" },
  { value: "events", label: "Events" },
  { value: "checkpoints", label: "Checkpoints" },
  { value: "audit", label: "Audit" },
] as const;
export type RunTab = (typeof RUN_TABS)[number]["value"];

export const isRunTab = (text: string | undefined): text is RunTab => RUN_TABS.some(({ value }) => value === text);
