// What the telemetry adds to the page, minified and gzipped; fails above the budget.

import { gzipSync } from 'node:zlib';
import { build } from 'vite';

const BUDGET_BYTES = 30 * 1024;

const { output } = await build({ logLevel: 'silent', build: { write: false } });
const chunk = output.find((it) => it.type === 'chunk' && it.name === 'telemetry');
if (!chunk) throw new Error('there is no telemetry chunk');
const bytes = gzipSync(chunk.code, { level: 9 }).byteLength;
console.log(`telemetry: ${chunk.code.length} bytes minified, ${bytes} gzipped (budget ${BUDGET_BYTES})`);
if (bytes > BUDGET_BYTES) process.exit(1);
