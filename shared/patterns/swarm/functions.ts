/** Values of points that are known from the literature: to try a swarm, and to measure it. All are lowest, 0, somewhere. */
const sphere = (point: Readonly<Float64Array>): number => {
  let sum = 0;
  for (const x of point) sum += x * x;
  return sum;
};

const rastrigin = (point: Readonly<Float64Array>): number => {
  let sum = 10 * point.length;
  for (const x of point) sum += x * x - 10 * Math.cos(2 * Math.PI * x);
  return sum;
};

const rosenbrock = (point: Readonly<Float64Array>): number => {
  let sum = 0;
  for (let axis = 0; axis + 1 < point.length; axis += 1) {
    const [x = 0, next = 0] = [point[axis], point[axis + 1]];
    sum += 100 * (next - x * x) ** 2 + (1 - x) ** 2;
  }
  return sum;
};

const ackley = (point: Readonly<Float64Array>): number => {
  let squares = 0;
  let waves = 0;
  for (const x of point) {
    squares += x * x;
    waves += Math.cos(2 * Math.PI * x);
  }
  const count = point.length;
  return -20 * Math.exp(-0.2 * Math.sqrt(squares / count)) - Math.exp(waves / count) + 20 + Math.E;
};

const griewank = (point: Readonly<Float64Array>): number => {
  let squares = 0;
  let product = 1;
  for (let axis = 0; axis < point.length; axis += 1) {
    const x = point[axis] ?? 0;
    squares += x * x;
    product *= Math.cos(x / Math.sqrt(axis + 1));
  }
  return squares / 4000 - product + 1;
};

/** Functions by name. */
export const FUNCTIONS = { sphere, rastrigin, rosenbrock, ackley, griewank } as const;
