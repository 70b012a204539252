import {
  type ApiClient,
  ApiProblemError,
  type ApplyReport,
  type ApplyRequest,
  type ApplyResult,
  MAX_APPLY_RESOURCES,
} from '@sallyport/core/api';
import type { CheckedDocument } from '../documents/check-documents.ts';
import type { DocumentProblem } from '../documents/parse-documents.ts';
import { CliError } from '../errors.ts';
import { APPLIED_KINDS, singularOf, wordOfKind } from './kind-words.ts';

/** What became of a document, with the place that it came from. Pruned resources have none. */
export interface AppliedResource extends Omit<ApplyResult, 'index' | 'kind'> {
  readonly kind: string;
  readonly source?: string;
  readonly line?: number;
}

/** What an application did, or would do. */
export interface Application {
  readonly isApplied: boolean;
  readonly results: readonly AppliedResource[];
  /** Why nothing was changed, each with file and line. Empty when nothing stood in the way. */
  readonly problems: readonly DocumentProblem[];
}

/** How {@link applyDocuments} applies. */
export interface ApplyOptions {
  readonly organization: string;
  readonly isDryRun: boolean;
  /** Name of the set that the documents belong to. */
  readonly set?: string;
  /** Deletes what an earlier application of the set made and what is no longer described. Needs `set`. */
  readonly isPruning: boolean;
  readonly signal?: AbortSignal;
}

/** Label that tells which set a resource belongs to. The server writes it where a set is pruned. */
const SET_LABEL = 'sallyport.dev/apply-set';

/**
 * Applies documents in one transaction: all of them or none. What the server refuses is told with file and line.
 * @throws CliError `ERR_CLI_USAGE` when there are more documents than one application takes
 */
export async function applyDocuments(
  api: Pick<ApiClient, 'applyResources'>,
  documents: readonly CheckedDocument[],
  options: ApplyOptions,
): Promise<Application> {
  if (documents.length > MAX_APPLY_RESOURCES) throw tooMany(documents.length);
  const foreign = documents.filter(({ kind }) => !APPLIED_KINDS.includes(kind));
  if (foreign.length > 0) {
    return { isApplied: false, results: [], problems: foreign.map(notApplied) };
  }
  const { organization, isDryRun, set, isPruning, signal } = options;
  const resources = documents.map(({ document }) =>
    set === undefined || isPruning ? document : withLabel(document, set),
  ) as ApplyRequest['resources'];
  try {
    const report = await api.applyResources(
      {
        organization,
        body: { resources, dryRun: isDryRun, ...(isPruning && set !== undefined && { pruneSet: set }) },
      },
      signal && { signal },
    );
    return describeReport(report, documents);
  } catch (error) {
    const problems = error instanceof ApiProblemError ? placesOf(error, documents) : [];
    if (problems.length === 0) throw error;
    return { isApplied: false, results: [], problems };
  }
}

function describeReport(report: ApplyReport, documents: readonly CheckedDocument[]): Application {
  const results = report.results.map(({ index, ...result }): AppliedResource => {
    const from = index === undefined ? undefined : documents[index]?.from;
    return { ...result, ...(from !== undefined && { source: from.source, line: from.line }) };
  });
  const problems = report.results.flatMap(({ index, kind, name, problem }): DocumentProblem[] => {
    if (problem === undefined) return [];
    const from = index === undefined ? undefined : documents[index]?.from;
    const { message, code, path, nextStep } = problem;
    return [
      {
        source: from?.source ?? 'pruned',
        line: from?.lineOf(path === undefined ? [] : pathOf(path)) ?? 0,
        message: `${wordOfKind(kind)}/${name}: ${message} (${code})${nextStep === undefined ? '' : ` ${nextStep}`}`,
      },
    ];
  });
  return { isApplied: report.isApplied, results, problems };
}

/** Where the places of a refused body lie in the files. */
function placesOf(error: ApiProblemError, documents: readonly CheckedDocument[]): readonly DocumentProblem[] {
  return (error.problem.problems ?? []).flatMap(({ path, message }) => {
    const steps = pathOf(path);
    const at = steps.indexOf('resources');
    const found = at === -1 ? undefined : documents[Number(steps[at + 1])];
    if (found === undefined) return [];
    const { from, kind, name } = found;
    const inside = steps.slice(at + 2);
    const where = inside.length === 0 ? '' : `${inside.join('.')}: `;
    return [
      { source: from.source, line: from.lineOf(inside), message: `${wordOfKind(kind)}/${name}: ${where}${message}` },
    ];
  });
}

/** Steps of `spec.rules[0].verbs`, `spec.rules.0.verbs` or `/spec/rules/0/verbs`. */
function pathOf(path: string): readonly string[] {
  return path.split(/[.[\]/]+/).filter((step) => step !== '');
}

function withLabel(document: CheckedDocument['document'], set: string): CheckedDocument['document'] {
  const { metadata } = document;
  return {
    ...document,
    metadata: { ...metadata, labels: { ...metadata.labels, [SET_LABEL]: set } },
  } as typeof document;
}

function notApplied({ kind, name, from }: CheckedDocument): DocumentProblem {
  return {
    source: from.source,
    line: from.line,
    message: `${singularOf(kind)}/${name}: stands above the organization and is no part of it; change it with "sallyport edit ${singularOf(kind)} ${name}"`,
  };
}

function tooMany(count: number): CliError {
  return new CliError({
    code: 'ERR_CLI_USAGE',
    message: `there are ${count} resources, one application takes ${MAX_APPLY_RESOURCES}`,
    nextStep: 'Apply them in parts, what others refer to first.',
  });
}
