import { readFromDisk } from '#disk';
import { decodeSafetensors } from '@immiscible/formats';
import type { FeatureNetwork } from './extract-batches.js';
import { FASHION_SHAPES } from './fashion-network.js';

/** SHA-256 of weights/fashion.safetensors, as scripts/train-fashion-classifier.mjs prints it. */
export const FASHION_SHA256 = '9ecf4376ff82832ddddf0fa5165b1a1b737a48aff998ec44625cfbf81b7496e4';

/**
 * The classifier's weights, from the file in this package or from its bytes.
 *
 * @throws RangeError if they are not the weights that belong to this version, with both checksums
 * @throws Error if the file can't be read
 */
export async function loadFashionWeights(fn: string, given?: Uint8Array): Promise<FeatureNetwork['weights']> {
  // Written out so that bundlers see the file and copy it.
  const bytes = given ?? (await readFile(fn, new URL('../weights/fashion.safetensors', import.meta.url)));
  const found = await sha256(fn, bytes);
  if (found !== FASHION_SHA256) {
    throw new RangeError(
      `${fn}: the weights must have the SHA-256 ${FASHION_SHA256}, got ${found} of ${bytes.length} bytes; ` +
        'install @immiscible/metrics-fid again',
    );
  }
  const { tensors } = decodeSafetensors(bytes);
  return new Map(
    Object.entries(FASHION_SHAPES).map(([name, shape]) => [
      name,
      { shape, data: tensors[name]?.data as Float32Array },
    ]),
  );
}

async function readFile(fn: string, url: URL): Promise<Uint8Array> {
  if (url.protocol === 'file:') return readFromDisk(url);
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${fn}: ${url.href} answered ${response.status} ${response.statusText}`);
  return new Uint8Array(await response.arrayBuffer());
}

async function sha256(fn: string, bytes: Uint8Array): Promise<string> {
  // Absent on pages that were not loaded over https or from localhost.
  const subtle = globalThis.crypto?.subtle;
  if (subtle === undefined) {
    throw new Error(`${fn}: no crypto.subtle here to check the weights with; serve the page over https`);
  }
  const digest = new Uint8Array(await subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
