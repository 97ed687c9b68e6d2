import { ConflictException, StateMachineAlreadyExists } from "@aws-sdk/client-sfn";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { planDefinition } from "../../../functions/plan-workflow/plan-workflow.ts";
import { saveAgent } from "../../../shared/agents/store/agent-store.ts";
import { loadDefinition } from "../../../shared/workflow/store/definition-store.ts";
import { NotFoundError } from "../../../shared/core/errors.ts";
import type { Runner } from "../../../shared/workflow/definition/workflow-definition.ts";
import type { PlanRequest } from "../../../shared/workflow/plan/planning.ts";
import { fakeSfn } from "../../fixtures/runtime/fake-client.ts";
import { MemoryBucket } from "../../fixtures/runtime/memory-bucket.ts";
import { agentOf, START, task, TENANT } from "../../fixtures/runtime/memory-runtime.ts";
import { MemoryTables } from "../../fixtures/runtime/memory-table.ts";

const Request = z.object({
  name: z.string().optional(),
  stateMachineArn: z.string().optional(),
  definition: z.string().optional(),
  routingConfiguration: z.array(z.object({ stateMachineVersionArn: z.string() })).optional(),
});
const ARN = "arn:aws:states:eu-central-1:1:stateMachine";

/** Step Functions that knows machines, versions of equal definitions, and the alias. */
class Machines {
  readonly versions = new Map<string, string[]>();
  readonly calls: string[] = [];
  live: string | undefined;
  readonly client = fakeSfn(async ({ input, constructor: { name } }) => {
    this.calls.push(name);
    const request = Request.parse(input);
    const [route] = request.routingConfiguration ?? [];
    if (route === undefined) return this.#publish(request);
    if (name.startsWith("Create") && this.live !== undefined) throw new ConflictException({ message: "exists", $metadata: {} });
    this.live = route.stateMachineVersionArn;
    return {};
  });

  #publish({ name, stateMachineArn, definition = "" }: z.infer<typeof Request>): object {
    const arn = stateMachineArn ?? `${ARN}:${name ?? ""}`;
    const known = this.versions.get(arn);
    if (known !== undefined && name !== undefined) throw new StateMachineAlreadyExists({ message: "exists", $metadata: {} });
    const versions = known ?? [];
    if (versions.at(-1) !== definition) versions.push(definition);
    this.versions.set(arn, versions);
    return { stateMachineVersionArn: `${arn}:${versions.length}` };
  }
}

function world(runner: Runner = "machine") {
  const [tables, bucket, machines] = [new MemoryTables(), new MemoryBucket(), new Machines()];
  const definitions = { db: tables.client, table: "control" };
  const deps = {
    agents: { db: tables.client, table: "agents" },
    definitions,
    payloads: { s3: bucket.client, bucket: "payloads" },
    machines: { sfn: machines.client, roleArn: "arn:role", logGroupArn: "arn:logs", arnPrefix: `${ARN}:a2a-dev` },
    runner,
    now: () => new Date(START),
  };
  const plan = (version: string, tasks: readonly object[], mode: PlanRequest["mode"] = "deploy", more: object = {}) => {
    const agents = { worker: { type: "worker", capabilities: ["work"] } };
    const value = { name: "drawn", version, orchestration_pattern: "supervisor", agents, tasks, ...more };
    return planDefinition(deps, { tenant: TENANT, createdBy: "ann", mode, source: { value } });
  };
  const newest = () => loadDefinition(definitions, { tenant: TENANT, name: "drawn" });
  return { tables, bucket, machines, plan, newest };
}

const ONE = [task("a")];
const TWO = [task("a"), task("b", ["a"])];
const MACHINE = `${ARN}:a2a-dev-acme_drawn`;

