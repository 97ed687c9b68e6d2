const CPU = /^(\d+(?:\.\d+)?)\s*(m|cores?|v?cpus?)?$/i;
const BYTES = /^(\d+(?:\.\d+)?)\s*(?:([kmgt])(i?)b?|b)?$/i;
const EXPONENT: Readonly<Record<string, number>> = { k: 1, m: 2, g: 3, t: 4 };

/** Reads `"2000m"`, `"4 cores"`, `"0.5"` as cores; `undefined` when it is none of these or not above zero. */
export function parseCpuCores(text: string): number | undefined {
  const match = CPU.exec(text.trim());
  if (match?.[1] === undefined) return undefined;
  const cores = Number(match[1]) / (match[2]?.toLowerCase() === "m" ? 1000 : 1);
  return cores > 0 ? cores : undefined;
}

/** Reads `"4Gi"` (binary) and `"8GB"` (decimal) as bytes; `undefined` when it is neither or not above zero. */
export function parseBytes(text: string): number | undefined {
  const match = BYTES.exec(text.trim());
  if (match?.[1] === undefined) return undefined;
  const base = match[3] === undefined || match[3] === "" ? 1000 : 1024;
  const bytes = Number(match[1]) * base ** (EXPONENT[match[2]?.toLowerCase() ?? ""] ?? 0);
  return bytes > 0 ? bytes : undefined;
}
