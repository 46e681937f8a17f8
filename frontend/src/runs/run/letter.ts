// From a drafted letter to what an officer edits.
import type { Letter } from '$lib/api';

/** Paragraphs with an empty line between them, lists with "- ": as letter.EditedPart reads them. */
export const edited = (letter: Letter) => ({
  greeting: letter.greeting,
  parts: letter.parts.map((p) => ({
    heading: p.heading,
    body: [...(p.text ?? []), (p.items ?? []).map((item) => `- ${item}`).join('\n')]
      .filter(Boolean)
      .join('\n\n'),
  })),
  close: letter.close,
});
