#!/bin/sh
# Writes /config.json from the environment when the container starts; a build would freeze it.
#
# Refuses a Honeycomb key that can do more than send events: everybody can read what is in a page.
set -eu

backend_url=${BACKEND_URL:-}
service_name=${OTEL_SERVICE_NAME:-cruddur-frontend}
otlp_endpoint=${OTEL_EXPORTER_OTLP_ENDPOINT:-}
client_key=${HONEYCOMB_CLIENT_KEY:-}
console_url=${CONSOLE_URL:-}
file=${CONFIG_FILE:-/tmp/config.json}

refuse() {
    echo "cruddur-frontend: $1" >&2
    exit 1
}

# What is allowed needs no escaping in JSON or in nginx's configuration.
check_url() {
    case $2 in
        '') ;;
        *[!A-Za-z0-9.:/_%[\]-]*) refuse "$1 holds a character that no URL here needs" ;;
        http://?* | https://?*) ;;
        *) refuse "$1 is no http(s) URL; use one such as http://127.0.0.1:4567" ;;
    esac
}
check_url BACKEND_URL "$backend_url"
check_url OTEL_EXPORTER_OTLP_ENDPOINT "$otlp_endpoint"
check_url CONSOLE_URL "$console_url"
case $service_name in
    *[!A-Za-z0-9._-]*) refuse "OTEL_SERVICE_NAME may hold letters, digits, '.', '_' and '-'" ;;
esac

if [ -n "$client_key" ]; then
    case $client_key in
        *[!A-Za-z0-9_]*) refuse "HONEYCOMB_CLIENT_KEY holds a character that no key has" ;;
        hc[a-z]ik_?*) ;;
        hc[a-z]lk_?*) refuse "HONEYCOMB_CLIENT_KEY is a configuration key; make an ingest key" ;;
        hc[a-z]mk_?*) refuse "HONEYCOMB_CLIENT_KEY is a management key; make an ingest key" ;;
        *) refuse "HONEYCOMB_CLIENT_KEY is no ingest key (hc?ik_…); a classic key can do more than send events" ;;
    esac
    [ -n "$otlp_endpoint" ] || refuse "HONEYCOMB_CLIENT_KEY needs OTEL_EXPORTER_OTLP_ENDPOINT"
fi

printf '{"backendUrl":"%s","serviceName":"%s","otlpEndpoint":"%s","honeycombClientKey":"%s","consoleUrl":"%s"}\n' \
    "${backend_url%/}" "$service_name" "${otlp_endpoint%/}" "$client_key" "${console_url%/}" >"$file"
