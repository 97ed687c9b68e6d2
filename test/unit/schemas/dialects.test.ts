import { describe, expect, it } from "vitest";
import { validateDefinition } from "../../../shared/domain/validate-definition.ts";
import { WorkflowDefinition } from "../../../shared/schemas/workflow-definition.ts";

const stage = (id: string, more: object = {}) => ({
  stage_id: id,
  agent_requirements: { skills: [`${id}-skill`] },
  ...more,
});
const stages = (more: object = {}) => ({
  workflow_id: "flow",
  version: "1.0",
  stages: [stage("a"), stage("b"), stage("c", { depends_on: ["a"] })],
  ...more,
});
const inputsOf = (wire: object) => validateDefinition(wire).definition?.tasks.map(({ dependsOn }) => dependsOn);

describe("the tasks dialect", () => {
  const full = {
    name: "full",
    version: "2.1.0",
    agents: {
      worker: {
        type: "w",
        capabilities: ["work"],
        resources: { cpu: "2000m", memory: "4Gi", disk: "10GB" },
        min_trust_score: 4,
        agent_id: "agent-7",
      },
    },
    tasks: [
      { id: "a", agent: "worker", action: "work", timeout: 60, retry_policy: "linear", input: { x: [1] } },
      {
        id: "b",
        agent: "worker",
        retry_policy: { max_attempts: 5, initial_delay_seconds: 90, jitter: false, non_retryable: ["Denied"] },
        on_failure: "continue",
      },
      { id: "c", agent: "worker", retry_policy: "none", parallel: true, count: 4, estimate: { duration_seconds: 7 } },
    ],
  };

  it("becomes the canonical model, with the specification's defaults", () => {
    const { definition } = validateDefinition(full);
    expect(definition).toMatchObject({
      name: "full",
      pattern: "supervisor",
      priority: "medium",
      executionTimeoutSeconds: 3600,
      coordination: { type: "graph_based", eventDriven: [], graphBased: [] },
      agents: {
        worker: {
          count: 1,
          resources: { cpuCores: 2, memoryBytes: 4_294_967_296, diskBytes: 10_000_000_000 },
          minTrustScore: 4,
          agentId: "agent-7",
        },
      },
    });
    expect(definition?.tasks.map(({ retryPolicy }) => retryPolicy)).toEqual([
      {
        maxAttempts: 3,
        backoff: "linear",
        initialDelaySeconds: 1,
        maxDelaySeconds: 60,
        jitter: true,
        nonRetryable: [],
        circuitBreaker: true,
      },
      {
        maxAttempts: 5,
        backoff: "exponential",
        initialDelaySeconds: 90,
        maxDelaySeconds: 90,
        jitter: false,
        nonRetryable: ["Denied"],
        circuitBreaker: true,
      },
      {
        maxAttempts: 1,
        backoff: "none",
        initialDelaySeconds: 1,
        maxDelaySeconds: 60,
        jitter: true,
        nonRetryable: [],
        circuitBreaker: true,
      },
    ]);
    expect(
      definition?.tasks.map(({ skill, timeoutSeconds, replicas, onFailure }) => [
        skill,
        timeoutSeconds,
        replicas,
        onFailure,
      ]),
    ).toEqual([
      ["work", 60, 1, "fail"],
      [undefined, 300, 1, "continue"],
      [undefined, 300, 4, "fail"],
    ]);
  });

  it("gives a model that its own schema accepts unchanged", () => {
    const { definition } = validateDefinition(full);
    expect(WorkflowDefinition.parse(JSON.parse(JSON.stringify(definition)))).toEqual(definition);
  });

  it("turns a saga on only where its section stands", () => {
    const sagaOf = (fault_tolerance: object) =>
      validateDefinition({ ...full, fault_tolerance }).definition?.faultTolerance;
    expect(sagaOf({})).toEqual({
      circuitBreaker: { failureThreshold: 3, timeoutSeconds: 30 },
      sagaPattern: { compensationEnabled: false, rollbackOnFailure: false, strategy: "backward" },
    });
    expect(sagaOf({ saga_pattern: {} })?.sagaPattern).toEqual({
      compensationEnabled: true,
      rollbackOnFailure: true,
      strategy: "backward",
    });
  });
});

