import type { RequestAttributes } from '@sallyport/core';

const PLAIN = /^[\w.@+:/*-]+$/;
const MAX_SHOWN = 128;

/** What JSON leaves as it is and terminals act on, or readers don't see: C1 controls, marks of direction and joining. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * A word of somebody else's as it stands in a sentence of ours: bare when it is harmless, else quoted with escapes. At most
 * 128 characters of it, so that no sentence grows with its input.
 */
export function showWord(text: string): string {
  const shown = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
  if (PLAIN.test(shown)) return shown;
  return JSON.stringify(shown).replace(UNPRINTABLE, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}

/** What a request does, in the words of a rule: `create pods/exec web-0 in namespace shop`, `get /version`. */
export function describeAction(attributes: RequestAttributes): string {
  if (attributes.kind === 'nonResource') return `${showWord(attributes.verb)} ${showWord(attributes.path)}`;
  const { verb, apiGroup, resource, subresource, namespace, name } = attributes;
  const what = apiGroup === '' ? resource : `${resource}.${apiGroup}`;
  const target = subresource === '' ? what : `${what}/${subresource}`;
  const object = name === '' ? '' : ` ${showWord(name)}`;
  const where = namespace === '' ? ' cluster-wide' : ` in namespace ${showWord(namespace)}`;
  return `${showWord(verb)} ${showWord(target)}${object}${where}`;
}
