import { ArgumentError, checkLabels, describe, NO_CLASS, type Wording } from '@immiscible/core';
import type { ParquetMetadata, ParquetTable } from './parquet-file.js';

/**
 * The class indices of a column, checked.
 *
 * @param unlabeled - whether rows without a label are images of no class, instead of an error
 * @param classes - how many classes there are, if that is known
 * @throws RangeError naming the file and row of what is no class index
 */
export async function readLabels(
  fn: string,
  table: ParquetTable,
  column: string,
  unlabeled: boolean,
  classes: number | undefined,
): Promise<Int32Array> {
  const labels = new Int32Array(table.rows);
  for (const file of table.files) {
    const start = file.groups[0] as number;
    const values = await table.read(file, column, start, file.groups.at(-1) as number);
    values.forEach((value, row) => {
      labels[start + row] = labelOf(value, unlabeled, (found, fix) => {
        throw new ArgumentError({
          fn,
          argument: file.path,
          verb: 'have',
          constraint: `class indices in ${column}`,
          got: `${found} in row ${row}`,
          fix,
        });
      });
    });
  }
  checkLabels(`${fn}: ${table.files.map(({ path }) => path).join(', ')}`, labels, table.rows, classes);
  return labels;
}

/** An integer as it is; nothing, if that is asked for, as no class. Text and lists hold no number to be guessed. */
function labelOf(value: unknown, unlabeled: boolean, fail: (found: string, fix: Wording) => never): number {
  if (value === null || value === undefined) {
    return unlabeled
      ? NO_CLASS
      : fail('no label', [
          ...['say ', { option: 'unlabeled', value: true }, ' to take it as an image of no class, or '],
          { option: 'label', value: false },
        ]);
  }
  const number = typeof value === 'bigint' ? Number(value) : value;
  if (typeof number === 'number' && Number.isInteger(number)) return number;
  const found =
    Array.isArray(value) || ArrayBuffer.isView(value)
      ? `a list of ${(value as unknown[]).length}`
      : describe(value);
  const [column, none] = [{ option: 'label' }, { option: 'label', value: false }];
  return fail(found, ['name another column as ', column, ', or say ', none]);
}

/** What the classes of a column are called, by the `huggingface` metadata; undefined where they don't say. */
export function classNamesOf(metadata: ParquetMetadata, label: string): readonly string[] | undefined {
  const text = metadata.key_value_metadata?.find(({ key }) => key === 'huggingface')?.value;
  try {
    const names = JSON.parse(text ?? '{}')?.info?.features?.[label]?.names;
    return Array.isArray(names) && names.every((name) => typeof name === 'string') ? names : undefined;
  } catch {
    return undefined;
  }
}
