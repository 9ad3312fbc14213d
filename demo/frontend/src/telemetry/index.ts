// Starts the page's telemetry: where spans go, what is recorded by itself, and what happens when
// the page goes away.

import type { Context } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { DocumentLoadInstrumentation } from '@opentelemetry/instrumentation-document-load';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, WebTracerProvider } from '@opentelemetry/sdk-trace-web';
import type { Span } from '@opentelemetry/sdk-trace-web';

import type { Config } from '../config';
import { reportErrors } from './errors';
import { BrowserExporter } from './exporter';
import { pageContext } from './page';
import { sessionId } from './session';
import { endOpenSpans } from './span';
import { reportVitals } from './vitals';

export { tracedFetch } from './fetch';
export type { Answer } from './fetch';
export { inSpan, traceIdOf } from './span';

/** How long spans gather before they are sent. */
const BATCH_DELAY_MS = 2_000;
const FLUSH_DEADLINE_MS = 1_000;

/** Where the page's spans go: the relay by default; straight to Honeycomb in direct mode. */
export function destination(config: Config): ConstructorParameters<typeof BrowserExporter>[0] {
  const base = config.otlpEndpoint || config.backendUrl || location.origin;
  const url = `${base}/v1/traces`;
  // Only a key that can't do anything but send events may be in a page.
  if (config.honeycombClientKey && /^hc[a-z]ik_/.test(config.honeycombClientKey)) {
    return { url, headers: { 'x-honeycomb-team': config.honeycombClientKey }, credentials: 'omit' };
  }
  const backend = config.backendUrl || location.origin;
  const isRelay = new URL(url).origin === new URL(backend).origin;
  return { url, headers: {}, credentials: isRelay ? 'include' : 'omit' };
}

let provider: WebTracerProvider | undefined;

/**
 * Sends what has ended. To be awaited before the session changes: the relay takes the user from
 * the session's cookie, also for spans of the time before.
 */
export async function flush(): Promise<void> {
  const sent = provider?.forceFlush().catch(() => undefined);
  // Where the relay is slow or away, people do not wait for it.
  await Promise.race([sent, new Promise((resolve) => setTimeout(resolve, FLUSH_DEADLINE_MS))]);
}

/** Starts everything, and gives the context of the page's load. */
export function startTelemetry(config: Config): Context {
  const exporter = new BrowserExporter(destination(config));
  const visit = sessionId();
  const own = new WebTracerProvider({
    resource: resourceFromAttributes({ 'service.name': config.serviceName }),
    spanLimits: { attributeCountLimit: 64, attributeValueLengthLimit: 2_048, eventCountLimit: 32, linkCountLimit: 8 },
    spanProcessors: [
      {
        onStart: (span: Span) => span.setAttribute('session.id', visit),
        onEnd: () => undefined,
        forceFlush: () => Promise.resolve(),
        shutdown: () => Promise.resolve(),
      },
      new BatchSpanProcessor(exporter, {
        scheduledDelayMillis: BATCH_DELAY_MS,
        maxQueueSize: 1_024,
        maxExportBatchSize: 128,
        // The page's own handlers below do this, in the right order.
        disableAutoFlushOnDocumentHide: true,
      }),
    ],
  });
  provider = own;
  own.register({ propagator: new W3CTraceContextPropagator() });

  const page = pageContext();
  new DocumentLoadInstrumentation().setTracerProvider(own);
  reportVitals(page);
  reportErrors(page);

  const leave = (): void => {
    exporter.hurry();
    void flush();
  };
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') leave();
    else exporter.relax();
  });
  addEventListener('pagehide', () => {
    endOpenSpans('pagehide');
    leave();
  });
  return page;
}
