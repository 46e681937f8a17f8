/** Words by name, as deep as a room needs them. */
export interface Tree {
  readonly [key: string]: string | readonly string[] | readonly (readonly string[])[] | Tree;
}
