import { type BatchSource, checkInteger, checkOptions, type Images, type OptionKeys } from '@immiscible/core';

/** @see {@link prefetch} */
export interface PrefetchOptions {
  /**
   * The first step.
   * @defaultValue 0
   */
  readonly from?: number;
  /**
   * How many batches are read ahead of the one that is in use.
   * @defaultValue 2
   */
  readonly depth?: number;
}

const KEYS = { from: true, depth: true } satisfies OptionKeys<PrefetchOptions>;

/**
 * The batches from a step on, without end, read ahead while the one before is in use. What comes is what `at` gives,
 * in order, whatever the depth.
 *
 * @param source - any batches
 * @param options - where to begin, and how far to read ahead
 * @throws RangeError if `from` or `depth` is not an integer of at least 0
 */
export async function* prefetch(
  source: BatchSource,
  options: PrefetchOptions = {},
): AsyncGenerator<{ readonly step: number; readonly images: Images }, never> {
  checkOptions('prefetch', options, KEYS);
  const { from = 0, depth = 2 } = options;
  checkInteger('prefetch', 'from', from, 0);
  checkInteger('prefetch', 'depth', depth, 0);
  const coming: Promise<Images>[] = [];
  const order = (step: number): void => {
    const images = Promise.resolve().then(() => source.at(step));
    // A failure is met when its turn comes; until then it must not count as unhandled.
    images.catch(() => {});
    coming.push(images);
  };
  for (let step = from; ; step++) {
    while (coming.length <= depth) order(step + coming.length);
    yield { step, images: await (coming.shift() as Promise<Images>) };
  }
}
