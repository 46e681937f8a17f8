declare module 'virtual:guide' {
  /** Names and titles of the guide's pages, made of Markdown when the window is built (tools/guide.mjs). */
  export const pages: { name: string; title: string }[];
}
