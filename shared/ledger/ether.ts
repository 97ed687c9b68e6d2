/** Decimals of an amount: 1 ether is 10^18 wei. */
const DECIMALS = 18;
const WEI = 10n ** BigInt(DECIMALS);

/** Wei of an amount of ether, such as `0.05`. Never by way of a floating number: 0.1 + 0.2 has 17 digits. */
export function weiOf(ether: string): bigint {
  const [whole = "0", fraction = ""] = ether.split(".");
  return BigInt(whole) * WEI + BigInt(fraction.padEnd(DECIMALS, "0"));
}

/** An amount of wei in ether, without zeros that say nothing. */
export function etherOf(wei: bigint): string {
  const fraction = String(wei % WEI)
    .padStart(DECIMALS, "0")
    .replace(/0+$/, "");
  return fraction === "" ? String(wei / WEI) : `${wei / WEI}.${fraction}`;
}
