import type * as z from "zod";
import * as aliases from "./alias-operations.ts";
import * as api from "./api-schemas.ts";
import * as executions from "./execution-operations.ts";
import * as machines from "./machine-operations.ts";
import type { Runtime } from "./runtime.ts";
import * as tokens from "./token-operations.ts";

const operation = <Schema extends z.ZodType, Answer>(
  schema: Schema,
  run: (runtime: Runtime, request: z.infer<Schema>) => Answer,
) => ({ schema, run });

const TABLE = {
  CreateStateMachine: operation(api.CreateStateMachine, machines.createStateMachine),
  UpdateStateMachine: operation(api.UpdateStateMachine, machines.updateStateMachine),
  DeleteStateMachine: operation(api.DeleteStateMachine, machines.deleteStateMachine),
  DescribeStateMachine: operation(api.DescribeStateMachine, machines.describeStateMachine),
  ListStateMachines: operation(api.ListStateMachines, machines.listStateMachines),
  ValidateStateMachineDefinition: operation(
    api.ValidateStateMachineDefinition,
    machines.validateStateMachineDefinition,
  ),
  PublishStateMachineVersion: operation(api.PublishStateMachineVersion, machines.publishStateMachineVersion),
  ListStateMachineVersions: operation(api.ListStateMachineVersions, machines.listStateMachineVersions),
  DeleteStateMachineVersion: operation(api.DeleteStateMachineVersion, machines.deleteStateMachineVersion),
  TagResource: operation(api.TagResource, machines.tagResource),
  UntagResource: operation(api.UntagResource, machines.untagResource),
  ListTagsForResource: operation(api.ListTagsForResource, machines.listTagsForResource),
  CreateStateMachineAlias: operation(api.CreateStateMachineAlias, aliases.createStateMachineAlias),
  UpdateStateMachineAlias: operation(api.UpdateStateMachineAlias, aliases.updateStateMachineAlias),
  DescribeStateMachineAlias: operation(api.DescribeStateMachineAlias, aliases.describeStateMachineAlias),
  ListStateMachineAliases: operation(api.ListStateMachineAliases, aliases.listStateMachineAliases),
  DeleteStateMachineAlias: operation(api.DeleteStateMachineAlias, aliases.deleteStateMachineAlias),
  StartExecution: operation(api.StartExecution, executions.startExecution),
  StopExecution: operation(api.StopExecution, executions.stopExecution),
  DescribeExecution: operation(api.DescribeExecution, executions.describeExecution),
  DescribeStateMachineForExecution: operation(
    api.DescribeStateMachineForExecution,
    executions.describeStateMachineForExecution,
  ),
  ListExecutions: operation(api.ListExecutions, executions.listExecutions),
  GetExecutionHistory: operation(api.GetExecutionHistory, executions.getExecutionHistory),
  SendTaskSuccess: operation(api.SendTaskSuccess, tokens.sendTaskSuccess),
  SendTaskFailure: operation(api.SendTaskFailure, tokens.sendTaskFailure),
  SendTaskHeartbeat: operation(api.SendTaskHeartbeat, tokens.sendTaskHeartbeat),
};

type Table = typeof TABLE;
/** An operation of the Step Functions API that the engine answers. */
export type Operation = keyof Table;
export type RequestOf<Name extends Operation> = z.infer<Table[Name]["schema"]>;
export type AnswerOf<Name extends Operation> = ReturnType<Table[Name]["run"]>;

/** Everything the API can do: how the request looks, and what answers it. */
export const OPERATIONS: {
  readonly [Name in Operation]: {
    readonly schema: z.ZodType<RequestOf<Name>>;
    readonly run: (runtime: Runtime, request: RequestOf<Name>) => AnswerOf<Name>;
  };
} = TABLE;

export const isOperation = (name: string): name is Operation => Object.hasOwn(OPERATIONS, name);
