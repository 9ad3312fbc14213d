// A request as a CLIENT span, whose `traceparent` goes to the page's own origin and to the
// backend's exact origin, and to nothing else.

import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { Context } from '@opentelemetry/api';

import { inSpan, traceparentOf } from './span';

export interface TracedRequest {
  readonly method: string;
  readonly url: URL;
  /** The path with its parameters' names, for the span's name: `/api/activities/@{handle}`. */
  readonly template: string;
  readonly body?: unknown;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The body as JSON, or as text where it is none; `undefined` where it is empty. */
  readonly body: unknown;
}

/** Whether a trace's context may be sent to this URL. */
export function mayPropagate(url: URL, pageOrigin: string, backendOrigin: string): boolean {
  return url.origin === pageOrigin || url.origin === backendOrigin;
}

export async function tracedFetch(request: TracedRequest, parent: Context, backendOrigin: string): Promise<Answer> {
  const { method, url, template } = request;
  const attributes = {
    'http.request.method': method,
    'url.full': url.origin + url.pathname,
    'url.template': template,
    'server.address': url.hostname,
    'server.port': Number(url.port || (url.protocol === 'https:' ? 443 : 80)),
  };
  return inSpan(`${method} ${template}`, { parent, kind: SpanKind.CLIENT, attributes }, async (context, span) => {
    const headers = new Headers();
    if (mayPropagate(url, location.origin, backendOrigin)) {
      const traceparent = traceparentOf(context);
      if (traceparent) headers.set('traceparent', traceparent);
    }
    const init: RequestInit = { method, headers, credentials: 'include' };
    if (request.body !== undefined) {
      headers.set('content-type', 'application/json');
      init.body = JSON.stringify(request.body);
    }
    const answer = await fetch(url, init);
    span.setAttribute('http.response.status_code', answer.status);
    if (answer.status >= 400) {
      span.setAttribute('error.type', String(answer.status));
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
    // The body belongs to the request: it may fail half-way, and it takes its time.
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: parseBody(text) };
  });
}

function parseBody(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
