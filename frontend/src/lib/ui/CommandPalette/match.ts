// Which commands and records answer to what was typed.

export interface Command {
  key: string;
  label: string;
  /** What it is: "Workflow", "Page". */
  kind: string;
  /** WF-0003; matched too. */
  reference?: string;
  /** Other words that people look for it with. */
  also?: string;
  /** Found by the program: it answers to the query in some way, here by this text within it. */
  found?: string;
  href?: string;
  run?: () => void;
}

/**
 * Commands that hold all the words of the query, best first: those whose
 * reference or name begins with it, then those where a word begins with it, then
 * the rest, and what the program found by other words last; in the order given among
 * equals. At most `limit` of them.
 */
export function match(commands: readonly Command[], query: string, limit = 12): Command[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return commands.slice(0, limit);
  const ranked: { command: Command; rank: number }[] = [];
  for (const command of commands) {
    const label = command.label.toLowerCase();
    const reference = (command.reference ?? '').toLowerCase();
    const text = `${reference} ${label} ${command.kind} ${command.also ?? ''}`.toLowerCase();
    if (!words.every((word) => text.includes(word))) {
      if (command.found !== undefined) ranked.push({ command, rank: 3 });
      continue;
    }
    const query = words.join(' ');
    const rank =
      reference.startsWith(query) || label.startsWith(query)
        ? 0
        : words.every((word) => text.split(/[\s-]+/).some((part) => part.startsWith(word)))
          ? 1
          : 2;
    ranked.push({ command, rank });
  }
  return ranked
    .sort((a, b) => a.rank - b.rank)
    .slice(0, limit)
    .map((r) => r.command);
}
