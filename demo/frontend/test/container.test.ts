// The container's start-up script, run as the container runs it.

import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { parseConfig } from '../src/config';

const SCRIPT = join(process.cwd(), 'docker/15-write-config.sh');
const FILE = join(mkdtempSync(join(tmpdir(), 'cruddur-')), 'config.json');

function refusal(environment: Record<string, string>): string {
  const ran = spawnSync('sh', [SCRIPT], { env: { PATH: process.env['PATH'] ?? '', CONFIG_FILE: FILE, ...environment }, encoding: 'utf8' });
  expect(ran.status, ran.stderr).toBe(1);
  return ran.stderr;
}

test('the configuration is written from the environment when the container starts', () => {
  const environment = {
    BACKEND_URL: 'http://127.0.0.1:4567/',
    OTEL_SERVICE_NAME: 'cruddur-frontend',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'https://api.honeycomb.io',
    HONEYCOMB_CLIENT_KEY: 'hcaik_01abc',
    CONSOLE_URL: '',
  };
  execFileSync('sh', [SCRIPT], { env: { PATH: process.env['PATH'] ?? '', CONFIG_FILE: FILE, ...environment } });
  expect(parseConfig(JSON.parse(readFileSync(FILE, 'utf8')))).toEqual({
    backendUrl: 'http://127.0.0.1:4567',
    serviceName: 'cruddur-frontend',
    otlpEndpoint: 'https://api.honeycomb.io',
    honeycombClientKey: 'hcaik_01abc',
    consoleUrl: '',
  });
});

test('a key that can do more than send events keeps the container from starting', () => {
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://api.honeycomb.io' };
  expect(refusal({ ...endpoint, HONEYCOMB_CLIENT_KEY: 'hcalk_01abc' })).toContain('configuration key');
  expect(refusal({ ...endpoint, HONEYCOMB_CLIENT_KEY: 'hcamk_01abc' })).toContain('management key');
  expect(refusal({ ...endpoint, HONEYCOMB_CLIENT_KEY: '0123456789abcdef0123456789abcdef' })).toContain('no ingest key');
  expect(refusal({ HONEYCOMB_CLIENT_KEY: 'hcaik_01abc' })).toContain('OTEL_EXPORTER_OTLP_ENDPOINT');
});

test('what could break out of the configuration is refused', () => {
  expect(refusal({ BACKEND_URL: 'http://a";alert(1)' })).toContain('BACKEND_URL');
  expect(refusal({ BACKEND_URL: '127.0.0.1:4567' })).toContain('no http(s) URL');
  expect(refusal({ OTEL_SERVICE_NAME: 'a"b' })).toContain('OTEL_SERVICE_NAME');
});
