/** A piece of a word. Quoted pieces are not split. */
export type WordPart =
  | { readonly is: 'text'; readonly text: string; readonly quoted: boolean }
  | { readonly is: 'variable'; readonly name: string; readonly fallback: string | undefined; readonly quoted: boolean }
  | { readonly is: 'command'; readonly script: Script; readonly quoted: boolean }
  | { readonly is: 'arithmetic'; readonly expression: string };

/** A word of a command. */
export type Word = readonly WordPart[];

/** `2>file`, `>>file`, `<file`, `2>&1`. */
export interface Redirect {
  readonly fd: number;
  readonly operator: '>' | '>>' | '<' | '>&';
  readonly target: Word;
}

/** One command of a pipeline. */
export type Command =
  | {
      readonly is: 'simple';
      readonly assignments: readonly { readonly name: string; readonly value: Word }[];
      readonly words: readonly Word[];
      readonly redirects: readonly Redirect[];
    }
  | {
      readonly is: 'if';
      readonly branches: readonly { readonly condition: Script; readonly body: Script }[];
      readonly otherwise: Script | undefined;
    }
  | { readonly is: 'loop'; readonly until: boolean; readonly condition: Script; readonly body: Script }
  | { readonly is: 'for'; readonly name: string; readonly words: readonly Word[]; readonly body: Script }
  | {
      readonly is: 'group';
      readonly body: Script;
      readonly subshell: boolean;
      readonly redirects: readonly Redirect[];
    };

/** Commands joined by `|`. */
export interface Pipeline {
  readonly negated: boolean;
  readonly commands: readonly Command[];
}

/** Pipelines, each with what joins it to the one before. */
export type Script = readonly { readonly join: ';' | '&&' | '||'; readonly pipeline: Pipeline }[];
