import type { NdArray } from 'ndarray';
import { isSystemFile, namesText } from './archive-names.js';
import type { ByteSource } from './byte-source.js';
import type { Numbers } from './element-types.js';
import { type NpyFile, openNpy } from './npy.js';
import { quote } from './text.js';
import { openZip } from './zip.js';

/** An `.npz` file whose arrays are read when they are asked for; what isn't asked for may be anything. */
export interface NpzFile {
  /** Of the arrays, without `.npy`, in the file's order. */
  readonly names: readonly string[];
  /** One array, to read block by block. */
  open(name: string): Promise<NpyFile>;
  /** One array, whole. */
  read(name: string): Promise<NdArray<Numbers>>;
  /** Closes its source. */
  close(): Promise<void>;
}

const fn = 'openNpz';

/**
 * Opens an `.npz` file (NumPy's `savez` and `savez_compressed`) of any size; only its table of contents is read.
 *
 * @param source - closed with the file, or if it is refused
 * @throws RangeError if it is no whole zip archive; when an array is read, if there is none of that name, or it is damaged
 *   or not of numbers
 * @example
 * const npz = await openNpz(await openFile('samples.npz'));
 * const images = await npz.open('arr_0');
 * const first = await images.rows(0, 64);
 */
export async function openNpz(source: ByteSource): Promise<NpzFile> {
  const zip = await openZip(source);
  const names = zip.names
    .filter((name) => name.endsWith('.npy') && !isSystemFile(name))
    .map((name) => name.slice(0, -'.npy'.length));
  const open = async (name: string): Promise<NpyFile> => {
    if (!names.includes(name)) {
      throw new RangeError(
        `${fn}: ${source.name} must hold the array ${quote(name)}, got ${namesText(names)}`,
      );
    }
    return openNpy(zip.open(`${name}.npy`));
  };
  return {
    names,
    open,
    async read(name) {
      const array = await open(name);
      try {
        return await array.read();
      } finally {
        await array.close();
      }
    },
    close: () => zip.close(),
  };
}
