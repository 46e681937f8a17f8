// The formats of run logs, as the program knows them: asked for once.
import { Runs, type FormatChoice } from './api';

let list = $state.raw<FormatChoice[]>([]);
let asked = false;

/** All formats that are read; empty until the program has answered. */
export function formats(): FormatChoice[] {
  if (!asked) {
    asked = true;
    Runs.Formats().then(
      (answer) => (list = answer),
      () => (asked = false),
    );
  }
  return list;
}

/** A format's title for people, or its name where it is not known. */
export function formatTitle(name: string): string {
  return formats().find((f) => f.name === name)?.title ?? name;
}
