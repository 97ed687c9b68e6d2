/** Event types whose details stand under a name that is not made from the type. */
const SHARED: readonly (readonly [RegExp, string])[] = [
  [/StateEntered$/, "stateEnteredEventDetails"],
  [/StateExited$/, "stateExitedEventDetails"],
];

/** The member of a history event that holds the details of the given type. */
export function detailsKey(type: string): string {
  const [, shared] = SHARED.find(([pattern]) => pattern.test(type)) ?? [];
  return shared ?? `${type.charAt(0).toLowerCase()}${type.slice(1)}EventDetails`;
}

/** Details of an event that shows an input. Payloads end at 256 KB, the length at which AWS cuts them. */
export const inputDetails = (input: string) => ({ input, inputDetails: { truncated: false } });

/** Details of an event that shows an output. */
export const outputDetails = (output: string) => ({ output, outputDetails: { truncated: false } });
