import { isDnsLabel } from '@sallyport/core';

/** What `help` prints. */
export const HELP = `kubectl COMMAND …      kubectl, on this cluster, as you; the word kubectl may be left out
… | FILTER …           grep -i -v -E -F -c -n -o -A -B -C, head, tail, wc, sort, uniq, jq PATH
namespace [NAME]       shows or changes the namespace of what follows
ls [FOLDER], rm FILE   your files here; they end with this terminal
clear, history         the screen, and the lines that you ran
upload, download FILE  files from your machine, and to it
`;

/** Whether a text is the name of a namespace. */
export function isNamespaceName(text: string): boolean {
  return isDnsLabel(text);
}
