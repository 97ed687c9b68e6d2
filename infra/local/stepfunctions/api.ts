import * as z from "zod";
import { Requests, type Operation } from "./api-schemas.ts";
import { ServiceError } from "./asl-error.ts";
import type { Engine } from "./engine.ts";

/** An answer of the AWS JSON 1.0 protocol. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
}

type Route = (engine: Engine, body: unknown) => Promise<unknown>;

const route =
  <Schema extends z.ZodType>(
    schema: Schema,
    call: (engine: Engine, request: z.infer<Schema>) => Promise<unknown>,
  ): Route =>
  async (engine, body) =>
    await call(engine, schema.parse(body));

const ROUTES: { readonly [Name in Operation]: Route } = {
  CreateStateMachine: route(Requests.CreateStateMachine, (engine, request) => engine.createStateMachine(request)),
  UpdateStateMachine: route(Requests.UpdateStateMachine, (engine, request) => engine.updateStateMachine(request)),
  DeleteStateMachine: route(Requests.DeleteStateMachine, (engine, request) => engine.deleteStateMachine(request)),
  DescribeStateMachine: route(Requests.DescribeStateMachine, (engine, request) => engine.describeStateMachine(request)),
  ListStateMachines: route(Requests.ListStateMachines, (engine, request) => engine.listStateMachines(request)),
  ValidateStateMachineDefinition: route(Requests.ValidateStateMachineDefinition, (engine, request) =>
    engine.validateStateMachineDefinition(request),
  ),
  PublishStateMachineVersion: route(Requests.PublishStateMachineVersion, (engine, request) =>
    engine.publishStateMachineVersion(request),
  ),
  ListStateMachineVersions: route(Requests.ListStateMachineVersions, (engine, request) =>
    engine.listStateMachineVersions(request),
  ),
  DeleteStateMachineVersion: route(Requests.DeleteStateMachineVersion, (engine, request) =>
    engine.deleteStateMachineVersion(request),
  ),
  CreateStateMachineAlias: route(Requests.CreateStateMachineAlias, (engine, request) =>
    engine.createStateMachineAlias(request),
  ),
  UpdateStateMachineAlias: route(Requests.UpdateStateMachineAlias, (engine, request) =>
    engine.updateStateMachineAlias(request),
  ),
  DescribeStateMachineAlias: route(Requests.DescribeStateMachineAlias, (engine, request) =>
    engine.describeStateMachineAlias(request),
  ),
  ListStateMachineAliases: route(Requests.ListStateMachineAliases, (engine, request) =>
    engine.listStateMachineAliases(request),
  ),
  DeleteStateMachineAlias: route(Requests.DeleteStateMachineAlias, (engine, request) =>
    engine.deleteStateMachineAlias(request),
  ),
  TagResource: route(Requests.TagResource, (engine, request) => engine.tagResource(request)),
  UntagResource: route(Requests.UntagResource, (engine, request) => engine.untagResource(request)),
  ListTagsForResource: route(Requests.ListTagsForResource, (engine, request) => engine.listTagsForResource(request)),
  StartExecution: route(Requests.StartExecution, (engine, request) => engine.startExecution(request)),
  StopExecution: route(Requests.StopExecution, (engine, request) => engine.stopExecution(request)),
  DescribeExecution: route(Requests.DescribeExecution, (engine, request) => engine.describeExecution(request)),
  DescribeStateMachineForExecution: route(Requests.DescribeStateMachineForExecution, (engine, request) =>
    engine.describeStateMachineForExecution(request),
  ),
  ListExecutions: route(Requests.ListExecutions, (engine, request) => engine.listExecutions(request)),
  GetExecutionHistory: route(Requests.GetExecutionHistory, (engine, request) => engine.getExecutionHistory(request)),
  SendTaskSuccess: route(Requests.SendTaskSuccess, (engine, request) => engine.sendTaskSuccess(request)),
  SendTaskFailure: route(Requests.SendTaskFailure, (engine, request) => engine.sendTaskFailure(request)),
  SendTaskHeartbeat: route(Requests.SendTaskHeartbeat, (engine, request) => engine.sendTaskHeartbeat(request)),
};

const BY_TARGET = new Map(Object.entries(ROUTES));

const refusal = (code: string, message: string): ApiAnswer => ({ status: 400, body: { __type: code, message } });

/**
 * Answers requests of the AWS JSON 1.0 protocol for one engine. The target is the `X-Amz-Target` header, for example
 * `AWSStepFunctions.StartExecution`. Refusals are answers with status 400; only bugs reject.
 */
export const stepFunctionsHandler =
  (engine: Engine) =>
  async (target: string, body: unknown): Promise<ApiAnswer> => {
    const found = BY_TARGET.get(target.replace(/^AWSStepFunctions\./, ""));
    if (found === undefined) return refusal("UnknownOperationException", `unknown operation '${target}'`);
    try {
      return { status: 200, body: await found(engine, body) };
    } catch (error) {
      if (error instanceof ServiceError) return refusal(error.code, error.message);
      if (error instanceof z.ZodError) return refusal("ValidationException", z.prettifyError(error));
      throw error;
    }
  };
