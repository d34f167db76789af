import { basename } from 'node:path';
import { byCodeUnits, type ImageFiles, isPicture } from './image-files.js';
import { openZip } from './zip.js';

/**
 * Pictures in a zip, as EDM's and StyleGAN's `dataset_tool.py` write them: labels in `dataset.json`, if there is one,
 * as `{"labels": [["00000/img00000000.png", 6], …]}` or `"labels": null`. Sorted by name.
 *
 * @throws RangeError if the zip is damaged, holds no pictures, or its labels don't fit them
 */
export async function imageZip(path: string): Promise<ImageFiles> {
  const zip = await openZip(path, 2 ** 28);
  try {
    const names = zip.names.filter(isPicture).sort(byCodeUnits);
    if (names.length === 0)
      throw new RangeError(`imageZip: ${path} must hold pictures (PNG, JPEG), got none`);
    const json = zip.names.includes('dataset.json') ? await zip.read('dataset.json') : undefined;
    const labels = json && labelsOf(path, json, names);
    return {
      name: basename(path).replace(/\.zip$/, ''),
      paths: names.map((name) => `${path}: ${name}`),
      onDisk: false,
      allowsFlip: true,
      ...(labels && { labels }),
      read: (index) => zip.read(names[index] as string),
      close: () => zip.close(),
    };
  } catch (error) {
    await zip.close();
    throw error;
  }
}

function labelsOf(path: string, json: Uint8Array, names: readonly string[]): Int32Array | undefined {
  const fail = (found: string): never => {
    throw new RangeError(
      `imageZip: dataset.json of ${path} must hold {"labels": [[name, class], …]} for each picture, got ${found}`,
    );
  };
  let content: unknown;
  try {
    content = JSON.parse(new TextDecoder().decode(json));
  } catch (error) {
    return fail((error as Error).message);
  }
  const list = (content as { labels?: unknown } | null)?.labels;
  if (list === null || list === undefined) return undefined;
  if (!Array.isArray(list)) return fail('labels that are no list');
  const classes = new Map<unknown, unknown>(
    list.map((item) => (Array.isArray(item) ? [item[0], item[1]] : [item, null])),
  );
  return Int32Array.from(names, (name) => {
    const label = classes.get(name);
    return Number.isInteger(label) && (label as number) >= 0
      ? (label as number)
      : fail(label === undefined ? `none for ${name}` : `${JSON.stringify(label)} for ${name}`);
  });
}
