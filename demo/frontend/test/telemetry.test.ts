import { ExportResultCode } from '@opentelemetry/core';
import { trace } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-web';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { parseConfig } from '../src/config';
import { destination } from '../src/telemetry';
import { BrowserExporter } from '../src/telemetry/exporter';
import { contextOf } from '../src/telemetry/page';
import { sessionId } from '../src/telemetry/session';
import { clear, ended } from './recorder';

beforeEach(() => {
  clear();
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function spans(count: number, padding = ''): ReadableSpan[] {
  for (let index = 0; index < count; index += 1) {
    trace.getTracer('test').startSpan(`span ${index}`, { attributes: { padding } }).end();
  }
  return ended();
}

function exporter(fake: typeof fetch): BrowserExporter {
  vi.stubGlobal('fetch', fake);
  return new BrowserExporter({ url: 'http://relay/v1/traces', headers: {}, credentials: 'include' });
}

async function send(target: BrowserExporter, what: ReadableSpan[]): Promise<number> {
  const result = new Promise<number>((resolve) => target.export(what, ({ code }) => resolve(code)));
  await vi.runAllTimersAsync();
  return result;
}

test('spans go out as OTLP/JSON, with the cookie, and survive the page', async () => {
  const fake = vi.fn(async (_url: unknown, _init?: RequestInit) => new Response('{}'));
  expect(await send(exporter(fake as typeof fetch), spans(1))).toBe(ExportResultCode.SUCCESS);
  const init = fake.mock.calls[0]![1]!;
  expect(init).toMatchObject({ method: 'POST', credentials: 'include', keepalive: true });
  const body = JSON.parse(new TextDecoder().decode(init.body as Uint8Array));
  expect(body.resourceSpans[0].scopeSpans[0].spans[0].name).toBe('span 0');
});

test('no keepalive request is over the browser’s limit, and nothing is left out', async () => {
  const sizes: number[] = [];
  let names = 0;
  const fake = vi.fn(async (_url: unknown, init?: RequestInit) => {
    const bytes = init?.body as Uint8Array;
    sizes.push(bytes.byteLength);
    names += JSON.parse(new TextDecoder().decode(bytes)).resourceSpans[0].scopeSpans[0].spans.length;
    return new Response('{}');
  });
  await send(exporter(fake as typeof fetch), spans(100, 'x'.repeat(2_000)));
  expect(names).toBe(100);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(60_000);
});

test('what is refused for now is sent again, what is refused for good is not', async () => {
  const check = async (statuses: number[], calls: number, code: ExportResultCode): Promise<void> => {
    clear();
    let call = 0;
    const fake = vi.fn(async () => new Response('{}', { status: statuses[Math.min(call++, statuses.length - 1)]! }));
    expect(await send(exporter(fake as typeof fetch), spans(1))).toBe(code);
    expect(fake).toHaveBeenCalledTimes(calls);
  };
  await check([503, 429, 200], 3, ExportResultCode.SUCCESS);
  await check([400], 1, ExportResultCode.FAILED);
  await check([503], 4, ExportResultCode.FAILED);
});

test('a page that goes away does not wait to send again', async () => {
  let calls = 0;
  const fake = vi.fn(async () => new Response('{}', { status: calls++ === 0 ? 503 : 200 }));
  const target = exporter(fake as unknown as typeof fetch);
  const result = new Promise<number>((resolve) => target.export(spans(1), ({ code }) => resolve(code)));
  await vi.advanceTimersByTimeAsync(0);
  expect(fake).toHaveBeenCalledTimes(1);
  target.hurry();
  await vi.advanceTimersByTimeAsync(0);
  expect(fake).toHaveBeenCalledTimes(2);
  expect(await result).toBe(ExportResultCode.SUCCESS);
});

test('spans go to the relay with the cookie, and to Honeycomb with an ingest key only', () => {
  const key = 'hcaik_0123456789';
  const check = (config: object, expected: object): void => expect(destination(parseConfig(config))).toEqual(expected);
  const backendUrl = 'http://127.0.0.1:4567';
  check({ backendUrl: `${backendUrl}/` }, { url: `${backendUrl}/v1/traces`, headers: {}, credentials: 'include' });
  const otlpEndpoint = 'https://api.honeycomb.io';
  check(
    { backendUrl, otlpEndpoint, honeycombClientKey: key },
    { url: `${otlpEndpoint}/v1/traces`, headers: { 'x-honeycomb-team': key }, credentials: 'omit' },
  );
  // A configuration key is never sent.
  check(
    { backendUrl, otlpEndpoint, honeycombClientKey: 'hcalk_0123456789' },
    { url: `${otlpEndpoint}/v1/traces`, headers: {}, credentials: 'omit' },
  );
});

test('a traceparent is taken only in its exact form', () => {
  const check = (text: string, expected: string | undefined): void =>
    expect(trace.getSpanContext(contextOf(text))?.spanId, text).toBe(expected);
  check('00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', '00f067aa0ba902b7');
  check('', undefined);
  check('00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01', undefined);
  check('00-00000000000000000000000000000000-00f067aa0ba902b7-01', undefined);
  check('00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01', undefined);
});

test('a broken config is the default one', () => {
  for (const json of [undefined, null, 5, [], { backendUrl: 7 }, { backendUrl: '' }]) {
    expect(parseConfig(json)).toMatchObject({ backendUrl: '', serviceName: 'cruddur-frontend' });
  }
});

test('a visit has an id also where the page is not in a secure context', () => {
  const { getRandomValues } = crypto;
  vi.stubGlobal('crypto', { getRandomValues: getRandomValues.bind(crypto) });
  const first = sessionId();
  expect(first).toMatch(/^[0-9a-f]{32}$/);
  expect(sessionId()).toBe(first);
});
