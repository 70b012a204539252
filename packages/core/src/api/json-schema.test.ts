import { describe, expect, it } from 'vitest';
import { documentJsonSchema, kindJsonSchema } from './json-schema.ts';
import { type KindName, kinds } from './kinds/index.ts';

const names = Object.keys(kinds) as KindName[];

describe('kindJsonSchema', () => {
  for (const kind of names) {
    it(`describes documents of kind ${kind}`, () => {
      expect(kindJsonSchema(kind)).toMatchObject({
        $schema: 'http://json-schema.org/draft-07/schema#',
        title: kind,
        type: 'object',
        additionalProperties: false,
        required: ['apiVersion', 'kind', 'metadata', 'spec'],
        properties: { apiVersion: { const: 'sallyport.dev/v1' }, kind: { const: kind }, metadata: { type: 'object' } },
      });
    });
  }

  it('knows fields, values and what is required', () => {
    const { properties } = kindJsonSchema('Binding') as { properties: { spec: Record<string, unknown> } };
    expect(properties.spec).toMatchObject({
      additionalProperties: false,
      required: ['role', 'subjects', 'scope'],
      properties: { subjects: { type: 'array', minItems: 1 } },
    });
  });
});

describe('documentJsonSchema', () => {
  it('leads from the kind to its schema, which is defined once', () => {
    const { allOf, definitions } = documentJsonSchema() as {
      allOf: { then: { $ref: string } }[];
      definitions: Record<string, { $schema?: string }>;
    };
    expect(Object.keys(definitions)).toEqual(names);
    expect(allOf.map(({ then }) => then.$ref)).toEqual(names.map((kind) => `#/definitions/${kind}`));
    for (const schema of Object.values(definitions)) expect(schema.$schema).toBeUndefined();
  });
});
