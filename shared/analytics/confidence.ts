/** Of a normal distribution: 95 % lie above it. */
const Z = 1.644_853_626_951_472_2;

/**
 * The share that is exceeded with 95 % confidence when `part` of `whole` were seen (Wilson's lower bound): 2 of 20 are
 * no sign of more than 5 %, 20 of 200 are. 0 of none.
 */
export function lowerBound(part: number, whole: number): number {
  if (whole === 0) return 0;
  const share = part / whole;
  const square = (Z * Z) / whole;
  const spread = Z * Math.sqrt((share * (1 - share)) / whole + square / (4 * whole));
  return Math.max(0, (share + square / 2 - spread) / (1 + square));
}
