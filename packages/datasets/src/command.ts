import { defineCommand, runMain } from 'citty';
import type { LoadImagesOptions } from './node/load-images.js';

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
    terminal.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}

/** citty lets unknown flags pass: a mistyped one would be a file that was not meant. */
function refuseUnknown(args: object, known: object, positionals: readonly string[]): void {
  for (const name of Object.keys(args)) {
    if (name !== '_' && !(name in known)) {
      const flags = Object.keys(known).filter((flag) => !positionals.includes(flag));
      throw new RangeError(
        `datasets: flags must be of ${flags.map((flag) => `--${flag}`).join(', ')}, got --${name}`,
      );
    }
  }
  const extra = (args as { _: string[] })._[positionals.length];
  if (extra !== undefined) {
    throw new RangeError(`datasets: there must be ${positionals.length} arguments, got "${extra}" as well`);
  }
}

function whole(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0) return value;
  throw new RangeError(`datasets: --${flag} must be a whole number, got "${text}"`);
}

const packArgs = {
  from: {
    type: 'positional',
    required: true,
    description:
      "folder of pictures (classes in sub-folders), .zip, .tar, .tar.gz or .parquet, or CIFAR's own .tar.gz",
  },
  to: { type: 'positional', required: true, description: 'the packed file to write' },
  size: { type: 'string', description: "a side in pixels, smaller by area averages (the first picture's)" },
  crop: { type: 'string', description: 'centre: cut the largest square out of the middle first' },
  grey: { type: 'boolean', description: 'one channel instead of three', default: false },
  convert: {
    type: 'boolean',
    description: 'bring grey, alpha and 16 bits to these channels',
    default: false,
  },
  split: { type: 'string', description: "of CIFAR's archives: train or test (train)" },
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
        const size = whole('size', args.size);
        const workers = whole('workers', args.workers);
        if (args.crop !== undefined && args.crop !== 'centre') {
          throw new RangeError(`datasets: --crop must be centre, got "${args.crop}"`);
        }
        const { openCifar, openImages } = await import('./node/open-images.js');
        const { packImages } = await import('./node/packed.js');
        const { split = 'train' } = args;
        if (split !== 'train' && split !== 'test') {
          throw new RangeError(`datasets: --split must be train or test, got "${split}"`);
        }
        const say = ({ count, shape, sha256 }: Awaited<ReturnType<typeof packImages>>): void => {
          if (args.json) terminal.log(JSON.stringify({ path: args.to, count, shape, sha256 }));
          else terminal.log(`${args.to}: ${count} images of ${shape.join('×')}, sha256 ${sha256}`);
        };
        const cifar = await openCifar(args.from, split);
        if (cifar !== undefined) {
          if (size !== undefined || args.crop !== undefined || args.grey) {
            throw new RangeError('datasets: --size, --crop and --grey must be left out for CIFAR’s archives');
          }
          say(await packImages(cifar, args.to));
          return;
        }
        if (args.split !== undefined) {
          throw new RangeError(
            `datasets: --split must be left out for ${args.from}, which is no CIFAR archive`,
          );
        }
        const files = await openImages(args.from);
        try {
          const tty = process.stderr.isTTY && !args.json;
          const options: LoadImagesOptions = {
            channels: args.grey ? 1 : 3,
            convert: args.convert,
            ...(size !== undefined && { size }),
            ...(workers !== undefined && { workers }),
            ...(args.crop === 'centre' && { crop: 'centre' }),
            onProgress: (done, count) => {
              if (tty) process.stderr.write(`\r\x1b[K${done} of ${count} pictures`);
            },
          };
          const packed = await packImages(files, args.to, options);
          if (tty) process.stderr.write('\r\x1b[K');
          say(packed);
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
        const found = await describePath(args.path, args.verify);
        if (args.json) {
          terminal.log(JSON.stringify(found));
          return;
        }
        const { kind, name, count, shape, classes, sha256 } = found;
        terminal.log(
          `${args.path}: ${kind}, "${name}", ${count} images${shape ? ` of ${shape.join('×')}` : ''}`,
        );
        for (const each of classes) terminal.log(`${String(each.count).padStart(9)}  ${each.name}`);
        if (sha256 !== undefined) terminal.log(`sha256 ${sha256}${args.verify ? ', verified' : ''}`);
      }),
  });

const fetchArgs = {
  name: { type: 'positional', required: false, description: 'cifar10, mnist, …; without it, what there is' },
  to: { type: 'string', description: 'the folder to put it into (./NAME)' },
  mirror: { type: 'string', description: 'an address that has the same files; checksums stay the same' },
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
        const { title, page, licence, use } = knownDownload(name);
        const directory = args.to ?? `./${name}`;
        const say = (line: string) => (args.json ? undefined : terminal.error(line));
        say(`${title}\nfrom ${page}\nlicence: ${licence}`);
        if (args.hint) {
          terminal.log(byHandHint(name, directory));
          return;
        }
        const tty = process.stderr.isTTY && !args.json;
        let shown = 0;
        const paths = await fetchDataset(name, {
          directory,
          ...(args.mirror !== undefined && { mirror: args.mirror }),
          onFile: ({ bytes }, path) => say(`${path}${bytes === undefined ? '' : `, ${megabytes(bytes)}`}`),
          onProgress: (done, total) => {
            if (!tty || (Date.now() - shown < 100 && done !== total)) return;
            shown = Date.now();
            const of =
              total === undefined ? '' : ` of ${megabytes(total)}, ${Math.floor((100 * done) / total)} %`;
            process.stderr.write(`\r\x1b[K${megabytes(done)}${of}`);
          },
        });
        if (tty) process.stderr.write('\r\x1b[K');
        if (args.json) terminal.log(JSON.stringify({ name, licence, page, paths }));
        else terminal.log(`whole, checksums right; ${use.replaceAll('DIR', directory)}`);
      }),
  });

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** The command `datasets`, with the arguments after its name. */
export async function runDatasets(rawArgs: readonly string[], terminal: Terminal): Promise<void> {
  const subCommands = {
    pack: packCommand(terminal),
    info: infoCommand(terminal),
    fetch: fetchCommand(terminal),
  };
  const meta = { name: 'datasets', description: 'Image data sets: get them, pack them, look at them' };
  await runMain(defineCommand({ meta, subCommands }), { rawArgs: [...rawArgs] });
}
