import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

it.each(['assignment', 'coupling'])('the README of %s installs all that its examples import', (name) => {
  const readme = readFileSync(new URL(`../../${name}/README.md`, import.meta.url), 'utf8');
  const blocks = (language: string) =>
    [...readme.matchAll(new RegExp(`^\`\`\`${language}\\b.*\\n([^]*?)^\`\`\`$`, 'gm'))].map(
      ([, text]) => text!,
    );
  const installed = blocks('sh')
    .flatMap((text) => [...text.matchAll(/^npm install (.+)$/gm)])
    .flatMap(([, names]) => names!.split(' '));
  const imported = blocks('ts')
    .flatMap((text) => [...text.matchAll(/from '((?:@[^/']+\/)?[^/']+)/g)])
    .map(([, from]) => from!);
  expect(imported.length).toBeGreaterThan(5);
  expect([...new Set(imported)].filter((from) => !installed.includes(from))).toEqual([]);
});
