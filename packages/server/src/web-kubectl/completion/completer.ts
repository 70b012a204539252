import { flagsOf } from '../grammar/flags.ts';
import { OWN_COMMANDS, readWords } from '../grammar/parse-line.ts';
import { tokenize } from '../grammar/tokenize.ts';
import type { KubeNames } from './kube-names.ts';
import { type Place, placeOf } from './place.ts';
import { subcommandsOf } from './subcommands.ts';

/** One thing that could stand there. */
export interface Completion {
  readonly value: string;
  readonly hint?: string;
}

/** What could stand at the end of a line. */
export interface Completions {
  /** Where the word begins that they complete. */
  readonly from: number;
  readonly items: Completion[];
  readonly source?: string;
}

/** Completes lines with what the person may see now. */
export interface Completer {
  /** Never rejects: what can't be looked up is not suggested. */
  complete(at: { readonly line: string; readonly namespace: string }): Promise<Completions>;
}

const MAX_ITEMS = 100;
const FILTERS = ['grep', 'head', 'tail', 'wc', 'sort', 'uniq', 'jq'];

/** Creates a completer over the names of one person on one cluster. */
export function createCompleter(names: KubeNames): Completer {
  return {
    async complete({ line, namespace }) {
      const from = line.search(/\S*$/);
      const word = line.slice(from);
      const nothing: Completions = { from, items: [] };
      let parts: readonly (readonly string[])[];
      try {
        parts = tokenize(line.slice(0, from));
      } catch {
        // Inside of quotes, or behind something that is refused anyway.
        return nothing;
      }
      const last = parts.at(-1) ?? [];
      if (parts.length > 1) return last.length > 0 ? nothing : pick(from, word, FILTERS.map(plain));
      const args = last[0] === 'kubectl' ? last.slice(1) : last;
      const reading = readWords(args, () => {});
      if (reading.isBehindDashes) return nothing;
      const flagNamespace = [...reading.flags].reverse().find(({ flag }) => flag.name === 'namespace')?.value;
      try {
        return await atPlace(placeOf(reading, word), {
          from,
          word,
          isFirst: last.length === 0,
          namespace: flagNamespace || namespace,
        });
      } catch {
        return nothing;
      }
    },
  };

  async function atPlace(
    place: Place,
    at: { readonly from: number; readonly word: string; readonly isFirst: boolean; readonly namespace: string },
  ): Promise<Completions> {
    const { from, word, namespace } = at;
    switch (place.kind) {
      case 'nothing':
        return { from, items: [] };
      case 'command': {
        const own = at.isFirst ? ['kubectl', ...OWN_COMMANDS] : [];
        return pick(from, word, [...subcommandsOf(place.command), ...own].map(plain), 'commands of kubectl');
      }
      case 'flag': {
        const flags = flagsOf(place.command).all.filter(({ isGlobal, name }) => !isGlobal || name === 'namespace');
        return pick(
          from,
          word,
          flags.map(({ name, letter, value }) => ({
            value: `--${name}${value === 'needed' ? '=' : ''}`,
            ...(letter !== undefined && { hint: `-${letter}` }),
          })),
          `flags of kubectl ${place.command}`,
        );
      }
      case 'words':
        return pick(from + place.offset, word.slice(place.offset), place.words.map(plain));
      case 'kind': {
        const kinds = await names.kinds();
        const shown = kinds.map(({ name, group, shortNames }) => ({
          value: name,
          hint: [group, ...shortNames].filter(Boolean).join(' '),
        }));
        return pick(from, word, shown, `${kinds.length} kinds, with your rights`);
      }
      case 'namespace': {
        const found = await names.namespaces();
        return pick(
          from + place.offset,
          word.slice(place.offset),
          found.map(plain),
          `${found.length} namespaces, with your rights`,
        );
      }
      case 'name': {
        const objects = await names.objects(place.resource, namespace);
        const items = objects.map(({ name, hint }) => ({ value: name, ...(hint !== undefined && { hint }) }));
        const where = `${items.length} ${place.resource} in ${namespace}, with your rights`;
        return pick(from + place.offset, word.slice(place.offset), items, where);
      }
      case 'container': {
        const containers = await names.containers(place.pod, namespace);
        return pick(from + place.offset, word.slice(place.offset), containers.map(plain), `containers of ${place.pod}`);
      }
    }
  }
}

function plain(value: string): Completion {
  return { value };
}

function pick(from: number, word: string, items: readonly Completion[], source?: string): Completions {
  const fitting = items.filter(({ value }) => value.startsWith(word) && value !== word);
  return { from, items: fitting.slice(0, MAX_ITEMS), ...(source !== undefined && { source }) };
}
