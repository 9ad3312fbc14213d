//! The corpus of function shapes, in edition 2021: see the crate `corpus`.

#[path = "../../src/harness.rs"]
pub mod harness;

macro_rules! corpus {
    ($($name:ident: $file:literal),* $(,)?) => {
        /// Every shape as the compiler takes it.
        #[allow(dead_code, unused_variables, clippy::all)]
        pub mod plain {$(
            pub mod $name {
                #[allow(unused_imports)]
                use ::plain::observe;
                include!($file);
            }
        )*}

        /// Every shape under `#[observe]`.
        #[deny(warnings)]
        #[allow(dead_code, unused_variables, clippy::all)]
        pub mod observed {$(
            pub mod $name {
                #[allow(unused_imports)]
                use ::cruddur_trace::observe;
                include!($file);
            }
        )*}

        /// All cases: what they are called, and both ways of running them.
        pub fn pairs() -> Vec<(crate::harness::Case, crate::harness::Case)> {
            let mut pairs = Vec::new();
            $(pairs.extend(plain::$name::cases().into_iter().zip(observed::$name::cases()));)*
            pairs
        }
    };
}

corpus!(
    functions: "../../cases/functions.rs",
    futures: "../../cases/futures.rs",
    methods: "../../cases/methods.rs",
    drops: "../../cases/drops.rs",
    hygiene: "../../cases/hygiene.rs",
    returned: "../../cases/returned.rs",
    foreign: "../../cases/foreign.rs",
    signatures: "../../cases/signatures.rs",
    names: "../../cases/names.rs",
    traits: "../../cases/traits.rs",
    bodies: "../../cases/bodies.rs",
    own_calls: "../../cases/own_calls.rs",
    attributes: "../../cases/attributes.rs",
    callers: "../../cases/callers.rs",
    shapes: "../../cases/shapes.rs",
    patterns: "../../cases/patterns.rs",
    limits: "../../cases/limits.rs",
    results: "../../cases/results.rs",
    unwinding: "../../cases/unwinding.rs",
    generated: "../../cases/generated.rs",
    nested: "../../cases/nested.rs",
    web: "../../cases/web.rs",
    service: "../../cases/service.rs",
    edges: "../../cases/edges.rs",
    scopes: "../../cases/scopes.rs",
);

#[cfg(test)]
#[path = "../../src/tests.rs"]
mod tests;
