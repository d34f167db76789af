import { type Command, defineCommand, jsonFlag, progressLine, UsageError } from '@immiscible/command-line';
import type { SkippedPicture } from '../node/decode-block.js';
import type { LoadImagesOptions } from '../node/load-options.js';
import { RECIPE_CROPS } from '../node/recipe-crops.js';
import { openOptions, pictureFlags } from './picture-flags.js';

/** `32`, `384x512`. */
function readSize(text: string): number | readonly [height: number, width: number] | undefined {
  const [, height, width] = /^([1-9]\d{0,4})(?:x([1-9]\d{0,4}))?$/.exec(text) ?? [];
  if (height === undefined) return undefined;
  return width === undefined ? Number(height) : [Number(height), Number(width)];
}

export const pack: Command = defineCommand({
  name: 'pack',
  about: 'Decode pictures once into a file that is read in any order',
  flags: {
    size: {
      kind: 'read',
      read: readSize,
      constraint: 'a side in pixels or HEIGHTxWIDTH',
      hint: 'N|HxW',
      about: "a side in pixels, or HEIGHTxWIDTH, smaller by area averages (the first picture's)",
    },
    crop: {
      kind: 'choice',
      choices: ['center', ...RECIPE_CROPS],
      about:
        'center cuts the largest square out of the middle first; the others crop as the recipes of EDM and ADM',
    },
    gray: { kind: 'boolean', about: 'one channel instead of three' },
    convert: { kind: 'boolean', about: 'bring gray, alpha and 16 bits to these channels' },
    ...pictureFlags,
    json: jsonFlag,
  },
  words: {
    from: {
      sets: 'openImages.path',
      about:
        "folder of pictures (classes in sub-folders) or of parquet files, .zip, .tar, .tar.gz or .parquet, CIFAR's own .tar.gz, or IDX",
    },
    to: { sets: 'packImages.path', about: 'the packed file to write' },
  },
  async run({ flags, words: { from, to } }, terminal) {
    const { size, crop, gray, convert, split, workers, json } = flags;
    const { openImages } = await import('../node/open-images.js');
    const { openWhole } = await import('../node/open-whole.js');
    const { packImages } = await import('../node/pack-images.js');
    const say = (
      { count, shape, sha256 }: Awaited<ReturnType<typeof packImages>>,
      rest: { skipped?: readonly string[]; damaged?: readonly SkippedPicture[] } = {},
    ): void => {
      if (json) terminal.log(JSON.stringify({ path: to, count, shape, sha256, ...rest }));
      else terminal.log(`${to}: ${count} images of ${shape.join('×')}, sha256 ${sha256}`);
    };
    const inMemory = await openWhole(from, split);
    if (inMemory !== undefined) {
      if (size !== undefined || crop !== undefined || gray) {
        throw new UsageError('--size, --crop and --gray must be left out for CIFAR’s archives and IDX');
      }
      say(await packImages(inMemory, to));
      return;
    }
    const files = await openImages(from, openOptions(flags));
    const { skippedText } = await import('../node/image-files.js');
    const { damagedText } = await import('../node/decoded-blocks.js');
    const { skipped } = files;
    const progress = progressLine(terminal, { unit: 'pictures', quiet: json });
    let damaged: readonly SkippedPicture[] | undefined;
    try {
      const options: LoadImagesOptions = {
        channels: gray ? 1 : 3,
        convert,
        ...(size !== undefined && { size }),
        ...(workers !== undefined && { workers }),
        ...(crop !== undefined && { crop }),
        skipDamaged: flags['skip-damaged'],
        onDamaged: (found) => (damaged = found),
        onProgress: progress.update,
      };
      const packed = await packImages(files, to, options);
      progress.end();
      say(packed, { ...(skipped && { skipped }), ...(damaged && { damaged }) });
      if (json) return;
      if (skipped) terminal.log(skippedText(packed.count, skipped));
      if (damaged) terminal.error(damagedText(damaged));
    } finally {
      await files.close();
    }
  },
});
