import { describe, expect, test } from 'vitest';
import { exampleSummary } from '../../test/summary-example.js';
import { codeMarkdown, escapeHtml, escapeMarkdown, fencedMarkdown } from './escape.js';
import { mergeSummaries } from './results.js';
import { resultsMarkdown } from './results-markdown.js';

// Clears the screen, sets the title, rings, turns the text around.
const steering = '\u001b[2J\u001b]0;x\u0007\u009b1m\u202eabc\r';

describe('text out of files', () => {
  test('is no element of HTML and has no control characters', () => {
    expect(escapeHtml('<b a="1">&\u0000')).toBe('&lt;b a=&quot;1&quot;&gt;&amp;\\u0000');
  });

  test('is neither HTML nor markup of Markdown, and stays in its line', () => {
    expect(escapeMarkdown('<script>a</script>\n# b | c `d` [e](f) *g*')).toBe(
      '&lt;script&gt;a&lt;/script&gt; # b \\| c \\`d\\` \\[e\\](f) \\*g\\*',
    );
  });

  test('as code ends where it ends', () => {
    expect(codeMarkdown('a')).toBe('`a`');
    expect(codeMarkdown('a``b`')).toBe('``` a``b` ```');
    expect(fencedMarkdown('sh', ['a', 'b\n```\n<script>'])).toBe('````sh\na\nb ``` <script>\n````');
  });
});

test('a summary from elsewhere puts nothing into the results but its words', () => {
  const summary = exampleSummary();
  const hostile = `<script>alert(1)</script>\n# ${steering}`;
  const markdown = resultsMarkdown(
    mergeSummaries([
      {
        ...summary,
        config: { ...summary.config, title: hostile },
        command: `npm start\n\`\`\`\n${hostile}`,
        engine: { ...summary.engine, version: hostile },
        machine: { ...summary.machine, cpu: hostile },
        evaluation: { ...summary.evaluation, extractor: hostile, metric: hostile },
      },
    ]),
  );
  const outside = markdown.replace(/^(`{3,})sh\n[\s\S]*?\n\1$/m, '').replace(/(`+)[^`]*?\1/g, '');
  expect(outside).not.toContain('<script>');
  expect(markdown.match(/^# /gm)).toHaveLength(1);
  for (const character of ['\u001b', '\u0007', '\u009b', '\u202e', '\r'])
    expect(markdown).not.toContain(character);
});
