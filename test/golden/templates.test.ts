import { App, Validations } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { AwsSolutionsChecks } from "cdk-nag";
import { readFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { readAssembly, type Stack } from "../../infra/local/cloudformation/assembly.ts";
import { faultsOf } from "../../infra/local/rules/check-stacks.ts";
import { declareStacks } from "../../infra/app.ts";
import { readDeployment } from "../../infra/constructs/names.ts";
import { ALERT_RULES } from "../../shared/incidents/rules/alert-rules.ts";
import { bundleFunctions } from "../../infra/bundle.ts";
import { readPage } from "./markdown.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");
const { context } = z
  .object({ context: z.record(z.string(), z.unknown()) })
  .parse(JSON.parse(readFileSync(path.join(ROOT, "cdk.json"), "utf8")));

const Statement = z.object({ Action: z.union([z.string(), z.array(z.string())]), Resource: z.unknown() });
const Policy = z.object({
  Properties: z.object({ PolicyDocument: z.object({ Statement: z.array(Statement) }), Roles: z.array(z.unknown()) }),
});

const Ref = z.object({ Ref: z.string() });
const TopicStatement = z.object({
  Effect: z.string(),
  Action: z.unknown(),
  Principal: z.object({ Service: z.unknown().optional() }).optional().catch(undefined),
});
const TopicPolicy = z.object({
  Properties: z.object({ Topics: z.array(Ref), PolicyDocument: z.object({ Statement: z.array(TopicStatement) }) }),
});
const AlarmActions = z.object({ Properties: z.object({ AlarmActions: z.array(Ref).min(1) }) });
const AlarmName = z.object({ Properties: z.object({ AlarmName: z.string().startsWith("a2a-dev ") }) });
/** The root of an API is named by an attribute, everything below it by a reference. */
const Parent = Ref.catch({ Ref: "" });
const Method = z.object({
  Properties: z.object({ AuthorizationType: z.string(), HttpMethod: z.string(), ResourceId: Parent }),
});
const PathPart = z.object({ Properties: z.object({ PathPart: z.string(), ParentId: Parent }) });
/** Streams start somewhere, queues do not. */
const Mapping = z.object({
  Properties: z.object({
    StartingPosition: z.string().optional(),
    BatchSize: z.number().optional(),
    MaximumBatchingWindowInSeconds: z.number().optional(),
  }),
});

let templates: ReadonlyMap<string, Template>;
let assembly: readonly Stack[];
let bundles: ReadonlyMap<string, number>;

beforeAll(async () => {
  bundles = await bundleFunctions();
  const app = new App({ context });
  declareStacks(app, { stage: "dev", tenant: "default", hookFunctions: [], examples: false });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  const { directory, stacks } = app.synth();
  assembly = readAssembly(directory);
  templates = new Map(stacks.map((stack) => [stack.id, Template.fromJSON(z.record(z.string(), z.unknown()).parse(stack.template))]));
});

const resources = (type: string): [string, unknown][] =>
  [...templates].flatMap(([stack, template]) =>
    Object.entries(template.findResources(type)).map(([id, resource]): [string, unknown] => [`${stack}/${id}`, resource]),
  );

