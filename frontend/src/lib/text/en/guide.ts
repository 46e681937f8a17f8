// The words around the user guide, whose pages are Markdown in guide/, in English.
import type { Tree } from '../tree';

export const guide = {
  title: 'Guide',
  contents: 'Contents of the guide',
  help: 'Help',
  glossary: 'Glossary',
} as const satisfies Tree;
