import { setTimeout as sleep } from "node:timers/promises";
import { isJsonObject, tryParseJson } from "../json.ts";
import { door, RefusedCall } from "./door.ts";

/** A command of the SDK, as far as a client needs to know it. */
export interface Command {
  readonly input: object;
}

/** What distinguishes one service's client from another's. */
export interface Service {
  /** Prefix of `X-Amz-Target`. */
  readonly prefix: string;
  /** The SDK's package: its exceptions are what callers tell apart. */
  readonly sdk: Readonly<Record<string, unknown>>;
  /** Tries of a call that is throttled. @default 3, as in the SDK */
  readonly maxAttempts?: number;
}

/** The SDK tries these again by itself. */
const THROTTLED = new Set(["ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded", "TransactionInProgressException"]);
const FIRST_DELAY_MS = 25;

type Exception = new (options: object) => Error;

/** Calls an operation. @returns its answer, parsed. @throws the SDK's exception for a refusal. */
export async function callService(service: Service, operation: string, input: unknown): Promise<object> {
  const body = JSON.stringify(input);
  for (let attempt = 1; ; attempt += 1) {
    try {
      const answer = tryParseJson(await door().call(`${service.prefix}.${operation}`, body));
      return isJsonObject(answer) ? answer : {};
    } catch (error) {
      if (!(error instanceof RefusedCall)) throw error;
      const isFinal = attempt >= (service.maxAttempts ?? 3) || !THROTTLED.has(error.refusal.code);
      if (isFinal) throw exceptionOf(service, error, attempt);
      await sleep(Math.random() * FIRST_DELAY_MS * 2 ** attempt);
    }
  }
}

/** The exception that the SDK makes of a refusal. */
function exceptionOf({ sdk }: Service, { refusal, message, stack }: RefusedCall, attempts: number): Error {
  const { fields } = refusal;
  // SQS puts the name of its service before codes of old.
  const code = refusal.code.split(/[.#]/).at(-1) ?? refusal.code;
  const named = sdk[code] ?? sdk[`${code}Exception`];
  const base = Object.entries(sdk).find(([name]) => name.endsWith("ServiceException"))?.[1];
  const Exception: Exception | undefined = [named, base].find(isException);
  const parsed = tryParseJson(fields);
  const options = { ...(isJsonObject(parsed) && parsed), message, $fault: "client", $metadata: { attempts } };
  const exception = Exception === undefined ? new Error(message) : new Exception({ ...options, name: code });
  return Object.assign(exception, { name: code, stack });
}

const isException = (value: unknown): value is Exception => typeof value === "function" && value.prototype instanceof Error;

/** Commands of the SDK are named after their operations. */
export const operationOf = (command: Command): string => command.constructor.name.replace(/Command$/, "");

/** A client whose commands are named after their operations: `SendMessageCommand`. */
export const thinClient = (service: Service) =>
  class {
    send(command: Command): Promise<object> {
      return callService(service, operationOf(command), command.input);
    }

    destroy(): void {}
  };
