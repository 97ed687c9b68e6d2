/**
 * 32 well-mixed bits of a text, the same in every process: FNV-1a over UTF-16 units, finished as MurmurHash3 does.
 *
 * Not for secrets: whoever picks the text can pick the hash.
 */
export function hashText(text: string, seed = 0): number {
  let hash = FNV_OFFSET ^ seed;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), FNV_PRIME);
  return mixBits(hash);
}

/** Spreads every bit of a 32-bit number over all of them; different numbers stay different. */
export function mixBits(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
