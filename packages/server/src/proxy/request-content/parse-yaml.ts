import { Composer, type CST, isScalar, Parser, visit } from 'yaml';
import { UnreadableBody } from './parse-json.ts';

/** What a YAML body may amount to; see `InspectionLimits`. */
export interface YamlBounds {
  readonly maxDepth: number;
  readonly maxAliases: number;
}

/**
 * Parses one YAML document with the words of YAML 1.1 (`yes` is true), as kube-apiserver does. Refused is what two readers
 * could read differently: names that stand twice, merge keys (Go's reader lets one overrule a name before it), tags, names
 * that are no plain text, and more than one document.
 * @throws UnreadableBody
 */
export function parseYaml(text: string, { maxDepth, maxAliases }: YamlBounds): unknown {
  const tokens = [...new Parser().parse(text)];
  // Composing recurses, and running out of stack inside it can end the process: depth is looked at before.
  if (tokens.some((token) => isDeeper(token, maxDepth))) {
    throw new UnreadableBody(`it is nested more than ${maxDepth} levels deep`);
  }
  const options = { version: '1.1', uniqueKeys: true, merge: false, logLevel: 'silent' } as const;
  const [document, ...others] = [...new Composer(options).compose(tokens)];
  if (document === undefined) return null;
  if (others.length > 0) throw new UnreadableBody('it holds more than one YAML document');
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined) throw new UnreadableBody(`its YAML can not be read (${problem.code})`);
  visit(document, {
    Node(_, node) {
      if ('tag' in node && node.tag !== undefined) throw new UnreadableBody('it holds a YAML tag');
    },
    Pair(_, { key }) {
      if (!isScalar(key)) throw new UnreadableBody('it holds a YAML mapping with a name that is no plain text');
      if (key.source === '<<') throw new UnreadableBody('it holds a YAML merge key');
    },
    Alias(_, alias, path) {
      const target = alias.resolve(document);
      if (target !== undefined && path.includes(target))
        throw new UnreadableBody('it holds a YAML alias inside itself');
    },
  });
  try {
    return document.toJS({ maxAliasCount: maxAliases }) as unknown;
  } catch {
    throw new UnreadableBody(`its YAML aliases expand to more than ${maxAliases} values`);
  }
}

function isDeeper(root: CST.Token, maxDepth: number): boolean {
  const open: { readonly token: CST.Token; readonly depth: number }[] = [{ token: root, depth: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { token, depth } = next;
    if (depth > maxDepth) return true;
    const inner = [
      'value' in token ? token.value : undefined,
      ...('items' in token ? token.items.flatMap(({ key, value }) => [key, value]) : []),
    ];
    for (const child of inner) {
      if (typeof child === 'object' && child !== null) open.push({ token: child, depth: depth + 1 });
    }
  }
  return false;
}
