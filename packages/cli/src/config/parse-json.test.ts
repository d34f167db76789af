import { expect, test } from 'vitest';
import { JsonError, parseJson } from './parse-json.js';

test.each([
  ['{"a": [1, 2.5e-3, "\\u00e9"], "b": null}', { a: [1, 2.5e-3, 'é'], b: null }],
  ['\uFEFF{"a": 1}', { a: 1 }],
  [' 3 ', 3],
])('%j is read', (text, value) => expect(parseJson(text)).toEqual(value));

// Grammar of RFC 8259; lines and columns counted by hand.
test.each([
  ['{', 1, 2, 'a closing brace is missing'],
  ['', 1, 1, 'a value is missing'],
  ['{\n  "a": 1\n  "b": 2\n}', 3, 3, 'a comma is missing'],
  ['{\n  "a": 1,\n}', 3, 1, 'a key in double quotes is missing'],
  ['{\r\n  a: 1 }', 2, 3, 'something unknown'],
  ['[1, 2', 1, 6, 'a closing bracket is missing'],
  ['{"a" 1}', 1, 6, 'a colon is missing'],
  ['{"a": 1} x', 1, 10, 'something unknown'],
  ['{"a": 1 // no\n}', 1, 9, 'a comment'],
  ['"a\nb"', 1, 1, 'a string without its end'],
])('%j: line %i, column %i: %s', (text, line, column, problem) => {
  let thrown: unknown;
  try {
    parseJson(text);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(JsonError);
  expect(thrown).toMatchObject({
    line,
    column,
    problem,
    message: `${problem} in line ${line}, column ${column}`,
  });
});
