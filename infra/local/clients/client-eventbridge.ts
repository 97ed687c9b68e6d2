import * as sdk from "@aws-sdk/client-eventbridge";
import { callService, type Command, operationOf, type Service } from "./thin-client.ts";

export * from "@aws-sdk/client-eventbridge";

const EVENTS: Service = { prefix: "AWSEvents", sdk };

/** The protocol has times in seconds since 1970. */
const inSeconds = (value: unknown): unknown => (value instanceof Date ? value.getTime() / 1000 : value);

const timed = (entry: object): object => ({ ...entry, ...("Time" in entry && { Time: inSeconds(entry.Time) }) });

export class EventBridgeClient {
  send(command: Command): Promise<object> {
    const { input } = command;
    const entries = "Entries" in input && Array.isArray(input.Entries) ? { Entries: input.Entries.map(timed) } : {};
    return callService(EVENTS, operationOf(command), { ...input, ...entries });
  }

  destroy(): void {}
}
