import { API_VERSION, type KindName, kinds } from '@sallyport/core/api';
import { checkDocuments } from '../documents/check-documents.ts';
import { parseDocuments } from '../documents/parse-documents.ts';
import { CliError } from '../errors.ts';

/** A resource as flags describe it. */
export interface NewResource {
  readonly kind: KindName;
  readonly name: string;
  /** Each `KEY=VALUE`. */
  readonly labels: readonly string[];
  /** Each `PATH=VALUE`: `settings.credentialLifetime=5m`, `disabled=true`, `users=[jo, ada]`. */
  readonly fields: readonly string[];
}

/**
 * Makes a document from flags and checks it as one from a file.
 * @throws CliError `ERR_CLI_USAGE` with every problem
 */
export function newDocument({ kind, name, labels, fields }: NewResource) {
  const spec: Record<string, unknown> = {};
  for (const field of fields) {
    const [path, text] = assignment(field, '--spec PATH=VALUE');
    setAt(spec, path.split('.'), parseValue(field, text), field);
  }
  const labelPairs = labels.map((label) => assignment(label, '--label KEY=VALUE'));
  const value = {
    apiVersion: API_VERSION,
    kind,
    metadata: { name, ...(labels.length > 0 && { labels: Object.fromEntries(labelPairs) }) },
    spec,
  };
  const from = { source: 'flags', line: 1, value, lineOf: () => 1 };
  const { documents, problems } = checkDocuments([from]);
  const [document] = documents;
  if (document !== undefined) return document.document;
  throw new CliError({
    code: 'ERR_CLI_USAGE',
    message: problems.map(({ message }) => message).join('\n'),
    nextStep: `Run "sallyport schema ${kinds[kind].collection}" for the fields, or describe it in a file for "sallyport apply".`,
  });
}

function assignment(text: string, form: string): readonly [string, string] {
  const at = text.indexOf('=');
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw new CliError({
    code: 'ERR_CLI_USAGE',
    message: `${JSON.stringify(text.slice(0, 64))} holds no "=" behind a name`,
    nextStep: `Write ${form}.`,
  });
}

function parseValue(field: string, text: string): unknown {
  // Only what opens like a list, a mapping or a text in quotes is YAML; any other text stands for itself.
  if (!/^[[{"']/.test(text)) return /^(true|false|null|-?\d+(\.\d+)?)$/.test(text) ? JSON.parse(text) : text;
  const { documents, problems } = parseDocuments(`value: ${text}\n`, 'flags');
  const [problem] = problems;
  if (problem === undefined) return (documents[0]?.value as { readonly value?: unknown } | undefined)?.value;
  throw new CliError({
    code: 'ERR_CLI_USAGE',
    message: `the value of ${JSON.stringify(field.slice(0, 64))} is no YAML: ${problem.message}`,
    nextStep: 'Put a text that begins like a list into quotes.',
  });
}

function setAt(target: Record<string, unknown>, path: readonly string[], value: unknown, field: string): void {
  const [name = '', ...rest] = path;
  if (rest.length === 0) {
    Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
    return;
  }
  const inner = Object.hasOwn(target, name) ? target[name] : {};
  if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) {
    throw new CliError({
      code: 'ERR_CLI_USAGE',
      message: `${JSON.stringify(field.slice(0, 64))} goes into ${name}, which an earlier --spec gave another value`,
      nextStep: 'Give each field once.',
    });
  }
  Object.defineProperty(target, name, { value: inner, enumerable: true, configurable: true, writable: true });
  setAt(inner as Record<string, unknown>, rest, value, field);
}
