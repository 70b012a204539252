// Shows: policy files judged where changes to them are reviewed, without a server and without a login. `npm run check` does the
// same with the command line; this is for whoever wants the findings in a form of their own.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readOrganization, runPolicyTest } from '@sallyport/authz/tools';
import { type KindName, kinds, type PolicyTest, policyTestSchema, type ResourceDocument } from '@sallyport/core/api';
import { parseYamlDocuments } from '@sallyport/core/yaml';

/** What is wrong, and in which file. */
export interface Finding {
  readonly file: string;
  readonly message: string;
}

/** What became of a folder of policy files. */
export interface Verdict {
  readonly findings: readonly Finding[];
  readonly passedCount: number;
}

/** Reads every YAML file of a folder, and runs the policy tests among them by the evaluator that serves requests. */
export function judgeFolder(folder: string, now: Date): Verdict {
  const findings: Finding[] = [];
  const documents: { readonly file: string; readonly document: ResourceDocument }[] = [];
  const tests: { readonly file: string; readonly test: PolicyTest }[] = [];

  function read(file: string, value: { readonly kind?: unknown }): void {
    const isTest = value.kind === 'PolicyTest';
    if (!isTest && (typeof value.kind !== 'string' || !Object.hasOwn(kinds, value.kind))) {
      findings.push({ file, message: `there is no kind ${JSON.stringify(value.kind)}` });
      return;
    }
    const checked = (isTest ? policyTestSchema : kinds[value.kind as KindName].document).safeParse(value);
    for (const { path, message } of checked.error?.issues ?? []) {
      findings.push({ file, message: `${value.kind}, ${path.join('.')}: ${message}` });
    }
    if (!checked.success) return;
    if (isTest) tests.push({ file, test: checked.data as PolicyTest });
    else documents.push({ file, document: checked.data as ResourceDocument });
  }

  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    if (!/\.ya?ml$/.test(file)) continue;
    try {
      for (const value of parseYamlDocuments(readFileSync(join(folder, file), 'utf8'))) read(file, value as object);
    } catch (error) {
      findings.push({ file, message: (error as Error).message });
    }
  }
  const { organization, problems } = readOrganization(documents.map(({ document }) => document));
  for (const { index, message } of problems) {
    const { file = '', document } = documents[index] ?? {};
    findings.push({ file, message: `${document?.kind} ${document?.metadata.name}: ${message}` });
  }
  // What is broken decides nothing: the cases would only tell of it again.
  if (findings.length > 0) return { findings, passedCount: 0 };
  const results = tests.flatMap(({ file, test }) =>
    runPolicyTest(organization, test, now).map((result) => ({ file, ...result })),
  );
  if (results.length === 0) findings.push({ file: folder, message: 'there is no policy test' });
  for (const { file, name, problem } of results) {
    if (problem !== undefined) findings.push({ file, message: `${name}: ${problem}` });
  }
  return { findings, passedCount: results.filter(({ isPassed }) => isPassed).length };
}
