/** A stream of random numbers of [0, 1): equal seeds, equal streams (sfc32, Chris Doty-Humphrey's PractRand). */
export function randomStream(seed: number): () => number {
  let [a, b, c, counter] = [seed | 0, seed ^ 0x9e3779b9, Math.imul(seed, 0x85ebca6b), 1];
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return (sum >>> 0) / 4_294_967_296;
  };
  // The state takes a dozen rounds to mix.
  for (let round = 0; round < 12; round += 1) next();
  return next;
}
