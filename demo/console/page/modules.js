// One line per tab and per panel. Each registers itself; see registry.js.

import "./tabs/traces.js";
import "./tabs/logs.js";
import "./tabs/errors.js";
import "./tabs/xray.js";
import "./tabs/map.js";
import "./tabs/query.js";
import "./tabs/metrics.js";
import "./tabs/health.js";
import "./panels/fields.js";
import "./panels/events.js";
import "./panels/logs.js";
import "./panels/errors.js";
import "./panels/xray.js";
