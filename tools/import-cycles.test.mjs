// No file imports itself through others, not even for a type: what two files need of each other has a file of its own.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('..', import.meta.url));
const projects = [
  ...readdirSync(join(root, 'packages')).map((name) => join('packages', name)),
  'experiments',
];

/** The source files of a project, without tests. */
const sources = (project) =>
  readdirSync(join(root, project, 'src'), { recursive: true })
    .filter((name) => /\.ts$/.test(name) && !/\.(test|test-d|d)\.ts$/.test(name))
    .map((name) => join(root, project, 'src', name));

/** The files of the same project that a file imports. */
const imports = (file) =>
  ts
    .preProcessFile(readFileSync(file, 'utf8'))
    .importedFiles.map(({ fileName }) => fileName)
    .filter((name) => name.startsWith('.'))
    .map((name) => join(dirname(file), name.replace(/\.js$/, '.ts')))
    .filter(existsSync);

/** The first circle among files, as a path that ends where it begins. */
function findCycle(files, of) {
  const done = new Set();
  const path = [];
  const visit = (file) => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return undefined;
    path.push(file);
    for (const next of of(file)) {
      const cycle = visit(next);
      if (cycle) return cycle;
    }
    path.pop();
    done.add(file);
    return undefined;
  };
  for (const file of files) {
    const cycle = visit(file);
    if (cycle) return cycle;
  }
  return undefined;
}

test('a circle is found', () => {
  const graph = { a: ['b'], b: ['c'], c: ['b'], d: [] };
  assert.deepEqual(
    findCycle(Object.keys(graph), (name) => graph[name]),
    ['b', 'c', 'b'],
  );
});

for (const project of projects.filter((name) => existsSync(join(root, name, 'src')))) {
  test(`${project} has no circular imports`, () => {
    const cycle = findCycle(sources(project), imports);
    assert.equal(cycle?.map((file) => relative(root, file)).join(' -> '), undefined);
  });
}
