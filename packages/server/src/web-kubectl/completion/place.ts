import type { CommandReading } from '../grammar/parse-line.ts';
import { subcommandsOf } from './subcommands.ts';

/** What could stand at a place of a line. `offset`: how much of the word stands in front of what is completed. */
export type Place =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'command'; readonly command: string }
  | { readonly kind: 'flag'; readonly command: string }
  | { readonly kind: 'words'; readonly words: readonly string[]; readonly offset: number }
  | { readonly kind: 'kind' }
  | { readonly kind: 'namespace'; readonly offset: number }
  | { readonly kind: 'name'; readonly resource: string; readonly offset: number }
  | { readonly kind: 'container'; readonly pod: string; readonly offset: number };

/** Commands whose first word is a pod. */
const OF_PODS = new Set(['logs', 'exec', 'attach', 'cp', 'debug']);
/** Commands whose words are nodes. */
const OF_NODES = new Set(['cordon', 'uncordon', 'drain', 'top node']);
/** Commands whose first word is a kind and whose others are names of that kind. */
const OF_OBJECTS = new Set([
  'get',
  'describe',
  'delete',
  'edit',
  'label',
  'annotate',
  'patch',
  'scale',
  'autoscale',
  'expose',
  'wait',
  'taint',
  'rollout status',
  'rollout history',
  'rollout restart',
  'rollout undo',
  'rollout pause',
  'rollout resume',
  'set image',
  'set env',
  'set resources',
  'set serviceaccount',
]);
const FORMATS = ['json', 'yaml', 'wide', 'name', 'jsonpath=', 'custom-columns='];

/** What could stand where `word` begins, behind what has been read. */
export function placeOf({ command, words, pending, flags }: CommandReading, word: string): Place {
  if (pending !== undefined) return placeOfValue(pending.name, words, 0);
  const flagged = /^--([a-z-]+)=/.exec(word);
  if (flagged !== null) return placeOfValue(flagged[1] as string, words, flagged[0].length);
  if (word.startsWith('-')) return command === '' ? { kind: 'nothing' } : { kind: 'flag', command };
  if (words.length === 0 && subcommandsOf(command).length > 0) return { kind: 'command', command };
  if (OF_PODS.has(command)) return ofPods(command, words, word);
  if (OF_NODES.has(command)) return { kind: 'name', resource: 'nodes', offset: 0 };
  if (command === 'top pod') return { kind: 'name', resource: 'pods', offset: 0 };
  if (command === 'explain') return words.length === 0 ? { kind: 'kind' } : { kind: 'nothing' };
  if (!OF_OBJECTS.has(command) || flags.some(({ flag }) => flag.name === 'filename')) return { kind: 'nothing' };
  const slash = word.indexOf('/');
  if (slash >= 0) return { kind: 'name', resource: word.slice(0, slash), offset: slash + 1 };
  const [resource] = words;
  if (resource === undefined) return { kind: 'kind' };
  return resource.includes('/') || resource.includes(',') ? { kind: 'nothing' } : { kind: 'name', resource, offset: 0 };
}

function placeOfValue(flag: string, words: readonly string[], offset: number): Place {
  if (flag === 'namespace') return { kind: 'namespace', offset };
  if (flag === 'output') return { kind: 'words', words: FORMATS, offset };
  if (flag === 'dry-run') return { kind: 'words', words: ['server', 'client', 'none'], offset };
  const [pod] = words;
  if (flag === 'container' && pod !== undefined) return { kind: 'container', pod: pod.replace(/^pods?\//, ''), offset };
  return { kind: 'nothing' };
}

function ofPods(command: string, words: readonly string[], word: string): Place {
  const [pod] = words;
  if (command === 'cp') return word.includes(':') ? { kind: 'nothing' } : { kind: 'name', resource: 'pods', offset: 0 };
  if (pod !== undefined) return command === 'logs' ? { kind: 'container', pod, offset: 0 } : { kind: 'nothing' };
  const slash = word.indexOf('/');
  return { kind: 'name', resource: slash < 0 ? 'pods' : word.slice(0, slash), offset: slash + 1 };
}
