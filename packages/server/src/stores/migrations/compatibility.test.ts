import { Kysely, type Migration, Migrator, sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openPgliteFolder } from '../pglite/open.ts';
import type { Database } from '../schema.ts';
import { MIGRATIONS, migrate } from './index.ts';
import { describeSchema, findSchemaBreaks } from './testing/schema-breaks.ts';

/** The last migration of the minor version before this one. Nothing has been released so far: the last that there was. */
const LAST_OF_PREVIOUS_MINOR = '0024-peer-addresses';

describe('a schema and the minor version before it', () => {
  let db: Kysely<Database>;
  let close: () => Promise<void>;
  beforeEach(async () => {
    const database = await openPgliteFolder('memory://');
    close = database.close;
    db = new Kysely<Database>({ dialect: database.dialect });
  });
  afterEach(() => close());
  const described = () => describeSchema(db as unknown as Kysely<never>);
  /** Makes the schema anew with migrations up to `last`, or all of them. */
  const migrateTo = async (last: string) => {
    const migrator = new Migrator({ db, provider: { getMigrations: async () => MIGRATIONS } });
    const { error } = await migrator.migrateTo(last);
    if (error !== undefined) throw new Error(`migrating to ${last} failed`, { cause: error });
  };

  it('SEC-H13 leaves in place what that one reads and writes', async () => {
    await migrateTo(LAST_OF_PREVIOUS_MINOR);
    const before = await described();
    expect(before.columns.size).toBeGreaterThan(200);
    await migrate(db);
    expect(findSchemaBreaks(before, await described())).toEqual([]);
  });

  const TABLE = `create table things (id text primary key, name text not null default 'x', size integer, kind text not null)`;
  for (const [what, statements, want] of [
    ['a column that may be left out', [`alter table things add column colour text`], []],
    ['a column with a default', [`alter table things add column colour text not null default 'red'`], []],
    ['a new table', [`create table others (id text primary key, thing text references things)`], []],
    ['an index', [`create index on things (size)`], []],
    ['a constraint of a new column', [`alter table things add column colour text unique check (colour <> '')`], []],
    ['a looser column', [`alter table things alter column kind drop not null`], []],
    [
      'a column that must be given',
      [`alter table things add column colour text not null`],
      ['things.colour is new and must be given'],
    ],
    ['a column less', [`alter table things drop column size`], ['things.size is gone']],
    ['another name of a column', [`alter table things rename column size to length`], ['things.size is gone']],
    [
      'another name of a table',
      [`alter table things rename to objects`],
      ['things.id is gone', 'things.kind is gone', 'things.name is gone', 'things.size is gone'],
    ],
    ['another type', [`alter table things alter column size type text`], ['things.size is text, was integer']],
    [
      'a column that must not be null any more',
      [`alter table things alter column size set not null`],
      ['things.size must not be null any more'],
    ],
    ['a default less', [`alter table things alter column name drop default`], ['things.name has lost its default']],
    [
      'a stricter value',
      [`alter table things add constraint short check (length(name) < 9)`],
      ['things.short is new: CHECK ((length(name) < 9))'],
    ],
    [
      'a key that must be unique',
      [`create unique index things_name on things (name)`],
      ['things.things_name is new: CREATE UNIQUE INDEX things_name ON public.things USING btree (name)'],
    ],
  ] as const) {
    it(`is ${want.length === 0 ? 'told to fit with' : 'refused for'} ${what}`, async () => {
      await sql.raw(TABLE).execute(db);
      const before = await described();
      for (const statement of statements) await sql.raw(statement).execute(db);
      expect(findSchemaBreaks(before, await described())).toEqual(want);
    });
  }
});

describe('a schema that a newer version made', () => {
  let db: Kysely<Database>;
  let close: () => Promise<void>;
  beforeEach(async () => {
    const database = await openPgliteFolder('memory://');
    close = database.close;
    db = new Kysely<Database>({ dialect: database.dialect });
  });
  afterEach(() => close());
  const additive: Migration = {
    up: async (on) => void (await sql`alter table roles add column colour text`.execute(on)),
  };
  const migrations = { ...MIGRATIONS, '9999-of-the-next-one': additive };

  for (const { version, fits } of [
    { version: '1.4.9', fits: true },
    { version: '1.5.0', fits: true },
    { version: '1.6.0', fits: false },
    { version: '2.0.0', fits: false },
  ]) {
    it(`by ${version} is ${fits ? 'used' : 'refused'} by 1.4.2, and left as it is`, async () => {
      await migrate(db, { version: '1.4.2' });
      await migrate(db, { migrations, version });
      const old = migrate(db, { version: '1.4.2' });
      if (fits) await old;
      else {
        await expect(old).rejects.toMatchObject({
          code: 'ERR_STORE_MIGRATION',
          message: `the schema was made by version ${version}, this is 1.4.2, which does not know 9999-of-the-next-one`,
          nextStep: expect.stringContaining('newer'),
        });
      }
      const { rows } = await sql`select value from settings where name = 'schemaVersion'`.execute(db);
      expect(rows).toEqual([{ value: version }]);
    });
  }

  it('is known by the newest version that used it, whichever starts again', async () => {
    for (const version of ['1.10.0', '1.9.3', '1.10.0-rc.1']) await migrate(db, { version });
    const { rows } = await sql`select value from settings where name = 'schemaVersion'`.execute(db);
    expect(rows).toEqual([{ value: '1.10.0' }]);
  });
});
