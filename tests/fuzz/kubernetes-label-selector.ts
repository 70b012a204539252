import { isInt64 } from './kubernetes-list-options.ts';

type Token = '' | 'word' | 'end' | ')' | '(' | ',' | '!' | '=' | '==' | '!=' | '<' | '>' | 'in' | 'notin';
interface Scanned {
  readonly token: Token;
  readonly text: string;
}

const SPECIAL = '=!(),<>';
const OPERATORS: readonly string[] = [')', '(', ',', '!', '=', '==', '!=', '<', '>'];

/** Whether apimachinery's `labels.Parse` (`pkg/labels/selector.go`) takes a text, by its own lexer and grammar. */
export function isLabelSelectorOfKubernetes(text: string): boolean {
  const tokens = scan(text);
  let at = 0;
  const look = (): Token => {
    const token = tokens[at]?.token ?? 'end';
    return token === 'in' || token === 'notin' ? 'word' : token;
  };
  const take = (): Scanned => tokens[at++] ?? { token: 'end', text: '' };
  const takeValue = () => {
    const token = look();
    return { token, text: take().text };
  };

  const parseValues = (): string[] | undefined => {
    if (takeValue().token !== '(') return undefined;
    const values = new Set<string>();
    if (look() === ')') {
      take();
      return [''];
    }
    if (look() !== 'word' && look() !== ',') return undefined;
    for (;;) {
      const { token, text: value } = takeValue();
      if (token === 'word') {
        values.add(value);
        if (look() === ',') continue;
        if (look() === ')') break;
        return undefined;
      }
      if (token !== ',') return undefined;
      if (values.size === 0) values.add('');
      if (look() === ')') {
        values.add('');
        break;
      }
      if (look() === ',') {
        take();
        values.add('');
      }
    }
    return takeValue().token === ')' ? [...values] : undefined;
  };

  const parseRequirement = (): boolean => {
    let key = takeValue();
    const isAbsent = key.token === '!';
    if (isAbsent) key = takeValue();
    if (key.token !== 'word' || !isKey(key.text)) return false;
    if (isAbsent || look() === 'end' || look() === ',') return true;
    const operator = take().token;
    if (operator === 'in' || operator === 'notin') {
      const values = parseValues();
      return values?.every(isValue) === true;
    }
    if (!['=', '==', '!=', '<', '>'].includes(operator)) return false;
    let value = '';
    if (look() !== 'end' && look() !== ',') {
      const given = takeValue();
      if (given.token !== 'word') return false;
      value = given.text;
    }
    return ((operator !== '<' && operator !== '>') || isInt64(value)) && isValue(value);
  };

  if (look() === 'end') return true;
  for (;;) {
    if (look() !== 'word' && look() !== '!') return false;
    if (!parseRequirement()) return false;
    const { token } = takeValue();
    if (token === 'end') return true;
    if (token !== ',') return false;
  }
}

/** Tokens up to the end. A zero byte reads as the end, too. */
function scan(text: string): Scanned[] {
  const tokens: Scanned[] = [];
  let at = 0;
  for (;;) {
    while (at < text.length && ' \t\r\n'.includes(text[at] ?? '')) at += 1;
    const char = text[at];
    if (char === undefined || char === '\0') return [...tokens, { token: 'end', text: '' }];
    let lexeme = char;
    at += 1;
    if (SPECIAL.includes(char)) {
      while (OPERATORS.includes(lexeme + (text[at] ?? ' '))) lexeme += text[at++];
      tokens.push({ token: lexeme as Token, text: lexeme });
      continue;
    }
    while (at < text.length && !`${SPECIAL} \t\r\n\0`.includes(text[at] ?? '')) lexeme += text[at++];
    // The one zero byte behind a word is taken with it.
    if (text[at] === '\0') at += 1;
    tokens.push({ token: lexeme === 'in' || lexeme === 'notin' ? lexeme : 'word', text: lexeme });
  }
}

function isKey(key: string): boolean {
  const parts = key.split('/');
  const name = parts.pop() ?? '';
  if (parts.length > 1 || name === '' || !isValue(name)) return false;
  const [prefix] = parts;
  if (prefix === undefined) return true;
  return prefix.length <= 253 && prefix.split('.').every((label) => /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/.test(label));
}

function isValue(text: string): boolean {
  return text === '' || (text.length <= 63 && /^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/.test(text));
}
