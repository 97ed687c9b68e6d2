/** Requests as they come over the wire. Unknown members are dropped, as AWS does. */
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

export const CreateStateMachine = z.object({
  name: z.string().regex(/^[\w-]{1,80}$/),
  definition: z.string().min(1),
  roleArn: arn,
  type: z.enum(["STANDARD", "EXPRESS"]).optional(),
  publish: z.boolean().optional(),
  versionDescription: z.string().max(256).optional(),
  tags: Tags.optional(),
  ...settings,
});
export type CreateStateMachine = z.infer<typeof CreateStateMachine>;

export const UpdateStateMachine = z.object({
  stateMachineArn: arn,
  definition: z.string().min(1).optional(),
  roleArn: arn.optional(),
  publish: z.boolean().optional(),
  versionDescription: z.string().max(256).optional(),
  ...settings,
});
export type UpdateStateMachine = z.infer<typeof UpdateStateMachine>;

export const DeleteStateMachine = z.object({ stateMachineArn: arn });
export type DeleteStateMachine = z.infer<typeof DeleteStateMachine>;

export const DescribeStateMachine = z.object({ stateMachineArn: arn });
export type DescribeStateMachine = z.infer<typeof DescribeStateMachine>;

export const ListStateMachines = z.object(page);
export type ListStateMachines = z.infer<typeof ListStateMachines>;

export const ValidateStateMachineDefinition = z.object({ definition: z.string().min(1) });
export type ValidateStateMachineDefinition = z.infer<typeof ValidateStateMachineDefinition>;

export const PublishStateMachineVersion = z.object({
  stateMachineArn: arn,
  revisionId: z.string().optional(),
  description: z.string().max(256).optional(),
});
export type PublishStateMachineVersion = z.infer<typeof PublishStateMachineVersion>;

export const ListStateMachineVersions = z.object({ stateMachineArn: arn, ...page });
export type ListStateMachineVersions = z.infer<typeof ListStateMachineVersions>;

export const DeleteStateMachineVersion = z.object({ stateMachineVersionArn: arn });
export type DeleteStateMachineVersion = z.infer<typeof DeleteStateMachineVersion>;

export const CreateStateMachineAlias = z.object({
  name: z.string().regex(/^(?=.*[A-Za-z_-])[\w-]{1,80}$/),
  description: z.string().max(256).optional(),
  routingConfiguration: routing,
});
export type CreateStateMachineAlias = z.infer<typeof CreateStateMachineAlias>;

export const UpdateStateMachineAlias = z.object({
  stateMachineAliasArn: arn,
  description: z.string().max(256).optional(),
  routingConfiguration: routing.optional(),
});
export type UpdateStateMachineAlias = z.infer<typeof UpdateStateMachineAlias>;

export const DescribeStateMachineAlias = z.object({ stateMachineAliasArn: arn });
export type DescribeStateMachineAlias = z.infer<typeof DescribeStateMachineAlias>;

export const ListStateMachineAliases = z.object({ stateMachineArn: arn, ...page });
export type ListStateMachineAliases = z.infer<typeof ListStateMachineAliases>;

export const DeleteStateMachineAlias = z.object({ stateMachineAliasArn: arn });
export type DeleteStateMachineAlias = z.infer<typeof DeleteStateMachineAlias>;

export const TagResource = z.object({ resourceArn: arn, tags: Tags });
export type TagResource = z.infer<typeof TagResource>;

export const UntagResource = z.object({ resourceArn: arn, tagKeys: z.array(z.string()) });
export type UntagResource = z.infer<typeof UntagResource>;

export const ListTagsForResource = z.object({ resourceArn: arn });
export type ListTagsForResource = z.infer<typeof ListTagsForResource>;

export const StartExecution = z.object({
  stateMachineArn: arn,
  name: z.string().optional(),
  input: z.string().optional(),
  traceHeader: z.string().optional(),
});
export type StartExecution = z.infer<typeof StartExecution>;

export const StopExecution = z.object({ executionArn: arn, error, cause });
export type StopExecution = z.infer<typeof StopExecution>;

export const DescribeExecution = z.object({ executionArn: arn });
export type DescribeExecution = z.infer<typeof DescribeExecution>;

export const DescribeStateMachineForExecution = z.object({ executionArn: arn });
export type DescribeStateMachineForExecution = z.infer<typeof DescribeStateMachineForExecution>;

export const ListExecutions = z.object({
  stateMachineArn: arn,
  statusFilter: z.enum(["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE"]).optional(),
  ...page,
});
export type ListExecutions = z.infer<typeof ListExecutions>;

export const GetExecutionHistory = z.object({
  executionArn: arn,
  reverseOrder: z.boolean().optional(),
  includeExecutionData: z.boolean().optional(),
  ...page,
});
export type GetExecutionHistory = z.infer<typeof GetExecutionHistory>;

export const SendTaskSuccess = z.object({ taskToken: token, output: z.string() });
export type SendTaskSuccess = z.infer<typeof SendTaskSuccess>;

export const SendTaskFailure = z.object({ taskToken: token, error, cause });
export type SendTaskFailure = z.infer<typeof SendTaskFailure>;

export const SendTaskHeartbeat = z.object({ taskToken: token });
export type SendTaskHeartbeat = z.infer<typeof SendTaskHeartbeat>;
