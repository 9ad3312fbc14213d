"""A Flask app that fails as ours does, and pyrollbar reporting it: flask_rollbar.py <endpoint>."""

import sys

import flask
import rollbar
import rollbar.contrib.flask

app = flask.Flask(__name__)


@app.get("/panic/<text>")
def panics(text):
    try:
        int("x")
    except ValueError as cause:
        raise RuntimeError(text) from cause


rollbar.init(
    "token",
    environment="test",
    endpoint=sys.argv[1],
    handler="blocking",
    code_version="abc123",
    allow_logging_basic_config=False,
)
with app.app_context():
    flask.got_request_exception.connect(rollbar.contrib.flask.report_exception, app)

with app.test_client() as client:
    answer = client.get(
        "/panic/text-pyrollbar?token=hunter2&page=2",
        headers={"Authorization": "Bearer hunter2", "Cookie": "sid=hunter2", "User-Agent": "tests"},
    )
    assert answer.status_code == 500, answer.status_code
