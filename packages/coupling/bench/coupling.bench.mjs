// npm run bench -- coupling [--size D] [--batch B] [--repeats R] [--json]
// Milliseconds to couple a batch, each transform in turn, the median of R rounds.
import { createRng } from '@immiscible/core';
import { distanceDrop, flippedAssignment, linearAssignment, nearestNoise } from '@immiscible/coupling';
import ndarray from 'ndarray';
import { parseArgs } from 'node:util';

export const name = 'coupling';

/** The follow-up paper's algorithm as it is written: every candidate drawn in full. */
const nearestOfFullDraws = (candidates) => (batch, rng) => {
  const [count, size] = batch.x0.shape;
  const noise = batch.noise.data.slice();
  const candidate = new Float32Array(size);
  const distance = (start, n) => {
    let sum = 0;
    for (let p = 0; p < size; p++) sum += (batch.x0.data[start + p] - n[p]) ** 2;
    return sum;
  };
  for (let i = 0; i < count; i++) {
    const best = noise.subarray(i * size, (i + 1) * size);
    let least = distance(i * size, best);
    for (let k = 1; k < candidates; k++) {
      const found = distance(i * size, rng.fillNormal(candidate));
      if (found < least) {
        least = found;
        best.set(candidate);
      }
    }
  }
  return { ...batch, noise: ndarray(noise, [count, size]) };
};

export async function run({ args, json }) {
  const { values } = parseArgs({
    args,
    options: {
      size: { type: 'string', default: '3072' },
      batch: { type: 'string', default: '128' },
      repeats: { type: 'string', default: '5' },
    },
  });
  const [size, count, repeats] = [values.size, values.batch, values.repeats].map(Number);
  const rng = createRng(0);
  const fill = () => ndarray(rng.fillNormal(new Float32Array(count * size)), [count, size]);
  const batch = { x0: fill(), noise: fill() };
  const transforms = {
    'drawing the noise itself': () => ({ ...batch, noise: fill() }),
    'linearAssignment, l2': linearAssignment(),
    'linearAssignment, squaredL2': linearAssignment({ cost: 'squaredL2' }),
    'linearAssignment, quantized': linearAssignment({ cost: 'quantized' }),
    flippedAssignment: flippedAssignment(),
    'nearestNoise, 8 candidates': nearestNoise({ candidates: 8 }),
    '  the same, all drawn in full': nearestOfFullDraws(8),
    'nearestNoise, 64 candidates': nearestNoise({ candidates: 64 }),
    '  the same, all drawn in full ': nearestOfFullDraws(64),
  };
  const times = Object.fromEntries(Object.keys(transforms).map((key) => [key, []]));
  const drops = {};
  for (let round = 0; round < repeats; round++) {
    for (const [key, transform] of Object.entries(transforms)) {
      const start = performance.now();
      const after = await transform(batch, rng);
      times[key].push(performance.now() - start);
      drops[key] = distanceDrop(batch, after);
    }
  }
  const results = Object.entries(times).map(([key, all]) => ({
    transform: key.trim(),
    milliseconds: all.sort((a, b) => a - b)[Math.floor(repeats / 2)],
    distanceDrop: drops[key],
  }));
  if (!json) {
    console.log(`${count} images of ${size} values`);
    for (const [i, key] of Object.keys(times).entries()) {
      const { milliseconds, distanceDrop: drop } = results[i];
      console.log(
        `${key.padEnd(32)}${milliseconds.toFixed(1).padStart(9)} ms${(100 * drop).toFixed(2).padStart(8)} %`,
      );
    }
  }
  return { size, batch: count, repeats, results };
}
