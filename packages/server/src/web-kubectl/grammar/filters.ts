/** What the output of a command may pass through, checked: a small safe set, carried out by us. */
export type Filter =
  | {
      readonly kind: 'grep';
      /** Source of a regular expression of JavaScript. */
      readonly pattern: string;
      readonly ignoresCase: boolean;
      readonly isInverted: boolean;
      readonly countsOnly: boolean;
      readonly numbersLines: boolean;
      readonly onlyMatching: boolean;
      readonly before: number;
      readonly after: number;
    }
  | { readonly kind: 'head'; readonly lines: number }
  | { readonly kind: 'tail'; readonly lines: number; readonly isFromStart: boolean }
  | { readonly kind: 'wc'; readonly counts: readonly ('lines' | 'words' | 'bytes')[] }
  | {
      readonly kind: 'sort';
      readonly isReversed: boolean;
      readonly isNumeric: boolean;
      readonly isUnique: boolean;
      /** Column to sort by, from 1; absent: the whole line. */
      readonly key?: number;
    }
  | {
      readonly kind: 'uniq';
      readonly countsRepeats: boolean;
      readonly onlyRepeated: boolean;
      readonly onlyUnique: boolean;
    }
  | { readonly kind: 'jq'; readonly steps: readonly JqStep[]; readonly isRaw: boolean; readonly isCompact: boolean };

/** One step of a path through JSON. */
export type JqStep =
  | { readonly kind: 'key'; readonly name: string; readonly isOptional: boolean }
  | { readonly kind: 'index'; readonly at: number; readonly isOptional: boolean }
  | { readonly kind: 'each'; readonly isOptional: boolean }
  | { readonly kind: 'length' }
  | { readonly kind: 'keys' };
