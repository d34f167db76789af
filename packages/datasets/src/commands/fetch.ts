import {
  type Command,
  defineCommand,
  jsonFlag,
  megabytes,
  progressLine,
  type Terminal,
  UsageError,
} from '@immiscible/command-line';

export const fetchCommand: Command = defineCommand({
  name: 'fetch',
  about: 'Get a data set from its publisher, resumable, with its checksum',
  flags: {
    to: { kind: 'text', hint: 'DIR', about: 'the folder to put it into (./NAME)' },
    mirror: {
      kind: 'text',
      hint: 'URL',
      about: 'an address that has the same files; checksums stay the same',
    },
    revision: { kind: 'text', hint: 'NAME', about: 'of hf: a branch, tag or commit (main)' },
    only: { kind: 'text', hint: 'PATTERN', about: "of hf: files with such paths, as 'data/train-*'" },
    hint: { kind: 'boolean', about: 'only say what to put where by hand' },
    json: jsonFlag,
  },
  words: {
    name: {
      optional: true,
      sets: ['knownDownload.name', 'hubDataset.id'],
      about: 'cifar10, mnist, …, or hf:OWNER/NAME of the Hugging Face hub; without it, what there is',
    },
  },
  async run({ flags, words: { name } }, terminal) {
    const { byHandHint, fetchDataset, knownDownload } = await import('../node/fetch-dataset.js');
    const { KNOWN_DOWNLOADS } = await import('../node/known-downloads.js');
    if (name === undefined) {
      for (const [known, { title, byHand }] of Object.entries(KNOWN_DOWNLOADS))
        terminal.log(`${known.padEnd(14)} ${title}${byHand === undefined ? '' : ' (by hand)'}`);
      return;
    }
    if (name.startsWith('hf:')) {
      await fromHub(name.slice(3), flags, terminal);
      return;
    }
    for (const flag of ['revision', 'only'] as const) {
      if (flags[flag] !== undefined) {
        throw new UsageError(`--${flag} must be left out for ${name}, which is not on the hub`);
      }
    }
    const { title, page, license, use } = knownDownload(name);
    const { to: directory = `./${name}`, mirror, hint, json } = flags;
    const say = (line: string) => (json ? undefined : terminal.error(line));
    say(`${title}\nfrom ${page}\nlicense: ${license}`);
    if (hint) {
      terminal.log(byHandHint(name, directory));
      return;
    }
    const progress = progressLine(terminal, { unit: 'bytes', quiet: json });
    const paths = await fetchDataset(name, {
      directory,
      ...(mirror !== undefined && { mirror }),
      onFile: ({ bytes }, path) => say(`${path}${bytes === undefined ? '' : `, ${megabytes(bytes)}`}`),
      onProgress: progress.update,
    });
    progress.end();
    if (json) terminal.log(JSON.stringify({ name, license, page, paths }));
    else terminal.log(`complete; checksums match. Read it by ${use.replaceAll('DIR', directory)}`);
  },
});

/** A data set of the hub: what it is, then its files. */
async function fromHub(
  id: string,
  args: {
    readonly to?: string | undefined;
    readonly mirror?: string | undefined;
    readonly revision?: string | undefined;
    readonly only?: string | undefined;
    readonly hint: boolean;
    readonly json: boolean;
  },
  terminal: Terminal,
): Promise<void> {
  const { fetchHub, hubDataset } = await import('../node/hub.js');
  const { revision, only } = args;
  const endpoint = args.mirror ?? process.env['HF_ENDPOINT'];
  const token = process.env['HF_TOKEN'];
  const dataset = await hubDataset(id, {
    ...(revision !== undefined && { revision }),
    ...(only !== undefined && { only }),
    ...(endpoint && { endpoint }),
    ...(token && { token }),
  });
  const { page, license, commit, files } = dataset;
  const directory = args.to ?? `./${id.split('/').at(-1)}`;
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const say = (line: string) => (args.json ? undefined : terminal.error(line));
  say(`${id}, ${files.length} files, ${megabytes(total)}\nfrom ${page} at ${commit}\nlicense: ${license}`);
  if (args.hint) {
    for (const { name, bytes, sha256, gitBlob, url } of files) {
      const hash = sha256 === undefined ? `git hash ${gitBlob}` : `SHA-256 ${sha256}`;
      terminal.log(`  ${directory}/${name}  ${bytes.toLocaleString('en')} bytes, ${hash}\n    ${url}`);
    }
    return;
  }
  const progress = progressLine(terminal, { unit: 'bytes', quiet: args.json });
  const paths = await fetchHub(dataset, {
    directory,
    ...(token && { token }),
    onFile: ({ bytes }, path) => say(`${path}, ${megabytes(bytes)}`),
    onProgress: progress.update,
  });
  progress.end();
  if (args.json) terminal.log(JSON.stringify({ name: `hf:${id}`, commit, license, page, paths }));
  else terminal.log(`complete; checksums match. Look at it by npx @immiscible/datasets info ${directory}`);
}
