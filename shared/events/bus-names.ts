/** Names of the specification (004 §4.5) for events that logs and audit chains keep under names of ours. */
const BUS_NAMES: ReadonlyMap<string, string> = new Map([
  ["workflow.checkpointed", "workflow.checkpoint_created"],
  ["compensation.started", "saga.compensation_started"],
  ["agent.circuit_opened", "circuit_breaker.opened"],
]);

/**
 * The `detail-type` under which an event of ours goes on the bus.
 *
 * @example
 * ```ts
 * busNameOf("agent.circuit_opened"); // "circuit_breaker.opened"
 * ```
 */
export const busNameOf = (type: string): string => BUS_NAMES.get(type) ?? type;
