/** Evaluates `$((…))`: whole numbers, variables, `+ - * / %`, comparisons and parentheses. Unknown names are 0. */
export function evaluateArithmetic(expression: string, variable: (name: string) => string): number {
  const tokens =
    expression.match(/\d+|[A-Za-z_]\w*|<=|>=|==|!=|&&|\|\||[-+*/%<>()!$]/g)?.filter((token) => token !== '$') ?? [];
  let at = 0;

  function primary(): number {
    const token = tokens[at++];
    if (token === '(') {
      const value = binary(0);
      at++;
      return value;
    }
    if (token === '-') return -primary();
    if (token === '!') return Number(primary() === 0);
    if (token === undefined) return 0;
    return Number(/^\d/.test(token) ? token : variable(token)) || 0;
  }

  function binary(level: number): number {
    if (level === LEVELS.length) return primary();
    let left = binary(level + 1);
    while (LEVELS[level]?.includes(tokens[at] ?? '')) {
      const operator = tokens[at++] as string;
      left = apply(operator, left, binary(level + 1));
    }
    return left;
  }

  return binary(0);
}

const LEVELS = [['||'], ['&&'], ['==', '!='], ['<', '<=', '>', '>='], ['+', '-'], ['*', '/', '%']];

function apply(operator: string, a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return Math.trunc(a / b);
    case '%':
      return a % b;
    case '<':
      return Number(a < b);
    case '<=':
      return Number(a <= b);
    case '>':
      return Number(a > b);
    case '>=':
      return Number(a >= b);
    case '==':
      return Number(a === b);
    case '!=':
      return Number(a !== b);
    case '&&':
      return Number(a !== 0 && b !== 0);
    default:
      return Number(a !== 0 || b !== 0);
  }
}
