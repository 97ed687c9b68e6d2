import { describe, expect, it } from "vitest";
import { stepFunctionsHandler } from "../../../../infra/local/stepfunctions/api.ts";
import { createWorld, ROLE, single, START, type World } from "./harness.ts";

const MACHINE = "arn:aws:states:eu-central-1:123456789012:stateMachine:m";
const text = (result: number) => JSON.stringify(single({ Type: "Pass", Result: result }));
const create = (world: World, definition = text(1), fields: object = {}) =>
  world.engine.call("CreateStateMachine", { name: "m", definition, roleArn: ROLE, ...fields });
const outputOf = async (world: World, stateMachineArn: string) => {
  const { executionArn } = await world.engine.call("StartExecution", { stateMachineArn });
  await world.clock.settle();
  return (await world.ending(executionArn)).output;
};

describe("state machines", () => {
  it("are created once for the same content, and refused for another", async () => {
    const world = await createWorld();
    const first = await create(world);
    expect(first).toEqual({ stateMachineArn: MACHINE, creationDate: START / 1_000 });
    await world.clock.advanceTo(START + 5_000);
    expect(await create(world)).toEqual(first);
    await expect(create(world, text(2))).rejects.toMatchObject({ code: "StateMachineAlreadyExists" });
    await expect(create(world, "{}")).rejects.toMatchObject({ code: "InvalidDefinition" });
    await expect(create(world, text(1), { type: "EXPRESS" })).rejects.toMatchObject({
      code: "StateMachineTypeNotSupported",
    });
  });

  it("keep what runs when they are updated, and abort it when they are deleted", async () => {
    const world = await createWorld();
    await create(
      world,
      JSON.stringify({
        StartAt: "W",
        States: { W: { Type: "Wait", Seconds: 5, Next: "P" }, P: { Type: "Pass", Result: "old", End: true } },
      }),
    );
    const { executionArn } = await world.engine.call("StartExecution", { stateMachineArn: MACHINE });
    await world.engine.call("UpdateStateMachine", {
      stateMachineArn: MACHINE,
      definition: JSON.stringify(single({ Type: "Wait", Seconds: 99 })),
    });
    const { executionArn: later } = await world.engine.call("StartExecution", { stateMachineArn: MACHINE });
    await world.clock.advanceTo(START + 5_000);
    await world.engine.call("DeleteStateMachine", { stateMachineArn: MACHINE });
    expect(await world.ending(executionArn)).toMatchObject({ output: "old" });
    expect(await world.ending(later)).toMatchObject({ status: "ABORTED" });
    await expect(world.engine.call("DescribeStateMachine", { stateMachineArn: MACHINE })).rejects.toMatchObject({
      code: "StateMachineDoesNotExist",
    });
  });

  it("carry tags", async () => {
    const world = await createWorld();
    await create(world, text(1), { tags: [{ key: "a", value: "1" }] });
    await world.engine.call("TagResource", { resourceArn: MACHINE, tags: [{ key: "b", value: "2" }] });
    await world.engine.call("UntagResource", { resourceArn: MACHINE, tagKeys: ["a"] });
    expect(await world.engine.call("ListTagsForResource", { resourceArn: MACHINE })).toEqual({
      tags: [{ key: "b", value: "2" }],
    });
  });
});

describe("versions and aliases", () => {
  const published = async (world: World) => {
    await create(world, text(1), { publish: true });
    await world.engine.call("UpdateStateMachine", { stateMachineArn: MACHINE, definition: text(2), publish: true });
    const routingConfiguration = [{ stateMachineVersionArn: `${MACHINE}:1`, weight: 100 }];
    await world.engine.call("CreateStateMachineAlias", { name: "live", routingConfiguration });
  };

  it("run the content they were published with", async () => {
    const world = await createWorld();
    await published(world);
    await world.engine.call("UpdateStateMachine", { stateMachineArn: MACHINE, definition: text(3) });
    expect(await outputOf(world, MACHINE)).toBe(3);
    expect(await outputOf(world, `${MACHINE}:1`)).toBe(1);
    expect(await outputOf(world, `${MACHINE}:2`)).toBe(2);
    expect(await outputOf(world, `${MACHINE}:live`)).toBe(1);
    await expect(outputOf(world, `${MACHINE}:9`)).rejects.toMatchObject({ code: "StateMachineDoesNotExist" });
  });

  it("split the starts of an alias by weight", async () => {
    const draws = [0, 0.19, 0.2, 0.99];
    const world = await createWorld();
    await published(world);
    const routingConfiguration = [
      { stateMachineVersionArn: `${MACHINE}:1`, weight: 20 },
      { stateMachineVersionArn: `${MACHINE}:2`, weight: 80 },
    ];
    await world.engine.call("UpdateStateMachineAlias", { stateMachineAliasArn: `${MACHINE}:live`, routingConfiguration });
    const outputs: unknown[] = [];
    for (const draw of draws) {
      const other = await createWorld({ random: () => draw });
      await published(other);
      await other.engine.call("UpdateStateMachineAlias", { stateMachineAliasArn: `${MACHINE}:live`, routingConfiguration });
      outputs.push(await outputOf(other, `${MACHINE}:live`));
    }
    expect(outputs).toEqual([1, 1, 2, 2]);
    expect(await world.engine.call("DescribeStateMachineAlias", { stateMachineAliasArn: `${MACHINE}:live` })).toMatchObject({
      name: "live",
      routingConfiguration,
    });
  });

  it("publish the same content once and never reuse a number", async () => {
    const world = await createWorld();
    await published(world);
    const again = await world.engine.call("PublishStateMachineVersion", { stateMachineArn: MACHINE });
    expect(again.stateMachineVersionArn).toBe(`${MACHINE}:2`);
    await world.engine.call("DeleteStateMachineVersion", { stateMachineVersionArn: `${MACHINE}:2` });
    expect(await world.engine.call("PublishStateMachineVersion", { stateMachineArn: MACHINE })).toMatchObject({
      stateMachineVersionArn: `${MACHINE}:3`,
    });
    await expect(
      world.engine.call("DeleteStateMachineVersion", { stateMachineVersionArn: `${MACHINE}:1` }),
    ).rejects.toMatchObject({ code: "ConflictException" });
    const { stateMachineVersions } = await world.engine.call("ListStateMachineVersions", { stateMachineArn: MACHINE });
    expect(stateMachineVersions.map(({ stateMachineVersionArn }) => stateMachineVersionArn)).toEqual([
      `${MACHINE}:3`,
      `${MACHINE}:1`,
    ]);
    await expect(
      world.engine.call("PublishStateMachineVersion", { stateMachineArn: MACHINE, revisionId: "old" }),
    ).rejects.toMatchObject({ code: "ConflictException" });
  });

  it("refuse weights that do not add up", async () => {
    const world = await createWorld();
    await published(world);
    const routingConfiguration = [{ stateMachineVersionArn: `${MACHINE}:1`, weight: 60 }];
    await expect(world.engine.call("CreateStateMachineAlias", { name: "x", routingConfiguration })).rejects.toMatchObject({
      code: "ValidationException",
    });
  });
});

