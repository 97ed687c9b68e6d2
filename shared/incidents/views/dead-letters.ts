import * as z from "zod";

/** A dead-letter queue, and how many messages wait in it. */
export const DeadLetterQueueView = z
  .object({
    queue: z.string(),
    /** SQS counts approximately. */
    waiting: z.int().nonnegative(),
    /** The work queue that a redrive sends to; null: its messages cannot go back. */
    source: z.string().nullable(),
  })
  .meta({ id: "DeadLetterQueue" });

/** Every dead-letter queue of the deployment. */
export const DeadLetterQueueList = z.object({ queues: z.array(DeadLetterQueueView) }).meta({ id: "DeadLetterQueueList" });

/** A message that failed for good. */
export const DeadLetterView = z
  .object({
    message_id: z.string(),
    queue: z.string(),
    tenant: z.string().optional(),
    sent_at: z.iso.datetime(),
    /** Why it is here, where whoever put it here said so; otherwise the log of its function has a line with its id. */
    reason: z.string().optional(),
    attributes: z.record(z.string(), z.string()),
    body: z.string(),
    /** Of the body, which a list cuts. */
    body_bytes: z.int().nonnegative(),
  })
  .meta({ id: "DeadLetter" });
export type DeadLetterView = z.output<typeof DeadLetterView>;

/** Messages of a queue, as many as were asked for. */
export const DeadLetterList = z.object({ dead_letters: z.array(DeadLetterView) }).meta({ id: "DeadLetterList" });

/** The reply to a redrive: how many messages it sends back, approximately where it sends all. */
export const DeadLettersRedriven = z.object({ queue: z.string(), source: z.string(), redriven: z.int().nonnegative() }).meta({ id: "DeadLettersRedriven" });

/** The reply to a removal of all messages. */
export const DeadLettersDropped = z.object({ queue: z.string(), dropped: z.int().nonnegative() }).meta({ id: "DeadLettersDropped" });
