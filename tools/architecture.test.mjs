// docs/architecture.md says which package imports which: as the packages' own manifests do, and only downward.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const manifest = (name) => JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'));
const document = readFileSync(join(root, 'docs', 'architecture.md'), 'utf8');
const rows = [...document.matchAll(/^\| (\d|–) +\| `([a-z-]+)` +\| (.*?) *\|$/gm)].map(
  ([, layer, name, imports]) => ({
    layer,
    name,
    imports: [...imports.matchAll(/`([a-z-]+)`/g)].map(([, n]) => n),
  }),
);
const layerOf = Object.fromEntries(rows.map(({ name, layer }) => [name, layer]));

test('the table has every package', () => {
  const packages = readdirSync(join(root, 'packages')).sort();
  assert.deepEqual(
    rows
      .map(({ name }) => name)
      .filter((name) => name !== 'experiments')
      .sort(),
    packages,
  );
});

for (const { layer, name, imports } of rows.filter((row) => !['cli', 'experiments'].includes(row.name))) {
  test(`${name} is of layer ${layer} and imports ${imports.join(', ') || 'nothing'}`, () => {
    const { dependencies = {}, nx } = manifest(name);
    const own = Object.keys(dependencies).filter((dependency) => dependency.startsWith('@immiscible/'));
    assert.deepEqual(own.map((dependency) => dependency.slice(12)).sort(), [...imports].sort());
    assert.ok(nx.tags.includes(`layer:${layer === '–' ? 'testing' : layer}`), nx.tags.join());
    for (const other of layer === '–' ? [] : imports) assert.ok(layerOf[other] < layer, other);
  });
}
