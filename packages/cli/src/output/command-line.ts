import type { ProfileSelection } from '../state/profiles.ts';

/** A command line for a person to copy, with the profile or server that the present one was given. */
export function commandLine(words: readonly string[], { profile, server }: ProfileSelection = {}): string {
  const where = [
    ...(profile === undefined ? [] : ['--profile', profile]),
    ...(server === undefined ? [] : ['--server', server]),
  ];
  return ['sallyport', ...words, ...where].map(quote).join(' ');
}

/** As shells of POSIX read it. Placeholders of ours, in capitals, stay as they are. */
function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
