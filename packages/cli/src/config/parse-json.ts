import { type ParseError, parse, printParseErrorCode } from 'jsonc-parser';

/** What is wrong with a text that should be JSON, and where. */
export class JsonError extends Error {
  override readonly name: string = 'JsonError';
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  /** `comma expected`. */
  readonly problem: string;

  constructor(problem: string, text: string, offset: number) {
    const before = text.slice(0, offset).split('\n');
    const [line, column] = [before.length, (before.at(-1) as string).length + 1];
    super(`${problem} in line ${line}, column ${column}`);
    [this.line, this.column, this.problem] = [line, column, problem];
  }
}

/**
 * The value of a JSON text; a byte order mark before it is passed over.
 *
 * @param text - as the file has it
 * @throws JsonError saying what is wrong, and where
 */
export function parseJson(text: string): unknown {
  // Windows' editors may put one first.
  const json = text.startsWith('\uFEFF') ? text.slice(1) : text;
  try {
    return JSON.parse(json);
  } catch (cause) {
    // Node says where in its message only.
    const errors: ParseError[] = [];
    parse(json, errors, { disallowComments: true });
    const [first] = errors;
    if (first === undefined) throw cause;
    throw new JsonError(PROBLEMS[printParseErrorCode(first.error)] ?? 'no JSON', json, first.offset);
  }
}

const PROBLEMS: Partial<Record<ReturnType<typeof printParseErrorCode>, string>> = {
  InvalidSymbol: 'something unknown',
  InvalidNumberFormat: 'no number',
  PropertyNameExpected: 'a key in double quotes is missing',
  ValueExpected: 'a value is missing',
  ColonExpected: 'a colon is missing',
  CommaExpected: 'a comma is missing',
  CloseBraceExpected: 'a closing brace is missing',
  CloseBracketExpected: 'a closing bracket is missing',
  EndOfFileExpected: 'something after the end',
  InvalidCommentToken: 'a comment',
  UnexpectedEndOfComment: 'a comment',
  UnexpectedEndOfString: 'a string without its end',
  UnexpectedEndOfNumber: 'a number without its end',
  InvalidUnicode: 'no escape sequence',
  InvalidEscapeCharacter: 'no escape sequence',
  InvalidCharacter: 'a control character',
};
