import { describe, expect, it } from 'vitest';
import { edit, emptyLine, replaceWord } from './line-editor.ts';

const HISTORY = ['get pods', 'get nodes'];

function type(keys: readonly string[], history: readonly string[] = HISTORY) {
  return keys.reduce((line, key) => {
    const outcome = edit(line, key, history);
    return outcome.kind === 'edited' ? outcome.line : line;
  }, emptyLine(history));
}

describe('a line that is typed', () => {
  it('takes characters at the cursor, and lets them be taken away', () => {
    expect(type(['get pds', '\u001b[D', '\u001b[D', 'o'])).toMatchObject({ text: 'get pods', cursor: 6 });
    expect(type(['get 😀', '\u007f', 'x']).text).toBe('get x');
    expect(type(['get pods -n shop', '\u0017', '\u0017']).text).toBe('get pods ');
    expect(type(['get pods', '\u0001', '\u001b[3~']).text).toBe('et pods');
    expect(type(['get pods', '\u0015']).text).toBe('');
  });

  it('walks through the history and back to what was begun', () => {
    const up = '\u001b[A';
    const down = '\u001b[B';
    expect(type(['log', up]).text).toBe('get nodes');
    expect(type(['log', up, up, up]).text).toBe('get pods');
    expect(type(['log', up, up, down, down, down]).text).toBe('log');
  });

  it('SEC-H08 never runs what is pasted: only Enter by itself does', () => {
    expect(edit(emptyLine([]), 'get pods\rdelete ns shop\r', [])).toMatchObject({
      kind: 'edited',
      line: { text: 'get pods delete ns shop ' },
    });
    expect(edit(emptyLine([]), 'a\u001b[201~\u0000b', [])).toMatchObject({ line: { text: 'a[201~b' } });
    expect(edit(emptyLine([], 'get pods'), '\r', [])).toEqual({ kind: 'run', text: 'get pods' });
  });

  it('puts a suggestion in place of the word in front of the cursor', () => {
    expect(replaceWord({ ...emptyLine([], 'get po -n x'), cursor: 6 }, 4, 'pods')).toMatchObject({
      text: 'get pods -n x',
      cursor: 8,
    });
  });
});
