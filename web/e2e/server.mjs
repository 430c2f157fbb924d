// The program under test on a data folder of its own, and the made-up patient.
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
export const project = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
export const program = resolve(project, process.env.DOSEWRIGHT ?? 'target/debug/dosewright');

/** A folder that is gone when the run is over. */
export function scratch() {
  const folder = mkdtempSync(join(tmpdir(), 'dosewright-browser-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs the program to its end; its standard output, or an error with what it said. */
export async function dosewright(/** @type {string[]} */ ...args) {
  try {
    return (await run(program, args, { maxBuffer: 64 << 20 })).stdout;
  } catch (error) {
    throw new Error(`dosewright ${args[0]}: ${/** @type {any} */ (error).stderr || error}`);
  }
}

/** `dosewright serve` on a free port, once it said where it listens. */
export async function serve(/** @type {string} */ data, listen = '127.0.0.1:0') {
  if (!existsSync(program)) throw new Error(`${program} is not there: run \`cargo build\`, or name another with DOSEWRIGHT`);
  const child = spawn(program, ['serve', '--data', data, '--listen', listen], { stdio: ['ignore', 'pipe', 'pipe'] });
  const kill = () => child.kill('SIGKILL');
  process.on('exit', kill);
  let said = '', log = '';
  child.stderr.on('data', (part) => (log = (log + part).slice(-20_000)));
  const url = await new Promise((done, failed) => {
    child.stdout.on('data', (part) => {
      said += part;
      const found = said.match(/http:\/\/[\d.:]+/);
      if (found) done(found[0]);
    });
    child.on('exit', (code) => failed(new Error(`dosewright serve ended with ${code}: ${said}${log}`)));
  });
  const over = new Promise((done) => child.on('exit', done));
  return {
    url: String(url),
    log: () => log,
    /** Asks it to end and waits until it has. */
    async stop() {
      child.kill('SIGTERM');
      const code = await over;
      process.off('exit', kill);
      return code;
    },
  };
}
