import { decodeText } from '@immiscible/formats';

/**
 * Labels as EDM's and StyleGAN's `dataset_tool.py` write them beside the pictures, in `dataset.json`:
 * `{"labels": [["00000/img00000000.png", 6], …]}`, or `"labels": null` for none.
 *
 * @param names - of the pictures, relative to the file, `/` between parts
 * @throws RangeError if it is something else, or a picture has no label
 */
export function datasetJsonLabels(
  fn: string,
  path: string,
  json: Uint8Array,
  names: readonly string[],
): Int32Array | undefined {
  const fail = (found: string): never => {
    throw new RangeError(
      `${fn}: dataset.json of ${path} must hold {"labels": [[name, class], …]} for each picture, got ${found}`,
    );
  };
  let content: unknown;
  try {
    content = JSON.parse(decodeText(json, 'dataset.json'));
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
    if (Number.isInteger(label) && (label as number) >= 0 && (label as number) < 2 ** 31)
      return label as number;
    const vector = Array.isArray(label) ? ', a vector where a class index is expected' : '';
    return fail(label === undefined ? `none for ${name}` : `${JSON.stringify(label)} for ${name}${vector}`);
  });
}
