import { ROOT_CONTEXT, SpanStatusCode } from '@opentelemetry/api';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { Cruddur, Refused } from '../src/cruddur';
import { inSpan } from '../src/telemetry';
import { mayPropagate } from '../src/telemetry/fetch';
import { endOpenSpans } from '../src/telemetry/span';
import { clear, ended } from './recorder';

const BACKEND = 'http://127.0.0.1:4567';

function answers(status: number, body: unknown): ReturnType<typeof vi.fn> {
  const fake = vi.fn(async () => new Response(JSON.stringify(body), { status }));
  vi.stubGlobal('fetch', fake);
  return fake;
}

function sentHeaders(fake: ReturnType<typeof vi.fn>): Headers {
  return new Headers((fake.mock.calls[0]?.[1] as RequestInit).headers);
}

beforeEach(clear);
afterEach(() => vi.unstubAllGlobals());

test('the home feed is one trace from the click to the request', async () => {
  const fake = answers(200, [{ uuid: '1' }, { uuid: '2' }]);
  const api = new Cruddur(BACKEND);
  api.userId = 'worf';
  await inSpan('click home', {}, (context) => api.fetchHomeActivities(context));

  const [request, feed, click] = ended();
  expect([request?.name, feed?.name, click?.name]).toEqual(['GET /api/activities/home', 'fetch_home_activities', 'click home']);
  expect(request?.parentSpanContext?.spanId).toBe(feed?.spanContext().spanId);
  expect(feed?.parentSpanContext?.spanId).toBe(click?.spanContext().spanId);
  expect(feed?.attributes['app.userId']).toBe('worf');
  expect(Date.parse(String(feed?.attributes['app.now']))).not.toBeNaN();
  expect(feed?.attributes['app.result_length']).toBe(2);
  const { traceId, spanId } = request!.spanContext();
  expect(sentHeaders(fake).get('traceparent')).toBe(`00-${traceId}-${spanId}-01`);
});

test('a failed fetch ends its spans, with the error on them', async () => {
  vi.stubGlobal('fetch', vi.fn(async () => Promise.reject(new TypeError('Failed to fetch'))));
  await expect(new Cruddur(BACKEND).fetchHomeActivities(ROOT_CONTEXT)).rejects.toThrow('Failed to fetch');
  expect(ended().map((it) => it.name)).toEqual(['GET /api/activities/home', 'fetch_home_activities']);
  for (const span of ended()) {
    expect(span.status.code).toBe(SpanStatusCode.ERROR);
    expect(span.events[0]?.name).toBe('exception');
    expect(span.attributes['error.type']).toBe('TypeError');
  }
});

test('a refusal is an error that carries its codes', async () => {
  answers(422, ['message_blank']);
  const refused = await new Cruddur(BACKEND).post('', '1-day', ROOT_CONTEXT).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(Refused);
  expect((refused as Refused).codes).toEqual(['message_blank']);
  expect(ended()[0]?.attributes['http.response.status_code']).toBe(422);
  expect(ended()[0]?.status.code).toBe(SpanStatusCode.ERROR);
});

test('a term that is searched for is in no attribute', async () => {
  answers(200, []);
  await new Cruddur(BACKEND).search('my secret', ROOT_CONTEXT);
  expect(JSON.stringify(ended().map((it) => it.attributes))).not.toContain('secret');
});

test('two clicks at once stay in traces of their own', async () => {
  answers(200, []);
  const api = new Cruddur(BACKEND);
  await Promise.all(['a', 'b'].map((it) => inSpan(`click ${it}`, {}, (context) => api.fetchHomeActivities(context))));
  const traces = new Map<string, number>();
  for (const span of ended()) traces.set(span.spanContext().traceId, (traces.get(span.spanContext().traceId) ?? 0) + 1);
  expect([...traces.values()]).toEqual([3, 3]);
});

test('the page going away ends what is open, once', async () => {
  let finish: (() => void) | undefined;
  const waiting = inSpan('click home', {}, () => new Promise<void>((resolve) => (finish = resolve)));
  endOpenSpans('pagehide');
  expect(ended().map((it) => [it.name, it.attributes['app.ended_by']])).toEqual([['click home', 'pagehide']]);
  finish?.();
  await waiting;
  expect(ended()).toHaveLength(1);
});

test('a traceparent goes to the page and the backend, exactly', () => {
  const check = (url: string, expected: boolean): void =>
    expect(mayPropagate(new URL(url), 'http://127.0.0.1:3000', BACKEND), url).toBe(expected);
  check('http://127.0.0.1:4567/api', true);
  check('http://127.0.0.1:3000/config.json', true);
  check('http://127.0.0.1:4568/', false);
  check('https://127.0.0.1:4567/', false);
  check('http://127.0.0.1.evil.example:4567/', false);
  check('http://localhost:4567/', false);
});
