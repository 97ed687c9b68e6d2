import { isDeepStrictEqual } from "node:util";
import type { Behaviour } from "./behaviour.ts";
import { OTHER_BEHAVIOURS } from "./others.ts";
import { SQS_BEHAVIOURS } from "./sqs.ts";
import { STEP_FUNCTIONS_BEHAVIOURS } from "./step-functions.ts";

/** Every behaviour of AWS that we build on and that a minimal request shows. */
export const BEHAVIOURS: readonly Behaviour[] = [...SQS_BEHAVIOURS, ...STEP_FUNCTIONS_BEHAVIOURS, ...OTHER_BEHAVIOURS];

/** Whether a finding is the expected one; absent and undefined are the same. */
export const isAsExpected = (found: unknown, expected: unknown): boolean =>
  isDeepStrictEqual(plain(found), plain(expected));

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null));
