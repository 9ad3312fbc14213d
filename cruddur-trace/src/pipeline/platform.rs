//! Where the process runs, as its platform tells: asked once, after start-up, for every sink.
//!
//! The ECS agent and EC2's instance metadata are asked over a link-local address. That takes a call
//! that may hang, so it is made on the exporter thread, beside everything else, and given a second
//! in all: start-up never waits for it. What is asked, and how answers are read, is
//! [`crate::detect`]'s; sinks take what was found with their next batch ([`super::Sink::learn`]).

use std::sync::{Arc, OnceLock};

use crate::record::Attribute;

/// What is found out, shared between whoever asks and the sinks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Platform(Arc<OnceLock<Vec<Attribute>>>);

impl Platform {
    /// What was found; `None` until then.
    pub(crate) fn found(&self) -> Option<&[Attribute]> {
        self.0.get().map(Vec::as_slice)
    }

    /// Tells all sinks, once.
    pub(crate) fn tell(&self, found: Vec<Attribute>) {
        let _ = self.0.set(found);
    }
}

#[cfg(feature = "_http")]
pub(crate) use asking::ask;

#[cfg(feature = "_http")]
mod asking {
    use std::time::Duration;

    use super::Platform;
    use crate::detect::{Question, ec2_attributes, ecs_attributes};
    use crate::record::Attribute;

    /// How long all questions together may take.
    const LIMIT: Duration = Duration::from_secs(1);
    /// Largest answer that is read, in bytes.
    const MAX_BYTES: usize = 1 << 20;

    /// Asks, and tells `platform` if there is an answer within a second; else what variables and
    /// files say has to do.
    pub(crate) async fn ask(question: Question, platform: Platform) {
        // Link-local addresses are next door, whatever HTTP_PROXY says.
        let Ok(client) = reqwest::Client::builder().no_proxy().timeout(LIMIT).build() else {
            return;
        };
        let asked = async {
            match question {
                Question::Ecs(base) => ask_ecs(&client, &base).await,
                Question::Ec2(base) => ask_ec2(&client, &base).await,
            }
        };
        if let Ok(Some(found)) = tokio::time::timeout(LIMIT, asked).await {
            platform.tell(found);
        }
    }

    async fn ask_ecs(client: &reqwest::Client, base: &str) -> Option<Vec<Attribute>> {
        let container = read(client.get(base)).await?;
        let task = read(client.get(format!("{base}/task"))).await?;
        Some(ecs_attributes(&container, &task))
    }

    /// By version 2 of the service alone: without a token it is not asked.
    async fn ask_ec2(client: &reqwest::Client, base: &str) -> Option<Vec<Attribute>> {
        let token = client
            .put(format!("{base}/latest/api/token"))
            .header("x-aws-ec2-metadata-token-ttl-seconds", "60");
        let token = String::from_utf8(read(token).await?).ok()?;
        let identity = client
            .get(format!("{base}/latest/dynamic/instance-identity/document"))
            .header("x-aws-ec2-metadata-token", token);
        Some(ec2_attributes(&read(identity).await?))
    }

    async fn read(request: reqwest::RequestBuilder) -> Option<Vec<u8>> {
        let mut answer = request.send().await.ok()?;
        if !answer.status().is_success() {
            return None;
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.ok()? {
            if body.len() + chunk.len() > MAX_BYTES {
                return None;
            }
            body.extend_from_slice(&chunk);
        }
        Some(body)
    }
}

#[cfg(all(test, feature = "full"))]
mod tests {
    use std::time::Duration;

    use axum::Router;
    use axum::http::{HeaderMap, HeaderValue};
    use axum::routing::{get, put};

    use super::*;
    use crate::detect::Question;

    async fn serve(router: Router) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("bound");
        let base = format!("http://{}", listener.local_addr().expect("bound"));
        tokio::spawn(async move { axum::serve(listener, router).await });
        base
    }

    fn text(platform: &Platform, key: &str) -> Option<String> {
        let found = platform.found()?.iter().find(|it| it.key == key)?;
        Some(found.value.to_string())
    }

    #[tokio::test]
    async fn an_instance_is_asked_with_a_token() {
        let identity = |headers: HeaderMap| async move {
            let token = headers.get("x-aws-ec2-metadata-token");
            assert_eq!(token.map(HeaderValue::as_bytes), Some(&b"secret"[..]));
            r#"{"instanceId":"i-1","region":"us-east-1","availabilityZone":"us-east-1a",
                "accountId":"1","instanceType":"t3.micro","imageId":"ami-1"}"#
        };
        let router = Router::new()
            .route("/latest/api/token", put(|| async { "secret" }))
            .route("/latest/dynamic/instance-identity/document", get(identity));
        let platform = Platform::default();
        ask(Question::Ec2(serve(router).await), platform.clone()).await;
        assert_eq!(text(&platform, "host.id").as_deref(), Some("i-1"));
        assert_eq!(text(&platform, "cloud.platform").as_deref(), Some("aws_ec2"));
    }

    #[tokio::test]
    async fn a_task_is_asked_for_its_container_and_itself() {
        let router = Router::new()
            .route("/v4/x", get(|| async { r#"{"Name":"web"}"# }))
            .route("/v4/x/task", get(|| async { r#"{"Family":"cruddur"}"# }));
        let platform = Platform::default();
        let base = serve(router).await;
        ask(Question::Ecs(format!("{base}/v4/x")), platform.clone()).await;
        assert_eq!(text(&platform, "container.name").as_deref(), Some("web"));
        assert_eq!(text(&platform, "aws.ecs.task.family").as_deref(), Some("cruddur"));
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_does_not_answer_is_given_a_second() {
        // Taken, and never answered.
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("bound");
        let base = format!("http://{}", listener.local_addr().expect("bound"));
        let platform = Platform::default();
        let began = tokio::time::Instant::now();
        ask(Question::Ec2(base), platform.clone()).await;
        assert!(began.elapsed() <= Duration::from_millis(1_100));
        assert!(platform.found().is_none());
    }
}
