/** Puts parameters into their places of a path template, e.g. `/clusters/{id}`; what has no place there is the query. */
export function fillPath(template: string, input: Readonly<Record<string, unknown>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(input)) {
    if (!template.includes(`{${name}}`) && value !== undefined) query.set(name, String(value));
  }
  const path = template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(input[name] ?? '')));
  return query.size > 0 ? `${path}?${query}` : path;
}
