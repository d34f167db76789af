import { z } from 'zod';
import type { Checked } from '../config/checked.js';

/** Something that a config can name by its `kind`. */
export interface Kind<Shape extends z.ZodRawShape, Made> {
  /** What a config may say of it, by schema. */
  readonly options: Shape;
  /** What it is, for editors. */
  readonly about?: string | undefined;
  /** Makes it of what a config says. */
  create(options: Checked<z.ZodObject<Shape>>): Made;
}

type Kinds<Made> = Readonly<Record<string, Kind<z.ZodRawShape, Made>>>;

/** What a config says of one of them: its word, and what goes with it. */
export type KindConfig<Table extends Kinds<unknown>> = {
  [K in keyof Table & string]: Checked<z.ZodObject<{ kind: z.ZodLiteral<K> } & Table[K]['options']>>;
}[keyof Table & string];

/**
 * An entry of a table of kinds.
 *
 * @param options - of a config, by schema
 * @param create - makes it of them
 * @param about - what it is, for editors
 */
export function kind<const Shape extends z.ZodRawShape, Made>(
  options: Shape,
  create: Kind<Shape, Made>['create'],
  about?: string,
): Kind<Shape, Made> {
  return { options, create, about };
}

/** What a config may say: the word of an entry, and its options. */
export function kindSchema<Table extends Kinds<unknown>>(table: Table): z.ZodType<KindConfig<Table>> {
  const [first, ...others] = Object.entries(table).map(([word, { options, about }]) => {
    const schema = z.strictObject({ kind: z.literal(word), ...options });
    return about === undefined ? schema : schema.describe(about);
  });
  const schema = z.discriminatedUnion('kind', [first as NonNullable<typeof first>, ...others]);
  return schema as unknown as z.ZodType<KindConfig<Table>>;
}

/** Makes what a config names. */
export function createKind<Made>(table: Kinds<Made>, config: { readonly kind: string }): Made {
  const { kind: word, ...options } = config;
  return (table[word] as Kind<z.ZodRawShape, Made>).create(options);
}
