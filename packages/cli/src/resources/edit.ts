import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { CliContext } from '../context.ts';
import { checkDocuments } from '../documents/check-documents.ts';
import { formatProblem } from '../documents/load-documents.ts';
import { parseDocuments } from '../documents/parse-documents.ts';
import { CliError } from '../errors.ts';
import { describeError } from '../output/error.ts';
import { formatData } from '../output/format.ts';
import { readTextFile, removeFile, writePrivateFile } from '../state/atomic-file.ts';
import type { StateHome } from '../state/home.ts';
import { type ResourceName, singularOf } from './kind-words.ts';
import type { AnyResource, ResourceClient } from './resource-client.ts';
import { toDocument } from './to-document.ts';

/** What {@link editResource} needs. */
export interface EditOptions {
  readonly context: Pick<CliContext, 'openEditor' | 'env' | 'platform'>;
  readonly home: StateHome;
  readonly resources: ResourceClient;
}

/**
 * Lets the person change a resource in their editor. The change is made only on top of the version that they saw. When it
 * can't be made, for whatever reason, the text stays in a file whose name the error tells.
 * @returns the changed resource, or `undefined` when the text was left as it was
 * @throws CliError `ERR_CLI_EDIT`
 */
export async function editResource(
  { kind, name }: ResourceName,
  { context, home, resources }: EditOptions,
): Promise<AnyResource | undefined> {
  const before = await resources.get(kind, name);
  const text = `# Save and close to change ${singularOf(kind)}/${name}; leave it as it is to change nothing.\n${await formatData('yaml', toDocument(before, { hasVersion: true }))}`;
  const file = join(home.folder, 'edits', `${singularOf(kind)}-${randomBytes(6).toString('hex')}.yaml`);
  await writePrivateFile(file, text);
  const editor = editorOf(context);
  const exitCode = await context.openEditor(editor, file);
  const edited = (await readTextFile(file)) ?? '';
  if (exitCode !== 0) {
    throw kept(
      file,
      `the editor ${JSON.stringify(editor)} ended with exit code ${exitCode}`,
      'Set VISUAL or EDITOR to an editor that waits until the file is closed.',
    );
  }
  if (edited === text) {
    await removeFile(file);
    return undefined;
  }
  const document = checkEdited(file, edited, before);
  try {
    const after = await resources.update(name, document, { ifMatch: before.metadata.resourceVersion });
    await removeFile(file);
    return after;
  } catch (error) {
    const { sentence, code } = describeError(error);
    const isStale = code === 'ERR_API_PRECONDITION' || code === 'ERR_API_CONFLICT';
    throw kept(
      file,
      `${sentence} (${code})`,
      isStale ? 'Edit it again: somebody else changed it meanwhile. Take your change over from the file.' : undefined,
      error,
    );
  }
}

function editorOf({ env, platform }: EditOptions['context']): string {
  return env['VISUAL'] || env['EDITOR'] || (platform === 'win32' ? 'notepad' : 'vi');
}

function checkEdited(file: string, text: string, before: AnyResource) {
  const parsed = parseDocuments(text, file);
  const { documents, problems } = checkDocuments(parsed.documents);
  const found = [...parsed.problems, ...problems].map(formatProblem);
  const [only, ...others] = documents;
  if (found.length > 0) throw kept(file, `what was written can't be taken:\n${found.join('\n')}`);
  if (only === undefined || others.length > 0)
    throw kept(file, `there are ${documents.length} documents, one is wanted`);
  if (only.kind !== before.kind) throw kept(file, `the kind was changed from ${before.kind} to ${only.kind}`);
  return only.document;
}

function kept(file: string, problem: string, nextStep?: string, cause?: unknown): CliError {
  return new CliError({
    code: 'ERR_CLI_EDIT',
    message: `${problem}; your text is kept in ${file}`,
    nextStep: nextStep ?? `Correct it and run "sallyport apply -f ${file}".`,
    ...(cause !== undefined && { cause }),
  });
}
