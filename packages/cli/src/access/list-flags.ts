import { Flags } from '@oclif/core';
import type { Listing } from '../resources/list-all.ts';

const DEFAULT_LIMIT = 100;

/** Flags of listings that grow with time. */
export const listFlags = {
  user: Flags.string({ summary: 'only those of this user', helpValue: 'NAME' }),
  role: Flags.string({ char: 'r', summary: 'only those for this role', helpValue: 'NAME' }),
  limit: Flags.integer({ summary: `how many at the most; ${DEFAULT_LIMIT} by default`, min: 1, exclusive: ['all'] }),
  all: Flags.boolean({ summary: 'all, however many' }),
};

/** Flag of the states that a listing is narrowed to; any number of them. */
export function stateFlag(states: readonly string[]) {
  return Flags.string({
    summary: 'only those in this state; several are separated by commas',
    options: states,
    multiple: true,
    multipleNonGreedy: true,
    delimiter: ',',
  });
}

/** How many items the flags ask for. */
export function limitOf(flags: { readonly limit?: number | undefined; readonly all: boolean }): number {
  return flags.all ? Number.POSITIVE_INFINITY : (flags.limit ?? DEFAULT_LIMIT);
}

/** Says what of a listing is not shown, or that there is nothing. */
export function noteRest({ items, totalCount }: Listing<unknown>, nothing: string, note: (line: string) => void): void {
  if (items.length === 0) note(nothing);
  else if (items.length < totalCount) note(`${items.length} of ${totalCount} are shown. Pass --all for the rest.`);
}
