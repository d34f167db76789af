import { type FileHandle, open } from 'node:fs/promises';
import { type ByteSource, checkWithin } from '../byte-source.js';

/** No system reads more than 2 GiB at once. */
const READ_AT_ONCE = 2 ** 30;

/**
 * A file on disk as a source: only what is asked for is read.
 *
 * @param path - what messages call it, too
 * @throws Error if the file can't be opened, saying why; TypeError if it is no file
 */
export async function openFile(path: string | URL): Promise<ByteSource> {
  const name = String(path);
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (cause) {
    throw new Error(
      `openFile: path must be a file that can be read, got ${name} (${(cause as Error).message})`,
      { cause },
    );
  }
  try {
    const stats = await file.stat();
    if (!stats.isFile()) throw new TypeError(`openFile: path must be a file, got ${name}, which is none`);
    const { size } = stats;
    let isOpen = true;
    return {
      name,
      size,
      async readInto(target, start) {
        checkWithin(name, size, start, target.length);
        for (let done = 0; done < target.length;) {
          const length = Math.min(target.length - done, READ_AT_ONCE);
          const { bytesRead } = await file.read(target, done, length, start + done);
          if (bytesRead === 0) throw new RangeError(`readInto: ${name} must stay as it is, got an early end`);
          done += bytesRead;
        }
      },
      async close() {
        if (isOpen) {
          isOpen = false;
          await file.close();
        }
      },
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}
