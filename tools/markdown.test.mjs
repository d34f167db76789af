// Markdown that can be read as it is: lines of at most 120 characters, paragraphs of at most six lines, tables that fit a screen.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'node:test';

const root = fileURLToPath(new URL('..', import.meta.url));
const WIDTH = 120;
const LINES = 6;
/** Columns of a table as it is shown: links by their text alone. */
const TABLE = WIDTH;

const length = (text) => [...text].length;
const shownText = (cell) =>
  cell
    .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/[`*]|\\(?=\|)|(?<!\w)_|_(?!\w)/g, '')
    .trim();

/** How wide a table is shown: its widest cells and what is between them. */
function tableWidth(rows) {
  const cells = rows.map((row) =>
    row
      .trim()
      .replace(/^\||\|$/g, '')
      .split(/(?<!\\)\|/),
  );
  const widths = cells[0].map((_, column) =>
    Math.max(...cells.map((row, i) => (i === 1 ? 0 : length(shownText(row[column] ?? ''))))),
  );
  return widths.reduce((sum, width) => sum + width + 3, 1);
}

/** What is wrong with a document, a line each. */
export function markdownProblems(text) {
  const problems = [];
  const lines = text.split('\n');
  let paragraph = [];
  let fence;
  const end = (next) => {
    if (paragraph.length > LINES && !paragraph[0].text.startsWith('|')) {
      problems.push(
        `${paragraph[0].at}: a paragraph must have at most ${LINES} lines, got ${paragraph.length}`,
      );
    }
    if (paragraph.length > 0 && paragraph[0].text.startsWith('|')) {
      const width = tableWidth(paragraph.map((line) => line.text));
      if (width > TABLE) {
        problems.push(`${paragraph[0].at}: a table must be at most ${TABLE} columns wide, got ${width}`);
      }
    }
    paragraph = next === undefined ? [] : [next];
  };
  for (const [i, line] of lines.entries()) {
    const at = i + 1;
    const text = line.trim();
    if (fence !== undefined || /^(`{3,}|<!--)/.test(text)) {
      if (fence === undefined) end();
      if (fence === undefined) fence = text.startsWith('<!--') ? '-->' : '```';
      else if (text.startsWith(fence)) fence = undefined;
      if (fence === '-->' && text.endsWith('-->')) fence = undefined;
      continue;
    }
    const isTable = text.startsWith('|');
    // A word that is longer than a line, as an address may be, can't be wrapped.
    if (!isTable && length(line) > WIDTH && /\s/.test(text.replace(/^([-*]|\d+\.|#+)\s/, ''))) {
      problems.push(`${at}: a line must have at most ${WIDTH} characters, got ${length(line)}`);
    }
    if (text === '') end();
    else if (/^([-*]|\d+\.)\s/.test(text) || isTable !== (paragraph[0]?.text.startsWith('|') ?? isTable)) {
      end({ at, text });
    } else paragraph.push({ at, text });
  }
  end();
  return problems;
}

const files = spawnSync('git', ['ls-files', '*.md'], { cwd: root, encoding: 'utf8' }).stdout.split('\n');
// Records are what `summarize` wrote: output, as it was.
const isOurs = (name) => name !== '' && !name.startsWith('experiments/results/');
for (const file of files.filter((name) => isOurs(name) && existsSync(join(root, name)))) {
  test(`${file} can be read as it is`, () => {
    const problems = markdownProblems(readFileSync(join(root, file), 'utf8'));
    assert.deepEqual(problems, []);
  });
}

test('a long line, a long paragraph and a wide table are found', () => {
  const long = 'word '.repeat(25);
  const text = [
    '```sh',
    long,
    '```',
    '',
    long,
    '',
    ...Array.from({ length: 7 }, () => 'text'),
    '',
    '- item',
  ].join('\n');
  assert.equal(markdownProblems(text).length, 2);
  const table = (cell) => `| a | b |\n| - | - |\n| ${cell} | [b](${'x'.repeat(200)}) |\n`;
  assert.deepEqual(markdownProblems(table('x'.repeat(100))), []);
  assert.equal(markdownProblems(table('x'.repeat(115))).length, 1);
});
