import { check, checkOptions, type OptionKeys } from '@immiscible/core';

/** Options of {@link decodeCsv}. */
export interface DecodeCsvOptions {
  /** Between the fields: one character. @defaultValue `","` */
  readonly separator?: string;
  /**
   * What to call the file in error messages.
   * @defaultValue `"bytes"`
   */
  readonly name?: string;
}

const OPTIONS = { separator: true, name: true } satisfies OptionKeys<DecodeCsvOptions>;
const fn = 'decodeCsv';

/**
 * The text of a file in UTF-8, without the byte-order mark that Windows tools begin it with.
 *
 * @param bytes - the file; borrowed
 * @param name - what to call it in error messages
 */
export function decodeText(bytes: Uint8Array, name: string = 'bytes'): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new RangeError(`decodeText: ${name} must be UTF-8, got other bytes; save it as UTF-8`, { cause });
  }
}

/**
 * Reads comma-separated values (RFC 4180): quoted fields with separators, line ends and doubled quotes in them; lines end
 * in LF or CRLF; a byte-order mark and empty lines are passed over.
 *
 * @param content - a text, or the file's bytes in UTF-8
 * @param options - the separator, and what to call the file
 * @returns the rows' fields; the header, if there is one, is the first row
 * @throws RangeError if a quoted field doesn't end, or something follows it; if the bytes aren't UTF-8
 */
export function decodeCsv(content: Uint8Array | string, options: DecodeCsvOptions = {}): string[][] {
  checkOptions(fn, options, OPTIONS);
  const { separator = ',', name = 'bytes' } = options;
  check(separator.length === 1 && !/["\r\n]/.test(separator), fn, 'separator', 'one character', separator);
  const text = (typeof content === 'string' ? content : decodeText(content, name)).replace(/^\uFEFF/, '');
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  const isEnd = (place: number) => place >= text.length || /[\r\n]/.test(text[place] as string);
  const quoted = (): string => {
    let field = '';
    for (;;) {
      const end = text.indexOf('"', at + 1);
      const where = `line ${rows.length + 1} of ${name}`;
      if (end < 0) throw new RangeError(`${fn}: ${where} must end its quoted field, got the end of the file`);
      field += text.slice(at + 1, end);
      at = end + 1;
      if (text[at] !== '"') {
        if (isEnd(at) || text[at] === separator) return field;
        throw new RangeError(
          `${fn}: ${where} must go on with a separator after a quoted field, got ${text[at]}`,
        );
      }
      field += '"';
    }
  };
  const plain = (): string => {
    const start = at;
    while (!isEnd(at) && text[at] !== separator) at++;
    return text.slice(start, at);
  };
  while (at < text.length) {
    row.push(text[at] === '"' ? quoted() : plain());
    if (text[at] === separator) {
      at++;
      if (!isEnd(at)) continue;
      row.push('');
    }
    at += text[at] === '\r' && text[at + 1] === '\n' ? 2 : 1;
    if (row.length > 1 || row[0] !== '') rows.push(row);
    row = [];
  }
  return rows;
}
