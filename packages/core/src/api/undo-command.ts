import type { AuditEventResource } from './audit.ts';

/** Characters that move a cursor or reorder text when a terminal shows them; JSON may write each as an escape. */
const UNSAFE = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * The kubectl command that takes back what the write of an event changed, for a POSIX shell; `undefined` when the event does not
 * tell enough for that. The object may have changed since, and a JSON Patch speaks of places in it: it is for somebody to look at.
 */
export function undoCommand({ clusterName, request, change }: AuditEventResource): string | undefined {
  const attributes = request?.attributes;
  const undo = change?.undo;
  if (attributes === undefined || attributes.kind !== 'resource' || undo === undefined) return undefined;
  const text = (name: Exclude<keyof typeof attributes, 'kind'>) => attributes[name] ?? '';
  const group = text('apiGroup');
  const type = group === '' ? text('resource') : `${text('resource')}.${text('apiVersion')}.${group}`;
  const namespace = text('namespace') === '' ? [] : ['-n', text('namespace')];
  const context = clusterName === undefined ? '' : `# in cluster ${JSON.stringify(clusterName)}\n`;
  const [first] = undo;
  if (first?.['path'] === '' && first['op'] === 'add') {
    return `${context}kubectl create ${[...namespace, '-f', '-'].map(quote).join(' ')} <<'SALLYPORT'\n${shown(first['value'])}\nSALLYPORT`;
  }
  const name = text('name') || nameOf(change?.patch?.[0]);
  if (first?.['path'] === '') return `${context}${words('kubectl', 'delete', ...namespace, type, name)}`;
  const subresource = text('subresource') === '' ? [] : [`--subresource=${text('subresource')}`];
  return `${context}${words('kubectl', 'patch', ...namespace, type, name, ...subresource, '--type=json', '-p', shown(undo))}`;
}

/** Of what was created under a name that its URL does not have. */
function nameOf(operation: Readonly<Record<string, unknown>> | undefined): string {
  const value = operation?.['value'] as { readonly metadata?: { readonly name?: unknown } } | undefined;
  return String(value?.metadata?.name ?? '');
}

function shown(value: unknown): string {
  return JSON.stringify(value).replace(UNSAFE, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function words(...all: readonly string[]): string {
  return all.map(quote).join(' ');
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
