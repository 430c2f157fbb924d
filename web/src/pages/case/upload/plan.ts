// Which files of a folder are sent. Pure.
import type { UploadedFile } from '../../../api';

/** A file that was chosen, with its path inside the folder. */
export interface Chosen {
  path: string;
  bytes: number;
}

/** What operating systems leave in folders. */
export function isJunk(path: string): boolean {
  const name = path.split('/').pop() ?? '';
  return name.startsWith('._') || /^(\.DS_Store|Thumbs\.db|desktop\.ini)$/i.test(name) || path.split('/').includes('__MACOSX');
}

export interface Plan<C extends Chosen> {
  /** to be sent, or compared with what is there: `known` is what the server has under this path */
  work: { file: C; known: UploadedFile | null }[];
  /** there already, but not among the chosen: another folder was chosen, or files were taken away */
  strange: UploadedFile[];
  /** left out: nothing in them, or the system's own */
  left: C[];
}

/** Sets what was chosen against what the server has acknowledged. */
export function plan<C extends Chosen>(chosen: readonly C[], acknowledged: readonly UploadedFile[]): Plan<C> {
  const there = new Map(acknowledged.map((file) => [file.path, file]));
  const work: Plan<C>['work'] = [];
  const left: C[] = [];
  const seen = new Set<string>();
  for (const file of chosen) {
    if (file.bytes === 0 || isJunk(file.path)) {
      left.push(file);
      continue;
    }
    if (seen.has(file.path)) continue;
    seen.add(file.path);
    const known = there.get(file.path);
    work.push({ file, known: known && known.bytes === file.bytes ? known : null });
  }
  return { work, strange: acknowledged.filter((file) => !seen.has(file.path)), left };
}

/** Seconds left, from what was sent so far; null while too little is known. */
export function secondsLeft(sent: number, total: number, elapsedMs: number): number | null {
  if (sent <= 0 || elapsedMs < 2000) return null;
  return Math.max(0, Math.round(((total - sent) / sent) * (elapsedMs / 1000)));
}
