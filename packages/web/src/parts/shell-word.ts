/** A word that a POSIX shell takes literally; what is plain stays plain. */
export function shellWord(text: string): string {
  return /^[\w./:[\]-]+$/.test(text) && !/[[\]]/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
