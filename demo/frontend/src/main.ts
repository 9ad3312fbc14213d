import './style.css';
import { loadConfig } from './config';
import { Cruddur } from './cruddur';
import { startTelemetry } from './telemetry';
import { App } from './ui/app';

const config = await loadConfig();
const page = startTelemetry(config);
const root = document.getElementById('app');
if (root) await new App(root, new Cruddur(config.backendUrl), config.consoleUrl).start(page);
