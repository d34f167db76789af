import { checkOptions, type OptionKeys } from '@immiscible/core';
import { createReadStream } from 'node:fs';
import { posix } from 'node:path';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { hex, latin1 } from '../bytes.js';

/** A regular file of an archive. */
export interface TarFile {
  /** Path inside the archive, `/` between parts. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Of a link, where links are asked for: the path of the file whose content it has; `bytes` are then none. */
  readonly linkTo?: string;
}

/** @see {@link readTar} */
export interface ReadTarOptions {
  /**
   * Which files to read; the others are skipped without being kept.
   * @defaultValue all
   */
  readonly wanted?: (name: string) => boolean;
  /**
   * Give hard and symbolic links too, as where they lead.
   * @defaultValue false: they are skipped
   */
  readonly links?: boolean;
  /**
   * The most bytes that one file may have.
   * @defaultValue 1 GiB
   */
  readonly maximumBytes?: number;
}

const KEYS = { wanted: true, links: true, maximumBytes: true } satisfies OptionKeys<ReadTarOptions>;

const BLOCK = 512;

/**
 * The regular files of a `.tar` or `.tar.gz`, one after the other; only one is in memory at a time. Nothing is written
 * to disk. ustar, with GNU's and pax's long names.
 *
 * @throws RangeError if the archive is truncated or damaged, a file is too large, or a name leaves the archive
 */
export async function* readTar(path: string, options: ReadTarOptions = {}): AsyncGenerator<TarFile> {
  checkOptions('readTar', options, KEYS);
  const file = createReadStream(path, { highWaterMark: 1 << 18 });
  try {
    yield* tarFiles(await gunzipIfNeeded(file), path, options);
  } finally {
    file.destroy();
  }
}

async function gunzipIfNeeded(file: ReturnType<typeof createReadStream>): Promise<AsyncIterable<Uint8Array>> {
  const first = await new Promise<Uint8Array | null>((resolve, reject) => {
    file.once('error', reject);
    file.once('end', () => resolve(null));
    file.once('readable', () => resolve(file.read(2) as Uint8Array | null));
  });
  if (first === null) return (async function* () {})();
  file.unshift(Buffer.from(first));
  if (first[0] !== 0x1f || first[1] !== 0x8b) return file as AsyncIterable<Uint8Array>;
  const gunzip = createGunzip({ chunkSize: 1 << 18 });
  // Errors of either end arrive at who reads the gunzip stream.
  pipeline(file, gunzip, () => {});
  return gunzip as AsyncIterable<Uint8Array>;
}

