import type { Json } from "../../../../infra/local/stepfunctions/json.ts";
import { createEngine, type Engine } from "../../../../infra/local/stepfunctions/engine.ts";
import type {
  MessageRequest,
  ServiceIntegrations,
  StatusChangeEvent,
} from "../../../../infra/local/stepfunctions/integrations.ts";
import { VirtualClock } from "../../../../infra/local/stepfunctions/virtual-clock.ts";

export const ROLE = "arn:aws:iam::123456789012:role/states";
export const LAMBDA = "arn:aws:lambda:eu-central-1:123456789012:function:work";
export const QUEUE = "http://sqs.test/queue";
export const START = Date.UTC(2026, 0, 1);

export interface World {
  readonly engine: Engine;
  readonly clock: VirtualClock;
  readonly messages: MessageRequest[];
  readonly invocations: { readonly functionArn: string; readonly payload: unknown; readonly at: number }[];
  readonly events: unknown[];
  readonly statuses: StatusChangeEvent[];
  /** Creates a machine and starts it; resolves when nothing more happens without time or an answer. */
  start(definition: object, input?: Json): Promise<string>;
  /** Starts, lets all time pass, and tells how it ended. */
  run(definition: object, input?: Json): Promise<Ending>;
  ending(executionArn: string): Promise<Ending>;
  historyTypes(executionArn: string): Promise<string[]>;
}

export interface Ending {
  readonly status: string;
  readonly output?: Json;
  readonly error?: string;
  readonly cause?: string;
  /** Seconds of virtual time. */
  readonly seconds?: number;
}

export interface WorldOptions {
  readonly invoke?: (payload: unknown, call: number) => unknown;
  readonly sendMessage?: (message: MessageRequest) => void;
  readonly databasePath?: string;
  readonly clock?: VirtualClock;
  readonly random?: () => number;
}

/** What a task throws to fail with a chosen error name. */
export class TaskFailure extends Error {
  readonly errorType: string;

  constructor(errorType: string, message: string) {
    super(message);
    this.errorType = errorType;
  }
}

/** A repeatable source of numbers in [0, 1). */
export function lcg(seed = 1): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

export async function createWorld(options: WorldOptions = {}): Promise<World> {
  const clock = options.clock ?? new VirtualClock(START);
  const messages: MessageRequest[] = [];
  const invocations: { functionArn: string; payload: unknown; at: number }[] = [];
  const events: unknown[] = [];
  const statuses: StatusChangeEvent[] = [];
  const integrations: ServiceIntegrations = {
    sendMessage: async (message) => {
      messages.push(message);
      options.sendMessage?.(message);
      return { MessageId: `m${messages.length}` };
    },
    invoke: async (functionArn, payload) => {
      invocations.push({ functionArn, payload, at: clock.now() });
      try {
        return { payload: await (options.invoke ?? ((one) => one))(payload, invocations.length) };
      } catch (error) {
        if (!(error instanceof TaskFailure)) throw error;
        return { payload: null, functionError: { errorType: error.errorType, errorMessage: error.message } };
      }
    },
    putEvents: async (entries) => {
      events.push(...entries);
      return { FailedEntryCount: 0, Entries: entries.map((_, index) => ({ EventId: `e${index}` })) };
    },
  };
  const engine = await createEngine({
    databasePath: options.databasePath ?? ":memory:",
    region: "eu-central-1",
    accountId: "123456789012",
    clock,
    random: options.random ?? lcg(),
    integrations,
    onStatusChange: (event) => void statuses.push(event),
  });
  let machines = 0;

  const world: World = {
    engine,
    clock,
    messages,
    invocations,
    events,
    statuses,
    async start(definition, input = {}) {
      const { stateMachineArn } = await engine.call("CreateStateMachine", {
        name: `machine-${clock.now()}-${++machines}`,
        definition: JSON.stringify(definition),
        roleArn: ROLE,
      });
      const { executionArn } = await engine.call("StartExecution", { stateMachineArn, input: JSON.stringify(input) });
      await clock.settle();
      return executionArn;
    },
    async run(definition, input = {}) {
      const executionArn = await world.start(definition, input);
      while (await clock.advanceToNext());
      return await world.ending(executionArn);
    },
    async ending(executionArn) {
      const { status, output, error, cause, startDate, stopDate } = await engine.call("DescribeExecution", { executionArn });
      return {
        status,
        ...(output !== undefined && { output: JSON.parse(output) }),
        ...(error !== undefined && { error }),
        ...(cause !== undefined && { cause }),
        ...(stopDate !== undefined && { seconds: Math.round((stopDate - startDate) * 1_000) / 1_000 }),
      };
    },
    async historyTypes(executionArn) {
      const { events } = await engine.call("GetExecutionHistory", { executionArn, maxResults: 1_000 });
      return events.map(({ type }) => type);
    },
  };
  return world;
}

/** A machine of one state that ends it. */
export const single = (state: object, name = "Only") => ({
  StartAt: name,
  States: { [name]: { ...state, End: true } },
});

/** A task that waits for its token. */
export const tokenTask = (fields: object = {}) => ({
  Type: "Task",
  Resource: "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
  Parameters: { QueueUrl: QUEUE, MessageBody: { "token.$": "$$.Task.Token", "input.$": "$" } },
  ...fields,
});

/** The token in a message of `tokenTask`. */
export function tokenOf(message: MessageRequest | undefined): string {
  const body: { token?: unknown } = JSON.parse(message?.body ?? "{}");
  if (typeof body.token !== "string") throw new TypeError("the message holds no token");
  return body.token;
}
