// The real window: the production build in WebKit, found and worked through the
// accessibility tree as a screen reader does. ASSAY_WINDOW names the program.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';

const has = (command: string, ...args: string[]) =>
  spawnSync(command, args, { stdio: 'ignore' }).status === 0;
const bindings = 'import gi; gi.require_version("Atspi", "2.0"); from gi.repository import Atspi';

test('a screen reader opens the sample council in the real window', () => {
  const program = process.env.ASSAY_WINDOW;
  test.skip(!program, 'ASSAY_WINDOW names no production build of the window');
  test.skip(!has('xvfb-run', '--help'), 'xvfb-run is not installed');
  test.skip(!has('dbus-run-session', '--version'), 'dbus-run-session is not installed');
  test.skip(!has('/usr/bin/python3', '-c', bindings), 'the Python bindings of AT-SPI are not installed');
  const said = execFileSync(
    'xvfb-run',
    [
      '-a',
      '-s',
      '-screen 0 1280x800x24',
      'dbus-run-session',
      '--',
      '/usr/bin/python3',
      join(import.meta.dirname, 'window.py'),
      program ?? '',
    ],
    {
      env: { ...process.env, ASSAY_STATE_DIR: mkdtempSync(join(tmpdir(), 'assay-window-')) },
      encoding: 'utf8',
      timeout: 170_000,
    },
  );
  const steps = said.split(/\n/).filter((line) => line.startsWith('step: '));
  expect(steps).toEqual(['step: first page', 'step: overview', 'step: workflows']);
});
