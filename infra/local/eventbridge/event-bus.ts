import { randomUUID } from "node:crypto";
import type { Json } from "../json.ts";
import { isJsonObject, tryParseJson } from "../json.ts";
import { AwsError } from "../wire/aws-error.ts";
import { EventPatternIndex } from "../../../shared/events/event-pattern-index.ts";
import type { BusEvent, PutEventsEntry } from "./event.ts";
import type { RuleTarget, TargetDelivery } from "./target-delivery.ts";
import { targetInput } from "./target-input.ts";

/** A rule with a pattern. */
export interface Rule {
  readonly arn: string;
  readonly pattern: Json;
  readonly targets: readonly RuleTarget[];
}

const MAX_ENTRY_BYTES = 1_048_576;

/** All buses. An accepted event is durable, per target, with the turn it was put in. */
export class EventBuses {
  readonly #buses = new Map<string, EventPatternIndex<Rule>>([["default", new EventPatternIndex()]]);
  readonly #delivery: TargetDelivery;
  readonly #place: { readonly region: string; readonly accountId: string };

  constructor(delivery: TargetDelivery, place: { readonly region: string; readonly accountId: string }) {
    this.#delivery = delivery;
    this.#place = place;
  }

  createBus(name: string): void {
    this.#buses.set(name, new EventPatternIndex());
  }

  /** @throws {AwsError} there is no such bus. @throws {InvalidPatternError} */
  addRule(busName: string, rule: Rule): void {
    this.#bus(busName).add(rule.pattern, rule);
  }

  /** Puts one entry of `PutEvents`. @throws {AwsError} EventBridge would refuse it. */
  put(entry: PutEventsEntry): { EventId: string } {
    const detail = tryParseJson(entry.Detail);
    if (!isJsonObject(detail)) throw new AwsError("MalformedDetail", "Detail is malformed.");
    if (Buffer.byteLength(entry.Detail) > MAX_ENTRY_BYTES)
      throw new AwsError("EntryTooLarge", "the entry is larger than 1 MB");
    const id = randomUUID();
    this.publish(entry.EventBusName, {
      version: "0",
      id,
      "detail-type": entry.DetailType,
      source: entry.Source,
      account: this.#place.accountId,
      time: eventTime(entry.Time),
      region: this.#place.region,
      resources: entry.Resources,
      detail,
    });
    return { EventId: id };
  }

  /** Gives an event in its envelope to all rules of a bus that match. */
  publish(busName: string, event: BusEvent): void {
    const bus = this.#buses.get(nameOf(busName));
    // PutEvents to a bus that does not exist succeeds, and the event is gone.
    for (const rule of bus?.match(event) ?? []) {
      for (const target of rule.targets) this.#delivery.deliver(target, targetInput(target.input, event, rule.arn));
    }
  }

  #bus(reference: string): EventPatternIndex<Rule> {
    const bus = this.#buses.get(nameOf(reference));
    if (bus === undefined) throw new AwsError("ResourceNotFoundException", `Event bus ${reference} does not exist.`);
    return bus;
  }
}

const nameOf = (reference: string): string => reference.split("/").at(-1) ?? reference;

function eventTime(time: string | number | undefined): string {
  const date = time === undefined ? new Date() : new Date(typeof time === "number" ? time * 1000 : time);
  return `${date.toISOString().slice(0, 19)}Z`;
}
