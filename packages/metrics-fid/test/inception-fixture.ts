import { INCEPTION_LAYERS } from '../src/inception-layers.js';

/** Numbers in [0, 1) from a hash of seed and index; as in fixtures/make-inception.py. */
export function uniform(seed: number, count: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => {
    let x = (Math.imul(i, 2654435761) + seed * 40503 + 1) >>> 0;
    x = Math.imul(x ^ (x >>> 15), 2246822519) >>> 0;
    x = Math.imul(x ^ (x >>> 13), 3266489917) >>> 0;
    return ((x ^ (x >>> 16)) >>> 0) / 2 ** 32;
  });
}

/** Weights by the fixture's formula. */
export function fixtureTensors(): Map<string, { shape: number[]; data: Float32Array }> {
  const shapes = new Map<string, number[]>();
  for (const [name, { inputs, outputs, kernel }] of INCEPTION_LAYERS) {
    shapes.set(`${name}.conv.weight`, [outputs, inputs, ...kernel]);
    for (const part of ['weight', 'bias', 'running_mean', 'running_var'])
      shapes.set(`${name}.bn.${part}`, [outputs]);
  }
  const tensors = new Map<string, { shape: number[]; data: Float32Array }>();
  [...shapes.keys()].sort().forEach((name, index) => {
    const shape = shapes.get(name) as number[];
    const x = uniform(
      index + 1,
      shape.reduce((a, b) => a * b, 1),
    );
    const data = Float32Array.from(x, (value) => {
      if (shape.length === 4) {
        const [, inputs, height, width] = shape as [number, number, number, number];
        return (value - 0.5) * Math.sqrt(24 / (inputs * height * width));
      }
      return /running_var|bn\.weight/.test(name) ? value + 0.5 : (value - 0.5) * 0.2;
    });
    tensors.set(name, { shape, data });
  });
  return tensors;
}

/** Three waves and noise, whole numbers 0 … 255. */
export function testImage(seed: number, height: number, width: number): Float32Array {
  const noise = uniform(1000 + seed, height * width * 3);
  return Float32Array.from(noise, (value, i) => {
    const [y, x, c] = [Math.floor(i / (3 * width)), Math.floor(i / 3) % width, i % 3];
    const wave = Math.sin(x * (0.2 + 0.05 * seed) + c) + Math.cos(y * (0.3 + 0.02 * seed) - c);
    return Math.floor(Math.min(255, Math.max(0, 127.5 + 50 * wave + 80 * (value - 0.5))));
  });
}
