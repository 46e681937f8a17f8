// Files are named by tokens that the program gives out when a person chose, dropped or
// opened them: chance, a colon, and the path (see app/desktop/bind/files.go).

/** The path of a file, for showing it. */
export const pathOf = (token: string): string => token.slice(token.indexOf(':') + 1);

/** The name of a file without its folders. */
export const fileName = (token: string): string => pathOf(token).split(/[\\/]/).at(-1) ?? '';
