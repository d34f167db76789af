import { describe, expect, test } from 'vitest';
import { printable } from './index.js';

// Clears the screen, sets the title, rings, turns the text around.
const steering = '\u001b[2J\u001b]0;x\u0007\u009b1m\u202eabc\r';

describe('text out of files', () => {
  test('steers no terminal: what would is shown', () => {
    expect(printable(steering)).toBe(String.raw`\u001b[2J\u001b]0;x\u0007\u009b1m\u202eabc\u000d`);
    expect(printable('two\nlines\tof ä, ε, 文')).toBe('two\nlines\tof ä, ε, 文');
  });

  test('in JSON means the same afterwards', () => {
    const text = JSON.stringify({ steering });
    expect(JSON.parse(printable(text))).toEqual({ steering });
  });
});
