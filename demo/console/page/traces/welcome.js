// What an empty console says: how to send something to it.

import { copyButton, h } from "../dom.js";

export function welcome() {
  const lines = [
    ["Any OpenTelemetry SDK, HTTP or gRPC", `OTEL_EXPORTER_OTLP_ENDPOINT=${location.origin}`],
    ["AWS X-Ray SDK or daemon client", `AWS_XRAY_DAEMON_ADDRESS=${location.host}`],
    ["Or the demo", "cargo run -p demo"],
  ];
  return h(
    "div.welcome",
    {},
    h("img", { src: "/page/icon.svg", alt: "", width: 48, height: 48 }),
    h("h1", {}, "Waiting for the first trace"),
    h("p", {}, "Everything sent here stays in this machine's memory. It appears the moment it arrives."),
    h("dl", {}, lines.map(([label, text]) => h("div", {}, h("dt", {}, label), h("dd", {}, h("code", {}, text), copyButton("Copy", text))))),
  );
}
