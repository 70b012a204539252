/** What kube-apiserver takes from the query of a request that could be a list. */
export interface ListOptions {
  readonly isWatch: boolean;
  /** The name that the field selector requires, or `''`. */
  readonly name: string;
}

/** What the query of a collection request says, read as kube-apiserver's `ListOptions` (apimachinery, meta/v1). */
export function readListOptions(values: ReadonlyMap<string, string>): ListOptions {
  const watch = values.get('watch')?.toLowerCase();
  const isWatch = watch !== undefined && watch !== 'false' && watch !== '0';
  // One option that can't be read voids all of them but `watch`; upstream then answers 400.
  const canBeRead =
    isInteger(values.get('limit')) &&
    isInteger(values.get('timeoutSeconds')) &&
    isLabelSelector(values.get('labelSelector') ?? '');
  const name = canBeRead ? requiredName(values.get('fieldSelector') ?? '') : '';
  // A name that can't stand in a path never becomes the request's name.
  return { isWatch, name: name === '.' || name === '..' || /[/%]/.test(name) ? '' : name };
}

function isInteger(text: string | undefined): boolean {
  if (text === undefined) return true;
  if (!/^[+-]?\d+$/.test(text)) return false;
  const value = BigInt(text.replace(/^\+/, ''));
  return BigInt.asIntN(64, value) === value;
}

/** The value that `selector` requires of `metadata.name`; `''` when there is none or the selector is malformed. */
function requiredName(selector: string): string {
  // Sorted by bytes before use: of two requirements on one field the smaller term counts.
  const terms = splitTerms(selector).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  let found: string | undefined;
  for (const term of terms) {
    if (term === '') continue;
    const match = /^(.*?)(!=|==|=)(.*)$/s.exec(term);
    const value = match && unescapeValue(match[3] as string);
    if (!match || value === undefined || value === null) return '';
    if (match[1] === 'metadata.name' && match[2] !== '!=') found ??= value;
  }
  return found ?? '';
}

function splitTerms(selector: string): string[] {
  return selector.match(/(?:[^\\,]|\\.|\\$)+/gs) ?? [];
}

function unescapeValue(text: string): string | undefined {
  if (!/^(?:[^\\,=]|\\[\\,=])*$/.test(text)) return undefined;
  return text.replace(/\\([\\,=])/g, '$1');
}

const NAME = '[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?';
const KEY = new RegExp(`^(?:([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)/)?(${NAME})$`);
const VALUE = new RegExp(`^(?:${NAME})?$`);
const REQUIREMENT =
  /^ ?(?:! ?([^ !=<>,()]+)|([^ !=<>,()]+)(?: ?(==|=|!=|<|>) ?([^ !=<>,()]*)| (in|notin) ?\(([^()!=<>]*)\))?) ?(,|$)/;
// apimachinery takes commas of a set in pairs and wants a value behind a pair.
const EVEN_COMMAS_LAST = /(?:^|[^, ])(?: ?, ?,)+ ?$/;

/** Whether apimachinery's `labels.Parse` takes `text`. */
function isLabelSelector(text: string): boolean {
  // Runs of space mean no more than one, and would cost the expression above quadratic time. Only these four are space.
  let rest = trimSpace(text.replace(/[ \t\r\n]+/g, ' '));
  if (rest === '') return true;
  for (;;) {
    const match = REQUIREMENT.exec(rest);
    if (!match) return false;
    const [all, absent, key, operator, value, , set, separator] = match;
    if (!isLabelKey((absent ?? key) as string)) return false;
    if (value !== undefined && (operator === '<' || operator === '>')) {
      if (value === '' || !isInteger(value)) return false;
    }
    if (set !== undefined && EVEN_COMMAS_LAST.test(set)) return false;
    const values = set === undefined ? [value ?? ''] : set.split(',').map(trimSpace);
    if (!values.every((item) => item.length <= 63 && VALUE.test(item))) return false;
    if (separator === '') return true;
    rest = rest.slice(all.length);
  }
}

function trimSpace(text: string): string {
  return text.replace(/^ | $/g, '');
}

function isLabelKey(key: string): boolean {
  const match = KEY.exec(key);
  if (!match) return false;
  const [, prefix, name] = match;
  if ((name as string).length > 63) return false;
  return (
    prefix === undefined ||
    (prefix.length <= 253 && prefix.split('.').every((label) => /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(label)))
  );
}
