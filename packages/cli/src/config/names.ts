import { z } from 'zod';

/**
 * A name that becomes part of a path, and is printed: of a config, of a twin. Checked here, where it is read, and nowhere else; none
 * can leave its folder (`..`), hide (`.x`), or be taken for a flag (`-x`).
 */
export const nameSchema: z.ZodType<string> = z
  .string()
  .regex(
    /^\w([\w.-]{0,98}[\w-])?$/,
    'must be letters, digits, dots, dashes and underscores only, begin with none but a letter, a digit or an underscore, ' +
      'and have 100 of them at most',
  );
