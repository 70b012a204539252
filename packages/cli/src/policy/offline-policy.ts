import type { OfflineOrganization } from '@sallyport/authz/tools';
import { type PolicyTest, policyTestSchema } from '@sallyport/core/api';
import type { CliContext } from '../context.ts';
import { checkDocuments } from '../documents/check-documents.ts';
import type { DocumentProblem, SourceDocument } from '../documents/parse-documents.ts';
import { readDocuments } from '../documents/read-documents.ts';

/** A policy test with the place that it came from. */
export interface LocatedPolicyTest {
  readonly test: PolicyTest;
  readonly from: SourceDocument;
}

/** What files say about access, read without a server. */
export interface OfflinePolicy {
  readonly organization: OfflineOrganization;
  readonly tests: readonly LocatedPolicyTest[];
  /** Documents that are no tests. */
  readonly documentCount: number;
  /** Everything that is wrong, each with file and line. */
  readonly problems: readonly DocumentProblem[];
}

/**
 * Reads roles, bindings, access policies and what they refer to from files, and the policy tests among them.
 * @throws CliError `ERR_CLI_DOCUMENT_READ`
 */
export async function readOfflinePolicy(
  context: Pick<CliContext, 'cwd' | 'stdin'>,
  options: { readonly paths: readonly string[]; readonly isRecursive: boolean },
): Promise<OfflinePolicy> {
  const { readOrganization } = await import('@sallyport/authz/tools');
  const read = await readDocuments(context, options);
  const { tests, problems: ofTests } = readTests(read.documents.filter(isTest));
  const checked = checkDocuments(read.documents.filter((source) => !isTest(source)));
  const { organization, problems: ofPolicy } = readOrganization(checked.documents.map(({ document }) => document));
  const located = ofPolicy.flatMap(({ index, path, message }): DocumentProblem[] => {
    const found = checked.documents[index];
    if (found === undefined) return [];
    const { source } = found.from;
    return [
      { source, line: found.from.lineOf(path), message: `${found.kind.toLowerCase()}/${found.name}: ${message}` },
    ];
  });
  return {
    organization,
    tests,
    documentCount: checked.documents.length,
    problems: [...read.problems, ...ofTests, ...checked.problems, ...located],
  };
}

function isTest({ value }: SourceDocument): boolean {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'PolicyTest';
}

function readTests(sources: readonly SourceDocument[]) {
  const tests: LocatedPolicyTest[] = [];
  const problems: DocumentProblem[] = [];
  for (const from of sources) {
    const parsed = policyTestSchema.safeParse(from.value);
    if (parsed.success) tests.push({ test: parsed.data, from });
    else {
      for (const { path, message } of parsed.error.issues) {
        const at = path.map(String).join('.');
        problems.push({ source: from.source, line: from.lineOf(path), message: `policytest: ${at}: ${message}` });
      }
    }
  }
  return { tests, problems };
}
