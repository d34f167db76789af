export { type Command, defineCommand, verbatimWords } from './command.js';
export { argumentErrorText, type ErrorText } from './error-text.js';
export {
  type BooleanFlag,
  type ChoiceFlag,
  type ChoicesFlag,
  type Flag,
  type Flags,
  type FlagValues,
  type Given,
  type IntegerFlag,
  type IntegersFlag,
  jsonFlag,
  type NumberFlag,
  type ReadFlag,
  type TextFlag,
  type Word,
  type Words,
  type WordValues,
} from './flags.js';
export { commandHelp, programHelp } from './help.js';
export { packageVersion } from './package-version.js';
export { parseCommand } from './parse.js';
export { printable } from './printable.js';
export { type Program } from './program.js';
export { duration, megabytes, type ProgressLine, progressLine, type ProgressOptions } from './progress.js';
export { runMain, runProgram } from './run-program.js';
export { didYouMean, suggestion } from './suggestion.js';
export { plainTerminal, processTerminal, type Streams, type Terminal } from './terminal.js';
export { UsageError } from './usage-error.js';
export { wrap } from './wrap.js';
