/** Labels as people edit them: one `key=value` in each line. */
export function formatLabels(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join('\n');
}

const KEY = /^(?:[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?$/;
const VALUE = /^(?:[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?)?$/;

/** Reads labels, or says which line is none. The rules are those of Kubernetes labels. */
export function readLabels(
  text: string,
): { readonly labels: Readonly<Record<string, string>> } | { readonly problem: string } {
  const labels: Record<string, string> = {};
  for (const line of text.split(/[\n,]/).map((each) => each.trim())) {
    if (line === '') continue;
    const at = line.indexOf('=');
    const key = at < 0 ? line : line.slice(0, at);
    const value = at < 0 ? '' : line.slice(at + 1);
    if (!KEY.test(key) || !VALUE.test(value)) return { problem: `“${line}” is no label; write key=value.` };
    if (key in labels) return { problem: `${key} stands twice.` };
    labels[key] = value;
  }
  return { labels };
}