describe("planDefinition", () => {
  it("publishes a machine, points the alias at it and records the version as the newest", async () => {
    const { machines, plan, newest } = world();
    expect(await plan("1.0", ONE)).toMatchObject({ outcome: "planned", definition: { version: "1.0", machineArn: `${MACHINE}:1` } });
    expect(await plan("2.0", TWO)).toMatchObject({ outcome: "planned", definition: { version: "2.0", machineArn: `${MACHINE}:2` } });
    expect(machines.live).toBe(`${MACHINE}:2`);
    expect(await newest()).toMatchObject({ version: "2.0", machineArn: `${MACHINE}:2` });
  });

  it.each([
    { usual: "machine", says: { runner: "graph" } },
    { usual: "graph", says: {} },
  ] as const)("makes no machine for a definition that says $says where $usual is usual, and records the version once", async ({ usual, says }) => {
    const { machines, plan, newest } = world(usual);
    for (let time = 0; time < 2; time += 1) {
      expect(await plan("1.0", ONE, "deploy", says)).toMatchObject({ outcome: "planned", definition: { machineArn: "" } });
    }
    expect(machines.calls).toEqual([]);
    expect(await newest()).toMatchObject({ version: "1.0", machineArn: "" });
  });

  it("makes a machine where the definition asks for one, whatever is usual", async () => {
    const { plan } = world("graph");
    expect(await plan("1.0", ONE, "deploy", { runner: "machine" })).toMatchObject({ definition: { machineArn: `${MACHINE}:1` } });
  });

  it("refuses other content under a version on record, and leaves machines, alias and plans alone", async () => {
    const { machines, bucket, plan, newest } = world();
    await plan("1.0", ONE);
    machines.calls.length = 0;
    expect(await plan("1.0", TWO)).toEqual({
      outcome: "conflict",
      message: "version 1.0 of 'drawn' exists with other content; raise the version",
    });
    expect(machines.calls).toEqual([]);
    expect(machines.live).toBe(`${MACHINE}:1`);
    expect(bucket.objects.size).toBe(1);
    expect(await newest()).toMatchObject({ version: "1.0", taskCount: 1 });
  });

  it("answers an older version again as it was recorded, without making it the newest", async () => {
    const { machines, plan, newest } = world();
    await plan("1.0", ONE);
    await plan("2.0", TWO);
    machines.calls.length = 0;
    expect(await plan("1.0", ONE)).toMatchObject({ outcome: "planned", definition: { version: "1.0", machineArn: `${MACHINE}:1` } });
    expect(machines.calls).toEqual([]);
    expect(machines.live).toBe(`${MACHINE}:2`);
    expect(await newest()).toMatchObject({ version: "2.0" });
  });

  it("completes a deployment that was cut off before the version was recorded", async () => {
    const { machines, tables, plan, newest } = world();
    tables.onSend = (name) => {
      if (name === "TransactWriteCommand") throw new Error("killed");
    };
    await expect(plan("1.0", ONE)).rejects.toThrow("killed");
    tables.onSend = () => {};
    await plan("1.0", ONE);
    expect(machines.versions.get(MACHINE)).toHaveLength(1);
    expect(await newest()).toMatchObject({ machineArn: `${MACHINE}:1` });
  });

  it("refuses the later of two that deploy different content as one version at the same time", async () => {
    const { plan, newest } = world();
    const outcomes = await Promise.all([plan("1.0", ONE), plan("1.0", TWO)]);
    expect(outcomes.map(({ outcome }) => outcome).toSorted()).toEqual(["conflict", "planned"]);
    const recorded = outcomes.find(({ outcome }) => outcome === "planned");
    expect(recorded).toMatchObject({ definition: await newest() });
  });

  it.each([
    { mode: "check" as const, plans: 0 },
    { mode: "inline" as const, plans: 1 },
  ])("makes no machine and records no version in mode $mode", async ({ mode, plans }) => {
    const { machines, tables, bucket, plan, newest } = world();
    await saveAgent({ db: tables.client, table: "agents" }, agentOf("one"));
    expect(await plan("1.0", ONE, mode)).toMatchObject({ outcome: "planned", definition: { machineArn: "" } });
    expect(machines.calls).toEqual([]);
    expect(bucket.objects.size).toBe(plans);
    await expect(newest()).rejects.toThrow(NotFoundError);
  });
});

describe("a preview", () => {
  it("tells tasks, what nobody can do and whether the version is taken, and keeps nothing", async () => {
    const { tables, plan, bucket } = world();
    const first = await plan("1.0", [task("a")], "preview");
    expect(first).toMatchObject({ outcome: "planned", tasks: [{ id: "a", kind: "agent", agent: "worker", depends_on: [] }] });
    const codes = (reply: typeof first): string[] => (reply.outcome === "planned" ? reply.report.warnings.map(({ code }) => code) : [reply.outcome]);
    expect(codes(first)).toContain("CapabilityMissing");
    expect(bucket.objects.size).toBe(0);
    await saveAgent({ db: tables.client, table: "agents" }, agentOf("agent-x"));
    await plan("1.0", [task("a")]);
    expect(codes(await plan("1.0", [task("a")], "preview"))).not.toContain("CapabilityMissing");
    expect(codes(await plan("1.0", [task("a"), task("b", ["a"])], "preview"))).toContain("VersionTaken");
  });

  it.each(["check", "inline", "preview", "deploy"] as const)("tells in mode %s who offers what a task asks for, and cannot do it", async (mode) => {
    const { tables, plan } = world();
    const quarantine = { at: "2026-11-21T10:00:00.000Z", by: "ann", reason: "looked into" };
    await saveAgent({ db: tables.client, table: "agents" }, agentOf("agent-x", { quarantine }));
    const reply = await plan("1.0", [task("a")], mode);
    expect(reply).toMatchObject({ outcome: "planned" });
    const said = reply.outcome === "planned" ? reply.report.warnings.filter(({ code }) => code === "NobodyCan") : [];
    expect(said).toMatchObject([{ path: "a", message: expect.stringMatching(/^task "a": no agent can do '.+' now: agent-x is in quarantine/) }]);
    await saveAgent({ db: tables.client, table: "agents" }, agentOf("agent-y"));
    const able = await plan("1.0", [task("a")], "check");
    expect(JSON.stringify(able)).not.toContain("NobodyCan");
  });

  it("of a definition with flaws is what any other mode answers", async () => {
    expect(await world().plan("1.0", [task("a", ["ghost"])], "preview")).toMatchObject({ outcome: "invalid", report: { errors: [{ code: "UnknownDependency" }] } });
  });
});
