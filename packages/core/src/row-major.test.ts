import ndarray from 'ndarray';
import { describe, expect, it } from 'vitest';
import { rowMajor } from './row-major.js';

const counted = (length: number) => Float32Array.from({ length }, (_, i) => i);
/** Element by element through ndarray's own `get`: the outside truth of what a view shows. */
function byGet(array: ReturnType<typeof ndarray<Float32Array>>): number[] {
  const out: number[] = [];
  const walk = (index: number[]) => {
    if (index.length === array.shape.length) out.push(array.get(...index));
    else for (let i = 0; i < (array.shape[index.length] as number); i++) walk([...index, i]);
  };
  walk([]);
  return out;
}

describe('rowMajor', () => {
  const base = ndarray(counted(2 * 4 * 6 * 3), [2, 4, 6, 3]);
  it.each([
    ['whole', base],
    ['cropped', base.lo(0, 1, 2, 0).hi(2, 2, 3, 3)],
    ['transposed', base.transpose(0, 2, 1, 3)],
    ['stepped', base.step(1, 2, 3, 1)],
    ['reversed', base.step(-1, 1, -1, 1)],
    ['picked', base.pick(1, null, null, 2)],
    ['channels first', base.transpose(3, 0, 1, 2)],
    ['a scalar', ndarray(counted(1), [])],
    ['empty', ndarray(counted(0), [0, 3])],
    ['empty inside', ndarray(counted(0), [3, 0, 2])],
    ['axes of length 1 with odd strides', ndarray(counted(6), [1, 6, 1], [99, 1, -7], 0)],
    ['broadcast', ndarray(counted(3), [4, 3], [0, 1], 0)],
  ])('gives what the view shows: %s', (_, array) => {
    expect([...rowMajor('f', 'x', array)]).toEqual(byGet(array));
  });

  it('copies nothing of a contiguous array', () => {
    expect(rowMajor('f', 'x', base)).toBe(base.data);
    const second = base.lo(1);
    expect(rowMajor('f', 'x', second).buffer).toBe(base.data.buffer);
    expect(rowMajor('f', 'x', second).length).toBe(72);
  });

  it.each([
    [[[1, 2]], 'f: x must be an NdArray on a typed array, got a plain array'],
    [counted(3), 'got a bare Float32Array'],
    [null, 'got null'],
    [undefined, 'got undefined'],
    [{ shape: [2], dataSync: () => counted(2) }, 'got a tensor; ndarray(await tensor.data(), tensor.shape)'],
    [{ shape: [2], stride: [1], offset: 0, data: [1, 2] }, 'got an object whose data is no typed array'],
  ])('refuses what is none: %#', (value, message) => {
    expect(() => rowMajor('f', 'x', value as never)).toThrow(message);
  });

  it.each([
    [ndarray(counted(5), [2, 3])],
    [ndarray(counted(6), [2, 3], [3, 1], 1)],
    [ndarray(counted(6), [2, 3], [-3, 1], 0)],
  ])('refuses shapes that reach outside the data: %#', (array) => {
    expect(() => rowMajor('f', 'x', array)).toThrow('f: x must be within its data');
  });
});
