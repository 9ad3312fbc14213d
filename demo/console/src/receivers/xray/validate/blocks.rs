//! The blocks of a segment or subsegment: `http`, `cause`, `aws`, `sql`, `links`.

use serde_json::{Map, Value};

use super::values::{boolean, hex, is_trace_id, list, object, text};
use super::{Check, Checked, fail};

impl Check {
    pub(super) fn http(&mut self, value: &Value, is_segment: bool, at: &str) -> Checked {
        for (key, value) in object(value, at)? {
            let at = format!("{at}/{key}");
            match key.as_str() {
                "request" => {
                    for (key, value) in object(value, &at)? {
                        let at = format!("{at}/{key}");
                        match key.as_str() {
                            "method" | "url" | "user_agent" | "client_ip" => text(value, 250, &at)?,
                            "x_forwarded_for" if is_segment => boolean(value, &at)?,
                            "traced" if !is_segment => boolean(value, &at)?,
                            _ => self.unknown.push(at),
                        }
                    }
                }
                "response" => {
                    for (key, value) in object(value, &at)? {
                        let at = format!("{at}/{key}");
                        match key.as_str() {
                            "status" | "content_length" if value.is_u64() => {}
                            "status" | "content_length" => {
                                return fail("InvalidField", &at, "not a whole number");
                            }
                            _ => self.unknown.push(at),
                        }
                    }
                }
                _ => self.unknown.push(at),
            }
        }
        Ok(())
    }

    pub(super) fn cause(&mut self, value: &Value, at: &str) -> Checked {
        if value.is_string() {
            return if hex(value, 16) { Ok(()) } else { fail("InvalidId", at, "no exception id") };
        }
        for (key, value) in object(value, at)? {
            let at = format!("{at}/{key}");
            match key.as_str() {
                "working_directory" => text(value, 4_096, &at)?,
                "paths" => {
                    for path in list(value, &at)? {
                        text(path, 4_096, &at)?;
                    }
                }
                "exceptions" => {
                    for (index, exception) in list(value, &at)?.iter().enumerate() {
                        let at = format!("{at}/{index}");
                        self.exception(object(exception, &at)?, &at)?;
                    }
                }
                _ => self.unknown.push(at),
            }
        }
        Ok(())
    }

    fn exception(&mut self, exception: &Map<String, Value>, at: &str) -> Checked {
        if !exception.get("id").is_some_and(|id| hex(id, 16)) {
            return fail("InvalidId", at, "an exception needs an id of 16 hexadecimal digits");
        }
        for (key, value) in exception {
            let at = format!("{at}/{key}");
            match key.as_str() {
                "id" => {}
                _ if value.is_null() => self.unknown.push(at),
                "cause" if hex(value, 16) => {}
                "message" | "type" => text(value, usize::MAX, &at)?,
                "remote" => boolean(value, &at)?,
                "truncated" | "skipped" if value.is_u64() => {}
                "stack" => {
                    for (index, frame) in list(value, &at)?.iter().enumerate() {
                        for (key, value) in object(frame, &at)? {
                            let at = format!("{at}/{index}/{key}");
                            match key.as_str() {
                                _ if value.is_null() => self.unknown.push(at),
                                "path" | "label" => text(value, usize::MAX, &at)?,
                                "line" if value.is_u64() => {}
                                "line" => return fail("InvalidField", &at, "not a whole number"),
                                _ => self.unknown.push(at),
                            }
                        }
                    }
                }
                "cause" | "truncated" | "skipped" => {
                    return fail("InvalidField", &at, "of the wrong type");
                }
                _ => self.unknown.push(at),
            }
        }
        Ok(())
    }

    pub(super) fn aws(&mut self, value: &Value, is_segment: bool, at: &str) -> Checked {
        for (key, value) in object(value, at)? {
            let at = format!("{at}/{key}");
            match key.as_str() {
                "account_id" | "operation" | "region" | "request_id" | "table_name"
                | "queue_url" | "resource_names" => text(value, 1_024, &at)?,
                "retries" if value.is_u64() => {}
                "table_names" => {
                    for name in list(value, &at)? {
                        text(name, 1_024, &at)?;
                    }
                }
                "ecs" | "ec2" | "eks" | "elastic_beanstalk" | "xray" if is_segment => {
                    object(value, &at)?;
                }
                "cloudwatch_logs" if is_segment => {
                    for entry in list(value, &at)? {
                        for (key, value) in object(entry, &at)? {
                            let at = format!("{at}/{key}");
                            match key.as_str() {
                                "log_group" | "arn" => text(value, 2_048, &at)?,
                                _ => self.unknown.push(at),
                            }
                        }
                    }
                }
                "retries" => return fail("InvalidField", &at, "not a whole number"),
                _ => self.unknown.push(at),
            }
        }
        Ok(())
    }

    pub(super) fn sql(&mut self, value: &Value, at: &str) -> Checked {
        for (key, value) in object(value, at)? {
            let at = format!("{at}/{key}");
            match key.as_str() {
                "sanitized_query" => text(value, usize::MAX, &at)?,
                "connection_string" | "url" | "database_type" | "database_version"
                | "driver_version" | "user" | "preparation" => text(value, 250, &at)?,
                _ => self.unknown.push(at),
            }
        }
        Ok(())
    }

    pub(super) fn links(&mut self, value: &Value, at: &str) -> Checked {
        for (index, link) in list(value, at)?.iter().enumerate() {
            let at = format!("{at}/{index}");
            let link = object(link, &at)?;
            if !link.get("trace_id").is_some_and(is_trace_id)
                || !link.get("id").is_some_and(|id| hex(id, 16))
            {
                return fail("InvalidId", &at, "a link needs a trace id and an id");
            }
            for (key, value) in link {
                match key.as_str() {
                    "trace_id" | "id" => {}
                    "attributes" => drop(object(value, &at)?),
                    _ => self.unknown.push(format!("{at}/{key}")),
                }
            }
        }
        Ok(())
    }
}
