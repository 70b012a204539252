import { MockProblem, notFound } from './handlers.ts';

interface Named {
  readonly metadata: { readonly id: string; readonly name: string; readonly labels: Record<string, string> };
  readonly spec: unknown;
}

interface Listing {
  readonly limit?: unknown;
  readonly continue?: string | undefined;
  readonly search?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

/** The page of a listing: by offset, which is all that a mock needs. */
export function pageOf<Item>(
  items: readonly Item[],
  { limit, continue: after }: { readonly limit?: unknown; readonly continue?: string | undefined },
) {
  const from = Number(after ?? 0);
  const until = from + Number(limit ?? 100);
  return {
    items: items.slice(from, until),
    metadata: {
      totalCount: items.length,
      resourceVersion: '1',
      ...(until < items.length && { continue: String(until) }),
    },
  };
}

/** `env=prod,tier=web` as pairs; a mock needs no other operator. */
const pairsIn = (selector = ''): readonly (readonly [string, string])[] =>
  selector
    .split(',')
    .filter((pair) => pair !== '')
    .map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]);

/** What every collection of resources answers alike: listing with search, reading, renaming by update, deletion. */
export function collection<Item extends Named, World>(
  kind: string,
  itemsOf: (world: World) => Item[],
  set: (world: World, items: Item[]) => void,
) {
  const find = (world: World, name: string): Item => {
    const item = itemsOf(world).find(({ metadata }) => metadata.name === name || metadata.id === name);
    if (item === undefined) throw notFound(kind);
    return item;
  };
  return {
    list: ({ input, world }: { readonly input: Listing; readonly world: World }) => {
      const wanted = (input.search ?? '').toLowerCase();
      return pageOf(
        itemsOf(world).filter(
          ({ metadata, spec }) =>
            `${metadata.name} ${JSON.stringify(spec)}`.toLowerCase().includes(wanted) &&
            pairsIn(input.labelSelector).every(([key, value]) => metadata.labels[key] === value) &&
            pairsIn(input.fieldSelector).every(
              ([path, value]) => (spec as Readonly<Record<string, unknown>>)[path.replace('spec.', '')] === value,
            ),
        ),
        input,
      );
    },
    get: ({ input, world }: { readonly input: { readonly name: string }; readonly world: World }) =>
      find(world, input.name),
    add: (world: World, item: Item): Item => {
      if (itemsOf(world).some(({ metadata }) => metadata.name === item.metadata.name)) {
        throw new MockProblem(409, 'ERR_API_CONFLICT', `there is a ${kind} with the name ${item.metadata.name}`);
      }
      set(world, [...itemsOf(world), item]);
      return item;
    },
    update: ({
      input,
      world,
    }: {
      readonly input: {
        readonly name: string;
        readonly body: {
          readonly spec: unknown;
          readonly metadata: { readonly labels?: Record<string, string> | undefined };
        };
      };
      readonly world: World;
    }) => {
      const before = find(world, input.name);
      const after = {
        ...before,
        spec: input.body.spec,
        metadata: { ...before.metadata, labels: input.body.metadata.labels ?? {} },
      };
      set(world, itemsOf(world).with(itemsOf(world).indexOf(before), after));
      return after;
    },
    remove: ({ input, world }: { readonly input: { readonly name: string }; readonly world: World }) => {
      const item = find(world, input.name);
      set(
        world,
        itemsOf(world).filter((other) => other !== item),
      );
      return undefined;
    },
  };
}
