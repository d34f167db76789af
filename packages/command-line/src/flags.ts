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
  /** On or off. */
  readonly kind: 'boolean';
  /** @defaultValue false */
  readonly default?: boolean;
}

/** Any text that isn't empty. */
export interface TextFlag extends Common {
  /** As typed. */
  readonly kind: 'text';
  /** What it is if not given. */
  readonly default?: string;
}

/** A whole number in [least, most]. */
export interface IntegerFlag extends Common {
  /** In decimal digits. */
  readonly kind: 'integer';
  /** The smallest that it may be. */
  readonly least?: number;
  /** The largest that it may be. */
  readonly most?: number;
  /** What it is if not given. */
  readonly default?: number;
}

/** A decimal number. */
export interface NumberFlag extends Common {
  /** With digits, a point, an exponent. */
  readonly kind: 'number';
  /** The smallest that it may be. */
  readonly least?: number;
  /** What it must be larger than. */
  readonly above?: number;
  /** The largest that it may be. */
  readonly most?: number;
  /** What it must be smaller than. */
  readonly below?: number;
  /** What it is if not given. */
  readonly default?: number;
}

/** One of some words. */
export interface ChoiceFlag extends Common {
  /** One word. */
  readonly kind: 'choice';
  /** The words that it may be. */
  readonly choices: readonly string[];
  /** What it is if not given. */
  readonly default?: string;
}

/** Some of some words, with commas between them. */
export interface ChoicesFlag extends Common {
  /** One word or more. */
  readonly kind: 'choices';
  /** The words that they may be. */
  readonly choices: readonly string[];
}

/** Whole numbers with commas between them. */
export interface IntegersFlag extends Common {
  /** One number or more. */
  readonly kind: 'integers';
  /** The smallest that each may be. */
  readonly least?: number;
}

/** What a flag's own function makes of its text. */
export interface ReadFlag extends Common {
  /** Read by a function. */
  readonly kind: 'read';
  /** Makes a value of the text; undefined if it can't be one. */
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
  /** What it means, for the help. */
  readonly about: string;
  /** As a flag's. */
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
  /** By name. */
  readonly flags: FlagValues<F>;
  /** By name. */
  readonly words: WordValues<W>;
}

/** For every command that prints results. */
export const jsonFlag: BooleanFlag = { kind: 'boolean', about: 'print one JSON object' };

/** `--name`, or `--no-name` where that is what changes something. */
export function flagLabel(name: string, flag: Flag): string {
  return flag.kind === 'boolean' && flag.default === true ? `--no-${name}` : `--${name}`;
}
