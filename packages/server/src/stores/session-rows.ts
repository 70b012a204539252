import type { OrganizationId } from '@sallyport/core';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Envelope } from './envelope.ts';
import { selects, toRecording } from './recording-rows.ts';
import type { Database } from './schema.ts';
import type { Phrase, SessionSearchRows } from './session-contracts.ts';

/** Characters of a mark that are kept: 72 bits, so that no two of a million words fall together. */
const MARK_LENGTH = 12;
/**
 * Words of one `tsvector`. PostgreSQL takes 16 383 positions, and 255 of one word: in so few
 * words even every second one has a position each time.
 */
const PART_WORDS = 500;
const MAX_POSITIONS = 255;
/** Parts of one statement: the embedded database takes one at a time, and decisions wait for none that is long. */
const PARTS_AT_ONCE = 16;
/** Words that two parts share, so that a phrase across their border is found. */
const SHARED_WORDS = 32;

/**
 * Searches recordings by marks of their words. Marks are made under a key of the installation and differ from one organization
 * to another: who has the database alone learns from them how often a word stands somewhere, and never which word.
 */
export function createSessionSearchRows(db: Kysely<Database>, envelope: Envelope): SessionSearchRows {
  function marker(organizationId: OrganizationId): (word: string) => string {
    return (word) => envelope.mark(word, `recorded word ${organizationId}`).slice(0, MARK_LENGTH);
  }

  /** A `tsquery` of one phrase. Marks are letters, digits, `-` and `_`: nothing that ends the quotes. */
  function queryOf(organizationId: OrganizationId, phrase: Phrase): RawBuilder<unknown> {
    return sql`${phrase.map(marker(organizationId)).map(quote).join(' <-> ')}::tsquery`;
  }

  return {
    async unindexed(limit, after) {
      let query = db
        .selectFrom('recordings')
        .select(['id', 'organization_id', 'indexed_count', 'chunk_count'])
        .where('data_key', 'is not', null)
        .whereRef('indexed_count', '<', 'chunk_count')
        .orderBy('id')
        .limit(limit);
      if (after !== undefined) query = query.where('id', '>', after);
      return (await query.execute()).map((row) => ({
        id: row.id,
        organizationId: row.organization_id,
        from: row.indexed_count,
        to: row.chunk_count,
      }));
    },
    async index({ id, organizationId }, number, words) {
      const parts = partsOf(words);
      for (let at = 0; at < parts.length; at += PARTS_AT_ONCE) {
        const vectors = parts.slice(at, at + PARTS_AT_ONCE).map((part) => vectorOf(part, marker(organizationId)));
        // Of a chunk that another server has indexed by now, nothing is left to be done.
        await sql`
          insert into recording_words (recording_id, number, part, words)
          select id, ${number}::integer, ${at}::integer + part, vector::tsvector
          from recordings, unnest(${vectors}::text[]) with ordinality as parts (vector, part)
          where id = ${id} and indexed_count = ${number}
          on conflict do nothing`.execute(db);
      }
      await db
        .updateTable('recordings')
        .set({ indexed_count: number + 1 })
        .where('id', '=', id)
        .where('indexed_count', '=', number)
        .execute();
    },
    async search(selection, phrases, { limit, after }) {
      const { organizationId } = selection;
      let query = db
        .selectFrom('recordings')
        .selectAll()
        .where((where) => selects(where, selection))
        .orderBy('id', 'desc')
        .limit(limit);
      for (const phrase of phrases) {
        query = query.where(
          sql<boolean>`id in (select recording_id from recording_words where words @@ ${queryOf(organizationId, phrase)})`,
        );
      }
      if (after !== undefined) query = query.where('id', '<', after);
      return (await query.execute()).map((row) => toRecording(row, envelope));
    },
    async chunksWith(organizationId, id, phrases, limit) {
      const any = sql.join(
        phrases.map((phrase) => sql`words @@ ${queryOf(organizationId, phrase)}`),
        sql` or `,
      );
      const rows = await db
        .selectFrom('recording_words')
        .select('number')
        .distinct()
        .where('recording_id', '=', id)
        .where(sql<boolean>`(${any})`)
        .orderBy('number')
        .limit(limit)
        .execute();
      return rows.map(({ number }) => number);
    },
  };
}

function quote(mark: string): string {
  return `'${mark}'`;
}

function partsOf(words: readonly string[]): readonly (readonly string[])[] {
  const parts: (readonly string[])[] = [];
  for (let from = 0; from < words.length; from += PART_WORDS - SHARED_WORDS) {
    parts.push(words.slice(from, from + PART_WORDS));
  }
  return parts;
}

/** The written form of a `tsvector`: each mark with where it stands. */
function vectorOf(words: readonly string[], mark: (word: string) => string): string {
  const positions = new Map<string, number[]>();
  words.forEach((word, index) => {
    const at = positions.get(word);
    if (at === undefined) positions.set(word, [index + 1]);
    else if (at.length < MAX_POSITIONS) at.push(index + 1);
  });
  return [...positions].map(([word, at]) => `${quote(mark(word))}:${at.join(',')}`).join(' ');
}
