import type { Instants } from '@sallyport/core/client';
import type { z } from 'zod';

/** One operation as the page's client needs it: method, path, status of success, where instants stand, whether it is text. */
export type ContractEntry = readonly [
  method: string,
  path: string,
  status: number,
  shape: Instants | 0,
  isText: 0 | 1,
  /** Properties that an answer must have at its top. */
  required: readonly string[],
];

/** The part of an operation that is described. */
export interface DescribedOperation {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly response?: z.ZodType;
  readonly formats?: unknown;
}

/**
 * Describes operations without their schemas. The whole contract with the library that reads it weighs more than all else of
 * the page; this is what is left of it for a client of the same release.
 */
export function describeContract(
  operations: Readonly<Record<string, DescribedOperation>>,
): Readonly<Record<string, ContractEntry>> {
  return Object.fromEntries(
    Object.entries(operations).map(([name, { method, path, status, response, formats }]) => [
      name,
      [
        method,
        path,
        status,
        (response && shapeOf(response)) ?? 0,
        formats === undefined ? 0 : 1,
        response === undefined ? [] : requiredOf(response),
      ] as const,
    ]),
  );
}

/** What of a schema is read; the same for each of its kinds. */
interface Definition {
  readonly type: string;
  readonly innerType?: z.ZodType;
  readonly in?: z.ZodType;
  readonly out?: z.ZodType;
  readonly element?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly options?: readonly z.ZodType[];
  readonly left?: z.ZodType;
  readonly right?: z.ZodType;
}

const definitionOf = (schema: z.ZodType) => schema.def as unknown as Definition;

/** Tells where instants stand in what `schema` reads; `undefined`: nowhere. */
export function shapeOf(schema: z.ZodType): Instants | undefined {
  const { type, innerType, in: input, out, element, valueType, shape, options, left, right } = definitionOf(schema);
  if (type === 'date') return 'd';
  if (type === 'pipe') return (out && shapeOf(out)) ?? (input && shapeOf(input));
  if (innerType !== undefined) return shapeOf(innerType);
  if (element !== undefined) {
    const inner = shapeOf(element);
    return inner && [inner];
  }
  if (type === 'record' && valueType !== undefined) {
    const inner = shapeOf(valueType);
    return inner && { '*': inner };
  }
  if (shape !== undefined) {
    const entries = Object.entries(shape).flatMap(([name, property]) => {
      const inner = shapeOf(property);
      return inner === undefined ? [] : [[name, inner] as const];
    });
    return entries.length === 0 ? undefined : Object.fromEntries(entries);
  }
  const parts = options ?? [left, right].filter((part) => part !== undefined);
  return parts.map(shapeOf).reduce(merge, undefined);
}

/** Two shapes of one place: what either option of a union holds. */
function merge(one: Instants | undefined, other: Instants | undefined): Instants | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  if (one === 'd' || other === 'd') return 'd';
  const [first, second] = [one, other];
  if (isList(first) || isList(second)) return isList(first) ? first : second;
  const names = new Set([...Object.keys(first), ...Object.keys(second)]);
  return Object.fromEntries([...names].map((name) => [name, merge(first[name], second[name]) as Instants]));
}

const isList = (shape: Instants): shape is readonly [Instants] => Array.isArray(shape);

function requiredOf(schema: z.ZodType): readonly string[] {
  const { shape } = definitionOf(schema);
  return Object.entries(shape ?? {}).flatMap(([name, property]) => (property.isOptional() ? [] : [name]));
}
