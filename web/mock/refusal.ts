// What a route of the stand-in gets and gives.
import type { IncomingMessage, ServerResponse } from 'node:http';

export interface Call {
  method: string;
  path: string;
  params: string[];
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  json: () => any;
  body: Buffer;
  response: ServerResponse;
}
/** `null` when the route answered by itself. */
export type Answer = { status?: number; body?: unknown; headers?: Record<string, string>; raw?: Buffer | string } | null;
export type Handler = (call: Call) => Answer | Promise<Answer>;
export type Routes = Record<string, Handler>;

export class Refusal extends Error {
  constructor(readonly status: number, readonly slug: string, readonly en: string, readonly zh: string, readonly fields: Record<string, string> = {}) {
    super(en);
  }
}
