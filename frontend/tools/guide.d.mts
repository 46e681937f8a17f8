import type { Plugin } from 'vite';

interface GuidePage {
  name: string;
  title: string;
  html: string;
}
export const order: string[];
export function testsPage(doc: string, list: string): string;
export function guide(root: string, to: (name: string) => string): GuidePage[];
export function guidePlugin(root: string): Plugin;
