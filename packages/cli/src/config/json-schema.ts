import { z } from 'zod';
import { configs } from '../configs/index.js';
import { experimentSchema } from './experiment.js';

type JsonSchema = { [key: string]: unknown };

/**
 * The JSON Schema of a config file, for editors: a whole config, or with `extends` any part of one, where `null` leaves a key out. It
 * can't say all that the command checks: that twins' names differ, say, or that parts fit together.
 *
 * @returns a schema of draft 7, which editors know
 */
export function configJsonSchema(): JsonSchema {
  const { $schema, ...whole } = z.toJSONSchema(experimentSchema, {
    target: 'draft-7',
    unrepresentable: 'any',
  }) as JsonSchema & { properties: JsonSchema };
  const named = Object.keys(configs);
  const editor = { $schema: { type: 'string' } };
  return {
    $schema,
    title: 'Config of the command immiscible',
    type: 'object',
    if: { required: ['extends'] },
    then: {
      properties: {
        ...editor,
        extends: {
          description: 'A named config, or a file relative to this one: what is not said here is as there',
          anyOf: [{ enum: named }, { type: 'string', pattern: '\\.json$' }],
        },
        ...loosened(whole.properties),
      },
      additionalProperties: false,
    },
    else: { ...whole, properties: { ...editor, ...whole.properties } },
  };
}

/** Properties of which any may be missing, or null. */
function loosened(properties: JsonSchema): JsonSchema {
  return Object.fromEntries(
    Object.entries(properties).map(([key, schema]) => [
      key,
      // What an object is, is nothing to leave out.
      key === 'kind' ? schema : { anyOf: [loose(schema as JsonSchema), { type: 'null' }] },
    ]),
  );
}

function loose({ required: _, ...schema }: JsonSchema): JsonSchema {
  const each = (key: string) =>
    Array.isArray(schema[key]) && { [key]: (schema[key] as JsonSchema[]).map(loose) };
  return {
    ...schema,
    ...(schema['properties'] !== undefined && { properties: loosened(schema['properties'] as JsonSchema) }),
    ...each('anyOf'),
    // A part without its kind may be of several.
    ...(Array.isArray(schema['oneOf']) && {
      oneOf: undefined,
      anyOf: (schema['oneOf'] as JsonSchema[]).map(loose),
    }),
  };
}
