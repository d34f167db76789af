/** @throws RangeError unless there is a shape, the expected one */
export function checkShape(
  fn: string,
  name: string,
  expected: readonly number[],
  found: readonly number[] | undefined,
): void {
  if (found?.length === expected.length && found.every((length, i) => length === expected[i])) return;
  const text = found ? `[${found.join(',')}]` : 'none';
  throw new RangeError(`${fn}: ${name} must be of shape [${expected.join(',')}], got ${text}`);
}
