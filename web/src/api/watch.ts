// Follows a job until it is over: by the server's events, or by asking again where those do not get through.
import { jobs, Problem, type Job } from '.';

const ASK_AGAIN_MS = 2000;
export const isOver = (job: Job) => job.progress === 'done' || job.progress === 'failed' || job.progress === 'cancelled';

/** Calls `see` with every state of the job; gives the undoing. */
export function watchJob(id: string, see: (job: Job) => void): () => void {
  let stopped = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const events = new EventSource(jobs.eventsUrl(id));
  const stop = () => {
    stopped = true;
    events.close();
    clearTimeout(timer);
  };
  const take = (job: Job) => {
    if (stopped) return;
    if (isOver(job)) stop();
    see(job);
  };
  const ask = async () => {
    try {
      take(await jobs.read(id));
    } catch (error) {
      if (error instanceof Problem && error.status === 404) stop();
    }
    if (!stopped) timer = setTimeout(ask, ASK_AGAIN_MS);
  };
  events.addEventListener('job', (event) => take(JSON.parse((event as MessageEvent<string>).data) as Job));
  // the stream broke (a proxy that buffers, a restart): from now on ask
  events.addEventListener('error', () => {
    events.close();
    clearTimeout(timer);
    if (!stopped) timer = setTimeout(ask, ASK_AGAIN_MS / 4);
  });
  return stop;
}
