/** An id of the kind whose prefix is given, the same for the same number. */
export const idOf = (prefix: string, number: number): string => `${prefix}_01jd${String(number).padStart(22, '0')}`;
