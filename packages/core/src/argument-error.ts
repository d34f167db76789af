/** An option named within a text: `convert: true` to who calls a function, `--convert` to who types a command. */
export interface OptionMention {
  readonly option: string;
  /** What to set it to; left out where only its name is meant. */
  readonly value?: unknown;
}

/** A text, in parts where it names options. */
export type Wording = string | readonly (string | OptionMention)[];

/** What is wrong with an argument, as plain data: it can be sent to another thread and made an error there. */
export interface ArgumentProblem {
  /** The function that refuses. */
  readonly fn: string;
  /** The argument or option, or the file or picture that it stands for. */
  readonly argument: string;
  /**
   * What comes after "must".
   * @defaultValue `'be'`
   */
  readonly verb?: string;
  readonly constraint: Wording;
  /** What was found, as messages show it. */
  readonly got: string;
  /** What to do. */
  readonly fix?: Wording | undefined;
}

/**
 * An argument that can't be used: `fn: argument must be <constraint>, got <got>; <fix>`. Its parts stay apart, so that a command line
 * can speak of its flags and a caller can name a file, without taking the message to pieces.
 *
 * `name` stays `RangeError`: what a structured clone keeps of an error, and what stack traces show, goes by it.
 */
export class ArgumentError extends RangeError implements ArgumentProblem {
  // Private, so that a stack trace isn't followed by them all again.
  readonly #problem: ArgumentProblem;

  constructor(problem: ArgumentProblem, options?: ErrorOptions) {
    super(`${problem.fn}: ${argumentMessage(problem)}`, options);
    this.#problem = problem;
  }

  get fn(): string {
    return this.#problem.fn;
  }
  get argument(): string {
    return this.#problem.argument;
  }
  get verb(): string {
    return this.#problem.verb ?? 'be';
  }
  get constraint(): Wording {
    return this.#problem.constraint;
  }
  get got(): string {
    return this.#problem.got;
  }
  get fix(): Wording | undefined {
    return this.#problem.fix;
  }

  /** The parts alone, without message and stack. */
  get problem(): ArgumentProblem {
    return this.#problem;
  }

  /** The same with another name for the argument: the file that it was read from, say. */
  renamed(argument: string): ArgumentError {
    return new ArgumentError({ ...this.#problem, argument }, { cause: this });
  }
}

/**
 * `argument must be <constraint>, got <got>; <fix>`.
 *
 * @param mention - how options are named
 */
export function argumentMessage(
  { argument, verb = 'be', constraint, got, fix }: ArgumentProblem,
  mention: (option: OptionMention) => string = asProperty,
): string {
  const text = (words: Wording) => wordingText(words, mention);
  return `${argument} must ${verb} ${text(constraint)}, got ${got}${fix ? `; ${text(fix)}` : ''}`;
}

/** A text whose options are named by `mention`. */
export function wordingText(words: Wording, mention: (option: OptionMention) => string = asProperty): string {
  if (typeof words === 'string') return words;
  return words.map((part) => (typeof part === 'string' ? part : mention(part))).join('');
}

/** `convert: true`, `crop: 'center'`. */
function asProperty({ option, value }: OptionMention): string {
  if (value === undefined) return option;
  return `${option}: ${typeof value === 'string' ? `'${value}'` : String(value)}`;
}
