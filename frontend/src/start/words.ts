/** Two places among so many words, by chance, the first before the second: from 0. */
export function twoPlaces(
  of: number,
  draw: (below: number) => number = (below) => {
    const box = new Uint32Array(1);
    crypto.getRandomValues(box);
    return (box[0] ?? 0) % below;
  },
): [number, number] {
  const first = draw(of);
  const second = (first + 1 + draw(of - 1)) % of;
  return first < second ? [first, second] : [second, first];
}

/** Whether what was typed is the word: in any case, its first four letters are enough. */
export function isWord(typed: string, word: string): boolean {
  const said = typed.trim().toLowerCase();
  return said.length >= Math.min(4, word.length) && word.startsWith(said);
}
