// Every command line that the repository shows: in the shell blocks, quotations and prose of documents, and in messages, helps and
// comments of the code.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The start of a command that somebody could type. */
const START = String.raw`(?:npx (?=[@\w$])|npm (?:start|test|run|install|ci)\b|node (?=(?:tools|packages|experiments)\/))`;
/** A command in the middle of a text: up to what ends a quotation, a clause or a bracket around it; \`${…}\` is filled in later. */
const QUOTED = new RegExp(
  String.raw`\b${START}(?:\$\{[^}]*\}|\[[^\]\n]*\]|[^\`'"\n;)\]]|(?<=-- ?)'[^']*')*`,
  'g',
);
/** Where a quoted command ends and the sentence around it goes on. */
const SENTENCE = /(?:[,:.…] |[,:.…\\]$| (?:or|then|which|once|first|there|and|for|in)\b| #).*$/;

const quoted = (text) =>
  [...text.matchAll(QUOTED)].map(([line]) =>
    line
      .replaceAll(/\$\{[^}]*\}/g, 'X')
      .replace(SENTENCE, '')
      .trim(),
  );

/** The typed lines of a fenced block, their comments included. */
function typed(language, block) {
  const lines = block.replaceAll(/\\\n\s*/g, ' ').split('\n');
  const prompted = lines.filter((line) => line.startsWith('$ ')).map((line) => line.slice(2));
  // In a block with prompts the rest is output; a block that isn't of a shell has commands behind prompts only.
  return prompted.length > 0 || !['sh', 'bash'].includes(language) ? prompted : lines;
}

/** The commands of a Markdown document. */
export function commandsOfDocument(text) {
  const found = [];
  const withoutBlocks = text.replaceAll(/^ *```(\w*)[^\n]*\n([^]*?)^ *```$/gm, (_, language, block) => {
    for (const line of typed(language, block)) {
      const [, command, comment = ''] = /^(.*?)(?:(?:^|\s+)#\s(.*))?$/.exec(line.trim());
      if (command !== '') found.push(command);
      found.push(...quoted(comment));
    }
    return '';
  });
  const prose = withoutBlocks.replaceAll(/`([^`]+)`/g, (_, span) => {
    const line = span.replaceAll(/\s+/g, ' ').trim();
    if (new RegExp(`^${START}`).test(line)) found.push(line);
    return '';
  });
  return [...found, ...quoted(prose)];
}

/** The commands that a source file prints, or shows in its comments. */
export const commandsOfSource = (text) => quoted(text.replaceAll(/' \+\n\s*['`]/g, ''));

const isDocument = (file) => file.endsWith('.md');
const isSource = (file) =>
  /^(?:packages\/[^/]+|experiments)\/(?:src|bin|bench)\/.*\.m?[tj]s$|^tools\/.*\.mjs$/.test(file) &&
  !/\.test\.|^tools\/(?:shown-commands|command-|doc-commands|tarball-check)/.test(file);

/**
 * @param root - of a clone
 * @returns each command once, in the order of the files, with where it is shown
 */
export function shownCommands(root) {
  const shown = new Map();
  const files = spawnSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' }).stdout.split('\n');
  for (const file of files) {
    if (!(isDocument(file) || isSource(file)) || !existsSync(join(root, file))) continue;
    const text = readFileSync(join(root, file), 'utf8');
    for (const command of isDocument(file) ? commandsOfDocument(text) : commandsOfSource(text)) {
      shown.set(command, (shown.get(command) ?? new Set()).add(file));
    }
  }
  return shown;
}
