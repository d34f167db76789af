import { describe, expect, test } from 'vitest';
import { duration, processTerminal, progressLine } from './index.js';

function streams(isTTY: boolean, columns = 40) {
  const written: string[] = [];
  const write = (to: string) => (text: string) => void written.push(`${to}${text}`);
  return { written, stdout: { write: write('1:') }, stderr: { write: write('2:'), isTTY, columns } };
}

describe('processTerminal', () => {
  test('rewrites one line on a terminal, cut to its width, and takes it away before others', () => {
    const { written, ...process } = streams(true, 21);
    const { status, log, error } = processTerminal(process, {});
    status?.('12345678901234567890+');
    status?.('\u001b[2J');
    log('out');
    error('oops');
    expect(written).toEqual([
      ...['2:1234567890123456789…', '2:\r\x1b[K', '2:\\u001b[2J', '2:\r\x1b[K'],
      ...['1:out\n', '2:oops\n'],
    ]);
  });

  test('shows no such line in a file, nor where the terminal can’t', () => {
    expect(processTerminal(streams(false), {}).status).toBeUndefined();
    expect(processTerminal(streams(true), { TERM: 'dumb' }).status).toBeUndefined();
  });

  test('writes no escape sequence of its own, NO_COLOR or not', () => {
    const { written, ...process } = streams(false);
    const { log, error } = processTerminal(process, {});
    for (const print of [log, error]) print('a\tb\nc\u009b31m\u202e');
    expect(written.join('')).toBe('1:a\tb\nc\\u009b31m\\u202e\n2:a\tb\nc\\u009b31m\\u202e\n');
  });
});

describe('progressLine', () => {
  const shown = (options: object, ...updates: [time: number, done: number, total?: number][]) => {
    const lines: string[] = [];
    let time = 0;
    const terminal = { log: () => {}, error: () => {}, status: (line: string) => void lines.push(line) };
    const line = progressLine(terminal, { ...options, now: () => time });
    for (const [at, done, total] of updates) {
      time = at;
      line.update(done, total);
    }
    line.end();
    return lines;
  };

  test('tells how far it is and how long it takes, ten times a second', () => {
    const lines = shown(
      { unit: 'pictures' },
      ...([
        [0, 0, 60_000],
        [50, 100, 60_000],
        [2000, 2000, 60_000],
        [2001, 60_000, 60_000],
      ] as [number, number, number][]),
    );
    // 1000 a second: 58 s for the other 58,000.
    expect(lines).toEqual([
      '0 of 60,000 pictures, 0 %',
      '2,000 of 60,000 pictures, 3 %, 58 s left',
      '60,000 of 60,000 pictures, 100 %',
      '',
    ]);
  });

  test('counts from where a resumed download began, and bytes in megabytes', () => {
    expect(shown({ unit: 'bytes' }, [0, 50e6, 100e6], [10_000, 60e6, 100e6])[1]).toBe(
      '60.0 MB of 100.0 MB, 60 %, 40 s left',
    );
    expect(shown({ unit: 'bytes' }, [0, 1e6])[0]).toBe('1.0 MB');
    const [, , last] = shown({ unit: 'bytes' }, [0, 90e6, 100e6], [1000, 0, 50e6], [3000, 10e6, 50e6]);
    expect(last).toBe('10.0 MB of 50.0 MB, 20 %, 8.0 s left');
  });

  test('is quiet on request, and where nobody watches', () => {
    expect(shown({ quiet: true }, [0, 1, 2])).toEqual([]);
    const silent = progressLine({ log: () => expect.fail(), error: () => expect.fail() });
    silent.update(1, 2);
    silent.end();
  });

  test('durations are as people say them', () => {
    expect([4.22, 9.96, 45, 250, 3900, Infinity].map(duration)).toEqual([
      '4.2 s',
      '10 s',
      '45 s',
      '4 min 10 s',
      '1 h 5 min',
      '–',
    ]);
  });
});
