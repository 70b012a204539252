import type { CliContext } from '../context.ts';
import { resolveHome } from '../state/home.ts';
import { accountName, type Profile, type Profiles, selectProfile } from '../state/profiles.ts';
import { readProfiles, selectionOf } from '../state/profiles-file.ts';
import type { Completion, Suggestion, ValueLookup } from './complete.ts';
import { cachedNames, type Named } from './name-cache.ts';

/** The part of the context that completion needs. */
export type CompletionContext = Pick<CliContext, 'env' | 'userHome' | 'cwd' | 'clock' | 'runDetached'>;

/** Looks values up on this machine, and names of resources in the cache of the profile that the words select. */
export function createValueLookup(context: CompletionContext): ValueLookup {
  const home = resolveHome(context);
  const names = async (words: readonly string[], kind: Named): Promise<readonly Suggestion[]> => {
    const selection = selectionOf(context, {
      profile: flagValue(words, 'profile'),
      server: flagValue(words, 'server'),
    });
    const profile = selectProfile(await readProfiles(home), selection);
    return (await cachedNames(context, { home, profile, kind })).map((value) => ({ value }));
  };
  const namesOfWord = async (words: readonly string[], word: string) => {
    // The contract is loaded only where a word has to be understood.
    const { kindOfWord } = await import('../resources/kind-words.ts');
    return names(words, kindOfWord(word));
  };

  return async (source, words): Promise<Completion> => {
    switch (source.from) {
      case 'nowhere':
        return { suggestions: [] };
      case 'files':
        return { suggestions: [], isFile: true };
      case 'options':
        return { suggestions: source.options.map((value) => ({ value })) };
      case 'kinds':
        return {
          suggestions: await kindSuggestions(words, (word) => namesOfWord(words, word)),
        };
      case 'profiles':
        return { suggestions: (await readProfiles(home)).items.map(profileSuggestion) };
      case 'servers':
        return { suggestions: serverSuggestions(await readProfiles(home)) };
      case 'accounts':
        return { suggestions: (await readProfiles(home)).items.flatMap(accountSuggestions) };
      case 'access':
        return { suggestions: await names(words, source.list) };
      case 'names':
        return {
          suggestions: await ('kind' in source ? names(words, source.kind) : namesOfWord(words, source.word)),
        };
    }
  };
}

function profileSuggestion(profile: Profile): Suggestion {
  return { value: profile.name, description: `${accountName(profile)} at ${profile.url}` };
}

function serverSuggestions({ items }: Profiles): readonly Suggestion[] {
  return [...new Set(items.map(({ url }) => new URL(url).host))].map((value) => ({ value }));
}

function accountSuggestions(profile: Profile): readonly Suggestion[] {
  return [profile.userName, accountName(profile)].map((value) => ({ value, description: profile.url }));
}

/** Words of kinds, or names behind `KIND/`. */
async function kindSuggestions(
  words: readonly string[],
  names: (word: string) => Promise<readonly Suggestion[]>,
): Promise<readonly Suggestion[]> {
  const current = words.at(-1) ?? '';
  const at = current.indexOf('/');
  if (at > 0) {
    const word = current.slice(0, at);
    return (await names(word)).map(({ value }) => ({ value: `${word}/${value}` }));
  }
  const { KIND_NAMES, singularOf } = await import('../resources/kind-words.ts');
  const { kinds } = await import('@sallyport/core/api');
  return KIND_NAMES.flatMap((kind) => {
    const description = kinds[kind].summary;
    return [kinds[kind].collection, singularOf(kind)].map((value) => ({ value, description }));
  }).filter(({ value }, index, all) => all.findIndex((it) => it.value === value) === index);
}

/** The value of a flag that stands among words. */
function flagValue(words: readonly string[], flag: string): string | undefined {
  const at = words.indexOf(`--${flag}`);
  // The last word is still being typed.
  if (at !== -1 && at < words.length - 2) return words[at + 1];
  return words.find((word) => word.startsWith(`--${flag}=`))?.slice(flag.length + 3);
}
