/**
 * Where an emulator answers otherwise than AWS documents, as it was found: its answer, by the name of the behaviour. A
 * target that stops deviating, or deviates in another way, fails the suite until this record says so.
 */
export const DEVIATIONS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  ministack: {},
};
