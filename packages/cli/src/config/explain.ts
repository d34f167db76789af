import { didYouMean, suggestion } from '@immiscible/command-line';
import { z } from 'zod';

/** A JSON Schema, as far as it is walked here. */
interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
}

/** What is wrong with a config, one line each, naming the place and the nearest known key or value. */
export function explain(error: z.ZodError, schema: z.ZodType, value: unknown): string[] {
  const root = z.toJSONSchema(schema, { unrepresentable: 'any' }) as Schema;
  return error.issues.flatMap((issue) => lines(issue, root, value));
}

function lines(issue: z.core.$ZodIssue, root: Schema, value: unknown, base: PropertyKey[] = []): string[] {
  const path = [...base, ...issue.path];
  const at = path.map(String).join('.') || 'config';
  const found = valueAt(value, path);
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = keysAt(root, path, value);
      const prefix = path.length > 0 ? `${at}.` : '';
      return issue.keys.map((key) => `unknown key ${prefix}${key}${suggestion(key, known)}`);
    }
    case 'invalid_value':
      return [
        `${at} must be one of ${issue.values.join(', ')}, got ${show(found)}${near(found, issue.values)}`,
      ];
    case 'invalid_union': {
      const { options } = issue as { readonly options?: readonly unknown[] };
      if (options !== undefined) {
        return [`${at} must be one of ${options.join(', ')}, got ${show(found)}${near(found, options)}`];
      }
      // Of a choice between a plain value and an object, the branch that got furthest knows best.
      const branches = [...issue.errors].sort((a, b) => depth(b) - depth(a));
      return (branches[0] ?? []).flatMap((inner) => lines(inner, root, value, path));
    }
    case 'invalid_type':
      return found === undefined
        ? [`${at} is missing`]
        : [`${at} must be of type ${issue.expected}, got ${show(found)}`];
    case 'too_small':
      return [`${at} must be at least ${issue.minimum}, got ${size(found)}`];
    case 'too_big':
      return [
        `${at} must be ${issue.inclusive === false ? 'under' : 'at most'} ${issue.maximum}, got ${size(found)}`,
      ];
    default:
      return [`${at}: ${issue.message}, got ${show(found)}`];
  }
}

function depth(issues: readonly z.core.$ZodIssue[]): number {
  return Math.max(
    0,
    ...issues.map(({ path }) => path.length),
    issues[0]?.code === 'unrecognized_keys' ? 1 : 0,
  );
}

function near(found: unknown, known: readonly unknown[]): string {
  return typeof found === 'string' ? didYouMean(found, known.map(String)) : '';
}

function size(found: unknown): string {
  return Array.isArray(found) ? `${found.length} of them` : show(found);
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], value);
}

/** The keys that an object at `path` may have; of several kinds of object, those of the `kind` that it names. */
function keysAt(root: Schema, path: readonly PropertyKey[], value: unknown): string[] {
  let candidates = branches(root);
  path.forEach((key) => {
    candidates = candidates.flatMap((schema) => {
      const next = typeof key === 'number' ? schema.items : schema.properties?.[String(key)];
      return next ? branches(next) : [];
    });
  });
  const kind = (valueAt(value, path) as { kind?: unknown } | undefined)?.kind;
  const ofKind = candidates.filter(({ properties }) => properties?.['kind']?.const === kind);
  const chosen = ofKind.length > 0 ? ofKind : candidates;
  return [...new Set(chosen.flatMap(({ properties }) => Object.keys(properties ?? {})))];
}

function branches(schema: Schema): Schema[] {
  const choices = schema.oneOf ?? schema.anyOf;
  return choices ? choices.flatMap(branches) : [schema];
}
