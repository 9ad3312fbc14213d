// Core web vitals, each as a span without a duration in the trace of the page's load.

import { trace } from '@opentelemetry/api';
import type { Context } from '@opentelemetry/api';
import { onCLS, onFCP, onINP, onLCP, onTTFB } from 'web-vitals';
import type { Metric } from 'web-vitals';

export function reportVitals(page: Context): void {
  const report = (metric: Metric): void => {
    const now = Date.now();
    const attributes = {
      'web_vital.name': metric.name,
      // Milliseconds, but for CLS, which has no unit.
      'web_vital.value': metric.value,
      'web_vital.rating': metric.rating,
      'web_vital.id': metric.id,
      'web_vital.navigation_type': metric.navigationType,
    };
    trace.getTracer('cruddur').startSpan('web_vital', { startTime: now, attributes }, page).end(now);
  };
  for (const on of [onCLS, onFCP, onINP, onLCP, onTTFB]) on(report);
}
