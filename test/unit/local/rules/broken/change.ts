import type { Json, JsonObject } from "../../../../../infra/local/json.ts";

/** Values by the path at which they are set, `Resource.Property.…`; `undefined`: taken away. */
export type Change = Readonly<Record<string, Json | undefined>>;

/** A change of a sound template, and the rule that it breaks. */
export type Broken = readonly [rule: string, change: Change];

export const attribute = (id: string, name = "Arn"): JsonObject => ({ "Fn::GetAtt": [id, name] });
export const many = (count: number): string[] => Array.from({ length: count }, (_, index) => `n${index}`);
export const text = (length: number): string => "x".repeat(length);
export const set = (path: string, ...values: (Json | undefined)[]): Change[] =>
  values.map((value) => ({ [path]: value }));
export const each = (rule: string, changes: readonly Change[]): Broken[] => changes.map((change) => [rule, change]);
