import { defineCommand, runMain } from 'citty';
import type { SkippedPicture } from './node/decode-block.js';
import type { LoadImagesOptions } from './node/load-images.js';
import type { OpenImagesOptions } from './node/open-images.js';

/** Where lines are printed to; `console` is one. */
export interface Terminal {
  /** What was asked for. */
  log(line: string): void;
  /** Progress and errors. */
  error(line: string): void;
}

/** Runs a command's body; what it throws is a message for the user, not a crash. */
async function orFail(terminal: Terminal, body: () => Promise<void>): Promise<void> {
  try {
    await body();
  } catch (error) {
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
    const message = error instanceof Error ? error.message : String(error);
    // Functions name their options; here they are flags.
    terminal.error(
      message
        .replace('say convert: true', 'say --convert')
        .replace("say size, and crop: 'centre',", 'say --size, and --crop centre,')
        .replace("say crop: 'centre', or a box", 'say --crop centre')
        .replace('say unlabeled: true', 'say --unlabeled')
        .replace('or label: false', 'or --label-column none')
        .replace('name another column as label, or say label: false', 'say --label-column NAME, or none'),
    );
    process.exitCode = 1;
  }
}

/** citty lets unknown flags pass: a mistyped one would be a file that was not meant. */
function refuseUnknown(args: object, known: object, positionals: readonly string[]): void {
  const names = new Set(Object.keys(known).flatMap((name) => [name, camel(name)]));
  for (const name of Object.keys(args)) {
    if (name !== '_' && !names.has(name)) {
      const flags = Object.keys(known).filter((flag) => !positionals.includes(flag));
      throw new RangeError(
        `datasets: flags must be of ${flags.map((flag) => `--${flag}`).join(', ')}, got --${name}`,
      );
    }
  }
  const empty = Object.keys(known).find((name) => (args as Record<string, unknown>)[name] === '');
  if (empty !== undefined) {
    const what = positionals.includes(empty) ? empty.toUpperCase() : `--${empty}`;
    throw new RangeError(`datasets: ${what} must have a value, got none`);
  }
  const extra = (args as { _: string[] })._[positionals.length];
  if (extra !== undefined) {
    throw new RangeError(`datasets: there must be ${positionals.length} arguments, got "${extra}" as well`);
  }
}

const camel = (name: string) => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());

function whole(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0) return value;
  throw new RangeError(`datasets: --${flag} must be a whole number, got "${text}"`);
}

function sizeOf(text: string | undefined): number | readonly [number, number] | undefined {
  if (text === undefined) return undefined;
  const [, height, width] = /^([1-9]\d{0,4})(?:x([1-9]\d{0,4}))?$/.exec(text) ?? [];
  if (height === undefined) {
    throw new RangeError(`datasets: --size must be a side in pixels or HEIGHTxWIDTH, got "${text}"`);
  }
  return width === undefined ? Number(height) : [Number(height), Number(width)];
}

/** What of a parquet data set is asked for. */
function openOptions(args: { readonly [flag: string]: unknown }): OpenImagesOptions {
  const [split, image, label] = ['split', 'image-column', 'label-column'].map(
    (flag) => args[flag] as string | undefined,
  );
  return {
    ...(split !== undefined && { split }),
    ...(image !== undefined && { image }),
    ...(label !== undefined && { label: label === 'none' ? false : label }),
    ...(args['unlabeled'] === true && { unlabeled: true }),
  };
}

