/** Writes ascending numbers as ranges: `0-41,43,50-99`. */
export function formatRanges(numbers: readonly number[]): string {
  const ranges: string[] = [];
  let first: number | undefined;
  for (const [at, number] of numbers.entries()) {
    first ??= number;
    if (numbers[at + 1] === number + 1) continue;
    ranges.push(first === number ? String(number) : `${first}-${number}`);
    first = undefined;
  }
  return ranges.join(',');
}
