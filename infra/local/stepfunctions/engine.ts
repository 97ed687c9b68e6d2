import type { Operation, RequestOf } from "./api-schemas.ts";
import * as aliases from "./alias-operations.ts";
import * as executions from "./execution-operations.ts";
import type { EngineOptions } from "./integrations.ts";
import * as machines from "./machine-operations.ts";
import { createRuntime, type Runtime } from "./runtime.ts";
import * as tokens from "./token-operations.ts";

/** Every operation of the API, as a function of the runtime. */
const OPERATIONS = {
  CreateStateMachine: machines.createStateMachine,
  UpdateStateMachine: machines.updateStateMachine,
  DeleteStateMachine: machines.deleteStateMachine,
  DescribeStateMachine: machines.describeStateMachine,
  ListStateMachines: machines.listStateMachines,
  ValidateStateMachineDefinition: machines.validateStateMachineDefinition,
  PublishStateMachineVersion: machines.publishStateMachineVersion,
  ListStateMachineVersions: machines.listStateMachineVersions,
  DeleteStateMachineVersion: machines.deleteStateMachineVersion,
  TagResource: machines.tagResource,
  UntagResource: machines.untagResource,
  ListTagsForResource: machines.listTagsForResource,
  CreateStateMachineAlias: aliases.createStateMachineAlias,
  UpdateStateMachineAlias: aliases.updateStateMachineAlias,
  DescribeStateMachineAlias: aliases.describeStateMachineAlias,
  ListStateMachineAliases: aliases.listStateMachineAliases,
  DeleteStateMachineAlias: aliases.deleteStateMachineAlias,
  StartExecution: executions.startExecution,
  StopExecution: executions.stopExecution,
  DescribeExecution: executions.describeExecution,
  DescribeStateMachineForExecution: executions.describeStateMachineForExecution,
  ListExecutions: executions.listExecutions,
  GetExecutionHistory: executions.getExecutionHistory,
  SendTaskSuccess: tokens.sendTaskSuccess,
  SendTaskFailure: tokens.sendTaskFailure,
  SendTaskHeartbeat: tokens.sendTaskHeartbeat,
} satisfies { [Name in Operation]: (runtime: Runtime, request: RequestOf<Name>) => unknown };

type Operations = typeof OPERATIONS;
type OperationMethods = {
  [Name in Operation as Uncapitalize<Name>]: (request: RequestOf<Name>) => Promise<ReturnType<Operations[Name]>>;
};

/**
 * The operations as methods: members as on the wire, dates in seconds since 1970.
 *
 * Each resolves once its effect is committed, and rejects with a `ServiceError` when AWS would refuse it.
 */
export interface Engine extends OperationMethods {
  /** Commits what is pending and releases the database; calls still under way are made again by the next engine. */
  close(): void;
}

/** Opens the database and goes on with every execution in it. */
export async function createEngine(options: EngineOptions): Promise<Engine> {
  const runtime = createRuntime(options);
  runtime.resume();
  await runtime.database.committed();
  return { ...methodsOf(runtime), close: () => runtime.close() };
}

function methodsOf(runtime: Runtime): OperationMethods {
  const method =
    <Request, Answer>(operation: (runtime: Runtime, request: Request) => Answer) =>
    async (request: Request): Promise<Answer> => {
      const answer = operation(runtime, request);
      await runtime.database.committed();
      return answer;
    };
  return {
    createStateMachine: method(OPERATIONS.CreateStateMachine),
    updateStateMachine: method(OPERATIONS.UpdateStateMachine),
    deleteStateMachine: method(OPERATIONS.DeleteStateMachine),
    describeStateMachine: method(OPERATIONS.DescribeStateMachine),
    listStateMachines: method(OPERATIONS.ListStateMachines),
    validateStateMachineDefinition: method(OPERATIONS.ValidateStateMachineDefinition),
    publishStateMachineVersion: method(OPERATIONS.PublishStateMachineVersion),
    listStateMachineVersions: method(OPERATIONS.ListStateMachineVersions),
    deleteStateMachineVersion: method(OPERATIONS.DeleteStateMachineVersion),
    tagResource: method(OPERATIONS.TagResource),
    untagResource: method(OPERATIONS.UntagResource),
    listTagsForResource: method(OPERATIONS.ListTagsForResource),
    createStateMachineAlias: method(OPERATIONS.CreateStateMachineAlias),
    updateStateMachineAlias: method(OPERATIONS.UpdateStateMachineAlias),
    describeStateMachineAlias: method(OPERATIONS.DescribeStateMachineAlias),
    listStateMachineAliases: method(OPERATIONS.ListStateMachineAliases),
    deleteStateMachineAlias: method(OPERATIONS.DeleteStateMachineAlias),
    startExecution: method(OPERATIONS.StartExecution),
    stopExecution: method(OPERATIONS.StopExecution),
    describeExecution: method(OPERATIONS.DescribeExecution),
    describeStateMachineForExecution: method(OPERATIONS.DescribeStateMachineForExecution),
    listExecutions: method(OPERATIONS.ListExecutions),
    getExecutionHistory: method(OPERATIONS.GetExecutionHistory),
    sendTaskSuccess: method(OPERATIONS.SendTaskSuccess),
    sendTaskFailure: method(OPERATIONS.SendTaskFailure),
    sendTaskHeartbeat: method(OPERATIONS.SendTaskHeartbeat),
  };
}
