/** Bytes that come in chunks, taken in order. */
export interface ByteStream {
  /** The next `count` bytes, fewer at the end. */
  take(count: number): Promise<Uint8Array>;
  /** Whether that many bytes were there to skip. */
  skip(count: number): Promise<boolean>;
}

/** Chunks of any sizes as a stream of bytes. */
export function byteStream(chunks: AsyncIterable<Uint8Array>): ByteStream {
  const iterator = chunks[Symbol.asyncIterator]();
  let chunk: Uint8Array = new Uint8Array(0);
  const more = async (): Promise<boolean> => {
    while (chunk.length === 0) {
      const next = await iterator.next();
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
