/**
 * The server as its next minor version may be: with one migration more, which changes every table, and a version of its own in the
 * database. Older releases can't be had yet, so what is tested is the step from this one to the next.
 */
import { type Migration, sql } from 'kysely';
import { MIGRATIONS } from '../../packages/server/src/stores/migrations/index.ts';
import { additive, NEXT_MINOR } from './next-minor.ts';

const ofTheNextMinor: Migration = {
  async up(db) {
    await additive.up(db);
    await sql`insert into settings (name, value) values ('schemaVersion', '0.1.0')
      on conflict (name) do update set value = '0.1.0'`.execute(db);
  },
};
Object.assign(MIGRATIONS, { [NEXT_MINOR]: ofTheNextMinor });
await import('../../packages/server/src/main.ts');
