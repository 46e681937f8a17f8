// The real program behind the real page, over HTTP on this computer only (see
// app/desktop/loopback.go). Each journey gets its own, with its own files.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The moment at which every journey takes place, so that what is due is due. */
export const moment = '2026-11-02T09:00:00Z';

export interface Program {
  url: string;
  /** A folder of this program's own. */
  dir: string;
  /** What the person will choose in the next file dialogs, in order. */
  answer(...paths: string[]): Promise<void>;
  /** The files that were opened in the system's own programs so far. */
  shown(): Promise<string>;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** The first file below a folder whose name matches. */
export function find(folder: string, name: RegExp): string {
  const found = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find((path) => name.test(path));
  if (!found) throw new Error(`no file ${name} in ${folder}`);
  return join(folder, found);
}

export async function start(dir?: string, at = moment): Promise<Program> {
  const folder = dir ?? (await mkdtemp(join(tmpdir(), 'assay-e2e-')));
  const binary = process.env.ASSAY_LOOPBACK;
  if (!binary) throw new Error('the program was not built');
  const child: ChildProcess = spawn(binary, ['-clock', at], {
    env: { ...process.env, ASSAY_STATE_DIR: join(folder, 'state') },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the program ended with ${code} before it answered`)));
    child.stdout?.once('data', (data: Buffer) => resolve(data.toString().trim()));
  });
  return {
    url,
    dir: folder,
    async answer(...paths) {
      const reply = await fetch(`${url}loopback/answers`, {
        method: 'POST',
        body: JSON.stringify({ paths }),
      });
      if (!reply.ok) throw new Error(await reply.text());
    },
    async shown() {
      const reply = await fetch(`${url}loopback/answers`, {
        method: 'POST',
        body: JSON.stringify({ paths: [] }),
      });
      return reply.text();
    },
    async stop(signal = 'SIGINT') {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.removeAllListeners('exit');
      child.once('exit', () => undefined);
      const gone = new Promise((resolve) => child.once('close', resolve));
      child.kill(signal);
      await Promise.race([ended, gone]);
      if (!dir && signal === 'SIGINT') await rm(folder, { recursive: true, force: true });
    },
  };
}