const packArgs = {
  from: {
    type: 'positional',
    required: true,
    description:
      "folder of pictures (classes in sub-folders) or of parquet files, .zip, .tar, .tar.gz or .parquet, CIFAR's own .tar.gz, or IDX",
  },
  to: { type: 'positional', required: true, description: 'the packed file to write' },
  size: {
    type: 'string',
    description: "a side in pixels, or HEIGHTxWIDTH, smaller by area averages (the first picture's)",
  },
  crop: {
    type: 'string',
    description:
      'centre: cut the largest square out of the middle first; centre-lanczos, centre-wide, centre-dhariwal: as the recipes of EDM and ADM',
  },
  grey: { type: 'boolean', description: 'one channel instead of three', default: false },
  convert: {
    type: 'boolean',
    description: 'bring grey, alpha and 16 bits to these channels',
    default: false,
  },
  split: {
    type: 'string',
    description:
      "of CIFAR's archives: train or test (train); of a folder of parquet files: how their names begin",
  },
  'image-column': { type: 'string', description: "parquet's column with pictures, if it has no usual name" },
  'label-column': {
    type: 'string',
    description: "parquet's column with class indices, likewise; none for no labels",
  },
  unlabeled: {
    type: 'boolean',
    description: "take parquet's rows without a label as images of no class",
    default: false,
  },
  'skip-damaged': {
    type: 'boolean',
    description: 'leave out damaged pictures and name them at the end, instead of failing',
    default: false,
  },
  workers: { type: 'string', description: 'threads that decode' },
  json: { type: 'boolean', description: 'print one JSON object', default: false },
} as const;

const packCommand = (terminal: Terminal) =>
  defineCommand({
    meta: { name: 'pack', description: 'Decode pictures once into a file that is read in any order' },
    args: packArgs,
    run: ({ args }) =>
      orFail(terminal, async () => {
        refuseUnknown(args, packArgs, ['from', 'to']);
        const size = sizeOf(args.size);
        const workers = whole('workers', args.workers);
        const { RECIPE_CROPS } = await import('./node/recipe-crops.js');
        const crops = ['centre', ...RECIPE_CROPS];
        if (args.crop !== undefined && !crops.includes(args.crop)) {
          throw new RangeError(`datasets: --crop must be of ${crops.join(', ')}, got "${args.crop}"`);
        }
        const { openCifar, openIdx, openImages } = await import('./node/open-images.js');
        const { packImages } = await import('./node/packed.js');
        const { split } = args;
        const say = (
          { count, shape, sha256 }: Awaited<ReturnType<typeof packImages>>,
          rest: { skipped?: readonly string[]; damaged?: readonly SkippedPicture[] } = {},
        ): void => {
          if (args.json) terminal.log(JSON.stringify({ path: args.to, count, shape, sha256, ...rest }));
          else terminal.log(`${args.to}: ${count} images of ${shape.join('×')}, sha256 ${sha256}`);
        };
        const inMemory = (await openCifar(args.from, split)) ?? (await openIdx(args.from, split));
        if (inMemory !== undefined) {
          if (size !== undefined || args.crop !== undefined || args.grey) {
            throw new RangeError(
              'datasets: --size, --crop and --grey must be left out for CIFAR’s archives and IDX',
            );
          }
          say(await packImages(inMemory, args.to));
          return;
        }
        const files = await openImages(args.from, openOptions(args));
        const { skippedText } = await import('./node/image-files.js');
        const { damagedText } = await import('./node/load-images.js');
        const { skipped } = files;
        let damaged: readonly SkippedPicture[] | undefined;
        try {
          const tty = process.stderr.isTTY && !args.json;
          const options: LoadImagesOptions = {
            channels: args.grey ? 1 : 3,
            convert: args.convert,
            ...(size !== undefined && { size }),
            ...(workers !== undefined && { workers }),
            ...(args.crop !== undefined && { crop: args.crop as 'centre' }),
            skipDamaged: args['skip-damaged'],
            onDamaged: (found) => (damaged = found),
            onProgress: (done, count) => {
              if (tty) process.stderr.write(`\r\x1b[K${done} of ${count} pictures`);
            },
          };
          const packed = await packImages(files, args.to, options);
          if (tty) process.stderr.write('\r\x1b[K');
          say(packed, { ...(skipped && { skipped }), ...(damaged && { damaged }) });
          if (args.json) return;
          if (skipped) terminal.log(skippedText(packed.count, skipped));
          if (damaged) terminal.error(damagedText(damaged));
        } finally {
          await files.close();
        }
      }),
  });

