import type { z } from 'zod';

/** What a schema lets pass, not to be changed: the type of a config is said by its schema alone. */
export type Checked<S extends z.ZodType> = Frozen<z.infer<S>>;

type Frozen<T> = T extends object ? { readonly [K in keyof T]: Frozen<T[K]> } : T;
