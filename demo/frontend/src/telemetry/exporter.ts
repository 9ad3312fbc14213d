// Sends spans as OTLP/JSON.
//
// The stock exporter never sends cookies to another origin, and the relay tells users by their
// session's cookie; so the sending is our own: cookies to the relay (never to a third party),
// retries, and `keepalive` within the browser's limit, so that closing the page loses nothing.

import { ExportResultCode } from '@opentelemetry/core';
import type { ExportResult } from '@opentelemetry/core';
import { JsonTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-web';

/** Bytes of all `keepalive` requests of a page together, with room for headers.
 * Source: Fetch standard, "inflight keepalive bytes" (64 KiB), read 2026-11. */
const MAX_KEEPALIVE_BYTES = 60_000;
const MAX_ATTEMPTS = 4;
const MAX_WAIT_MS = 30_000;

export interface ExporterOptions {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly credentials: RequestCredentials;
}

export class BrowserExporter implements SpanExporter {
  private keepaliveBytes = 0;
  private leaving = false;
  private readonly wakers = new Set<() => void>();
  private readonly sending = new Set<Promise<boolean>>();

  constructor(private readonly options: ExporterOptions) {}

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    const all = Promise.all(this.bodies(spans).map((body) => this.track(this.send(body))));
    void all.then((sent) => {
      done({ code: sent.every(Boolean) ? ExportResultCode.SUCCESS : ExportResultCode.FAILED });
    });
  }

  /** The page may be going away: what waits to be sent again is sent now. */
  hurry(): void {
    this.leaving = true;
    for (const wake of this.wakers) wake();
  }

  /** The page has come back. */
  relax(): void {
    this.leaving = false;
  }

  async forceFlush(): Promise<void> {
    await Promise.all(this.sending);
  }

  async shutdown(): Promise<void> {
    this.hurry();
    await this.forceFlush();
  }

  /** The request bodies of these spans, each small enough to be sent while the page closes. */
  private bodies(spans: ReadableSpan[]): Uint8Array<ArrayBuffer>[] {
    const bytes = JsonTraceSerializer.serializeRequest(spans);
    if (!bytes) return [];
    if (bytes.byteLength <= MAX_KEEPALIVE_BYTES || spans.length < 2) return [new Uint8Array(bytes)];
    const middle = Math.floor(spans.length / 2);
    return [...this.bodies(spans.slice(0, middle)), ...this.bodies(spans.slice(middle))];
  }

  private track(sent: Promise<boolean>): Promise<boolean> {
    this.sending.add(sent);
    void sent.then(() => this.sending.delete(sent));
    return sent;
  }

  private async send(body: Uint8Array<ArrayBuffer>): Promise<boolean> {
    for (let attempt = 1; ; attempt += 1) {
      const wait = await this.attempt(body, attempt);
      if (wait === 'sent') return true;
      if (wait === 'refused' || attempt >= MAX_ATTEMPTS) return false;
      await this.pause(wait);
    }
  }

  /** Sends once; gives how many milliseconds to wait before the next attempt, if there is one. */
  private async attempt(body: Uint8Array<ArrayBuffer>, attempt: number): Promise<'sent' | 'refused' | number> {
    const backoff = 500 * 2 ** attempt * (0.5 + Math.random());
    const keepalive = this.keepaliveBytes + body.byteLength <= MAX_KEEPALIVE_BYTES;
    if (keepalive) this.keepaliveBytes += body.byteLength;
    try {
      const answer = await fetch(this.options.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...this.options.headers },
        credentials: this.options.credentials,
        body,
        keepalive,
      });
      if (answer.ok) return 'sent';
      if (![408, 429, 502, 503, 504].includes(answer.status)) return 'refused';
      const seconds = Number(answer.headers.get('retry-after'));
      return Math.min(seconds > 0 ? seconds * 1000 : backoff, MAX_WAIT_MS);
    } catch {
      return backoff;
    } finally {
      if (keepalive) this.keepaliveBytes -= body.byteLength;
    }
  }

  private pause(milliseconds: number): Promise<void> {
    if (this.leaving) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.wakers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, milliseconds);
      this.wakers.add(wake);
    });
  }
}
