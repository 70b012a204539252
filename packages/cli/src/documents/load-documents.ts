import type { CliContext } from '../context.ts';
import { CliError } from '../errors.ts';
import { neutralise } from '../output/neutralise.ts';
import { type CheckedDocument, checkDocuments } from './check-documents.ts';
import type { DocumentProblem } from './parse-documents.ts';
import { readDocuments } from './read-documents.ts';

/** What {@link loadDocuments} loads. */
export interface LoadOptions {
  readonly paths: readonly string[];
  readonly isRecursive: boolean;
  /** Takes each problem as a line, before the error that counts them. */
  readonly note: (line: string) => void;
}

/**
 * Reads documents and checks all of them.
 * @throws CliError `ERR_CLI_DOCUMENT_READ`; `ERR_CLI_DOCUMENT_INVALID` when any has a problem, or there are none
 */
export async function loadDocuments(
  context: Pick<CliContext, 'cwd' | 'stdin'>,
  options: LoadOptions,
): Promise<readonly CheckedDocument[]> {
  const read = await readDocuments(context, options);
  const checked = checkDocuments(read.documents);
  const problems = [...read.problems, ...checked.problems];
  if (problems.length > 0) {
    for (const problem of problems) options.note(formatProblem(problem));
    throw new CliError({
      code: 'ERR_CLI_DOCUMENT_INVALID',
      message: `${problems.length} ${problems.length === 1 ? 'problem' : 'problems'} in ${read.documents.length} documents; nothing was sent`,
      nextStep: '"sallyport schema KIND" prints the schema of a kind for your editor.',
    });
  }
  if (checked.documents.length > 0) return checked.documents;
  throw new CliError({
    code: 'ERR_CLI_DOCUMENT_INVALID',
    message: `there is no document in ${options.paths.join(', ')}`,
    nextStep: 'Check the files; "sallyport export" shows what documents look like.',
  });
}

/** A problem as compilers print it, so that editors find the place. */
export function formatProblem({ source, line, message }: DocumentProblem): string {
  return `${neutralise(source)}:${line}: ${neutralise(message)}`;
}
