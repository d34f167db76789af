import type { ByteSource } from './byte-source.js';
import { inflateChunks } from './inflate.js';
import { quote } from './text.js';

/** A deflated file of an archive, which can only be read forward: a step back begins again. */
export function inflatedReader(
  source: ByteSource,
  findStart: () => Promise<number>,
  { packedSize, size, crc }: { readonly packedSize: number; readonly size: number; readonly crc: number },
  fail: (expected: string, found: string) => never,
): Pick<ByteSource, 'readInto' | 'close'> {
  let chunks: AsyncGenerator<Uint8Array> | undefined;
  let chunk: Uint8Array = new Uint8Array(0);
  let at = 0;

  async function* packed(): AsyncGenerator<Uint8Array> {
    const start = await findStart();
    for (let done = 0; done < packedSize; done += 1 << 16) {
      const piece = new Uint8Array(Math.min(1 << 16, packedSize - done));
      await source.readInto(piece, start + done);
      yield piece;
    }
  }
  const begin = (): AsyncGenerator<Uint8Array> =>
    inflateChunks(packed(), { crc, size }, (problem) => fail('be whole', `damage (${quote(problem)})`));
  const stop = async (): Promise<void> => {
    await chunks?.return(undefined);
    [chunks, chunk, at] = [undefined, new Uint8Array(0), 0];
  };
  /** Hands out the next bytes piece by piece. */
  const pass = async (count: number, use: (piece: Uint8Array, done: number) => void): Promise<void> => {
    for (let done = 0; done < count;) {
      if (chunk.length === 0) {
        const next = await (chunks ??= begin()).next();
        if (next.done) return fail(`hold ${size} bytes`, `${at}`);
        chunk = next.value;
      }
      const piece = chunk.subarray(0, count - done);
      use(piece, done);
      done += piece.length;
      at += piece.length;
      chunk = chunk.subarray(piece.length);
    }
  };
  const read = async (target: Uint8Array, start: number): Promise<void> => {
    if (start < at) await stop();
    await pass(start - at, () => {});
    await pass(target.length, (piece, done) => target.set(piece, done));
    if (at < size) return;
    // To the end: there the platform checks CRC-32 and length.
    if (chunk.length > 0 || !(await (chunks ??= begin()).next()).done) fail(`hold ${size} bytes`, 'more');
    await stop();
  };
  // One reading at a time.
  let queue: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(body: () => Promise<T>): Promise<T> => {
    const turn = queue.then(body, body);
    queue = turn.catch(() => {});
    return turn;
  };
  return {
    readInto: (target, start) => inTurn(() => read(target, start)),
    close: () => inTurn(stop),
  };
}
