import { describe, expect, it } from "vitest";
import { validateDefinition } from "../../../../shared/workflow/definition/validate-definition.ts";
import { WorkflowDefinition } from "../../../../shared/workflow/definition/workflow-definition.ts";

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
