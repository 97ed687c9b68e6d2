import { describe, expect, it } from "vitest";
import { validateDefinition } from "../../../../shared/workflow/definition/validate-definition.ts";

const features = {
  when: "input.ok",
  join: "always",
  for_each: { items: "input.parts", max_concurrency: 5, tolerated_failures: 2, tolerated_failure_percentage: 10 },
  wait_for_event: { pattern: { source: ["shop"] }, timeout_seconds: 60, look_back: 5 },
  approval: { prompt: "Sure?", roles: ["boss"], timeout: 70 },
  input: { a: 1 },
  input_from: { b: "item.b" },
  on_failure: "park",
  compensation: { action: "undo", input: { c: 1 }, timeout: 80, retry_policy: "none" },
  is_pivot: true,
  hedge: { after: 9 },
  strategy: "affinity",
  routing_key: "input.key",
  priority: "high",
};

const FEATURES = {
  when: "input.ok",
  join: "always",
  forEach: { items: "input.parts", maxConcurrency: 5, toleratedFailures: 2, toleratedFailurePercentage: 10 },
  waitFor: { pattern: { source: ["shop"] }, timeoutSeconds: 60, lookBackSeconds: 5 },
  approval: { prompt: "Sure?", roles: ["boss"], timeoutSeconds: 70 },
  input: { a: 1 },
  inputFrom: { b: "item.b" },
  onFailure: "park",
  compensation: { action: "undo", input: { c: 1 }, timeoutSeconds: 80, retryPolicy: { maxAttempts: 1 } },
  isPivot: true,
  hedge: { afterSeconds: 9 },
  strategy: "affinity",
  routingKey: "input.key",
  priority: "high",
};

describe("both dialects", () => {
  const role = {
    strategy: "least_loaded",
    tags: ["eu"],
    location: "eu-west-1",
    min_health_score: 0.5,
    agent_version: ">=1.2.0",
    min_trust_score: 3,
  };
  const tasks = { name: "x", version: "1", agents: { worker: { type: "w", ...role } } };
  const saga = { fault_tolerance: { saga_pattern: { compensation_strategy: "cascade" } } };
  const workflow = {
    ...saga,
    budget: { max_cost: 5, max_agent_calls: 6, max_duration_seconds: 7, max_tokens: 8, on_exceeded: "park" },
    triggers: [{ pattern: { source: ["shop"] }, input_from: { a: "event.detail.a" } }, { pattern: { source: ["b"] } }],
    outputs: { total: "input.a" },
  };

  it.each([
    { dialect: "tasks", wire: { ...tasks, ...workflow, tasks: [{ id: "a", agent: "worker", ...features }] } },
    {
      dialect: "stages",
      wire: {
        workflow_id: "x",
        version: "1",
        ...workflow,
        stages: [{ stage_id: "a", ...features, agent_requirements: { skills: ["work"], ...role } }],
      },
    },
  ])("read the same fields: $dialect", ({ wire }) => {
    const { definition, report } = validateDefinition(JSON.parse(JSON.stringify(wire)));
    expect(report.errors).toEqual([]);
    expect(definition?.tasks[0]).toMatchObject(FEATURES);
    expect(Object.values(definition?.agents ?? {})).toMatchObject([
      {
        strategy: "least_loaded",
        tags: ["eu"],
        location: "eu-west-1",
        minHealthScore: 0.5,
        minTrustScore: 3,
        agentVersion: ">=1.2.0",
      },
    ]);
    expect(definition).toMatchObject({
      faultTolerance: { sagaPattern: { compensationEnabled: true, strategy: "cascade" } },
      budget: {
        maxCost: 5,
        maxAgentCalls: 6,
        maxDurationSeconds: 7,
        maxTokens: 8,
        warnAt: 0.8,
        onExceeded: "park",
      },
      triggers: [
        { pattern: { source: ["shop"] }, inputFrom: { a: "event.detail.a" } },
        { pattern: { source: ["b"] }, inputFrom: {} },
      ],
      outputs: { total: "input.a" },
    });
  });

  it.each([
    { short: { for_each: "input.a" }, long: { forEach: { items: "input.a", maxConcurrency: 100 } } },
    { short: { approval: true }, long: { approval: { roles: [] } } },
    { short: { approval: false }, long: { approval: undefined } },
    {
      short: { compensation_action: "undo", timeout: 9 },
      long: { compensation: { action: "undo", timeoutSeconds: 9 } },
    },
    { short: { wait_for_event: { pattern: { source: ["s"] } } }, long: { waitFor: { lookBackSeconds: 300 } } },
    { short: { strategy: "LEAST_LOADED" }, long: { strategy: "least_loaded" } },
    { short: { scatter: { aggregate: "AVERAGE" } }, long: { scatter: { aggregation: "average" } } },
    { short: {}, long: { join: "any", isPivot: false, inputFrom: {}, onFailure: "fail" } },
  ])("take $short for $long", ({ short, long }) => {
    const { definition } = validateDefinition({ ...tasks, tasks: [{ id: "a", agent: "worker", ...short }] });
    expect(definition?.tasks[0]).toMatchObject(long);
  });

  it("take a workflow by name, or by name and version", () => {
    const read = (workflow: unknown) =>
      validateDefinition({ ...tasks, tasks: [{ id: "a", workflow }] }).definition?.tasks[0]?.workflow;
    expect(read("sub")).toEqual({ name: "sub" });
    expect(read({ name: "sub", version: 2 })).toEqual({ name: "sub", version: "2" });
  });
});