/** The files of an archive that comes in chunks; see {@link readTar}. */
export async function* tarFiles(
  chunks: AsyncIterable<Uint8Array>,
  path: string,
  options: ReadTarOptions = {},
): AsyncGenerator<TarFile> {
  const { wanted = () => true, links = false, maximumBytes = 2 ** 30 } = options;
  const fail = (expected: string, found: string): never => {
    throw new RangeError(`readTar: ${path} must ${expected}, got ${found}`);
  };
  const source = byteReader(chunks, (error) => fail('be a whole archive', `damage (${error.message})`));
  let longName: string | undefined;
  let longLink: string | undefined;
  for (let number = 0; ; number++) {
    const header = await source.take(BLOCK);
    if (header.length === 0 && number > 0) return;
    if (header.length < BLOCK)
      return fail('be a tar archive', `${header.length} bytes where a header of 512 begins`);
    if (header.every((byte) => byte === 0)) return;
    if (!checksumHolds(header)) {
      return fail('be a tar archive', `a header that fails its checksum (it starts with "${hex(header)}")`);
    }
    const size = sizeOf(header);
    if (size === undefined) return fail('say the size of each file', `"${hex(header.subarray(124, 136))}"`);
    const kind = String.fromCharCode(header[156] as number);
    const padding = (BLOCK - (size % BLOCK)) % BLOCK;
    if (kind === 'L' || kind === 'K' || kind === 'x') {
      if (size > 65536) return fail('have names of at most 65,536 bytes', `${size}`);
      const text = new TextDecoder().decode(await source.take(size));
      if (kind === 'L') longName = text.replace(/\0.*$/s, '');
      else if (kind === 'K') longLink = text.replace(/\0.*$/s, '');
      else {
        longName = /\d+ path=(.*)\n/.exec(text)?.[1] ?? longName;
        longLink = /\d+ linkpath=(.*)\n/.exec(text)?.[1] ?? longLink;
      }
      await source.skip(padding);
      continue;
    }
    const name = longName ?? nameOf(header);
    const target = longLink ?? textAt(header, 157, 257);
    longName = undefined;
    longLink = undefined;
    if (links && (kind === '1' || kind === '2') && wanted(name)) {
      // Symbolic ones lead on from where they lie.
      const linkTo = kind === '1' ? target : posix.join(posix.dirname(name), target);
      yield {
        name: name.replace(/^\.\//, ''),
        bytes: new Uint8Array(0),
        linkTo: linkTo.replace(/^\.\//, ''),
      };
    }
    const isFile = kind === '0' || kind === '\0' || kind === '7';
    if (!isFile || !wanted(name)) {
      if (!(await source.skip(size + padding))) return fail('hold all of its files', `an end within ${name}`);
      continue;
    }
    if (name.startsWith('/') || name.split('/').includes('..')) {
      return fail('keep its files inside', `the name ${JSON.stringify(name.slice(0, 80))}`);
    }
    if (size > maximumBytes) return fail(`hold files of at most ${maximumBytes} bytes`, `${name} of ${size}`);
    const bytes = await source.take(size);
    if (bytes.length < size) {
      return fail('hold all of its files', `${bytes.length} of the ${size} bytes of ${name} (truncated)`);
    }
    yield { name: name.replace(/^\.\//, ''), bytes };
    await source.skip(padding);
  }
}

function nameOf(header: Uint8Array): string {
  const prefix =
    latin1(header.subarray(257, 262)) === 'ustar' && header[263] === 0x30 ? textAt(header, 345, 500) : '';
  const name = textAt(header, 0, 100);
  return prefix === '' ? name : `${prefix}/${name}`;
}

function textAt(header: Uint8Array, start: number, end: number): string {
  return new TextDecoder().decode(header.subarray(start, end)).replace(/\0.*$/s, '');
}

/** Octal digits, or GNU's big-endian form where the first bit is set. */
function sizeOf(header: Uint8Array): number | undefined {
  const field = header.subarray(124, 136);
  if (((field[0] as number) & 0x80) !== 0) {
    const value = field.subarray(4).reduce((sum, byte) => sum * 256 + byte, 0);
    return Number.isSafeInteger(value) ? value : undefined;
  }
  const digits = latin1(field)
    .replace(/[\0 ]+$/, '')
    .trim();
  return /^[0-7]+$/.test(digits) ? parseInt(digits, 8) : undefined;
}

/** The sum of the header's bytes, its own field counted as blanks. */
function checksumHolds(header: Uint8Array): boolean {
  const stored = parseInt(latin1(header.subarray(148, 156)).replace(/\0.*$/s, '').trim(), 8);
  let sum = 0;
  for (let i = 0; i < BLOCK; i++) sum += i >= 148 && i < 156 ? 32 : (header[i] as number);
  return sum === stored;
}

interface ByteReader {
  /** The next `count` bytes, fewer at the end. */
  take(count: number): Promise<Uint8Array>;
  /** Whether that many bytes were there to skip. */
  skip(count: number): Promise<boolean>;
}

function byteReader(chunks: AsyncIterable<Uint8Array>, onError: (error: Error) => never): ByteReader {
  const iterator = chunks[Symbol.asyncIterator]();
  let chunk: Uint8Array = new Uint8Array(0);
  const more = async (): Promise<boolean> => {
    while (chunk.length === 0) {
      const next = await iterator.next().catch((error: unknown) => onError(error as Error));
      if (next.done) return false;
      chunk = next.value;
    }
    return true;
  };
  /** Hands out the next bytes piece by piece; returns how many there were. */
  const pass = async (count: number, use: (piece: Uint8Array, at: number) => void): Promise<number> => {
    let done = 0;
    while (done < count && (await more())) {
      const piece = chunk.subarray(0, count - done);
      use(piece, done);
      done += piece.length;
      chunk = chunk.subarray(piece.length);
    }
    return done;
  };
  return {
    async take(count) {
      // Grown as bytes arrive: a damaged header's size must not allocate what the file doesn't hold.
      let out = new Uint8Array(Math.min(count, 1 << 20));
      const filled = await pass(count, (piece, at) => {
        if (at + piece.length > out.length) {
          const larger = new Uint8Array(Math.min(count, Math.max(2 * out.length, at + piece.length)));
          larger.set(out);
          out = larger;
        }
        out.set(piece, at);
      });
      return out.subarray(0, filled);
    },
    skip: async (count) => (await pass(count, () => {})) === count,
  };
}
