#!/usr/bin/env python3
"""Breaks the macro on purpose, one way at a time, and sees the corpus fail each time.

Works on a git worktree of HEAD under target/, so the sources stay as they are. Run by hand:
`python3 tests/corpus/mutate.py`. Exits 1 if a mutant survives.
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
COPY = ROOT / "target" / "mutants"
EXPAND = "cruddur-trace-macros/src/expand/"

# What is broken, in which file, what is replaced by what.
MUTANTS = [
    ("arguments are not bound again in closures", EXPAND + "mod.rs",
     "move || -> #returned { #binds #fields #body }", "move || -> #returned { #fields #body }"),
    ("an owned self is not captured whole", EXPAND + "signature.rs",
     "binds.extend(quote!(let _ = &#this;));", "let _ = this;"),
    ("results are not looked at", EXPAND + "ending.rs",
     "if !asks {", "if !asks || true {"),
    ("an async fn never stays one", EXPAND + "mod.rs",
     "if keep_async || returns == Returns::Never", "if returns == Returns::Never"),
    ("local names have no hygiene of their own", EXPAND + "mod.rs",
     "Ident::new(name, Span::mixed_site())", "Ident::new(name, Span::call_site())"),
    ("only the making of a future is covered", EXPAND + "mod.rs",
     'Returns::Future => parts.made(function, "future")', "Returns::Future => parts.guarded(function)"),
    ("#[track_caller] runs in a closure", EXPAND + "mod.rs",
     'function.has_attribute("track_caller")', 'function.has_attribute("track_nobody")'),
    ("arguments are bound in the wrong order", EXPAND + "signature.rs",
     "for (index, input) in sig.inputs.iter_mut().enumerate()",
     "for (index, input) in sig.inputs.iter_mut().enumerate().rev()"),
]


def run(*command, cwd=ROOT):
    return subprocess.run(command, cwd=cwd, text=True, capture_output=True, check=False)


def corpus():
    """What goes wrong first, or None if the corpus passes."""
    done = run("cargo", "test", "--quiet", "-p", "corpus", "-p", "corpus-2021", "--target-dir",
               str(ROOT / "target"), cwd=COPY)
    if done.returncode == 0:
        return None
    text = done.stdout + done.stderr
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
        for name, file, before, after in MUTANTS:
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
