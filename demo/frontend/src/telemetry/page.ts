// The page's place in the trace that served it.

import { ROOT_CONTEXT, TraceFlags, trace } from '@opentelemetry/api';
import type { Context } from '@opentelemetry/api';

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** The context that a `traceparent` stands for; the root where it is none. */
export function contextOf(traceparent: string): Context {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(traceparent) ?? [];
  if (!traceId || !spanId || !flags || /^0+$/.test(traceId) || /^0+$/.test(spanId)) return ROOT_CONTEXT;
  const traceFlags = parseInt(flags, 16) & 1 ? TraceFlags.SAMPLED : TraceFlags.NONE;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}

/**
 * The trace that served the page: from `<meta name="traceparent">`, else from the `Server-Timing`
 * of the page itself, which is then put where the document-load instrumentation looks for it.
 */
export function pageContext(): Context {
  const meta = document.querySelector<HTMLMetaElement>('meta[name="traceparent"]');
  let traceparent = meta?.content ?? '';
  if (traceparent === '') {
    const [navigation] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
    traceparent = navigation?.serverTiming?.find((it) => it.name === 'traceparent')?.description ?? '';
    if (meta) meta.content = traceparent;
  }
  return contextOf(traceparent);
}
