// Sends a folder: four files at a time, resumable, and going on while other pages are looked at.
import { session } from '../../../app/session.svelte';
import { Problem, uploads, type Upload, type UploadedFile } from '../../../api';
import type { Picked } from './folders';
import { plan, secondsLeft, type Plan } from './plan';

const AT_ONCE = 4;
const TRIES = 4;
/** Larger files are not hashed in the browser: it would hold them in memory. The server hashes what it gets anyway. */
const HASH_UP_TO = 64 * 1024 * 1024;

type Phase = 'idle' | 'reading' | 'asking' | 'sending' | 'failed' | 'stopped' | 'importing' | 'done';

export class Uploader {
  phase = $state<Phase>('idle');
  files = $state(0);
  filesDone = $state(0);
  filesSkipped = $state(0);
  bytes = $state(0);
  bytesDone = $state(0);
  left = $state(0);
  seconds = $state<number | null>(null);
  error = $state.raw<unknown>(null);
  /** the import's job, once everything was sent */
  job = $state<string | null>(null);
  /** an unfinished upload holds files that the chosen folder lacks: shall they be mixed? */
  strange = $state.raw<UploadedFile[]>([]);
  #picked: Picked[] = [];
  #plan: Plan<Picked> | null = null;
  #upload: Upload | null = null;
  #abort = new AbortController();
  #inFlight = new Map<string, number>();
  #begun = 0;
  #sum = 0;

  constructor(readonly caseId: string) {}

  get busy(): boolean {
    return this.phase === 'reading' || this.phase === 'asking' || this.phase === 'sending';
  }

  get unfinished(): boolean {
    return remembered(this.caseId) !== null;
  }

