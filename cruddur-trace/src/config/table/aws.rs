//! AWS: credentials as in every AWS SDK, X-Ray and CloudWatch Logs.

use super::Variable;

const SDK: &str = "the AWS SDK";

pub(super) const AWS: &[Variable] = &[
    Variable::new("AWS_REGION", "", "the region of X-Ray and CloudWatch Logs"),
    Variable::new("AWS_DEFAULT_REGION", "", "the region, where AWS_REGION is unset"),
    Variable::library("AWS_ACCESS_KEY_ID", SDK, "credentials; alone they switch nothing on"),
    Variable::library_secret("AWS_SECRET_ACCESS_KEY", SDK, "credentials"),
    Variable::library_secret("AWS_SESSION_TOKEN", SDK, "credentials"),
    Variable::library("AWS_PROFILE", SDK, "the profile of ~/.aws to use"),
    Variable::new("AWS_ENDPOINT_URL", "", "base URL of every AWS service"),
    Variable::new("AWS_ENDPOINT_URL_XRAY", "", "base URL of X-Ray"),
    Variable::new("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", "", "base URL of CloudWatch Logs"),
    Variable::new(
        "AWS_XRAY_DAEMON_ADDRESS",
        "",
        "`host:port` or `tcp:host:port udp:host:port`; switches X-Ray on. Listing `xray` without it and without AWS credentials means `127.0.0.1:2000`",
    ),
    Variable::new("AWS_XRAY_TRACING_NAME", "", "the segment's name, instead of the service's"),
    Variable::new(
        "AWS_XRAY_CONTEXT_MISSING",
        "LOG_ERROR",
        "`LOG_ERROR`: says on stderr, once each, that `set_attribute`, `add_event`, `record_error` or `inject` was called outside of any trace; `IGNORE_ERROR` does not. `RUNTIME_ERROR` acts as `LOG_ERROR`, since telemetry never fails a handler",
    ),
    Variable::new(
        "AWS_XRAY_DEBUG_MODE",
        "false",
        "`true`: shows each document that X-Ray is sent on stderr (unless OTEL_LOG_LEVEL is below `info`)",
    ),
    Variable::new("AWS_XRAY_SDK_ENABLED", "true", "`false`: no X-Ray"),
    Variable::new("AWS_XRAY_SDK_DISABLED", "false", "`true`: no X-Ray"),
    Variable::new(
        "AWS_XRAY_URL",
        "",
        "host pattern (dynamic naming): a request to a matching host names its segment after that host, unless AWS_XRAY_TRACING_NAME names it",
    ),
    Variable::new(
        "CRUDDUR_XRAY_SAMPLER",
        "central",
        "`central`, `always`, or the path of a local rules file: decides for X-Ray. In AWS Lambda, Lambda decides",
    ),
    Variable::new(
        "CRUDDUR_XRAY_TRANSPORT",
        "auto",
        "`daemon`, `api`, `otlp`, or `auto`: what the environment offers",
    ),
    Variable::new(
        "AWS_CLOUDWATCH_LOG_GROUP",
        "",
        "the log group, made if it is missing; naming it switches CloudWatch Logs on",
    ),
    Variable::new(
        "AWS_CLOUDWATCH_LOG_STREAM",
        "{machine_name}/{program_name}/{process_id}",
        "template of the stream's name",
    ),
    Variable::new(
        "AWS_CLOUDWATCH_LOG_RETENTION_DAYS",
        "",
        "days that a log group that we make keeps its events",
    ),
    Variable::new("AWS_CLOUDWATCH_LOG_TAGS", "", "`key=value,…`: tags of a log group that we make"),
    Variable::new(
        "CRUDDUR_CLOUDWATCH_TRANSPORT",
        "api",
        "`api` (PutLogEvents) or `otlp` (the region's OTLP endpoint, signed)",
    ),
    Variable::platform("AWS_LAMBDA_FUNCTION_NAME", "set by AWS Lambda: resource attributes"),
    Variable::platform(
        "_X_AMZN_TRACE_ID",
        "set by AWS Lambda: the trace of an invocation, read at each",
    ),
    Variable::platform(
        "ECS_CONTAINER_METADATA_URI_V4",
        "set by Amazon ECS: who is asked for the task, after start-up and for at most a second",
    ),
    Variable::library(
        "AWS_EC2_METADATA_DISABLED",
        "us and the AWS SDK",
        "`true`: the instance metadata of EC2 is not asked",
    ),
    Variable::library(
        "AWS_EC2_METADATA_SERVICE_ENDPOINT",
        "us and the AWS SDK",
        "base URL of the instance metadata; without it only a machine of EC2 is asked, after start-up and for at most a second",
    ),
];