describe("executions", () => {
  const waiting = JSON.stringify(single({ Type: "Wait", Seconds: 5 }));

  it("are started once for a name and input while they run", async () => {
    const world = await createWorld();
    await create(world, waiting);
    const start = (input: string) => world.engine.call("StartExecution", { stateMachineArn: MACHINE, name: "n", input });
    const first = await start("{}");
    expect(await start("{}")).toEqual(first);
    await expect(start('{"a":1}')).rejects.toMatchObject({ code: "ExecutionAlreadyExists" });
    await world.clock.advanceTo(START + 5_000);
    await expect(start("{}")).rejects.toMatchObject({ code: "ExecutionAlreadyExists" });
    await world.clock.advanceTo(START + 91 * 86_400_000);
    expect(await start("{}")).toMatchObject({ startDate: START / 1_000 + 91 * 86_400 });
  });

  it("are listed newest first, by status, in pages", async () => {
    const world = await createWorld();
    await create(world, waiting);
    for (const name of ["a", "b", "c"]) await world.engine.call("StartExecution", { stateMachineArn: MACHINE, name });
    await world.engine.call("StopExecution", { executionArn: MACHINE.replace("stateMachine", "execution") + ":b" });
    const list = async (request: object) => {
      const { executions, nextToken } = await world.engine.call("ListExecutions", { stateMachineArn: MACHINE, ...request });
      return { names: executions.map(({ name }) => name), nextToken };
    };
    expect((await list({ statusFilter: "RUNNING" })).names).toEqual(["c", "a"]);
    expect((await list({ statusFilter: "ABORTED" })).names).toEqual(["b"]);
    const page = await list({ maxResults: 2 });
    expect(page.names).toEqual(["c", "b"]);
    expect(await list({ maxResults: 2, nextToken: page.nextToken })).toEqual({ names: ["a"], nextToken: undefined });
  });
});

describe("the wire protocol", () => {
  it.each([
    [
      "AWSStepFunctions.StartExecution",
      { stateMachineArn: MACHINE, name: "n" },
      200,
      { executionArn: expect.stringContaining(":execution:m:n"), startDate: START / 1_000 },
    ],
    [
      "AWSStepFunctions.StartExecution",
      { name: "n" },
      400,
      { __type: "ValidationException", message: expect.stringContaining("stateMachineArn") },
    ],
    [
      "AWSStepFunctions.DescribeExecution",
      { executionArn: MACHINE },
      400,
      { __type: "InvalidArn", message: `Invalid Arn: '${MACHINE}'` },
    ],
    [
      "AWSStepFunctions.StopExecution",
      { executionArn: MACHINE.replace("stateMachine", "execution") + ":x" },
      400,
      expect.objectContaining({ __type: "ExecutionDoesNotExist" }),
    ],
    [
      "AWSStepFunctions.Nope",
      {},
      400,
      { __type: "UnknownOperationException", message: "unknown operation 'AWSStepFunctions.Nope'" },
    ],
    [
      "AWSStepFunctions.ValidateStateMachineDefinition",
      { definition: "{}" },
      200,
      expect.objectContaining({ result: "FAIL" }),
    ],
    [
      "AWSStepFunctions.ListStateMachines",
      {},
      200,
      { stateMachines: [{ stateMachineArn: MACHINE, name: "m", type: "STANDARD", creationDate: START / 1_000 }] },
    ],
  ])("%s %j answers %d", async (target, body, status, expected) => {
    const world = await createWorld();
    await create(world);
    expect(await stepFunctionsHandler(world.engine)(target, body)).toEqual({ status, body: expected });
  });
});
