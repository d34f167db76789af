import type { Flag } from './flags.js';
import { didYouMean } from './suggestion.js';
import { UsageError } from './usage-error.js';

/** The value of a flag from its text. @throws UsageError if it isn't of its kind or in its range */
export function readValue(name: string, flag: Exclude<Flag, { kind: 'boolean' }>, text: string): unknown {
  const refuse = (constraint: string, found = text, near = ''): never => {
    throw new UsageError(`--${name} must be ${constraint}, got ${found}${near}`);
  };
  const choice = (choices: readonly string[], word: string): string =>
    choices.includes(word)
      ? word
      : refuse(`one of ${choices.join(', ')}`, word || 'none', didYouMean(word, choices));
  switch (flag.kind) {
    case 'text':
      return text;
    case 'integer': {
      const value = integerOf(text);
      return value !== undefined && within(value, flag) ? value : refuse(integerText(flag));
    }
    case 'integers':
      return text.split(',').map((part) => {
        const value = integerOf(part.trim());
        return value !== undefined && within(value, flag)
          ? value
          : refuse(`${integerText(flag)}, or several with commas between them`);
      });
    case 'number': {
      const value = numberOf(text);
      return value !== undefined && within(value, flag) ? value : refuse(numberText(flag));
    }
    case 'choice':
      return choice(flag.choices, text);
    case 'choices':
      return text.split(',').map((part) => choice(flag.choices, part.trim()));
    case 'read':
      return flag.read(text) ?? refuse(flag.constraint);
  }
}

interface Range {
  readonly least?: number;
  readonly above?: number;
  readonly most?: number;
  readonly below?: number;
}

/** `Number()` would take "", "0x10" and "1e3" for integers too. */
function integerOf(text: string): number | undefined {
  const value = /^[+-]?\d+$/.test(text) ? Number(text) : NaN;
  return Number.isSafeInteger(value) ? value : undefined;
}

function numberOf(text: string): number | undefined {
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
  return Number.isFinite(value) ? value : undefined;
}

function within(
  value: number,
  { least = -Infinity, above = -Infinity, most = Infinity, below = Infinity }: Range,
): boolean {
  return value >= least && value > above && value <= most && value < below;
}

function integerText({ least, most }: Range): string {
  if (most !== undefined) return `an integer from ${least ?? '−∞'} to ${most}`;
  return least === undefined ? 'an integer' : `an integer of at least ${least}`;
}

function numberText({ least, above, most, below }: Range): string {
  const low = above ?? least;
  const high = below ?? most;
  if (low !== undefined && high !== undefined) {
    return `in ${above === undefined ? '[' : '('}${low}, ${high}${below === undefined ? ']' : ')'}`;
  }
  if (low !== undefined) return `a number ${above === undefined ? 'of at least' : 'above'} ${low}`;
  if (high !== undefined) return `a number ${below === undefined ? 'of at most' : 'below'} ${high}`;
  return 'a number';
}