/** Readable lines of who may do what to what. */
function permissions(): string {
  const lines = resources("AWS::IAM::Policy").flatMap(([id, resource]) =>
    Policy.parse(resource).Properties.PolicyDocument.Statement.map(({ Action, Resource }) => {
      const where = JSON.stringify(Resource).replaceAll(/[A-Z0-9]{8}(?=Arn|")/g, "").replaceAll(/([a-zA-Z])[0-9A-F]{8}\b/g, "$1");
      return `${id.replace(/[0-9A-F]{8}$/, "")} may ${[Action].flat().join(" ")} on ${where}`;
    }),
  );
  return `${lines.sort().join("\n")}\n`;
}

describe("the synthesized templates", () => {
  it("pass cdk-nag, every stack of them", () => {
    expect([...templates.keys()].sort()).toEqual([
      "Agents",
      "Api",
      "ControlTower",
      "Data",
      "Hooks",
      "Incidents",
      "Messaging",
      "Observability",
      "Orchestration",
      "Planning",
    ]);
  });

  it("keep every rule that a service documents", () => {
    expect(faultsOf(assembly)).toEqual([]);
  });

  it("give every function the permissions in iam.txt and no others", async () => {
    await expect(permissions()).toMatchFileSnapshot("iam.txt");
  });

  it("allow no wildcard action", () => {
    const actions = resources("AWS::IAM::Policy").flatMap(([, resource]) =>
      Policy.parse(resource).Properties.PolicyDocument.Statement.flatMap(({ Action }) => Action),
    );
    expect(actions.filter((action) => action.includes("*"))).toEqual([]);
  });

  it("ask for a token everywhere but on these routes", () => {
    const parts = new Map(resources("AWS::ApiGateway::Resource").map(([id, part]) => [id, PathPart.parse(part).Properties]));
    const pathOf = (id: string): string => {
      const part = parts.get(`Api/${id}`);
      return part === undefined ? "" : `${pathOf(part.ParentId.Ref)}/${part.PathPart}`;
    };
    const open = resources("AWS::ApiGateway::Method").flatMap(([, method]) => {
      const { AuthorizationType, HttpMethod, ResourceId } = Method.parse(method).Properties;
      return AuthorizationType === "NONE" ? [`${HttpMethod} ${pathOf(ResourceId.Ref)}`] : [];
    });
    expect(open.sort()).toEqual([
      "GET ",
      "GET /.well-known/agent-card.json",
      "GET /.well-known/agent.json",
      "GET /.well-known/ai-catalog.json",
      "GET /health",
      "GET /openapi.json",
      "GET /openrpc.json",
      "GET /ready",
      "GET /startup",
      "GET /ui",
      "GET /ui/{proxy+}",
      "POST /push/{dispatch}",
    ]);
  });

  it("put an alarm on every dead-letter queue", () => {
    const dead = resources("AWS::SQS::Queue").filter(([id]) => /dead/.test(id));
    expect(dead).toHaveLength(20);
    expect(resources("AWS::CloudWatch::Alarm").filter(([id]) => /deadfilled/.test(id))).toHaveLength(dead.length);
  });

  it("alarm long before the stream of the executions forgets what was not projected", () => {
    const behind = resources("AWS::CloudWatch::Alarm").flatMap(([id, alarm]) => (/behind/.test(id) ? [alarm] : []));
    const age = { Properties: { Namespace: "AWS/Lambda", MetricName: "IteratorAge", Threshold: 900_000 } };
    expect(behind).toMatchObject([age, age]);
  });

  it("let CloudWatch publish to every topic that an alarm names", () => {
    const open = resources("AWS::SNS::TopicPolicy").flatMap(([id, policy]) => {
      const { Topics, PolicyDocument } = TopicPolicy.parse(policy).Properties;
      const isOpen = PolicyDocument.Statement.some(
        ({ Effect, Action, Principal }) =>
          Effect === "Allow" && Action === "sns:Publish" && Principal?.Service === "cloudwatch.amazonaws.com",
      );
      return isOpen ? Topics.map(({ Ref }) => `${id.split("/")[0]}/${Ref}`) : [];
    });
    const told = resources("AWS::CloudWatch::Alarm").flatMap(([id, alarm]) =>
      AlarmActions.parse(alarm).Properties.AlarmActions.map(({ Ref }) => `${id.split("/")[0]}/${Ref}`),
    );
    expect(told.length).toBeGreaterThan(0);
    expect(told.filter((topic) => !open.includes(topic))).toEqual([]);
  });

  it("declare no alarm without an entry in the runbook of infra/README.md, which explains every alert rule and nothing else", () => {
    const names = resources("AWS::CloudWatch::Alarm").map(([, alarm]) =>
      AlarmName.parse(alarm).Properties.AlarmName.slice("a2a-dev ".length),
    );
    const [, runbook = ""] = readPage("infra/README.md").split("\n## Runbook\n");
    const entries = [...(runbook.split(/\n## /)[0] ?? "").matchAll(/^### `(.+)`$/gm)].map(([, name]) => name);
    expect(entries).toEqual(ALERT_RULES.map(({ name }) => name));
    // Of a rule over several queues each has an alarm, named after it.
    const expected = ALERT_RULES.flatMap(({ name, cloudWatch: signal }) => {
      if (signal === undefined) return [];
      return signal.metric === "queue_depth" && signal.queues.length > 1 ? signal.queues.map((queue) => `${name} ${queue}`) : [name];
    });
    expect(names.toSorted()).toEqual(expected.toSorted());
  });

  it("ask Lambda for no mapping that it refuses: more than ten messages of a queue need a window", () => {
    const mappings = resources("AWS::Lambda::EventSourceMapping").map(([id, mapping]) => ({ id, ...Mapping.parse(mapping).Properties }));
    expect(mappings.length).toBeGreaterThan(0);
    const refused = mappings.filter(
      ({ StartingPosition, BatchSize = 10, MaximumBatchingWindowInSeconds = 0 }) =>
        StartingPosition === undefined && BatchSize > 10 && MaximumBatchingWindowInSeconds < 1,
    );
    expect(refused).toEqual([]);
  });

  it("let the endpoint alone read the key of its cards, where one is named", () => {
    const app = new App({ context });
    declareStacks(app, { stage: "dev", tenant: "default", hookFunctions: [], examples: false, cardKey: "a2a/card/ours" });
    const { stacks } = app.synth();
    const readers = stacks.flatMap((stack) =>
      Object.entries(Template.fromJSON(z.record(z.string(), z.unknown()).parse(stack.template)).findResources("AWS::IAM::Policy")).flatMap(([id, policy]) =>
        JSON.stringify(policy).includes("secret:a2a/card/ours-??????") ? [id.replace(/[0-9A-F]{8}$/, "")] : [],
      ),
    );
    expect(readers).toEqual(["A2aEndpointRoleDefaultPolicy"]);
  });

  it("run commands, where they are offered, in a function that holds nothing: no grant but its network's, which leads nowhere", () => {
    const app = new App({ context: { ...context, hookCommands: "git,jq", hookTools: "arn:aws:lambda:eu-central-1:1:layer:tools:3" } });
    declareStacks(app, readDeployment(app));
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    const { stacks } = app.synth();
    const hooks = Template.fromJSON(z.record(z.string(), z.unknown()).parse(stacks.find(({ id }) => id === "Hooks")?.template));
    hooks.hasResourceProperties("AWS::Lambda::Function", {
      FunctionName: "a2a-dev-run-command",
      TenancyConfig: { TenantIsolationMode: "PER_TENANT" },
      VpcConfig: {},
      Layers: ["arn:aws:lambda:eu-central-1:1:layer:tools:3"],
      Environment: Match.absent(),
    });
    const role = z.record(z.string(), z.object({ Properties: z.object({ PolicyName: z.string(), PolicyDocument: z.object({ Statement: z.array(z.object({ Effect: z.string(), Action: z.unknown() })) }) }) }));
    const policies = Object.values(role.parse(hooks.findResources("AWS::IAM::Policy"))).filter(({ Properties: { PolicyName } }) => PolicyName.startsWith("Commands"));
    expect(policies.flatMap(({ Properties: { PolicyDocument } }) => PolicyDocument.Statement.map(({ Effect, Action }) => [Effect, Action]))).toEqual([
      ["Allow", ["ec2:AssignPrivateIpAddresses", "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:UnassignPrivateIpAddresses"]],
      ["Deny", "*"],
    ]);
    for (const way of ["AWS::EC2::Route", "AWS::EC2::InternetGateway", "AWS::EC2::NatGateway", "AWS::EC2::VPCEndpoint"]) hooks.resourceCountIs(way, 0);
    expect(resources("AWS::EC2::VPC")).toEqual([]);
    expect(() => readDeployment(new App({ context: { ...context, hookCommands: "sh" } }))).toThrow(/hookCommands=sh: say some of ruff/);
  });

  const machinesWith = (more: object): readonly string[] => {
    const app = new App({ context: { ...context, ...more } });
    declareStacks(app, readDeployment(app));
    const { stacks } = app.synth();
    return stacks.flatMap(({ template }) => Object.keys(Template.fromJSON(z.record(z.string(), z.unknown()).parse(template)).findResources("AWS::StepFunctions::StateMachine")));
  };

  it("have no state machine where the graph is the usual runner", () => {
    expect(machinesWith({ runner: "graph", examples: "true" })).toEqual([]);
  });

  it("have the machines of the examples where these are asked for, and only there", () => {
    expect([machinesWith({}).length, machinesWith({ examples: "true" }).length]).toEqual([1, 12]);
    expect(() => readDeployment(new App({ context: { ...context, examples: "some" } }))).toThrow("examples=some: say one of true, false");
  });

  it("are not made with a runner that does not exist", () => {
    expect(() => readDeployment(new App({ context: { ...context, runner: "swarm" } }))).toThrow("runner=swarm: say one of machine, graph");
  });

  it.each(["a2a/agents/acme/x", "a2a/card/", "card", "a2a/card/x y"])("are not made with the card key %s", (cardKey) => {
    expect(() => readDeployment(new App({ context: { ...context, cardKey } }))).toThrow(/name a secret whose name begins with a2a\/card\//);
  });

  it("keep tables and payloads when a stack is deleted", () => {
    const kept = [...resources("AWS::DynamoDB::Table"), ...resources("AWS::S3::Bucket")];
    expect(kept).toHaveLength(4);
    for (const [, resource] of kept) expect(resource).toMatchObject({ DeletionPolicy: "Retain" });
  });

  it("ship bundles within their budgets", () => {
    // The dispatcher carries the rules of patterns; who settles tasks carries what hooks after an edit take (3 KB).
    // The API judges what hooks may call and run, reckons when schedules come (11 KB), and tends dead letters (11 KB).
    const budgets = new Map([["orchestrator-api", 1_169_500], ["dispatch-task", 886_000]]);
    const over = [...bundles].filter(([folder, bytes]) => bytes > (budgets.get(folder) ?? 826_000));
    expect(over).toEqual([]);
  });
});