const infoArgs = {
  path: { type: 'positional', required: true, description: 'a packed file, or what pack takes' },
  verify: {
    type: 'boolean',
    description: 'read all of a packed file and compare its checksum',
    default: false,
  },
  moments: {
    type: 'boolean',
    description: "decode everything, for the pixels' mean and deviation",
    default: false,
  },
  split: packArgs.split,
  'image-column': packArgs['image-column'],
  'label-column': packArgs['label-column'],
  unlabeled: packArgs.unlabeled,
  'skip-damaged': packArgs['skip-damaged'],
  workers: packArgs.workers,
  json: { type: 'boolean', description: 'print one JSON object', default: false },
} as const;

const infoCommand = (terminal: Terminal) =>
  defineCommand({
    meta: { name: 'info', description: 'Say what is in a packed file, a folder or an archive' },
    args: infoArgs,
    run: ({ args }) =>
      orFail(terminal, async () => {
        refuseUnknown(args, infoArgs, ['path']);
        const { describePath } = await import('./node/open-images.js');
        const workers = whole('workers', args.workers);
        const { verify, moments: wanted } = args;
        let damaged: readonly SkippedPicture[] | undefined;
        const found = await describePath(args.path, {
          ...openOptions(args),
          verify,
          moments: wanted,
          skipDamaged: args['skip-damaged'],
          onDamaged: (found) => (damaged = found),
          ...(workers !== undefined && { workers }),
        });
        if (args.json) {
          terminal.log(JSON.stringify({ ...found, ...(damaged && { damaged }) }));
          return;
        }
        const { kind, name, count, shape, classes, sha256, moments } = found;
        terminal.log(
          `${args.path}: ${kind}, "${name}", ${count} images${shape ? ` of ${shape.join('×')}` : ''}`,
        );
        const { skippedText } = await import('./node/image-files.js');
        const { damagedText } = await import('./node/load-images.js');
        if (found.skipped) terminal.log(skippedText(count, found.skipped));
        if (damaged) terminal.error(damagedText(damaged));
        for (const each of classes) terminal.log(`${String(each.count).padStart(9)}  ${each.name}`);
        if (moments) {
          const { smallest, largest, mean, std } = moments;
          const list = (values: readonly number[]) => values.map((value) => value.toFixed(6)).join(' ');
          terminal.log(`sizes ${smallest.join('×')} to ${largest.join('×')}`);
          terminal.log(`mean ${list(mean)}  std ${list(std)}  (of bytes / 255)`);
        }
        if (sha256 !== undefined) terminal.log(`sha256 ${sha256}${args.verify ? ', verified' : ''}`);
      }),
  });

const fetchArgs = {
  name: {
    type: 'positional',
    required: false,
    description: 'cifar10, mnist, …, or hf:OWNER/NAME of the Hugging Face hub; without it, what there is',
  },
  to: { type: 'string', description: 'the folder to put it into (./NAME)' },
  mirror: { type: 'string', description: 'an address that has the same files; checksums stay the same' },
  revision: { type: 'string', description: 'of hf: a branch, tag or commit (main)' },
  only: { type: 'string', description: "of hf: files with such paths, as 'data/train-*'" },
  hint: { type: 'boolean', description: 'only say what to put where by hand', default: false },
  json: { type: 'boolean', description: 'print one JSON object', default: false },
} as const;

