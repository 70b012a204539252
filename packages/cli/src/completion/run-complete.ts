import type { CliContext } from '../context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { neutralise } from '../output/neutralise.ts';
import { completeWords } from './complete.ts';

/**
 * The hidden command that completion scripts call: `complete [--open] -- WORDS…` prints a suggestion on each line, its
 * description behind a tab, and `:file` where the shell shall complete files. `--open` stands for an empty last word, which
 * some shells can't hand over. `complete --update KIND --profile NAME` renews the names of a kind, or one of
 * the lists of access. Never fails and never
 * writes to stderr: whatever is wrong, a person at the Tab key is not the one to be told.
 */
export async function runComplete(argv: readonly string[], context: CliContext): Promise<number> {
  try {
    const [first, second = '', , profile] = argv;
    if (first === '--update') await updateNames(context, second, profile);
    else await printCompletion(argv, context);
  } catch (error) {
    if (context.env['SALLYPORT_DEBUG']) context.stderr.write(`${String(error)}\n`);
  }
  return EXIT_CODES.ok;
}

async function printCompletion(argv: readonly string[], context: CliContext): Promise<void> {
  const { createValueLookup } = await import('./value-lookup.ts');
  const at = argv.indexOf('--');
  const words = at === -1 ? [] : argv.slice(at + 1);
  const isOpen = argv.slice(0, at).includes('--open') || words.length === 0;
  const { suggestions, isFile } = await completeWords(isOpen ? [...words, ''] : words, createValueLookup(context));
  const lines = suggestions.map(({ value, description }) =>
    description === undefined ? value : `${value}\t${neutralise(description)}`,
  );
  if (isFile === true) lines.push(':file');
  context.stdout.write(lines.map((line) => `${line}\n`).join(''));
}

// Enough to choose from; nobody reads a longer list, and the file stays small.
const MAX_NAMES = 2_000;

async function updateNames(context: CliContext, word: string, profileName: string | undefined): Promise<void> {
  const { withSession } = await import('../session/session.ts');
  const { resolveHome } = await import('../state/home.ts');
  const { isAccessList, readAccessList } = await import('./access-lists.ts');
  const { storeNames } = await import('./name-cache.ts');
  await withSession(context, { profile: profileName }, async ({ api, profile }) => {
    const { organization } = profile;
    const home = resolveHome(context);
    if (isAccessList(word)) {
      await storeNames(context, { home, profile, kind: word }, await readAccessList(api, organization, word));
      return;
    }
    const { createResourceClient } = await import('../resources/resource-client.ts');
    const { kindOfWord } = await import('../resources/kind-words.ts');
    const { listUpTo } = await import('../resources/list-all.ts');
    const kind = kindOfWord(word);
    const client = createResourceClient(api, organization);
    const { items } = await listUpTo(MAX_NAMES, (page) => client.list(kind, page));
    const names = items.map(({ metadata }) => metadata.name);
    await storeNames(context, { home, profile, kind }, names);
  });
}
