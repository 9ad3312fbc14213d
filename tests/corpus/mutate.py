#!/usr/bin/env python3
"""Breaks the macro on purpose, one way at a time, and sees the corpus fail each time.

`mutate.py --fast` is a part of `cargo xtask test`: all but the few that break the runtime crate, each
against one file of the corpus, compiled by rustc alone beside what cargo has built (under a minute).
`mutate.py` takes all of them against the whole corpus, in a git worktree of HEAD under target/ (a
quarter of an hour; with words, only mutants whose names hold one: `mutate.py cancelled stream`). The
sources stay as they are. Exits 1 if a mutant survives.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
COPY = ROOT / "target" / "mutants"
EXPAND = "cruddur-trace-macros/src/expand/"

SPAN = "cruddur-trace/src/span/"

# What is broken, in which file, what is replaced by what (the first place only).
MUTANTS = [
    ("arguments are not bound again in closures", EXPAND + "forms.rs",
     "begin(function, &quote!())); let inside = two_braces(function, &quote!(#binds #fields #body))",
     "begin(function, &quote!())); let inside = two_braces(function, &quote!(#fields #body))"),
    ("arguments are not bound again in place", EXPAND + "forms.rs",
     "let value = two_braces(function, &quote!(#binds #fields #body))",
     "let value = two_braces(function, &quote!(#fields #body))"),
    ("arguments that are dropped are not bound again behind a guard", "cruddur-trace-macros/src/returns.rs",
     "_ => Returns::of_type(ty) == Returns::Scalar", "_ => true"),
    ("results in place are not looked at", EXPAND + "forms.rs",
     "#support::tell(&mut #guard, &#result, #ending);", "#guard.ending(|_| ());"),
    ("what may return early stays in place", EXPAND + "own_calls.rs",
     "found.calls_itself && !found.may_leave", "found.calls_itself"),
    ("arguments are not bound again in futures", EXPAND + "forms.rs",
     "&quote!(#hint #binds #fields #body)", "&quote!(#hint #fields #body)"),
    ("arguments are bound in the wrong order", EXPAND + "signature.rs",
     "for (index, input) in sig.inputs.iter_mut().enumerate()",
     "for (index, input) in sig.inputs.iter_mut().enumerate().rev()"),
    ("an owned self is not captured whole", EXPAND + "signature.rs",
     "binds.extend(quote!(let _ = &#this;));", "let _ = this;"),
    ("tail temporaries are dropped as the edition of the caller says", EXPAND + "forms.rs",
     "braces.set_span(ours(place));", "braces.set_span(place);"),
    ("results are not looked at", EXPAND + "ending.rs",
     "if !asks {", "if !asks || true {"),
    ("an error is not recorded", EXPAND + "ending.rs",
     "return quote!(#support::failure(#error).__cruddur_failure(#ending););",
     "return quote!(let _ = #error;);"),
    ("a cancelled future ends well", SPAN + "future.rs",
     "current::with_arena(seed, |arena| arena.close(index, Outcome::Cancelled));",
     "current::with_arena(seed, |arena| arena.close(index, Outcome::Ok));"),
    ("a panic ends well", SPAN + "guard.rs",
     "if !self.unwinding && panicking() { Outcome::Panic } else { Outcome::Ok }",
     "let _ = panicking; Outcome::Ok"),
    ("futures are not Send", EXPAND + "forms.rs",
     "&quote!(#hint #binds #fields #body)",
     "&quote!(#hint #binds #fields let _held = ::std::rc::Rc::new(()); #body)"),
    ("a body has no type hint", EXPAND + "forms.rs",
     "&quote!(#hint #binds #fields #body)", "&quote!(#binds #fields #body)"),
    ("spans of a block are not called by their type", EXPAND + "callsite.rs",
     'Some(type_name) => format!("{type_name}::{ident}")', "Some(_) => ident"),
    ("only the making of a future is covered", EXPAND + "mod.rs",
     'Returns::Future => parts.made(function, "future")', "Returns::Future => parts.guarded(function)"),
    ("only the making of a stream is covered", EXPAND + "mod.rs",
     'Returns::Stream => parts.made(function, "stream")', "Returns::Stream => parts.guarded(function)"),
    ("a boxed future is a value", EXPAND + "mod.rs",
     "Returns::Named => parts.called_by_type(function)", "Returns::Named => parts.called(function)"),
    ("an async fn never stays one", EXPAND + "mod.rs",
     "place.keep_async || wants_async(function)", "place.keep_async"),
    ("async-trait above a block is not seen", "cruddur-trace-macros/src/block.rs",
     "keep_async: self.attrs.iter().any(is_async_trait)",
     "keep_async: self.attrs.iter().any(is_async_trait) && false"),
    ("an argument may be called as a local of the expansion", EXPAND + "signature.rs",
     "taken.contains(&text) || text.starts_with(OURS)", "taken.contains(&text)"),
    ("the pattern of a unit struct is taken for a name", EXPAND + "signature.rs",
     "(!is_upper).then_some(ident)", "(is_upper || !is_upper).then_some(ident)"),
    ("#[track_caller] runs in a closure", EXPAND + "mod.rs",
     'function.has_attribute("track_caller")', 'function.has_attribute("track_nobody")'),
]

# Those that `--fast` takes, with the file of cases that sees each.
FAST = {
    "arguments are not bound again in closures": "drops",
    "arguments are not bound again in place": "own_calls",
    "arguments that are dropped are not bound again behind a guard": "unwinding",
    "arguments are not bound again in futures": "futures",
    "arguments are bound in the wrong order": "drops",
    "an owned self is not captured whole": "methods",
    "results are not looked at": "functions",
    "results in place are not looked at": "own_calls",
    "what may return early stays in place": "own_calls",
    "an error is not recorded": "functions",
    "futures are not Send": "futures",
    "a body has no type hint": "futures",
    "spans of a block are not called by their type": "methods",
    "only the making of a future is covered": "returned",
    "only the making of a stream is covered": "returned",
    "a boxed future is a value": "returned",
    "an async fn never stays one": "foreign",
    "async-trait above a block is not seen": "methods",
    "an argument may be called as a local of the expansion": "generated",
    "the pattern of a unit struct is taken for a name": "patterns",
    "#[track_caller] runs in a closure": "functions",
}

# What cases use.
USED = ("anyhow", "async_trait", "axum", "futures", "tokio")

# The corpus of one file, with another macro crate.
FAST_LIB = """
#[path = "{corpus}/src/harness.rs"]
pub mod harness;
#[allow(dead_code, unused_variables)]
mod plain_cases {{
    use ::plain::observe;
    include!("{corpus}/cases/{cases}.rs");
}}
#[deny(warnings)]
#[allow(dead_code, unused_variables)]
mod observed_cases {{
    use ::mutant::observe;
    include!("{corpus}/cases/{cases}.rs");
}}
fn pairs() -> Vec<(harness::Case, harness::Case)> {{
    plain_cases::cases().into_iter().zip(observed_cases::cases()).collect()
}}
fn main() {{
    for (plain, observed) in pairs() {{
        let (expected, _) = harness::record(plain);
        let (found, spans) = harness::record(observed);
        if expected != found || spans != observed.spans {{
            println!("1 faults\\n{{}}: {{expected:?}}, {{found:?}}, `{{spans}}`", plain.name);
            std::process::exit(1);
        }}
    }}
}}
"""


def run(*command, cwd=ROOT):
    return subprocess.run(command, cwd=cwd, text=True, capture_output=True, check=False)


def corpus():
    """What goes wrong first, or None if the corpus passes."""
    return first_fault(run("cargo", "test", "--quiet", "-p", "corpus", "-p", "corpus-2021", cwd=COPY))


def first_fault(done):
    """What a build or a run says first, or None if all is well."""
    if done.returncode == 0:
        return None
    text = done.stdout + done.stderr
    if re.search(r"could not compile `cruddur-trace", text):
        sys.exit(f"this mutant is no Rust:\n{text}")
    found = re.search(r"^(error.*|\d+ faults\n.*)$", text, re.MULTILINE)
    return found.group(1) if found else "fails"


def mutated(source, name, file, before, after):
    # Formatting breaks lines where it likes.
    pattern = r"\s*".join(re.escape(part) for part in before.split())
    if not re.search(pattern, source):
        sys.exit(f"{name}: there is no `{before}` in {file}")
    return re.sub(pattern, lambda _: after, source, count=1)


def tell(name, fault):
    print(f"{'SURVIVED' if fault is None else 'seen':9}{name}: {fault}", flush=True)


class Fast:
    """Compiles the macro crate and one file of cases against what cargo has built."""

    def __init__(self):
        self.folder = ROOT / "target" / "fast-mutants"
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        cargo = os.environ.get("CARGO", "cargo")
        packages = ("-p", "corpus", "-p", "cruddur-trace-macros")
        built = run(cargo, "test", "--no-run", "--message-format", "json", *packages)
        if built.returncode != 0:
            sys.exit(built.stderr)
        # Of several versions the newest, which is ours.
        found = {}
        for line in built.stdout.splitlines():
            message = json.loads(line)
            if message.get("reason") == "compiler-artifact" and not message["profile"]["test"]:
                name = message["target"]["name"].replace("-", "_")
                version = [int(part) for part in re.findall(r"\d+", message["package_id"].split("#")[-1])]
                for file in message["filenames"]:
                    if file.endswith((".rlib", ".so", ".dylib", ".dll")):
                        found[name] = max(found.get(name, ([], "")), (version, file))
        self.libraries = {name: file for name, (_, file) in found.items()}

    def rustc(self, *arguments, externs=()):
        deps = pathlib.Path(self.libraries["quote"]).parent
        command = ["rustc", "--edition", "2024", "-C", "debuginfo=0", "-L", f"dependency={deps}"]
        for name in externs:
            command += ["--extern", f"{name}={self.libraries[name]}"]
        return run(*command, *arguments, "--out-dir", str(self.folder))

    def fault(self, cases, file=None, mutant=None):
        """What the cases say of the macro with one file replaced, or None."""
        crate = self.folder / "macros"
        shutil.rmtree(crate, ignore_errors=True)
        shutil.copytree(ROOT / "cruddur-trace-macros" / "src", crate)
        if file:
            (crate / pathlib.Path(file).relative_to("cruddur-trace-macros/src")).write_text(mutant)
        made = self.rustc("--crate-type", "proc-macro", "--crate-name", "mutant", "--cap-lints", "allow",
                          "--extern", "proc_macro", str(crate / "lib.rs"),
                          externs=("proc_macro2", "quote", "syn"))
        if made.returncode != 0:
            sys.exit(f"this mutant is no Rust:\n{made.stderr}")
        main = self.folder / "main.rs"
        main.write_text(FAST_LIB.format(corpus=ROOT / "tests" / "corpus", cases=cases))
        made = next(path for path in self.folder.iterdir() if path.stem == "libmutant")
        built = self.rustc("--crate-name", "cases", str(main), "--extern", f"mutant={made}",
                           externs=("plain", "cruddur_trace", *USED))
        done = built if built.returncode else run(str(self.folder / "cases"))
        return first_fault(done)

    def main(self):
        for cases in sorted(set(FAST.values())):
            clean = self.fault(cases)
            if clean is not None:
                sys.exit(f"{cases} fails without a mutant: {clean}")
        survivors = 0
        for name, file, before, after in MUTANTS:
            if name in FAST:
                source = mutated((ROOT / file).read_text(), name, file, before, after)
                fault = self.fault(FAST[name], file, source)
                survivors += fault is None
                tell(name, fault)
        sys.exit(1 if survivors else 0)


def main():
    if sys.argv[1:] == ["--fast"]:
        Fast().main()
    run("git", "worktree", "remove", "--force", str(COPY))
    made = run("git", "worktree", "add", "--detach", str(COPY), "HEAD")
    if made.returncode != 0:
        sys.exit(made.stderr)
    survivors = 0
    try:
        clean = corpus()
        if clean is not None:
            sys.exit(f"the corpus fails without a mutant: {clean}")
        wanted = sys.argv[1:]
        for name, file, before, after in MUTANTS:
            if wanted and not any(word in name for word in wanted):
                continue
            path = COPY / file
            source = path.read_text()
            path.write_text(mutated(source, name, file, before, after))
            fault = corpus()
            path.write_text(source)
            survivors += fault is None
            tell(name, fault)
    finally:
        run("git", "worktree", "remove", "--force", str(COPY))
    sys.exit(1 if survivors else 0)


if __name__ == "__main__":
    main()
