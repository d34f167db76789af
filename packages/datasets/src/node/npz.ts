import type { NdArray } from 'ndarray';
import type { Numbers } from '../bytes.js';
import { readNpy } from '../npy.js';
import { openZip } from './zip.js';

/**
 * The arrays of a `.npz` file (numpy's `savez` and `savez_compressed`), by name without `.npy`.
 *
 * @param names - which to read; @defaultValue all
 * @throws RangeError if the file is damaged, or an array is missing or not of numbers
 */
export async function readNpz(
  path: string,
  names?: readonly string[],
): Promise<Map<string, NdArray<Numbers>>> {
  const zip = await openZip(path, 2 ** 34);
  try {
    const arrays = new Map<string, NdArray<Numbers>>();
    const wanted = names?.map((name) => `${name}.npy`) ?? zip.names.filter((name) => name.endsWith('.npy'));
    for (const name of wanted) {
      arrays.set(name.slice(0, -'.npy'.length), readNpy(await zip.read(name), `${path}: ${name}`));
    }
    return arrays;
  } finally {
    await zip.close();
  }
}