const features = {
  workflow: undefined,
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
    ...{ strategy: "least_loaded", tags: ["eu"], location: "eu-west-1", min_health_score: 0.5, agent_version: ">=1.2" },
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
        ...{ workflow_id: "x", version: "1", ...workflow },
        stages: [{ ...stage("a", features), agent_requirements: { skills: ["work"], ...role } }],
      },
    },
  ])("read the same fields: $dialect", ({ wire }) => {
    const { definition, report } = validateDefinition(JSON.parse(JSON.stringify(wire)));
    expect(report.errors).toEqual([]);
    expect(definition?.tasks[0]).toMatchObject(FEATURES);
    expect(Object.values(definition?.agents ?? {})).toMatchObject([
      {
        ...{ strategy: "least_loaded", tags: ["eu"], location: "eu-west-1", minHealthScore: 0.5, minTrustScore: 3 },
        agentVersion: ">=1.2",
      },
    ]);
    expect(definition).toMatchObject({
      faultTolerance: { sagaPattern: { compensationEnabled: true, strategy: "cascade" } },
      budget: {
        ...{ maxCost: 5, maxAgentCalls: 6, maxDurationSeconds: 7, maxTokens: 8 },
        ...{ warnAt: 0.8, onExceeded: "park" },
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
    { short: { compensation_action: "undo", timeout: 9 }, long: { compensation: { action: "undo", timeoutSeconds: 9 } } },
    { short: { wait_for_event: { pattern: { source: ["s"] } } }, long: { waitFor: { lookBackSeconds: 300 } } },
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

describe("the stages dialect", () => {
  it.each([
    { mode: undefined, inputs: [[], ["a"], ["a"]] },
    { mode: "sequential", inputs: [[], ["a"], ["a"]] },
    { mode: "parallel", inputs: [[], [], ["a"]] },
    { mode: "hybrid", inputs: [[], [], ["a"]] },
    { mode: "event_driven", inputs: [[], [], ["a"]] },
  ])("runs stages in mode $mode", ({ mode, inputs }) => {
    expect(inputsOf(stages(mode === undefined ? {} : { execution_mode: mode }))).toEqual(inputs);
  });

  it("lets an empty list start a stage of a sequence at once", () => {
    expect(inputsOf({ ...stages(), stages: [stage("a"), stage("b", { depends_on: [] })] })).toEqual([[], []]);
  });

  it("joins depends_on with stage_dependencies", () => {
    const wire = stages({ execution_mode: "parallel", stage_dependencies: { c: ["b"] } });
    expect(inputsOf(wire)).toEqual([[], [], ["a", "b"]]);
  });

  it("points at stage_dependencies when the flaw is there", () => {
    const { report } = validateDefinition(stages({ stage_dependencies: { c: ["bb"], ghost: [] } }));
    expect(report.errors.map(({ code, path }) => `${code} ${path}`)).toEqual([
      "UnknownDependency stage_dependencies.ghost",
      "UnknownDependency stage_dependencies.c[0]",
    ]);
  });

  it("makes each stage a role that asks for its first skill", () => {
    const { definition } = validateDefinition({
      ...stages(),
      priority: "high",
      stages: [
        stage("a", {
          agent_requirements: {
            skills: ["ingest", "check"],
            min_trust_score: 4,
            resource_requirements: { cpu: "2000m" },
          },
        }),
      ],
    });
    expect(definition?.tasks[0]).toMatchObject({ id: "a", agent: "a", skill: "ingest" });
    expect(definition?.agents["a"]).toMatchObject({
      type: "agent",
      capabilities: ["ingest", "check"],
      minTrustScore: 4,
      resources: { cpuCores: 2 },
    });
    expect(definition?.priority).toBe("high");
  });
});
