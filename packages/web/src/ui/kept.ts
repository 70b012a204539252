/** Keeps a choice in this browser; where storage is forbidden it lasts as long as the page. */
export function keep(key: string, value: string | undefined): void {
  try {
    if (value === undefined) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // As the comment says: it lasts as long as the page.
  }
}

/** What was kept in this browser. */
export function kept(key: string): string | undefined {
  try {
    return localStorage.getItem(key) ?? undefined;
  } catch {
    return undefined;
  }
}
