import * as z from "zod";

const arn = z.string().min(1).max(256);
const token = z.string().min(1).max(2_048);
const page = { maxResults: z.int().min(0).max(1_000).optional(), nextToken: z.string().max(1_024).optional() };
const error = z.string().max(256).optional();
const cause = z.string().max(32_768).optional();
const routing = z
  .array(z.object({ stateMachineVersionArn: arn, weight: z.int().min(0).max(100) }))
  .min(1)
  .max(2);
const Tags = z.array(z.object({ key: z.string().min(1), value: z.string() }));
const settings = {
  loggingConfiguration: z.json().optional(),
  tracingConfiguration: z.json().optional(),
  encryptionConfiguration: z.json().optional(),
};

/** Requests as they come over the wire. Unknown members are dropped, as AWS does. */
export const Requests = {
  CreateStateMachine: z.object({
    name: z.string().regex(/^[\w-]{1,80}$/),
    definition: z.string().min(1),
    roleArn: arn,
    type: z.enum(["STANDARD", "EXPRESS"]).optional(),
    publish: z.boolean().optional(),
    versionDescription: z.string().max(256).optional(),
    tags: Tags.optional(),
    ...settings,
  }),
  UpdateStateMachine: z.object({
    stateMachineArn: arn,
    definition: z.string().min(1).optional(),
    roleArn: arn.optional(),
    publish: z.boolean().optional(),
    versionDescription: z.string().max(256).optional(),
    ...settings,
  }),
  DeleteStateMachine: z.object({ stateMachineArn: arn }),
  DescribeStateMachine: z.object({ stateMachineArn: arn }),
  ListStateMachines: z.object(page),
  ValidateStateMachineDefinition: z.object({ definition: z.string().min(1) }),
  PublishStateMachineVersion: z.object({
    stateMachineArn: arn,
    revisionId: z.string().optional(),
    description: z.string().max(256).optional(),
  }),
  ListStateMachineVersions: z.object({ stateMachineArn: arn, ...page }),
  DeleteStateMachineVersion: z.object({ stateMachineVersionArn: arn }),
  CreateStateMachineAlias: z.object({
    name: z.string().regex(/^(?=.*[A-Za-z_-])[\w-]{1,80}$/),
    description: z.string().max(256).optional(),
    routingConfiguration: routing,
  }),
  UpdateStateMachineAlias: z.object({
    stateMachineAliasArn: arn,
    description: z.string().max(256).optional(),
    routingConfiguration: routing.optional(),
  }),
  DescribeStateMachineAlias: z.object({ stateMachineAliasArn: arn }),
  ListStateMachineAliases: z.object({ stateMachineArn: arn, ...page }),
  DeleteStateMachineAlias: z.object({ stateMachineAliasArn: arn }),
  TagResource: z.object({ resourceArn: arn, tags: Tags }),
  UntagResource: z.object({ resourceArn: arn, tagKeys: z.array(z.string()) }),
  ListTagsForResource: z.object({ resourceArn: arn }),
  StartExecution: z.object({
    stateMachineArn: arn,
    name: z.string().optional(),
    input: z.string().optional(),
    traceHeader: z.string().optional(),
  }),
  StopExecution: z.object({ executionArn: arn, error, cause }),
  DescribeExecution: z.object({ executionArn: arn }),
  DescribeStateMachineForExecution: z.object({ executionArn: arn }),
  ListExecutions: z.object({
    stateMachineArn: arn,
    statusFilter: z.enum(["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE"]).optional(),
    ...page,
  }),
  GetExecutionHistory: z.object({
    executionArn: arn,
    reverseOrder: z.boolean().optional(),
    includeExecutionData: z.boolean().optional(),
    ...page,
  }),
  SendTaskSuccess: z.object({ taskToken: token, output: z.string() }),
  SendTaskFailure: z.object({ taskToken: token, error, cause }),
  SendTaskHeartbeat: z.object({ taskToken: token }),
} as const;

/** An operation of the Step Functions API that the engine answers. */
export type Operation = keyof typeof Requests;
export type RequestOf<Name extends Operation> = z.infer<(typeof Requests)[Name]>;
