import { z } from 'zod';
import { type KindName, kinds } from './kinds/index.ts';

/** A JSON Schema, as plain data. */
export type JsonSchema = Readonly<Record<string, unknown>>;

// The draft that the YAML and JSON support of editors knows best.
const TARGET = 'draft-7';
const DRAFT = 'http://json-schema.org/draft-07/schema#';

/**
 * The JSON Schema of documents of a kind, for editors. Says what can be said by structure; what is checked by rules beyond
 * it (names, durations, references) is checked when a document is applied.
 */
export function kindJsonSchema(kind: KindName): JsonSchema {
  const { $schema: _, ...schema } = z.toJSONSchema(kinds[kind].document, {
    io: 'input',
    target: TARGET,
    unrepresentable: 'any',
    override({ zodSchema, jsonSchema }) {
      // Ids are checked by a function; on the wire they are text.
      if (zodSchema._zod.def.type === 'custom') jsonSchema.type = 'string';
    },
  });
  return { $schema: DRAFT, title: kind, description: kinds[kind].summary, ...schema };
}

/** The JSON Schema of documents of any kind, for files that hold several. */
export function documentJsonSchema(): JsonSchema {
  const definitions = Object.fromEntries(
    (Object.keys(kinds) as KindName[]).map((kind) => {
      const { $schema: _, ...schema } = kindJsonSchema(kind);
      return [kind, schema];
    }),
  );
  return {
    $schema: DRAFT,
    title: 'Sallyport resource',
    // By kind first, so that an editor complains about the one kind that is meant and not about all others.
    type: 'object',
    required: ['apiVersion', 'kind', 'metadata', 'spec'],
    properties: { kind: { enum: Object.keys(kinds) } },
    allOf: Object.keys(kinds).map((kind) => ({
      if: { properties: { kind: { const: kind } }, required: ['kind'] },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      then: { $ref: `#/definitions/${kind}` },
    })),
    definitions,
  };
}
