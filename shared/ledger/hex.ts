import { Hex } from "./artefact.ts";

/** A text that is hexadecimal by construction, as such. */
export const hexOf = (text: string): Hex => Hex.parse(text);

/** A number as nodes write it. */
export const quantityOf = (value: number | bigint): Hex => hexOf(`0x${value.toString(16)}`);
