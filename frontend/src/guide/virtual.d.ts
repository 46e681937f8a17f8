declare module 'virtual:guide' {
  /** The pages of the user guide, made of Markdown when the window is built (tools/guide.mjs). */
  export const pages: { name: string; title: string; body: string }[];
}
