import { type JsonSchema, type KindName, kindJsonSchema, kinds } from '@sallyport/core/api';

/** The JSON Schema of the spec of each kind. A build puts the value in the place of this module (`contract-plugin.ts`). */
export const kindSchemas = Object.fromEntries(
  (Object.keys(kinds) as KindName[]).map((kind) => {
    const { spec } = kindJsonSchema(kind)['properties'] as { readonly spec: JsonSchema };
    return [kind, spec];
  }),
) as Readonly<Record<KindName, JsonSchema>>;
