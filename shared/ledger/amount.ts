import * as z from "zod";
import { LEDGER_LIMITS } from "./limits.ts";

const WEI = 10n ** BigInt(LEDGER_LIMITS.decimals);

/** An amount of wei as a text of decimal digits: rows hold no numbers of 18 digits. */
export const Wei = z.string().regex(/^(0|[1-9]\d{0,77})$/);
export type Wei = z.output<typeof Wei>;

/** An amount of wei in ether, without zeros that say nothing. */
export function etherOf(wei: bigint): string {
  const fraction = String(wei % WEI)
    .padStart(LEDGER_LIMITS.decimals, "0")
    .replace(/0+$/, "");
  return fraction === "" ? String(wei / WEI) : `${wei / WEI}.${fraction}`;
}
