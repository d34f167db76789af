import type { BatchSource, Images } from '@immiscible/core';
import { describe, expect, it } from 'vitest';

/**
 * The contract suite of data sets as a training loop sees them: the batch of a step is a function of the step alone, of the size that is
 * told, and of finite values.
 *
 * @param name - for the title
 * @param make - makes the source, anew for each test
 */
export function describeBatchSource(name: string, make: () => BatchSource | Promise<BatchSource>): void {
  const read = async (source: BatchSource, step: number) => copyOf(await source.at(step));

  describe(`${name} is a source of batches`, () => {
    it('each batch has as many images as is told, of the shape that is told', async () => {
      const source = await make();
      for (const step of [0, 1, 7]) {
        const { x0, labels } = await source.at(step);
        expect(x0.shape).toEqual([source.batchSize, ...source.imageShape]);
        expect(x0.data).toBeInstanceOf(Float32Array);
        expect(labels?.length ?? source.batchSize).toBe(source.batchSize);
      }
    });

    it('the batch of a step is the same in whatever order steps are read', async () => {
      const [source, other] = [await make(), await make()];
      const forward = [await read(source, 0), await read(source, 3), await read(source, 4)];
      const backward = [await read(other, 4), await read(other, 3), await read(other, 0)];
      expect(backward.reverse()).toEqual(forward);
      expect(await read(source, 3)).toEqual(forward[1]);
    });

    it('batches of different steps are different', async () => {
      const source = await make();
      expect((await read(source, 0)).values).not.toEqual((await read(source, 1)).values);
    });

    it('all values are finite', async () => {
      const { values } = await read(await make(), 2);
      expect(values.every((value) => Number.isFinite(value))).toBe(true);
    });
  });
}

/** As plain values: a source may write its next batch to the same arrays. */
function copyOf({ x0, labels }: Images): { values: number[]; labels: number[] | undefined } {
  const { shape, stride, offset, data } = x0;
  const values = Array.from({ length: x0.size }, (_, i) => {
    let [at, rest] = [offset, i];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const size = shape[axis] as number;
      at += (rest % size) * (stride[axis] as number);
      rest = Math.floor(rest / size);
    }
    return data[at] as number;
  });
  return { values, labels: labels && [...labels] };
}
