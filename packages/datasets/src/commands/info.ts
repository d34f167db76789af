import { type Command, defineCommand, jsonFlag } from '@immiscible/command-line';
import type { SkippedPicture } from '../node/decode-block.js';
import { openOptions, pictureFlags } from './picture-flags.js';

export const info: Command = defineCommand({
  name: 'info',
  about: 'Say what is in a packed file, a folder or an archive',
  flags: {
    verify: { kind: 'boolean', about: 'read all of a packed file and compare its checksum' },
    moments: { kind: 'boolean', about: "decode everything, for the pixels' mean and deviation" },
    ...pictureFlags,
    json: jsonFlag,
  },
  words: { path: { sets: 'openImages.path', about: 'a packed file, or what pack takes' } },
  async run({ flags, words: { path } }, terminal) {
    const { describePath } = await import('../node/describe-path.js');
    const { verify, workers, json } = flags;
    let damaged: readonly SkippedPicture[] | undefined;
    const found = await describePath(path, {
      ...openOptions(flags),
      verify,
      moments: flags.moments,
      skipDamaged: flags['skip-damaged'],
      onDamaged: (found) => (damaged = found),
      ...(workers !== undefined && { workers }),
    });
    if (json) {
      terminal.log(JSON.stringify({ ...found, ...(damaged && { damaged }) }));
      return;
    }
    const { kind, name, count, shape, classes, sha256, moments } = found;
    terminal.log(`${path}: ${kind}, "${name}", ${count} images${shape ? ` of ${shape.join('×')}` : ''}`);
    const { skippedText } = await import('../node/image-files.js');
    const { damagedText } = await import('../node/decoded-blocks.js');
    if (found.skipped) terminal.log(skippedText(count, found.skipped));
    if (damaged) terminal.error(damagedText(damaged));
    for (const each of classes) terminal.log(`${String(each.count).padStart(9)}  ${each.name}`);
    if (moments) {
      const { smallest, largest, mean, std } = moments;
      const list = (values: readonly number[]) => values.map((value) => value.toFixed(6)).join(' ');
      terminal.log(`sizes ${smallest.join('×')} to ${largest.join('×')}`);
      terminal.log(`mean ${list(mean)}  std ${list(std)}  (of bytes / 255)`);
    }
    if (sha256 !== undefined) terminal.log(`sha256 ${sha256}${verify ? ', verified' : ''}`);
  },
});
