#!/usr/bin/env python3
"""Breaks the macro on purpose, one way at a time, and sees the corpus fail each time.

Works on a git worktree of HEAD under target/, so the sources stay as they are. Run by hand:
`python3 tests/corpus/mutate.py` (a quarter of an hour; with words, only mutants whose names hold one:
`mutate.py cancelled stream`). Exits 1 if a mutant survives.
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
COPY = ROOT / "target" / "mutants"
EXPAND = "cruddur-trace-macros/src/expand/"

SPAN = "cruddur-trace/src/span/"

# What is broken, in which file, what is replaced by what (the first place only).
MUTANTS = [
    ("arguments are not bound again in closures", EXPAND + "mod.rs",
     "braces(function, &quote!(#binds #fields #body))", "braces(function, &quote!(#fields #body))"),
    ("arguments are not bound again in futures", EXPAND + "mod.rs",
     "async move { #hint #binds #fields #body }", "async move { #hint #fields #body }"),
    ("arguments are bound in the wrong order", EXPAND + "signature.rs",
     "for (index, input) in sig.inputs.iter_mut().enumerate()",
     "for (index, input) in sig.inputs.iter_mut().enumerate().rev()"),
    ("an owned self is not captured whole", EXPAND + "signature.rs",
     "binds.extend(quote!(let _ = &#this;));", "let _ = this;"),
    ("tail temporaries are dropped as the edition of the caller says", EXPAND + "mod.rs",
     "Group::new(Delimiter::Brace, quote!({ #inside }))", "Group::new(Delimiter::Brace, inside.clone())"),
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
    ("futures are not Send", EXPAND + "mod.rs",
     "async move { #hint #binds #fields #body }",
     "async move { #hint #binds #fields let _held = ::std::rc::Rc::new(()); #body }"),
    ("a body has no type hint", EXPAND + "mod.rs",
     "async move { #hint #binds #fields #body }", "async move { #binds #fields #body }"),
    ("spans of a block are not called by their type", EXPAND + "callsite.rs",
     'Some(type_name) => format!("{type_name}::{ident}")', "Some(_) => ident"),
    ("only the making of a future is covered", EXPAND + "mod.rs",
     'Returns::Future => parts.made(function, "future")', "Returns::Future => parts.guarded(function)"),
    ("only the making of a stream is covered", EXPAND + "mod.rs",
     'Returns::Stream => parts.made(function, "stream")', "Returns::Stream => parts.guarded(function)"),
    ("a boxed future is a value", EXPAND + "mod.rs",
     "Returns::Named => parts.called_by_type(function)", "Returns::Named => parts.called(function)"),
    ("an async fn never stays one", EXPAND + "mod.rs",
     "if keep_async || returns == Returns::Never", "if returns == Returns::Never"),
    ("async-trait above a block is not seen", "cruddur-trace-macros/src/block.rs",
     "keep_async: self.attrs.iter().any(is_async_trait)",
     "keep_async: self.attrs.iter().any(is_async_trait) && false"),
    ("local names have no hygiene of their own", EXPAND + "mod.rs",
     "Ident::new(name, Span::mixed_site())", "Ident::new(name, Span::call_site())"),
    ("#[track_caller] runs in a closure", EXPAND + "mod.rs",
     'function.has_attribute("track_caller")', 'function.has_attribute("track_nobody")'),
]


def run(*command, cwd=ROOT):
    return subprocess.run(command, cwd=cwd, text=True, capture_output=True, check=False)


def corpus():
    """What goes wrong first, or None if the corpus passes."""
    done = run("cargo", "test", "--quiet", "-p", "corpus", "-p", "corpus-2021", cwd=COPY)
    if done.returncode == 0:
        return None
    text = done.stdout + done.stderr
    if re.search(r"could not compile `cruddur-trace", text):
        sys.exit(f"this mutant is no Rust:\n{text}")
    found = re.search(r"^(error.*|\d+ faults\n.*)$", text, re.MULTILINE)
    return found.group(1) if found else "fails"


def main():
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
            # Formatting breaks lines where it likes.
            pattern = r"\s*".join(re.escape(part) for part in before.split())
            if not re.search(pattern, source):
                sys.exit(f"{name}: there is no `{before}` in {file}")
            path.write_text(re.sub(pattern, lambda _: after, source, count=1))
            fault = corpus()
            path.write_text(source)
            survivors += fault is None
            print(f"{'SURVIVED' if fault is None else 'seen':9}{name}: {fault}", flush=True)
    finally:
        run("git", "worktree", "remove", "--force", str(COPY))
    sys.exit(1 if survivors else 0)


if __name__ == "__main__":
    main()
