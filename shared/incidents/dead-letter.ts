import * as z from "zod";

/** A message that failed for good, as its queue holds it. */
export interface DeadLetter {
  readonly messageId: string;
  /** What SQS says of it. */
  readonly system: Readonly<Record<string, string>>;
  /** What its sender wrote beside it, as texts. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What Lambda writes of a batch of a stream that it gave up on. */
const GivenUp = z.object({
  requestContext: z.object({ condition: z.string() }),
  responseContext: z.object({ functionError: z.string().optional() }).optional(),
});

/** EventBridge and Scheduler write the first, Lambda the second. */
const REASONS = [
  ["ERROR_CODE", "ERROR_MESSAGE"],
  ["ErrorCode", "ErrorMessage"],
] as const;

/** Why a message is here, where whoever put it here said so; of a work queue's the function's log says it. */
export function reasonOf({ attributes, body }: Pick<DeadLetter, "attributes" | "body">): string | undefined {
  for (const names of REASONS) {
    const said = names.flatMap((name) => attributes[name] ?? []);
    if (said.length > 0) return said.join(": ");
  }
  const value = jsonOf(body);
  if (value === undefined) return "the body is not JSON";
  const { data } = GivenUp.safeParse(value);
  if (data === undefined) return undefined;
  return [data.requestContext.condition, data.responseContext?.functionError ?? []].flat().join(": ");
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The tenant whose message it is, where its group or its body says so. */
export function tenantOf({ system, body }: Pick<DeadLetter, "system" | "body">): string | undefined {
  const group = system["MessageGroupId"]?.split("/")[0];
  if (group !== undefined) return group;
  return Owned.safeParse(jsonOf(body)).data?.tenant ?? Enveloped.safeParse(jsonOf(body)).data?.detail.tenant;
}

const Owned = z.object({ tenant: z.string() });
const Enveloped = z.object({ detail: Owned });
