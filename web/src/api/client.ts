// One way to speak to the server: JSON or raw bytes, the CSRF token, versions, and errors as sentences.

export const BASE = '/api/v1';

/** What went wrong, as the server said it (RFC 9457), or that it could not be reached. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly slug: string,
    readonly detail: string,
    readonly detailZh: string,
    readonly fields: Record<string, string> = {},
    readonly instance = '',
    readonly retryAfter: number | null = null,
  ) {
    super(detail);
    this.name = 'Problem';
  }
}

export interface Options {
  body?: unknown;
  /** sent as it is, with its own type */
  raw?: Blob;
  contentType?: string;
  /** the version that the caller saw: the server refuses when it is no longer current */
  version?: number;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

let csrf = '';
let whenLoggedOut: () => void = () => {};

export function setCsrf(token: string) {
  csrf = token;
}

/** Told when the server no longer knows the login. */
export function onLoggedOut(listener: () => void) {
  whenLoggedOut = listener;
}

/** Builds a query of what is given; absent, empty and `false` values are left out. */
export function query(values: Record<string, string | number | boolean | null | undefined>): string {
  const parts = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined && value !== null && value !== '' && value !== false) parts.set(name, String(value));
  }
  const text = parts.toString();
  return text ? `?${text}` : '';
}

export async function send(method: string, path: string, options: Options = {}): Promise<Response> {
  const answer = await once(method, path, options);
  if (answer.ok) return answer;
  const problem = await toProblem(answer);
  // a token that the server has forgotten (it was restarted, the password changed elsewhere): fetch a new one, try once more
  if (problem.slug === 'csrf') {
    const session = await once('GET', '/session', {});
    if (session.ok) {
      csrf = ((await session.json()) as { csrf: string }).csrf;
      const again = await once(method, path, options);
      if (again.ok) return again;
      throw await toProblem(again);
    }
  }
  if (problem.slug === 'not-logged-in' && path !== '/session') whenLoggedOut();
  throw problem;
}

async function once(method: string, path: string, options: Options): Promise<Response> {
  const headers: Record<string, string> = { Accept: 'application/json, application/problem+json', ...options.headers };
  if (method !== 'GET') headers['X-CSRF-Token'] = csrf;
  if (options.version !== undefined) headers['If-Match'] = `"v${options.version}"`;
  let body: BodyInit | undefined;
  if (options.raw) {
    body = options.raw;
    headers['Content-Type'] = options.contentType || options.raw.type || 'application/octet-stream';
  } else if (options.body !== undefined) {
    body = JSON.stringify(options.body);
    headers['Content-Type'] = 'application/json';
  }
  try {
    return await fetch(BASE + path, {
      method, headers, credentials: 'same-origin', ...(body !== undefined && { body }), ...(options.signal && { signal: options.signal }),
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw unreachable();
  }
}

/** Reads an error answer, whatever it is. */
export async function toProblem(answer: Response): Promise<Problem> {
  const retry = Number(answer.headers.get('Retry-After')) || null;
  try {
    const said = (await answer.json()) as Record<string, unknown>;
    const text = (name: string) => (typeof said[name] === 'string' ? (said[name] as string) : '');
    const slug = text('type').split('/').pop() || 'failed';
    const detail = text('detail') || text('title') || `HTTP ${answer.status}`;
    const fields = (said['fields'] ?? {}) as Record<string, string>;
    return new Problem(answer.status, slug, detail, text('detail_zh') || detail, fields, text('instance'), retry);
  } catch {
    return new Problem(answer.status, 'failed', `The server answered with an error (HTTP ${answer.status}).`,
      `服务器返回错误（HTTP ${answer.status}）。`, {}, '', retry);
  }
}

async function json<T>(method: string, path: string, options: Options = {}): Promise<T> {
  const answer = await send(method, path, options);
  const text = await answer.text();
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

export const get = <T>(path: string, signal?: AbortSignal) => json<T>('GET', path, signal ? { signal } : {});
export const post = <T>(path: string, body?: unknown, options: Options = {}) => json<T>('POST', path, { ...options, body: body ?? {} });
export const patch = <T>(path: string, version: number, body: unknown) => json<T>('PATCH', path, { version, body });
export const remove = (path: string) => json<void>('DELETE', path);
/** Sends a file as it is. */
export const postFile = <T>(path: string, raw: Blob, contentType: string) => json<T>('POST', path, { raw, contentType });

/** Sends a file and tells how much of it is out; `fetch` cannot tell. */
export function putWithProgress<T>(path: string, file: Blob, headers: Record<string, string>, signal: AbortSignal, sent: (bytes: number) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('PUT', BASE + path);
    request.setRequestHeader('X-CSRF-Token', csrf);
    request.setRequestHeader('Content-Type', 'application/octet-stream');
    request.setRequestHeader('Accept', 'application/json, application/problem+json');
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => sent(event.loaded);
    request.onerror = () => reject(unreachable());
    request.onabort = () => reject(new DOMException('given up', 'AbortError'));
    request.onload = async () => {
      if (request.status >= 200 && request.status < 300) return resolve(JSON.parse(request.responseText) as T);
      const retry = request.getResponseHeader('Retry-After');
      const problem = await toProblem(new Response(request.responseText, { status: request.status, headers: retry ? { 'Retry-After': retry } : {} }));
      if (problem.slug === 'not-logged-in') whenLoggedOut();
      reject(problem);
    };
    if (signal.aborted) return reject(new DOMException('given up', 'AbortError'));
    signal.addEventListener('abort', () => request.abort(), { once: true });
    request.send(file);
  });
}

function unreachable(): Problem {
  return new Problem(0, 'unreachable', 'The server cannot be reached. Check the network; nothing you typed is lost.',
    '无法连接服务器。请检查网络；已填写的内容不会丢失。');
}
