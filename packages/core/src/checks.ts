import { ArgumentError, type Wording } from './argument-error.js';

/** Throws an {@link ArgumentError} `fn: name must be <constraint>, got <value>`, with what to do where that is known. */
export function check(
  condition: boolean,
  fn: string,
  name: string,
  constraint: Wording,
  value: unknown,
  fix?: Wording,
): asserts condition {
  if (!condition) throw new ArgumentError({ fn, argument: name, constraint, got: describe(value), fix });
}

/** A value as an error message shows it: short, arrays as `[8,32,32,3]`. */
export function describe(value: unknown): string {
  return shorten(describeTo(value, 3));
}

/** Down to `depth` levels, so that a cycle ends. */
function describeTo(value: unknown, depth: number): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return value.name ? `the function ${value.name}` : 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  const deeper = (item: unknown) =>
    depth > 1 || typeof item !== 'object' ? describeTo(item, depth - 1) : '…';
  if (Array.isArray(value)) {
    const rest = value.length > 8 ? `,… ${value.length} in all` : '';
    return `[${value.slice(0, 8).map(deeper).join(',')}${rest}]`;
  }
  const { shape } = value as { shape?: unknown };
  if (Array.isArray(shape)) return `an array of shape [${shape.join(',')}]`;
  const kind: string = Object.getPrototypeOf(value)?.constructor?.name ?? 'Object';
  if (ArrayBuffer.isView(value) && 'length' in value) return `a ${kind} of length ${String(value.length)}`;
  if (kind !== 'Object') return `a ${kind}`;
  return `{${Object.entries(value)
    .map(([key, item]) => `${key}: ${deeper(item)}`)
    .join(', ')}}`;
}

function shorten(text: string): string {
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
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
