// A long job as it goes on: over server-sent events, by asking every two seconds when those do not get through.

import { jobs, type Job } from '../api';

const over = (job: Job) => job.progress === 'done' || job.progress === 'failed' || job.progress === 'cancelled';

export class JobWatch {
  job = $state.raw<Job | null>(null);
  #stop: (() => void) | null = null;

  /** Resolves with the job when it is over. */
  follow(id: string): Promise<Job> {
    this.stop();
    return new Promise((resolve, reject) => {
      const source = new EventSource(jobs.eventsUrl(id), { withCredentials: true });
      let timer = 0;
      const take = (job: Job) => {
        this.job = job;
        if (!over(job)) return;
        this.stop();
        resolve(job);
      };
      source.addEventListener('job', (e) => take(JSON.parse((e as MessageEvent<string>).data) as Job));
      source.onerror = () => {
        if (timer) return;
        timer = window.setInterval(() => jobs.read(id).then(take, (error: unknown) => {
          this.stop();
          reject(error as Error);
        }), 2000);
      };
      this.#stop = () => {
        source.close();
        clearInterval(timer);
        this.#stop = null;
        this.job = null;
      };
    });
  }

  async cancel(): Promise<void> {
    if (this.job) await jobs.cancel(this.job.id);
  }

  stop(): void {
    this.#stop?.();
  }
}
