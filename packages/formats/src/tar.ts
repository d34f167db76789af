import { checkBytes, checkOptions, type OptionKeys } from '@immiscible/core';
import { archivePath, type SkippedFile } from './archive-names.js';
import { type ByteSource, chunksOf, readBytes } from './byte-source.js';
import { byteStream } from './byte-stream.js';
import { gunzipChunks, isGzip } from './inflate.js';
import { BLOCK, parsePax, parseTarHeader, type TarHeader } from './tar-header.js';
import { resolveLinks, type TarLink } from './tar-links.js';
import { quote } from './text.js';

/** A file of an archive. */
export interface TarFile {
  /** Path inside the archive, `/` between parts. */
  readonly name: string;
  /** Its content. */
  readonly bytes: Uint8Array;
}

/** Options of {@link readTar}. */
export interface ReadTarOptions {
  /**
   * Which files to read; the others are passed over without being kept.
   * @defaultValue all
   */
  readonly wanted?: (name: string) => boolean;
  /**
   * The most bytes that one file may have.
   * @defaultValue what `IMMISCIBLE_MAX_BYTES` says, or 4 GiB
   */
  readonly maximumBytes?: number;
  /** Told of each wanted file that can't be given: a link out of the archive, a device, a sparse file. */
  readonly onSkipped?: (file: SkippedFile) => void;
}

const OPTIONS = { wanted: true, maximumBytes: true, onSkipped: true } satisfies OptionKeys<ReadTarOptions>;
const fn = 'readTar';
/** The most that an extended header may be. */
const MAX_EXTENDED = 1 << 20;

/**
 * The files of a `.tar` or `.tar.gz`, one after the other; only one is in memory at a time. ustar, with GNU's and pax's
 * long names. Links to files of the archive, hard and symbolic, also by linked folders, are files too: they come after the
 * others, for which the archive is read once more.
 *
 * @param source - closed at the end
 * @param options - which files to read, and how large they may be
 * @throws RangeError if the archive is truncated or damaged, a file is too large, or a name leaves the archive
 * @example
 * for await (const { name, bytes } of readTar(await openFile('pictures.tar.gz'))) console.log(name, bytes.length);
 */
export async function* readTar(source: ByteSource, options: ReadTarOptions = {}): AsyncGenerator<TarFile> {
  checkOptions(fn, options, OPTIONS);
  const { wanted = () => true, maximumBytes, onSkipped = () => {} } = options;
  const { name: path } = source;
  const fail = (expected: string, found: string): never => {
    throw new RangeError(`${fn}: ${path} must ${expected}, got ${found}`);
  };
  try {
    const links: TarLink[] = [];
    const names = new Set<string>();
    for await (const entry of entriesOf(source, fail)) {
      const name = entry.kind === '5' ? entry.name : insidePath(entry.name, fail);
      if (entry.kind === '0') {
        names.add(name);
        if (wanted(name)) yield { name, bytes: await entry.read(maximumBytes) };
      } else if (entry.kind === '1' || entry.kind === '2') {
        links.push({ name, target: entry.target, isSymbolic: entry.kind === '2' });
      } else if (entry.kind !== '5' && wanted(name)) {
        onSkipped({ name, reason: `an entry of type ${quote(entry.kind)}, which is no file` });
      }
    }
    if (links.length === 0) return;
    const copies = resolveLinks(links, names, wanted, onSkipped, fail);
    if (copies.size === 0) return;
    for await (const entry of entriesOf(source, fail)) {
      const others = entry.kind === '0' ? copies.get(insidePath(entry.name, fail)) : undefined;
      if (!others) continue;
      const bytes = await entry.read(maximumBytes);
      // Each is its caller's own.
      for (const name of others) yield { name, bytes: bytes.slice() };
    }
  } finally {
    await source.close();
  }
}

interface TarEntry extends TarHeader {
  /** Its content, if it is asked for before the next entry. */
  read(maximumBytes?: number): Promise<Uint8Array>;
}

type Fail = (expected: string, found: string) => never;

/** The entries in order, with the names that other entries give them. */
async function* entriesOf(source: ByteSource, fail: Fail): AsyncGenerator<TarEntry> {
  const stream = byteStream(await unpacked(source, fail));
  let long: { name?: string; target?: string; size?: number } = {};
  for (let number = 0; ; number++) {
    const block = await stream.take(BLOCK);
    if (block.length === 0 && number > 0) return;
    if (block.length < BLOCK)
      return fail('be a tar archive', `${block.length} bytes where a header of 512 begins`);
    if (block.every((byte) => byte === 0)) {
      // What fills the last record up; behind it is gzip's checksum.
      await stream.skip(1 << 20);
      return;
    }
    const header = parseTarHeader(block, fail);
    const isExtended = 'LKxg'.includes(header.kind);
    // Links, folders and devices have no content, whatever old tools say of their size.
    const size = isExtended ? header.size : '123456'.includes(header.kind) ? 0 : (long.size ?? header.size);
    const padding = (BLOCK - (size % BLOCK)) % BLOCK;
    if (isExtended) {
      if (size > MAX_EXTENDED) return fail('have extended headers of at most 1 MiB', `${size} bytes`);
      const content = await stream.take(size);
      if (content.length < size || !(await stream.skip(padding)))
        return fail('hold all of its files', 'an early end');
      long = { ...long, ...extension(header.kind, content, fail) };
      continue;
    }
    const { name = header.name, target = header.target } = long;
    long = {};
    let isRead = false;
    yield {
      ...header,
      name,
      target,
      size,
      async read(maximumBytes) {
        checkBytes(fn, `${name} of ${source.name}`, size, maximumBytes);
        isRead = true;
        const bytes = await stream.take(size);
        if (bytes.length === size) return bytes;
        return fail(
          'hold all of its files',
          `${bytes.length} of the ${size} bytes of ${quote(name)} (truncated)`,
        );
      },
    };
    if (!(await stream.skip((isRead ? 0 : size) + padding))) {
      return fail('hold all of its files', `an end within ${quote(name)}`);
    }
  }
}

/** What an entry of GNU's or pax's says about the next one. */
function extension(
  kind: string,
  content: Uint8Array,
  fail: Fail,
): { name?: string; target?: string; size?: number } {
  const text = () => new TextDecoder().decode(content).replace(/\0.*$/s, '');
  if (kind === 'L') return { name: text() };
  if (kind === 'K') return { target: text() };
  // Of all files together: no names or sizes.
  if (kind === 'g') return {};
  const records = parsePax(content, fail);
  if ([...records.keys()].some((key) => key.startsWith('GNU.sparse'))) {
    return fail('hold whole files', 'a sparse one; pack it without --sparse');
  }
  const [name, target, size] = ['path', 'linkpath', 'size'].map((key) => records.get(key));
  if (size !== undefined && !(/^\d+$/.test(size) && Number.isSafeInteger(Number(size)))) {
    return fail('say the size of each file', quote(size));
  }
  return {
    ...(name !== undefined && { name }),
    ...(target !== undefined && { target }),
    ...(size !== undefined && { size: Number(size) }),
  };
}

function insidePath(name: string, fail: Fail): string {
  return archivePath(name) ?? fail('keep its files inside', `the name ${quote(name)}`);
}

async function unpacked(source: ByteSource, fail: Fail): Promise<AsyncIterable<Uint8Array>> {
  const start = await readBytes(fn, source, 0, Math.min(2, source.size));
  const chunks = chunksOf(source);
  if (!isGzip(start)) return chunks;
  return gunzipChunks(chunks, (problem) => fail('be a whole archive', `damage (${problem})`));
}
