import { wordsOf } from './audit-terms.ts';

/** What a text is searched for: one of the alternatives holds. */
export type AuditTextQuery = readonly AuditTextAlternative[];

/** Words and phrases that must all be there, and those that must not. */
export interface AuditTextAlternative {
  readonly all: readonly string[];
  /** Words side by side, in lower case as they were written. */
  readonly phrases: readonly string[];
  readonly none: readonly string[];
  readonly nonePhrases: readonly string[];
}

const PART = /(-?)"([^"]*)"?|(\S+)/g;

/**
 * Reads the syntax of search boxes: `payments prod`, `"exec into"`, `secrets or configmaps`, `delete -dev`. Total: whatever is
 * written means something, as PostgreSQL's `websearch_to_tsquery` has it. Nothing but words that must not be there finds
 * nothing.
 */
export function parseAuditText(text: string): AuditTextQuery {
  const alternatives = [anAlternative()];
  for (const [, minus, quoted, plain] of text.matchAll(PART)) {
    const current = alternatives.at(-1) as Growing;
    if (plain !== undefined && plain.toLowerCase() === 'or') {
      alternatives.push(anAlternative());
      continue;
    }
    const words = wordsOf(quoted ?? plain ?? '');
    const phrase = quoted !== undefined && words.length > 1 ? [comparable(quoted)] : [];
    if (minus === '-' || plain?.startsWith('-') === true) {
      if (phrase.length > 0) current.nonePhrases.push(...phrase);
      else current.none.push(...words);
    } else {
      current.all.push(...words);
      current.phrases.push(...phrase);
    }
  }
  return alternatives.filter(({ all }) => all.length > 0);
}

type Growing = { readonly [Part in keyof AuditTextAlternative]: string[] };

function anAlternative(): Growing {
  return { all: [], phrases: [], none: [], nonePhrases: [] };
}

function comparable(text: string): string {
  return text.normalize('NFKC').toLowerCase().trim();
}