const fetchCommand = (terminal: Terminal) =>
  defineCommand({
    meta: { name: 'fetch', description: 'Get a data set from its publisher, resumable, with its checksum' },
    args: fetchArgs,
    run: ({ args }) =>
      orFail(terminal, async () => {
        refuseUnknown(args, fetchArgs, ['name']);
        const { byHandHint, fetchDataset, knownDownload, KNOWN_DOWNLOADS } =
          await import('./node/known-downloads.js');
        const { name } = args;
        if (name === undefined) {
          for (const [known, { title, byHand }] of Object.entries(KNOWN_DOWNLOADS))
            terminal.log(`${known.padEnd(14)} ${title}${byHand === undefined ? '' : ' (by hand)'}`);
          return;
        }
        if (name.startsWith('hf:')) {
          await fromHub(name.slice(3), args, terminal);
          return;
        }
        for (const flag of ['revision', 'only'] as const) {
          if (args[flag] !== undefined) {
            throw new RangeError(`datasets: --${flag} must be left out for ${name}, which is not on the hub`);
          }
        }
        const { title, page, licence, use } = knownDownload(name);
        const directory = args.to ?? `./${name}`;
        const say = (line: string) => (args.json ? undefined : terminal.error(line));
        say(`${title}\nfrom ${page}\nlicence: ${licence}`);
        if (args.hint) {
          terminal.log(byHandHint(name, directory));
          return;
        }
        const tty = process.stderr.isTTY && !args.json;
        const paths = await fetchDataset(name, {
          directory,
          ...(args.mirror !== undefined && { mirror: args.mirror }),
          onFile: ({ bytes }, path) => say(`${path}${bytes === undefined ? '' : `, ${megabytes(bytes)}`}`),
          onProgress: progress(tty),
        });
        if (tty) process.stderr.write('\r\x1b[K');
        if (args.json) terminal.log(JSON.stringify({ name, licence, page, paths }));
        else terminal.log(`whole, checksums right; ${use.replaceAll('DIR', directory)}`);
      }),
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
  const { fetchHub, hubDataset } = await import('./node/hub.js');
  const { revision, only } = args;
  const endpoint = args.mirror ?? process.env['HF_ENDPOINT'];
  const token = process.env['HF_TOKEN'];
  const dataset = await hubDataset(id, {
    ...(revision !== undefined && { revision }),
    ...(only !== undefined && { only }),
    ...(endpoint && { endpoint }),
    ...(token && { token }),
  });
  const { page, licence, commit, files } = dataset;
  const directory = args.to ?? `./${id.split('/').at(-1)}`;
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const say = (line: string) => (args.json ? undefined : terminal.error(line));
  say(`${id}, ${files.length} files, ${megabytes(total)}\nfrom ${page} at ${commit}\nlicence: ${licence}`);
  if (args.hint) {
    for (const { name, bytes, sha256, gitBlob, url } of files) {
      const hash = sha256 === undefined ? `git hash ${gitBlob}` : `SHA-256 ${sha256}`;
      terminal.log(`  ${directory}/${name}  ${bytes.toLocaleString('en')} bytes, ${hash}\n    ${url}`);
    }
    return;
  }
  const tty = process.stderr.isTTY && !args.json;
  const paths = await fetchHub(dataset, {
    directory,
    ...(token && { token }),
    onFile: ({ bytes }, path) => say(`${path}, ${megabytes(bytes)}`),
    onProgress: progress(tty),
  });
  if (tty) process.stderr.write('\r\x1b[K');
  if (args.json) terminal.log(JSON.stringify({ name: `hf:${id}`, commit, licence, page, paths }));
  else terminal.log(`whole, checksums right; npx @immiscible/datasets info ${directory}`);
}

/** Bytes that are there, at most ten times a second. */
function progress(tty: boolean): (done: number, total: number | undefined) => void {
  let shown = 0;
  return (done, total) => {
    if (!tty || (Date.now() - shown < 100 && done !== total)) return;
    shown = Date.now();
    const of = total === undefined ? '' : ` of ${megabytes(total)}, ${Math.floor((100 * done) / total)} %`;
    process.stderr.write(`\r\x1b[K${megabytes(done)}${of}`);
  };
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** The command `immiscible-datasets`, with the arguments after its name. */
export async function runDatasets(rawArgs: readonly string[], terminal: Terminal): Promise<void> {
  const subCommands = {
    pack: packCommand(terminal),
    info: infoCommand(terminal),
    fetch: fetchCommand(terminal),
  };
  const { readFile } = await import('node:fs/promises');
  const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));
  const meta = {
    name: 'immiscible-datasets',
    version: String(version),
    description: 'Image data sets: get them, pack them, look at them',
  };
  await runMain(defineCommand({ meta, subCommands }), { rawArgs: [...rawArgs] });
}
