/** Throws a RangeError `fn: name must be <constraint>, got <value>`, with what to do where that is known. */
export function check(
  condition: boolean,
  fn: string,
  name: string,
  constraint: string,
  value: unknown,
  fix?: string,
): asserts condition {
  if (!condition) {
    throw new RangeError(
      `${fn}: ${name} must be ${constraint}, got ${describe(value)}${fix ? `; ${fix}` : ''}`,
    );
  }
}

/** A value as an error message shows it: short, arrays as `[8,32,32,3]`. */
export function describe(value: unknown): string {
  if (typeof value === 'string') return `"${value}"`;
  if (Array.isArray(value)) return `[${value.map(describe).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const shape = (value as { shape?: unknown }).shape;
    return Array.isArray(shape) ? `an array of shape [${shape.join(',')}]` : JSON.stringify(value);
  }
  return String(value);
}

/** @throws RangeError unless `value` is an integer of at least `minimum` */
export function checkInteger(fn: string, name: string, value: number, minimum: number): void {
  check(Number.isInteger(value) && value >= minimum, fn, name, `an integer of at least ${minimum}`, value);
}

/** @throws RangeError unless the two shapes are the same */
export function checkSameShape(
  fn: string,
  name: string,
  shape: readonly number[],
  likeName: string,
  like: readonly number[],
): void {
  check(
    shape.length === like.length && shape.every((size, i) => size === like[i]),
    fn,
    name,
    `of shape [${like.join(',')}] like ${likeName}`,
    [...shape],
  );
}
