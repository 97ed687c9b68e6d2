import * as z from "zod";

/** `0x` and hexadecimal digits. */
export const Hex = z.templateLiteral(["0x", z.string().regex(/^[0-9a-fA-F]*$/)]);
export type Hex = z.output<typeof Hex>;

/** A compiled contract, and what it was compiled of: hashes of its source and of the compiler's settings. */
export const Artefact = z.strictObject({
  contract: z.string(),
  /** Version of the compiler. */
  solc: z.string(),
  settingsHash: z.string(),
  sourceHash: z.string(),
  abi: z.array(z.unknown()),
  /** What makes it, without the constructor's arguments. */
  bytecode: Hex,
});
export type Artefact = z.output<typeof Artefact>;