  /** Begins with what was chosen, or goes on with an unfinished upload of the same case. */
  async begin(picked: Picked[]) {
    this.#picked = picked;
    this.#abort = new AbortController();
    this.error = null;
    this.phase = 'asking';
    try {
      this.#upload = await this.#earlier();
      this.job = null;
      this.#plan = plan(picked, this.#upload?.files ?? []);
      if (this.#plan.work.length === 0) {
        throw new Problem(0, 'empty', 'There is nothing to send: the files are empty.', '没有可上传的内容：所选文件都是空的。');
      }
      this.strange = this.#plan.strange;
      if (this.strange.length === 0) await this.#send();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** The unfinished upload is left aside and a new one begun. */
  async afresh() {
    forget(this.caseId);
    this.strange = [];
    await this.begin(this.#picked);
  }

  /** Both folders belong together. */
  async together() {
    this.strange = [];
    try {
      await this.#send();
    } catch (error) {
      this.#fail(error);
    }
  }

  again() {
    return this.begin(this.#picked);
  }

  /** Stops sending; what was acknowledged stays on the server and is not sent again. */
  stop() {
    this.#abort.abort();
    this.phase = 'stopped';
  }

  /** The import is done: there is nothing to go on with. */
  finish() {
    forget(this.caseId);
    this.reset();
  }

  reset() {
    this.#abort.abort();
    this.phase = 'idle';
    this.strange = [];
    this.#picked = [];
    this.#upload = null;
    this.job = null;
  }

  async #earlier(): Promise<Upload | null> {
    const id = remembered(this.caseId);
    if (!id) return null;
    try {
      const upload = await uploads.read(id);
      // after a failed import the files are there still
      if (!upload.study) return upload;
    } catch (error) {
      if (!(error instanceof Problem && error.status === 404)) throw error;
    }
    forget(this.caseId);
    return null;
  }

  async #send() {
    const work = this.#plan?.work ?? [];
    this.#upload ??= await uploads.begin(this.caseId);
    remember(this.caseId, this.#upload.id);
    this.files = work.length;
    this.left = this.#plan?.left.length ?? 0;
    this.filesDone = this.filesSkipped = this.bytesDone = 0;
    this.bytes = work.reduce((sum, one) => sum + one.file.bytes, 0);
    this.#begun = performance.now();
    this.#inFlight.clear();
    this.#sum = 0;
    this.phase = 'sending';
    const queue = work.values();
    const abort = this.#abort;
    const worker = async () => {
      for (const one of queue) {
        if (abort.signal.aborted) return;
        await this.#one(one.file, one.known, abort.signal);
      }
    };
    try {
      await Promise.all(Array.from({ length: AT_ONCE }, worker));
    } catch (error) {
      abort.abort();
      throw error;
    }
    if (abort.signal.aborted) return;
    this.job = (await uploads.complete(this.#upload.id)).job;
    this.phase = 'importing';
  }

  async #one(picked: Picked, known: UploadedFile | null, signal: AbortSignal) {
    const id = this.#upload?.id ?? '';
    let sha256: string | null;
    try {
      sha256 = picked.bytes <= HASH_UP_TO ? await digest(picked.file) : null;
    } catch {
      throw new Problem(0, 'unreadable', `${picked.path} cannot be read any more; was it moved or deleted?`, `${picked.path} 无法读取：文件可能已被移动或删除。`);
    }
    // same name and size are not enough: two patients' folders often agree in both
    if (known && sha256 === known.sha256) {
      this.filesSkipped++;
      this.#done(picked);
      return;
    }
    for (let tried = 1; ; tried++) {
      try {
        await uploads.file(id, picked.path, picked.file, sha256, signal, (sent) => {
          this.#inFlight.set(picked.path, Math.min(sent, picked.bytes));
          this.#count();
        });
        this.#done(picked);
        return;
      } catch (error) {
        if (signal.aborted) return;
        const status = error instanceof Problem ? error.status : -1;
        if (status === 401) await loggedInAgain(signal);
        else if (tried >= TRIES || !(status === 0 || status === 429 || status >= 500)) throw error;
        else await pause(error instanceof Problem && error.retryAfter ? error.retryAfter * 1000 : 500 * 2 ** tried, signal);
      }
    }
  }

  #done(picked: Picked) {
    this.#inFlight.delete(picked.path);
    this.filesDone++;
    this.#sum += picked.bytes;
    this.#count();
  }

  #count() {
    let flying = 0;
    for (const sent of this.#inFlight.values()) flying += sent;
    this.bytesDone = this.#sum + flying;
    this.seconds = secondsLeft(this.bytesDone, this.bytes, performance.now() - this.#begun);
  }

  #fail(error: unknown) {
    if (this.#abort.signal.aborted && this.phase === 'stopped') return;
    this.error = error;
    this.phase = 'failed';
  }
}

/** SHA-256 in hexadecimal; null where the browser offers none (a page that is not served over https): then every file is sent. */
async function digest(file: File): Promise<string | null> {
  if (!globalThis.crypto?.subtle) return null;
  const hash = await crypto.subtle.digest('SHA-256', await file.arrayBuffer());
  return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });
}

async function loggedInAgain(signal: AbortSignal) {
  while (session.standing !== 'in' && !signal.aborted) await pause(500, signal);
}

const key = (caseId: string) => `dosewright.upload.${caseId}`;
function remembered(caseId: string): string | null {
  try {
    return localStorage.getItem(key(caseId));
  } catch {
    return null;
  }
}
function remember(caseId: string, id: string) {
  try {
    localStorage.setItem(key(caseId), id);
  } catch {
    // storage forbidden: the upload cannot be resumed after a reload, nothing else
  }
}
function forget(caseId: string) {
  try {
    localStorage.removeItem(key(caseId));
  } catch {
    // as above
  }
}

const running = new Map<string, Uploader>();
/** The uploader of a case; the same one when the page is left and found again. */
export function uploaderOf(caseId: string): Uploader {
  let one = running.get(caseId);
  if (!one) running.set(caseId, (one = new Uploader(caseId)));
  return one;
}

addEventListener('beforeunload', (event) => {
  if ([...running.values()].some((one) => one.busy)) event.preventDefault();
});
