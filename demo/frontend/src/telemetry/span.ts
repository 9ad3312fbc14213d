// Spans with explicit context: each function is handed its parent and hands its own context on.
//
// There is no zone.js: it can't follow native `await`. Nothing here reads an "active" context, so
// two clicks at once can't get into each other's trace.

import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Attributes, Context, Span } from '@opentelemetry/api';

/** Spans that have not ended: they are ended when the page goes away. */
const open = new Set<Span>();

export interface SpanOptions {
  readonly parent?: Context;
  readonly kind?: SpanKind;
  readonly attributes?: Attributes;
}

/** Runs `body` in a span that ends in every case: result, failure, or the page going away. */
export async function inSpan<T>(
  name: string,
  options: SpanOptions,
  body: (context: Context, span: Span) => Promise<T>,
): Promise<T> {
  const parent = options.parent ?? ROOT_CONTEXT;
  const span = trace
    .getTracer('cruddur')
    .startSpan(name, { kind: options.kind ?? SpanKind.INTERNAL, attributes: options.attributes ?? {} }, parent);
  open.add(span);
  try {
    return await body(trace.setSpan(parent, span), span);
  } catch (error) {
    recordError(span, error);
    throw error;
  } finally {
    open.delete(span);
    span.end();
  }
}

export function recordError(span: Span, error: unknown): void {
  const known = error instanceof Error ? error : new Error(String(error));
  span.recordException(known);
  span.setAttribute('error.type', known.name);
  span.setStatus({ code: SpanStatusCode.ERROR, message: known.message });
}

/** Ends what has not ended; what they wait for will not come any more. */
export function endOpenSpans(reason: string): void {
  for (const span of open) {
    span.setAttribute('app.ended_by', reason);
    span.end();
  }
  open.clear();
}

/** The trace that a context belongs to: 32 hexadecimal digits. */
export function traceIdOf(context: Context): string | undefined {
  return trace.getSpanContext(context)?.traceId;
}

/** The W3C header of a context. */
export function traceparentOf(context: Context): string | undefined {
  const found = trace.getSpanContext(context);
  if (!found) return undefined;
  return `00-${found.traceId}-${found.spanId}-${(found.traceFlags & 1).toString(16).padStart(2, '0')}`;
}
