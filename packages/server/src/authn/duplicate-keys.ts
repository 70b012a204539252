/**
 * Whether a JSON text has an object with the same key twice. Parsers keep the last one silently, so two readers of one
 * signed text could take different values out of it (RFC 8259, section 4). The text must be valid JSON.
 */
export function hasDuplicateKeys(text: string): boolean {
  const scopes: (Set<string> | undefined)[] = [];
  // Strings and brackets only: what stands in between can't hold a key.
  for (const match of text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/g)) {
    const token = match[0];
    if (token === '{') scopes.push(new Set());
    else if (token === '[') scopes.push(undefined);
    else if (token === '}' || token === ']') scopes.pop();
    else if (match[1] !== undefined) {
      const key = JSON.parse(token.slice(0, -match[1].length)) as string;
      const scope = scopes.at(-1);
      if (scope?.has(key)) return true;
      scope?.add(key);
    }
  }
  return false;
}
