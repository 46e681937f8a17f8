/** The name of a record's field in words: "gates[2].min_review" is "Gates 2: min review". */
export function fieldName(path: string): string {
  const words = path
    .split('.')
    .map((part) =>
      part
        .replace(/\[(\d+)\]/g, ' $1')
        .replaceAll('_', ' ')
        .replace(/ id$/, ''),
    )
    .join(': ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
