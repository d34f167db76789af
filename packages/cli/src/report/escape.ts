import { printable } from '@immiscible/command-line';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text that may stand in HTML or SVG, in an element or a quoted attribute. */
export function escapeHtml(text: string): string {
  return printable(text).replace(/[&<>"']/g, (character) => ENTITIES[character] as string);
}

/** Text that may stand in a line or a table of Markdown, where it means itself: no HTML, no markup, no line of its own. */
export function escapeMarkdown(text: string): string {
  return printable(text.replace(/\s+/g, ' '))
    .replace(/[\\`*_[\]|~]/g, '\\$&')
    .replace(/[&<>]/g, (character) => ENTITIES[character] as string);
}

/** Text as code within a line of Markdown. */
export function codeMarkdown(text: string): string {
  const shown = printable(text.replace(/\s+/g, ' '));
  const mark = '`'.repeat(longestRun(shown) + 1);
  const space = shown.startsWith('`') || shown.endsWith('`') ? ' ' : '';
  return `${mark}${space}${shown}${space}${mark}`;
}

/** Lines as a fenced block of Markdown that ends where they do, whatever they hold. */
export function fencedMarkdown(language: string, lines: readonly string[]): string {
  const text = lines.map((line) => printable(line.replace(/\s+/g, ' '))).join('\n');
  const fence = '`'.repeat(Math.max(2, longestRun(text)) + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
}
