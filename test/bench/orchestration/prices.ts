/**
 * List prices in US dollars, us-east-1, on demand, without free tiers and commitments, as the pages below had them in
 * November 2026 as far as we know them: look them up before you rely on them.
 */
export const PRICES = {
  /** https://aws.amazon.com/dynamodb/pricing/on-demand/ */
  dynamodb_write_units: 0.625e-6,
  dynamodb_read_units: 0.125e-6,
  /** https://aws.amazon.com/sqs/pricing/ */
  sqs_requests: 0.4e-6,
  /** Custom events. https://aws.amazon.com/eventbridge/pricing/ */
  events: 1e-6,
  /** Standard workflows. https://aws.amazon.com/step-functions/pricing/ */
  state_transitions: 25e-6,
  /** Arm. https://aws.amazon.com/lambda/pricing/ */
  lambda_requests: 0.2e-6,
  lambda_gb_seconds: 13.3334e-6,
  /** REST. https://aws.amazon.com/api-gateway/pricing/ */
  api_requests: 3.5e-6,
  /** HTTP APIs; the same page. */
  http_requests: 1e-6,
} as const satisfies Readonly<Record<string, number>>;

/** A workflow of ten tasks elsewhere, in dollars per million tasks, by the same list; what runs the tasks is not in it. */
export const PEERS: readonly { readonly name: string; readonly perMillion: number; readonly how: string }[] = [
  {
    name: "Step Functions, a Lambda per task",
    perMillion: (12 / 10) * 25 + 0.2 + 0.5 * 0.128 * 13.3334,
    how: "ten tasks, a start and an end: twelve transitions; a call of 0.5 s in 128 MB that waits for the agent",
  },
  {
    name: "Lambda durable functions",
    perMillion: 8 + 0.2,
    how: "one durable step of a task at 8 dollars a million operations, and its share of calls",
  },
  {
    name: "Temporal Cloud",
    perMillion: 50,
    how: "an action a task at 50 dollars a million, workers and storage not counted",
  },
];
