/**
 * The extension by which an agent promises to de-duplicate: the same messageId twice is one task and one effect.
 * Only such agents may be sent an in-doubt message again.
 */
export const IDEMPOTENT_MESSAGES_EXTENSION = "https://a2a-orchestrator.dev/extensions/idempotent-messages/v1";

/** Extension of agents whose messages with `metadata.probe: true` have no effect: they are probed by a real message. */
export const HEALTH_PROBE_EXTENSION = "https://a2a-orchestrator.dev/extensions/health-probe/v1";

/** The extension of our own endpoint: which workflow a skill is, and what it takes. */
export const WORKFLOW_EXTENSION = "https://a2a-orchestrator.dev/extensions/workflows/v1";

/** Extensions that we keep to wherever a card declares them. */
const OURS: ReadonlySet<string> = new Set([IDEMPOTENT_MESSAGES_EXTENSION, HEALTH_PROBE_EXTENSION, WORKFLOW_EXTENSION]);

interface Declared {
  readonly extensions: readonly string[];
}

/** Extensions that calls to an agent declare: ours that its card has, then those that its registration names. */
export const calledExtensions = ({ extensions }: Declared, configured: readonly string[] = []): readonly string[] => [
  ...new Set([...extensions.filter((uri) => OURS.has(uri)), ...configured]),
];

/** What a card requires of callers and calls would not declare. */
export const unmetExtensions = (required: readonly string[], configured: readonly string[] = []): readonly string[] =>
  required.filter((uri) => !OURS.has(uri) && !configured.includes(uri));
