// What nobody caught, as a span with an `exception` event.

import { trace } from '@opentelemetry/api';
import type { Context } from '@opentelemetry/api';

import { recordError } from './span';

/** A page that fails in a loop must not fill the network. */
const MAX_ERRORS = 50;

export function reportErrors(page: Context): void {
  let count = 0;
  const report = (error: unknown): void => {
    count += 1;
    if (count > MAX_ERRORS) return;
    const span = trace.getTracer('cruddur').startSpan('uncaught_error', {}, page);
    recordError(span, error);
    span.end();
  };
  addEventListener('error', (event) => report(event.error ?? event.message));
  addEventListener('unhandledrejection', (event) => report(event.reason));
}
