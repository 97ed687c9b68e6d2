type Inputs = number[][];

/** A repeatable stream of numbers in [0, 1): Park and Miller. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

function distinct(count: number, draw: () => number): number[] {
  return [...new Set(Array.from({ length: count }, draw))].sort((a, b) => a - b);
}

const nodes = (size: number, inputsOf: (node: number) => number[]): Inputs =>
  Array.from({ length: size }, (_, node) => inputsOf(node));

/** Graphs of a chosen size, by the name people give the shape: the inputs of each node, all of them smaller. */
export const SHAPES: Readonly<Record<string, (size: number) => Inputs>> = {
  chain: (size) => nodes(size, (node) => (node === 0 ? [] : [node - 1])),
  islands: (size) => nodes(size, () => []),
  "fork-join": (size) =>
    nodes(size, (node) => {
      if (node === 0) return [];
      return node === size - 1 && size > 2 ? Array.from({ length: size - 2 }, (_, index) => index + 1) : [0];
    }),
  diamonds: (size) =>
    nodes(size, (node) => {
      if (node % 4 === 0) return node === 0 ? [] : [node - 1];
      return node % 4 === 3 ? [node - 2, node - 1] : [node - (node % 4)];
    }),
  "N-shapes": (size) => nodes(size, (node) => (node % 4 < 2 ? [] : node % 4 === 2 ? [node - 2, node - 1] : [node - 2])),
  comb: (size) => nodes(size, (node) => (node === 0 ? [] : node === 1 ? [0] : [node % 2 === 1 ? node - 1 : node - 2])),
  layered: (size) => {
    const random = numbers(7);
    return nodes(size, (node) => {
      const layer = Math.floor(node / 100) - 1;
      return layer < 0 ? [] : distinct(3, () => layer * 100 + Math.floor(random() * 100));
    });
  },
  "full layers": (size) =>
    nodes(size, (node) =>
      node < 20 ? [] : Array.from({ length: 20 }, (_, index) => (Math.floor(node / 20) - 1) * 20 + index),
    ),
  random: (size) => {
    const random = numbers(9);
    return nodes(size, (node) => (node === 0 ? [] : distinct(2, () => Math.floor(random() * node))));
  },
  grid: (size) => {
    const side = Math.ceil(Math.sqrt(size));
    return nodes(size, (node) => [...(node >= side ? [node - side] : []), ...(node % side > 0 ? [node - 1] : [])]);
  },
  montage,
};

/** Mosaics of the sky: images, differences of neighbours, one fit, corrections that need fit and image, one result. */
function montage(size: number): Inputs {
  const images = Math.max(1, Math.floor((size - 2) / 4));
  const rows: Inputs = Array.from({ length: images }, () => []);
  for (let image = 0; image < images; image++) {
    rows.push([...new Set([image, (image + 1) % images])].sort((a, b) => a - b));
    rows.push([...new Set([image, (image + 7) % images])].sort((a, b) => a - b));
  }
  const fit = rows.push(Array.from({ length: 2 * images }, (_, index) => images + index)) - 1;
  for (let image = 0; image < images; image++) rows.push([image, fit]);
  rows.push(Array.from({ length: images }, (_, index) => fit + 1 + index));
  while (rows.length < size) rows.push([rows.length - 1]);
  return rows.slice(0, size);
}
