/** Names of payloads in the bucket; what is stored under one ends in its content's digest (`storeJson`). */

interface ExecutionName {
  readonly tenant: string;
  readonly execution: string;
}

/** A payload of an execution: `input`, `output`, `restart-2`. */
export const executionPayload = ({ tenant, execution }: ExecutionName, name: string): string =>
  `T/${tenant}/X/${execution}/${name}`;

/** A payload of a task in whichever attempt: `skip-1`, `retry-2`, `rerun-2`. */
export const taskPayload = (ref: ExecutionName & { readonly task: string }, name: string): string =>
  executionPayload(ref, `${ref.task}/${name}`);

/** A payload of one attempt: `output`, `question`, `items`, `event`, an input that travels as a link. */
export const attemptPayload = (
  ref: ExecutionName & { readonly task: string; readonly attempt: number },
  name: string,
): string => taskPayload(ref, `${ref.attempt}/${name}`);

/** What an agent was given for its `auth_required`: kept until it has it, and never shown. */
export const CREDENTIAL = "credential";

/** Whether a payload is a credential. */
export const isCredential = (key: string): boolean => key.slice(key.lastIndexOf("/") + 1).startsWith(`${CREDENTIAL}-`);
