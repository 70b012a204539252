import type { ViewPart } from '../query.ts';

/** What a listing must leave out: objects in one of the namespaces, and objects of one of the names. */
export interface Excluded {
  readonly namespaces: readonly string[];
  readonly names: readonly string[];
}

/** What is left of a view; nothing when no part of it is. */
export function excludeFrom(view: readonly ViewPart[], { namespaces, names }: Excluded): readonly ViewPart[] {
  return view.flatMap((part) => {
    const within = part.namespaces?.kind === 'names' ? part.namespaces.names : undefined;
    const leftNamespaces = within && without(within, namespaces);
    const leftNames = part.names && without(part.names, names);
    if (leftNamespaces?.length === 0 || leftNames?.length === 0) return [];
    return [
      {
        ...part,
        ...(leftNamespaces && { namespaces: { kind: 'names', names: leftNamespaces } as const }),
        ...(leftNames && { names: leftNames }),
        ...(!leftNamespaces && namespaces.length > 0 && { exceptNamespaces: namespaces }),
        ...(!leftNames && names.length > 0 && { exceptNames: names }),
      },
    ];
  });
}

function without(names: readonly string[], excluded: readonly string[]): readonly string[] {
  return names.filter((name) => !excluded.includes(name));
}
