// A development stand-in for `dosewright serve`: answers the contract from three made-up patients in memory.
// Never part of a build. `npm run mock`; log in as li (physicist), wang (physician), admin or zhi (quality), any password
// but "wrong". MOCK_FIRST_RUN=1 begins without accounts.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { routes } from './routes';
import { verifications } from './data';
import { Refusal } from './refusal';
import { workspaceMock } from './workspace';

const table = Object.entries(routes).map(([pattern, handler]) => {
  const [method, path] = pattern.split(' ') as [string, string];
  return { method, match: new RegExp(`^${path.replace(/:\w+/g, '([^/]+)')}$`), handler };
});

/** Answers a request below /api/v1. */
export async function answer(request: IncomingMessage, response: ServerResponse) {
  const isDraft = (id: string) => verifications.some((one) => one.id === id && one.state === 'draft');
  if (await workspaceMock(request, response, isDraft)) return;
  const url = new URL(request.url ?? '/', 'http://mock');
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  try {
    const found = table.find((one) => one.method === request.method && one.match.test(url.pathname));
    if (!found) throw new Refusal(404, 'not-found', `The mock has no ${request.method} ${url.pathname}.`, `模拟服务器没有 ${request.method} ${url.pathname}。`);
    const given = await found.handler({
      method: request.method ?? 'GET', path: url.pathname, params: (found.match.exec(url.pathname) ?? []).slice(1).map(decodeURIComponent), query: url.searchParams,
      headers: request.headers, json: () => JSON.parse(body.toString() || '{}'), body, response,
    });
    if (given === null) return;
    response.writeHead(given.status ?? (given.body === undefined && given.raw === undefined ? 204 : 200), { 'Content-Type': 'application/json', ...given.headers });
    response.end(given.raw ?? (given.body === undefined ? '' : JSON.stringify(given.body)));
  } catch (error) {
    const refusal = error instanceof Refusal ? error : new Refusal(500, 'failed', String(error), String(error));
    if (!(error instanceof Refusal)) console.error(error);
    response.writeHead(refusal.status, { 'Content-Type': 'application/problem+json', ...(refusal.slug === 'throttled' && { 'Retry-After': '30' }) });
    response.end(JSON.stringify({ type: `/problems/${refusal.slug}`, title: refusal.slug, status: refusal.status, detail: refusal.en, detail_zh: refusal.zh, fields: refusal.fields, instance: 'mock-1' }));
  }
}
