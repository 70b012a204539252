import { Flags } from '@oclif/core';
import { listAll, type Page, type PageQuery } from './list-all.ts';

/** Flags that say whose things are listed: one's own without any. */
export const whoseFlags = {
  user: Flags.string({ summary: 'those of this user', helpValue: 'NAME', exclusive: ['all'] }),
  all: Flags.boolean({ summary: 'those of everybody in the organization' }),
};

/** Where things are listed. */
export interface WhoseListing<Row> {
  own(): Promise<{ readonly items: readonly Row[] }>;
  /** Those of a user, or of everybody. */
  page(query: PageQuery & { readonly user?: string }): Promise<Page<Row>>;
}

/** Lists one's own things, or all that the flags ask for. */
export async function listWhose<Row>(
  { user, all }: { readonly user?: string | undefined; readonly all: boolean },
  { own, page }: WhoseListing<Row>,
): Promise<readonly Row[]> {
  if (!all && user === undefined) return (await own()).items;
  return listAll((query) => page({ ...query, ...(user !== undefined && { user }) }));
}
