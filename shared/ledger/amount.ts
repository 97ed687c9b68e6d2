import * as z from "zod";

/** An amount of wei as a text of decimal digits: rows hold no numbers of 18 digits. */
export const Wei = z.string().regex(/^(0|[1-9]\d{0,77})$/);
export type Wei = z.output<typeof Wei>;
