import { checkInteger } from '@immiscible/core';
import { availableParallelism } from 'node:os';
import type { BlockOutput, FitOptions, SkippedPicture } from './decode-block.js';
import { decodePool } from './decode-pool.js';
import type { ImageFiles } from './image-files.js';
import type { LoadImagesOptions } from './load-options.js';

const PER_BLOCK = 128;

/** Pictures of any size, which may be large, are fewer at once. */
const PER_MIXED_BLOCK = 16;

/** Some pictures that follow each other, decoded. */
export interface DecodedBlock {
  readonly names: readonly string[];
  /** Which of all pictures the first one is. */
  readonly start: number;
  readonly output: BlockOutput;
}

/** Decodes all pictures, in order, with blocks under way in the workers; a bounded number of them is in memory. */
export async function* decodedBlocks(
  files: ImageFiles,
  {
    onProgress,
    onDamaged = warnOfDamaged,
    workers = Math.min(8, Math.max(1, availableParallelism() - 1)),
  }: LoadImagesOptions,
  options: FitOptions,
): AsyncGenerator<DecodedBlock> {
  checkInteger('loadImages', 'workers', workers, 0);
  const count = files.paths.length;
  const perBlock = options.anySize ? PER_MIXED_BLOCK : PER_BLOCK;
  const pool = decodePool(workers);
  const underWay: { names: readonly string[]; output: Promise<BlockOutput> }[] = [];
  const damaged: SkippedPicture[] = [];
  let asked = 0;
  let done = 0;
  try {
    while (done < count) {
      while (asked < count && underWay.length < pool.width) {
        const end = Math.min(count, asked + perBlock);
        const names = files.paths.slice(asked, end);
        const bytes: (Uint8Array | string)[] = [];
        if (!files.onDisk) for (let i = asked; i < end; i++) bytes.push(await readOr(files, i, options));
        const output = pool.run({ names, options, ...(!files.onDisk && { bytes }) });
        // A failure is met in its turn.
        output.catch(() => {});
        underWay.push({ names, output });
        asked = end;
      }
      const { names, output } = underWay.shift() as (typeof underWay)[number];
      const found = await output;
      const start = done;
      done += names.length;
      damaged.push(...found.damaged);
      onProgress?.(done, count);
      yield { names, start, output: found };
    }
    if (damaged.length === count) {
      throw new RangeError(
        `loadImages: ${files.name} must hold pictures that can be read, got ${count} that are damaged; ${damaged[0]?.problem}`,
      );
    }
    if (damaged.length > 0) onDamaged(damaged);
  } finally {
    await pool.close();
  }
}

/** A picture's bytes; of a damaged archive's, where those are to be left out, what is wrong. */
async function readOr(files: ImageFiles, index: number, options: FitOptions): Promise<Uint8Array | string> {
  try {
    return await files.read(index);
  } catch (error) {
    if (options.skipDamaged && error instanceof RangeError) return error.message;
    throw error;
  }
}

function warnOfDamaged(skipped: readonly SkippedPicture[]): void {
  process.emitWarning(damagedText(skipped));
}

/**
 * `2 damaged pictures skipped:`, and each with what is wrong with it.
 *
 * @param skipped - as `onDamaged` is told
 */
export function damagedText(skipped: readonly SkippedPicture[]): string {
  const lines = skipped.map(({ problem }) => `  ${problem}`);
  return [
    `${skipped.length} damaged ${skipped.length === 1 ? 'picture' : 'pictures'} skipped:`,
    ...lines,
  ].join('\n');
}
