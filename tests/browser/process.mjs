// The demo as a process of its own on free ports, with none of this process's settings.

import { spawn, spawnSync } from "node:child_process";

const KEPT = ["PATH", "HOME", "TMPDIR"];

function environment(variables) {
  const kept = KEPT.filter((name) => process.env[name]).map((name) => [name, process.env[name]]);
  return { ...Object.fromEntries(kept), ...variables };
}

/** { backend, console, stop() } once it listens. */
export function startDemo(binary, variables = {}) {
  const child = spawn(binary, ["--quiet"], {
    env: environment({ PORT: "0", CONSOLE_PORT: "0", ...variables }),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = [];
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => fail("it did not start"), 60_000);
    const fail = (why) => {
      child.kill("SIGKILL");
      reject(new Error(`${why}:\n${said.join("")}`));
    };
    const ended = () => fail("the demo ended");
    child.on("exit", ended);
    const read = (bytes) => {
      said.push(String(bytes));
      const text = said.join("");
      const address = (name) => new RegExp(`^${name}\\s.*?(http://[^\\s/]+)/?`, "m").exec(text)?.[1];
      const [backend, viewer] = [address("cruddur"), address("console")];
      if (!backend || !viewer) return;
      clearTimeout(timer);
      child.off("exit", ended);
      resolve({
        backend,
        console: viewer,
        stop: () => new Promise((done) => {
          child.on("exit", done);
          child.kill("SIGINT");
          setTimeout(() => child.kill("SIGKILL"), 15_000).unref();
        }),
      });
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
  });
}

/** What a command prints, and what it exits with. */
export function run(binary, words, variables = {}) {
  const { stdout, stderr, status } = spawnSync(binary, words, {
    env: environment(variables), encoding: "utf8", timeout: 120_000,
  });
  return { text: `${stdout}${stderr}`, status };
}
