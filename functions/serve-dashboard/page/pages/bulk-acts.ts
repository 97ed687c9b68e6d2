import { steerMany } from "../core/endpoints.ts";
import type { BulkAction, BulkEntry } from "../core/replies.ts";
import { many } from "../core/words.ts";
import { propose } from "../parts/act.ts";

type Asked = Readonly<Record<string, string | undefined>>;

const LABELS: Readonly<Record<BulkAction, string>> = {
  pause: "pause",
  resume: "resume",
  cancel: "cancel",
  priority_boost: "boost",
  redrive: "run again from the failure",
};
const ACTIONS = Object.entries(LABELS);

/** Asks what to do to all that match, says what would happen, and only then does it. */
export function proposeBulk(asked: Asked, changed: () => void): void {
  const filter = filterOf(asked);
  if (filter === undefined) {
    propose({
      title: "Narrow the list down first",
      explains: "Acts on many take one status at most, a workflow and a time; text, several statuses and other filters do not choose for them.",
      button: "I see",
      reason: "none",
      says: "",
      run: async () => undefined,
    });
    return;
  }
  propose({
    title: "Act on all that match",
    explains: "First it is looked at what would happen; nothing is changed yet.",
    button: "See what would happen",
    reason: "none",
    says: "Looked at",
    fields: [{ name: "action", label: "What to do", kind: "choice", choices: ACTIONS, value: "pause" }],
    run: async ({ action = "pause" }) => {
      const entries = await each({ action, filter, dry_run: true });
      // This window closes first.
      setTimeout(() => confirm({ action, filter, entries, changed }));
    },
  });
}

/** What the bulk operation can choose by; nothing where the list is narrowed down by more. */
function filterOf(asked: Asked): object | undefined {
  const isMore = ["priority", "submitted_by", "error_code", "q"].some((name) => asked[name] !== undefined);
  const isSeveral = asked["status"]?.includes(",") === true;
  const { workflow_id, status, submitted_after, submitted_before } = asked;
  const conditions = Object.entries({ workflow_id, status, submitted_after, submitted_before }).filter(([, value]) => value !== undefined);
  return isMore || isSeveral || conditions.length === 0 ? undefined : Object.fromEntries(conditions);
}

/** Goes through every page. */
async function each(request: object): Promise<readonly BulkEntry[]> {
  const entries: BulkEntry[] = [];
  let cursor: string | undefined;
  do {
    const page = await steerMany({ ...request, ...(cursor === undefined ? {} : { cursor }) });
    entries.push(...page.results);
    cursor = page.next_cursor;
  } while (cursor !== undefined);
  return entries;
}

interface Plan {
  readonly action: string;
  readonly filter: object;
  readonly entries: readonly BulkEntry[];
  readonly changed: () => void;
}

function confirm({ action, filter, entries, changed }: Plan): void {
  const label = ACTIONS.find(([name]) => name === action)?.[1] ?? action;
  const changes = entries.filter(({ outcome }) => outcome === "changed").length;
  const rest = entries.length - changes;
  propose({
    title: `${label[0]?.toUpperCase() ?? ""}${label.slice(1)} ${many(changes, "execution")}?`,
    explains: rest === 0 ? "All that match would change." : `${many(rest, "other")} that match stay as they are: they are so already, or it is not possible.`,
    button: changes === 0 ? "Nothing to do" : `Yes, ${label} ${changes}`,
    isDangerous: action === "cancel",
    reason: changes === 0 ? "none" : "required",
    says: changes === 0 ? "Nothing was changed" : `Done for ${many(changes, "execution")}`,
    run: async ({ reason }) => (changes === 0 ? undefined : each({ action, filter, reason, dry_run: false })),
    done: changed,
  });
}
