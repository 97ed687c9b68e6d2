import { legacyEvent, legacyMessage, legacyPushConfig, legacyTask } from "./legacy-replies.ts";
import type { Dialect } from "./negotiate.ts";
import type { ShownPushConfig, StreamEvent, WireTask } from "./replies.ts";
import type { WireMessage } from "./wire.ts";

/** A page of tasks as `ListTasks` answers it. */
export interface TaskPage {
  readonly tasks: readonly WireTask[];
  /** Empty on the last page. */
  readonly nextPageToken: string;
  readonly pageSize: number;
  readonly totalSize: number;
}

/** What an operation came to, whatever the binding. */
export type Outcome =
  | { readonly kind: "sent"; readonly task: WireTask }
  | { readonly kind: "answered"; readonly message: WireMessage }
  | { readonly kind: "task"; readonly task: WireTask }
  | { readonly kind: "tasks"; readonly page: TaskPage }
  | { readonly kind: "config"; readonly config: ShownPushConfig }
  | { readonly kind: "configs"; readonly configs: readonly ShownPushConfig[] }
  | { readonly kind: "deleted" }
  | { readonly kind: "card"; readonly card: Readonly<Record<string, unknown>> };

/** An outcome in the words of a generation. */
export function encodeOutcome(outcome: Outcome, dialect: Dialect): unknown {
  return dialect === "1.0" ? current(outcome) : legacy(outcome);
}

function current(outcome: Outcome): unknown {
  switch (outcome.kind) {
    case "sent":
      return { task: outcome.task };
    case "answered":
      return { message: outcome.message };
    case "task":
      return outcome.task;
    case "tasks":
      return outcome.page;
    case "config":
      return outcome.config;
    case "configs":
      return { configs: outcome.configs, nextPageToken: "" };
    case "deleted":
      return {};
    case "card":
      return outcome.card;
    default:
      return outcome satisfies never;
  }
}

function legacy(outcome: Outcome): unknown {
  switch (outcome.kind) {
    case "sent":
    case "task":
      return legacyTask(outcome.task);
    case "answered":
      return legacyMessage(outcome.message);
    case "tasks":
      return { ...outcome.page, tasks: outcome.page.tasks.map(legacyTask) };
    case "config":
      return legacyPushConfig(outcome.config);
    case "configs":
      return outcome.configs.map(legacyPushConfig);
    case "deleted":
      return null;
    case "card":
      return outcome.card;
    default:
      return outcome satisfies never;
  }
}

/** An event of a stream in the words of a generation. */
export const encodeEvent = (event: StreamEvent, dialect: Dialect): unknown =>
  dialect === "1.0" ? event : legacyEvent(event);
