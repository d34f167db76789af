/** What {@link parsePythonLiteral} reads. */
export type PythonLiteral =
  string | number | boolean | null | readonly PythonLiteral[] | ReadonlyMap<string, PythonLiteral>;

const TOKEN = /\s*(?:'([^'\\]*)'|"([^"\\]*)"|(-?\d+)L?|(True|False|None)|([{}()[\],:]))/y;
const CLOSING: Readonly<Record<string, string>> = { '{': '}', '(': ')', '[': ']' };
const MAX_DEPTH = 8;

/**
 * A Python literal of dicts with texts as keys, tuples, lists, plain texts, integers (also Python 2's `50L`), True, False
 * and None; undefined if it is anything else. What is in a `.npy` header.
 */
export function parsePythonLiteral(text: string): PythonLiteral | undefined {
  let at = 0;
  const next = (): RegExpExecArray | undefined => {
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(text);
    if (token) at = TOKEN.lastIndex;
    return token ?? undefined;
  };
  const takes = (sign: string): boolean => {
    const before = at;
    if (next()?.[5] === sign) return true;
    at = before;
    return false;
  };
  const value = (depth: number): PythonLiteral | undefined => {
    const [, single, double, digits, word, open] = next() ?? [];
    if (single !== undefined || double !== undefined) return single ?? double;
    if (digits !== undefined) return Number(digits);
    if (word !== undefined) return word === 'None' ? null : word === 'True';
    const close = open === undefined ? undefined : CLOSING[open];
    return close === undefined || depth > MAX_DEPTH ? undefined : items(close, depth);
  };
  const items = (close: string, depth: number): PythonLiteral | undefined => {
    const [list, map] = [[] as PythonLiteral[], new Map<string, PythonLiteral>()];
    while (!takes(close)) {
      if (list.length + map.size > 0 && !takes(',')) return undefined;
      if (takes(close)) break;
      const item = value(depth + 1);
      if (item === undefined) return undefined;
      if (close !== '}') list.push(item);
      else {
        const content = typeof item === 'string' && takes(':') ? value(depth + 1) : undefined;
        if (content === undefined) return undefined;
        map.set(item as string, content);
      }
    }
    return close === '}' ? map : list;
  };
  const whole = value(0);
  return /^\s*$/.test(text.slice(at)) ? whole : undefined;
}
