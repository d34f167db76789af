import { type Command, defineCommand, progressLine } from '@immiscible/command-line';

export const fetchInceptionCommand: Command = defineCommand({
  name: 'fetch-inception',
  about: 'Download the weights of FID (96 MB) and check their SHA-256',
  flags: {
    output: { kind: 'text', hint: 'FILE', about: 'where to put it, if not in the cache' },
    url: { kind: 'text', hint: 'URL', about: 'a mirror; the SHA-256 must be the same' },
  },
  async run({ flags: { output, url } }, terminal) {
    const { fetchInception } = await import('../node/inception-file.js');
    const progress = progressLine(terminal, { unit: 'bytes' });
    terminal.error('license of pytorch-fid and these weights: Apache-2.0');
    const path = await fetchInception(output, url, progress.update);
    progress.end();
    terminal.log(path);
  },
});
