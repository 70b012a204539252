/** Longest expression, in characters. */
export const MAX_EXPRESSION_CHARACTERS = 4_096;
/** Most nodes of an expression's syntax tree. */
export const MAX_AST_NODES = 500;
/** Deepest nesting of calls, selections, indexes and literals. */
export const MAX_DEPTH = 32;
/** Most elements of a list or map that an expression writes out. */
export const MAX_LITERAL_ELEMENTS = 200;
/** Longest text that may come up while an expression is evaluated, in characters. */
export const MAX_VALUE_CHARACTERS = 16_384;
/** Longest list or largest map that may come up while an expression is evaluated. */
export const MAX_VALUE_ELEMENTS = 5_000;
/**
 * Steps that one evaluation may take: one for each node that is visited, and one more for each sixteen characters or
 * elements that it yields. Some tens of milliseconds.
 */
export const MAX_STEPS = 300_000;
