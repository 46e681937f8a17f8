// Before the journeys: the program for this computer and the sample council,
// each made once.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { start } from './program';

const root = join(import.meta.dirname, '../..');

export default async function setup(): Promise<() => Promise<void>> {
  if (!existsSync(join(root, 'frontend/dist/index.html'))) {
    throw new Error('The page is not built: run npm run build first.');
  }
  const dir = await mkdtemp(join(tmpdir(), 'assay-e2e-'));
  const binary = join(dir, process.platform === 'win32' ? 'loopback.exe' : 'loopback');
  execFileSync('go', ['build', '-tags', 'e2e', '-o', binary, './app/desktop'], {
    cwd: root,
    stdio: 'inherit',
  });
  process.env.ASSAY_LOOPBACK = binary;

  const first = join(dir, 'sample');
  // Made the day before: nobody checks a certificate before it was signed.
  const program = await start(first, '2026-11-01T09:00:00Z');
  const made = await fetch(`${program.url}loopback/call`, {
    method: 'POST',
    body: JSON.stringify({ method: 'Register.OpenSample', args: ['setup'] }),
  });
  const answer = (await made.json()) as { error?: string };
  await program.stop();
  if (answer.error) throw new Error(`The sample council was not made: ${answer.error}`);
  process.env.ASSAY_SAMPLE = join(first, 'state/sample');
  return () => rm(dir, { recursive: true, force: true });
}

/** Puts the sample council where a program of this folder finds it. */
export async function withSample(folder: string): Promise<void> {
  const sample = process.env.ASSAY_SAMPLE;
  if (!sample) throw new Error('the sample council was not made');
  await cp(sample, join(folder, 'state/sample'), { recursive: true });
}
