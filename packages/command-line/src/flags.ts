/** What all flags say of themselves. */
interface Common {
  /** What it means, for the help. */
  readonly about: string;
  /** What stands for the value in the help: `DIR`. */
  readonly hint?: string;
  /**
   * The option or argument of the library that it sets, where errors call it by another name than the flag's own in camel case:
   * `image`, or `packImages.path` for that function's only. A list for several.
   */
  readonly sets?: string | readonly string[];
}

/** `--x`; one that is on by default is turned off by `--no-x`. */
export interface BooleanFlag extends Common {
  readonly kind: 'boolean';
  readonly default?: boolean;
}

/** Any text that isn't empty. */
export interface TextFlag extends Common {
  readonly kind: 'text';
  readonly default?: string;
}

/** A whole number in [least, most]. */
export interface IntegerFlag extends Common {
  readonly kind: 'integer';
  readonly least?: number;
  readonly most?: number;
  readonly default?: number;
}

/** A decimal number; `above` and `below` are bounds that it may not be itself. */
export interface NumberFlag extends Common {
  readonly kind: 'number';
  readonly least?: number;
  readonly above?: number;
  readonly most?: number;
  readonly below?: number;
  readonly default?: number;
}

/** One of some words. */
export interface ChoiceFlag extends Common {
  readonly kind: 'choice';
  readonly choices: readonly string[];
  readonly default?: string;
}

/** Some of some words, with commas between them. */
export interface ChoicesFlag extends Common {
  readonly kind: 'choices';
  readonly choices: readonly string[];
}

/** Whole numbers with commas between them. */
export interface IntegersFlag extends Common {
  readonly kind: 'integers';
  readonly least?: number;
}

/** What a flag's own function makes of its text. */
export interface ReadFlag extends Common {
  readonly kind: 'read';
  /** @returns undefined if it can't be that */
  readonly read: (text: string) => unknown;
  /** What it must be, for the error. */
  readonly constraint: string;
}

/** One flag, as data. */
export type Flag =
  BooleanFlag | TextFlag | IntegerFlag | NumberFlag | ChoiceFlag | ChoicesFlag | IntegersFlag | ReadFlag;

/** The flags of a command by name, in kebab case without dashes. */
export type Flags = Readonly<Record<string, Flag>>;

/** A word that stands beside flags. */
export interface Word {
  readonly about: string;
  /** Also taken as a flag's `sets`. */
  readonly sets?: string | readonly string[];
  /** It may be left out; so may all after it. */
  readonly optional?: boolean;
  /** The last one may stand for any number of words, at least one unless it is optional. */
  readonly many?: boolean;
}

/** The words of a command by name, in their order; the help shows the names in capitals. */
export type Words = Readonly<Record<string, Word>>;

type FlagValue<F extends Flag> = F extends { kind: 'boolean' }
  ? boolean
  : F extends { kind: 'integer' | 'number' }
    ? number
    : F extends { kind: 'choice'; choices: readonly (infer C)[] }
      ? C
      : F extends { kind: 'choices'; choices: readonly (infer C)[] }
        ? readonly C[]
        : F extends { kind: 'integers' }
          ? readonly number[]
          : F extends { kind: 'read'; read: (text: string) => infer T }
            ? Exclude<T, undefined>
            : string;

/** The values of flags: undefined where one was not given and has no default. */
export type FlagValues<F extends Flags> = {
  readonly [K in keyof F]: F[K] extends { kind: 'boolean' } | { default: unknown }
    ? FlagValue<F[K]>
    : FlagValue<F[K]> | undefined;
};

/** The words that were given. */
export type WordValues<W extends Words> = {
  readonly [K in keyof W]: W[K] extends { many: true }
    ? readonly string[]
    : W[K] extends { optional: true }
      ? string | undefined
      : string;
};

/** What was typed, read and checked. */
export interface Given<F extends Flags = Flags, W extends Words = Words> {
  readonly flags: FlagValues<F>;
  readonly words: WordValues<W>;
}

/** For every command that prints results. */
export const jsonFlag: BooleanFlag = { kind: 'boolean', about: 'print one JSON object' };

/** `--name`, or `--no-name` where that is what changes something. */
export function flagLabel(name: string, flag: Flag): string {
  return flag.kind === 'boolean' && flag.default === true ? `--no-${name}` : `--${name}`;
}
