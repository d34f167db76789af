import { check } from '@immiscible/core';

/** What a config says, with the defaults of its class filled in. */
export type DiffusersValues = Readonly<Record<string, unknown>>;

/** @throws RangeError unless the key's value is a finite number */
export function number(fn: string, values: DiffusersValues, key: string): number {
  const value = values[key];
  check(typeof value === 'number' && Number.isFinite(value), fn, key, 'a number', value);
  return value as number;
}

/** @throws RangeError unless the key's value is true or false */
export function flag(fn: string, values: DiffusersValues, key: string): boolean {
  const value = values[key];
  check(typeof value === 'boolean', fn, key, 'true or false', value);
  return value as boolean;
}

/** @throws RangeError unless the key's value is one of the choices */
export function oneOf<T>(
  fn: string,
  values: DiffusersValues,
  key: string,
  choices: Readonly<Record<string, T>>,
): T {
  const value = String(values[key]);
  const known = Object.hasOwn(choices, value);
  check(known, fn, key, `one of ${Object.keys(choices).join(', ')}`, values[key]);
  return choices[value] as T;
}
