import { type KindName, kinds, type ResourceDocument } from '@sallyport/core/api';
import { describeUnknownKind, singularOf } from '../resources/kind-words.ts';
import type { DocumentProblem, SourceDocument, ValuePath } from './parse-documents.ts';

/** A document of a known kind that its schema takes. */
export interface CheckedDocument {
  readonly kind: KindName;
  readonly name: string;
  readonly document: ResourceDocument;
  readonly from: SourceDocument;
}

/** What {@link checkDocuments} found. */
export interface CheckedDocuments {
  readonly documents: readonly CheckedDocument[];
  readonly problems: readonly DocumentProblem[];
}

/**
 * Checks documents against the contract, all of them, so that every mistake is told at once and with its line: kinds,
 * fields, and that no resource is described twice. What only the server knows, it checks itself.
 */
export function checkDocuments(sources: readonly SourceDocument[]): CheckedDocuments {
  const documents: CheckedDocument[] = [];
  const problems: DocumentProblem[] = [];
  const seen = new Map<string, SourceDocument>();
  for (const from of sources) {
    const found = checkDocument(from);
    problems.push(...found.problems);
    if (found.checked === undefined) continue;
    const { kind, name } = found.checked;
    const key = JSON.stringify([kind, name]);
    const earlier = seen.get(key);
    if (earlier === undefined) {
      seen.set(key, from);
      documents.push(found.checked);
    } else {
      const message = `${singularOf(kind)}/${name} is described already at ${earlier.source}:${earlier.line}`;
      problems.push({ source: from.source, line: from.line, message });
    }
  }
  return { documents, problems };
}

function checkDocument(from: SourceDocument): {
  readonly checked?: CheckedDocument;
  readonly problems: readonly DocumentProblem[];
} {
  const problem = (path: ValuePath, message: string): DocumentProblem => ({
    source: from.source,
    line: from.lineOf(path),
    message,
  });
  const { value } = from;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { problems: [problem([], 'a resource is a mapping with apiVersion, kind, metadata and spec')] };
  }
  const { apiVersion, kind, metadata } = value as Record<string, unknown>;
  const unknown = describeUnknownKind(apiVersion, kind);
  if (unknown !== undefined) return { problems: [problem(['kind'], unknown)] };
  const kindName = kind as KindName;
  const parsed = kinds[kindName].document.safeParse(value);
  if (parsed.success) {
    // As it was written, not as it was parsed: the server fills in defaults, and the person's own text is what is sent.
    const checked = { kind: kindName, name: parsed.data.metadata.name, document: value as ResourceDocument, from };
    return { checked, problems: [] };
  }
  const name = (metadata as { name?: unknown } | null | undefined)?.name;
  const what = typeof name === 'string' ? `${singularOf(kindName)}/${name}` : kindName;
  return {
    problems: parsed.error.issues.flatMap((issue) => {
      const at = issue.path.map(String).join('.');
      if (issue.code !== 'unrecognized_keys') {
        return [problem(issue.path, `${what}: ${at === '' ? '' : `${at}: `}${lowerFirst(issue.message)}`)];
      }
      const where = at === '' ? 'a resource' : at;
      return issue.keys.map((key) => problem([...issue.path, key], `${what}: ${where} has no field ${shown(key)}`));
    }),
  };
}

function shown(key: string): string {
  return JSON.stringify(key.slice(0, 64));
}

function lowerFirst(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}
