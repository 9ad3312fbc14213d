// A provider that keeps what ends, for the tests.

import { trace } from '@opentelemetry/api';
import { InMemorySpanExporter, SimpleSpanProcessor, WebTracerProvider } from '@opentelemetry/sdk-trace-web';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-web';

const exporter = new InMemorySpanExporter();
trace.setGlobalTracerProvider(new WebTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));

export function ended(): ReadableSpan[] {
  return exporter.getFinishedSpans();
}

export function clear(): void {
  exporter.reset();
}
