const SIMPLE: Readonly<Record<string, number>> = {
  n: 10,
  r: 13,
  t: 9,
  a: 7,
  b: 8,
  f: 12,
  v: 11,
  '\\': 92,
  "'": 39,
  '"': 34,
};

/** The bytes of a quoted string of protocol 0, as Python's `repr` writes it; undefined if it is none. */
export function unquoteBytes(text: string): Uint8Array | undefined {
  const quotes = /^(['"])(.*)\1$/s.exec(text)?.[2];
  if (quotes === undefined) return undefined;
  const bytes: number[] = [];
  const pattern = /\\x([0-9a-fA-F]{2})|\\([0-7]{1,3})|\\(.)|([^\\])/gsy;
  let at = 0;
  for (let match = pattern.exec(quotes); match; match = pattern.exec(quotes)) {
    const [, hexadecimal, octal, simple, plain] = match;
    if (hexadecimal !== undefined) bytes.push(parseInt(hexadecimal, 16));
    else if (octal !== undefined) bytes.push(parseInt(octal, 8) & 255);
    else if (simple === undefined) bytes.push((plain as string).charCodeAt(0));
    // Python leaves a backslash that means nothing where it is.
    else if (Object.hasOwn(SIMPLE, simple)) bytes.push(SIMPLE[simple] as number);
    else bytes.push(92, simple.charCodeAt(0));
    at = pattern.lastIndex;
  }
  return at === quotes.length ? Uint8Array.from(bytes) : undefined;
}

/** A text of protocol 0 in Python's `raw-unicode-escape`: Latin-1, `\uXXXX` and `\UXXXXXXXX` for the rest. */
export function unescapeText(text: string): string {
  return text.replace(/\\u([0-9a-fA-F]{4})|\\U(00(?:0[0-9a-fA-F]|10)[0-9a-fA-F]{4})/g, (_, short, long) =>
    String.fromCodePoint(parseInt((short ?? long) as string, 16)),
  );
}
