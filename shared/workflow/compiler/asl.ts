import * as z from "zod";

/** The part of a state that our own machines use; other fields pass through unread. */
const State = z.object({
  Type: z.enum(["Task", "Parallel"]),
  Resource: z.string().optional(),
  Parameters: z.record(z.string(), z.unknown()).optional(),
  ResultPath: z.string().nullable().optional(),
  OutputPath: z.string().nullable().optional(),
  Next: z.string().optional(),
  End: z.literal(true).optional(),
  get Branches() {
    return z.array(Branch).min(1).optional();
  },
});
/** One state of a generated machine. */
export type State = z.infer<typeof State>;

const Branch = z.object({
  StartAt: z.string(),
  get States() {
    return z.record(z.string(), State);
  },
});
/** A start state and the states it leads to: a machine, or one branch of a Parallel. */
export type Branch = z.infer<typeof Branch>;

/** A whole machine in Amazon States Language, as far as we generate it. */
export const Machine = z.object({
  ...Branch.shape,
  Comment: z.string().optional(),
  TimeoutSeconds: z.int().positive(),
});
export type Machine = z.infer<typeof Machine>;

/** Integrations the compiler emits. The empty region and account mean "here". */
export const RESOURCES = {
  tokenTask: "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
  nestedExecution: "arn:aws:states:::states:startExecution.sync:2",
} as const;

/** Faults of the services themselves, as Step Functions names them. Agent failures never carry these names. */
export const SERVICE_FAULTS = {
  tokenTask: ["SQS.AmazonSQSException", "SQS.SdkClientException"],
  nestedExecution: ["StepFunctions.AWSStepFunctionsException", "StepFunctions.SdkClientException"],
} as const;

/** The placeholder that stands for a nested machine's ARN until deployment. */
export function machinePlaceholder(key: string): string {
  return `\${Machine_${key}}`;
}

/** The key inside a placeholder, or `undefined` for any other text. */
export function placeholderKey(text: unknown): string | undefined {
  return typeof text === "string" ? /^\$\{Machine_(\w+)\}$/.exec(text)?.[1] : undefined;
}
