#![allow(unused)]
mod arm_in_handler {
    use axum::{Json, http::StatusCode, response::IntoResponse};
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    #[observe]
    async fn home(flag: bool) -> Result<Json<u8>, StatusCode> {
        match flag {
            true => Ok(Json(1)),
            false => StatusCode::NOT_FOUND,
        }
    }
}

mod handler_from {
    use axum::Json;
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    struct ApiError;
    #[observe]
    async fn create(text: String) -> Result<Json<u8>, ApiError> {
        let n: u8 = text.parse()?;
        Ok(Json(n))
    }
}

mod missing_await_result {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    async fn load(id: u8) -> Result<String, std::io::Error> {
        Ok(id.to_string())
    }
    #[observe]
    async fn show(id: u8) -> Result<String, std::io::Error> {
        let text = load(id)?;
        Ok(text)
    }
}

mod missing_await_method {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    async fn load(id: u8) -> String {
        id.to_string()
    }
    #[observe]
    async fn show(id: u8) -> usize {
        load(id).len()
    }
}

mod missing_await_tail {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    async fn load(id: u8) -> Result<String, u8> {
        Ok(id.to_string())
    }
    #[observe]
    async fn show(id: u8) -> Result<String, u8> {
        load(id)
    }
}

mod wrong_field {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    struct User {
        handle: String,
    }
    #[observe]
    async fn name(user: User) -> String {
        user.handel
    }
}

mod semicolon_handler {
    use axum::{Json, http::StatusCode};
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    #[observe]
    async fn work(n: u8) -> Result<Json<u8>, StatusCode> {
        if n > 1 {
            return Err(StatusCode::OK);
        }
        Ok(Json(n));
    }
}

mod no_return_type {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    #[observe]
    async fn work(id: u8) {
        if id > 1 {
            return Ok(());
        }
    }
}

mod unit_tail {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    #[observe]
    async fn work(id: u8) {
        id
    }
}

mod json_forgotten {
    use axum::Json;
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    #[observe]
    async fn load(n: u8) -> Json<Vec<u8>> {
        vec![n]
    }
}

mod tuple_response {
    use axum::{Json, http::StatusCode};
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    #[observe]
    async fn load(n: u8) -> (StatusCode, Json<u8>) {
        (StatusCode::OK, n)
    }
}

mod some_forgotten {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    #[observe]
    async fn load(n: u8) -> Option<u8> {
        n
    }
}

mod ok_forgotten {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    #[observe]
    async fn load(n: u8) -> Result<(), String> {
        println!("{n}");
    }
}

mod reference_to_owned {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    #[observe]
    async fn work(name: &str) -> String {
        name
    }
}

mod two_opaque {
    use axum::{Json, http::StatusCode, response::IntoResponse};
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    #[observe]
    async fn page(flag: bool) -> impl IntoResponse {
        if flag {
            return StatusCode::OK;
        }
        Json(1)
    }
}

mod result_into_response {
    use axum::{Json, http::StatusCode, response::IntoResponse};
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    #[observe]
    async fn page(flag: bool) -> Result<impl IntoResponse, StatusCode> {
        if flag {
            return Err("no");
        }
        Ok(Json(1))
    }
}

mod question_on_value {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    #[observe]
    async fn load(n: u8) -> Result<u8, String> {
        let m = n?;
        Ok(m)
    }
}

mod question_option_async {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    #[observe]
    async fn load(n: Option<u8>) -> Result<u8, String> {
        let m = n?;
        Ok(m)
    }
}

mod question_from_async {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    #[observe]
    async fn load(t: &str) -> Result<u8, String> {
        let m: u8 = t.parse()?;
        Ok(m)
    }
}

mod dyn_error {
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    #[observe]
    fn load() -> Result<u8, Box<dyn std::error::Error>> {
        let n: u8 = "1".parse::<u8>()?;
        Err("no".to_string())
    }
}

mod handler_order {
    use axum::{Json, Router, extract::State, routing::post};
    #[allow(unused_imports)]
    use cruddur_trace::observe;
    #[observe]
    async fn work(Json(n): Json<u8>, State(s): State<u8>) -> String {
        format!("{n}{s}")
    }
    fn router() -> Router<u8> {
        Router::new().route("/", post(work))
    }
}

fn main() {}
