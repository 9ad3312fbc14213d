//! What row 1 measures: ten functions, each of which calls the next, annotated by every library in
//! its own way, with no, two and eight attributes.
//!
//! They are what a user writes: attribute macros where a library has one. Futures nest without a
//! box, as handlers do.

pub mod fastrace;
pub mod logfire;
pub mod observe;
pub mod plain;
pub mod sdk;
pub mod tracing;

/// Nested functions.
pub const DEPTH: u64 = 10;

/// How a function does its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// `fn`.
    Sync,
    /// `async fn` that is ready at once.
    Ready,
    /// `async fn` that is pending once, at every level.
    Yield,
}

/// How many attributes each span is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attributes {
    /// None.
    None,
    /// A number and a text.
    Two,
    /// Three numbers, a flag and four texts.
    Eight,
}

impl Attributes {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::None, Self::Two, Self::Eight];

    /// Their number.
    #[must_use]
    pub const fn count(self) -> u64 {
        match self {
            Self::None => 0,
            Self::Two => 2,
            Self::Eight => 8,
        }
    }
}

/// Runs the functions once: what every library's module has.
pub type Run = fn(Shape, Attributes, &'static str) -> u64;

/// `none`, `two`, `eight` for a library whose attribute macro is all that it takes.
macro_rules! annotated {
    ($depth:ident $name:ident none [$($none:tt)*] two [$($two:tt)*] eight [$($eight:tt)*]) => {
        crate::calls::annotated!(@module none [$($none)*] $depth $name);
        crate::calls::annotated!(@module two [$($two)*] $depth $name);
        crate::calls::annotated!(@module eight [$($eight)*] $depth $name);
        crate::calls::runs!();
    };
    (@module $module:ident [$($attribute:tt)*] $depth:ident $name:ident) => {
        mod $module {
            pub(super) mod sync {
                use crate::calls::annotated;
                crate::calls::levels!(annotated, @sync [$($attribute)*] $depth $name);
                fn leaf(depth: u64, name: &'static str) -> u64 {
                    depth + name.len() as u64
                }
            }
            pub(super) mod ready {
                use crate::calls::annotated;
                crate::calls::levels!(annotated, @ready [$($attribute)*] $depth $name);
                async fn leaf(depth: u64, name: &'static str) -> u64 {
                    depth + name.len() as u64
                }
            }
            pub(super) mod yielding {
                use crate::calls::annotated;
                crate::calls::levels!(annotated, @yielding [$($attribute)*] $depth $name);
                async fn leaf(depth: u64, name: &'static str) -> u64 {
                    depth + name.len() as u64
                }
            }
        }
    };
    ($level:ident $next:ident @sync [$($attribute:tt)*] $depth:ident $name:ident) => {
        #[inline(never)]
        $($attribute)*
        pub(in super::super) fn $level($depth: u64, $name: &'static str) -> u64 {
            $next(std::hint::black_box($depth - 1), $name) + 1
        }
    };
    ($level:ident $next:ident @ready [$($attribute:tt)*] $depth:ident $name:ident) => {
        $($attribute)*
        pub(in super::super) async fn $level($depth: u64, $name: &'static str) -> u64 {
            $next(std::hint::black_box($depth - 1), $name).await + 1
        }
    };
    ($level:ident $next:ident @yielding [$($attribute:tt)*] $depth:ident $name:ident) => {
        $($attribute)*
        pub(in super::super) async fn $level($depth: u64, $name: &'static str) -> u64 {
            crate::yield_once().await;
            $next(std::hint::black_box($depth - 1), $name).await + 1
        }
    };
}
pub(crate) use annotated;

/// The same for a library that wants a span made in the function: a macro with a rule for each
/// shape says how, with the name of a function that makes the attributes.
macro_rules! by_hand {
    ($macro:ident none $none:ident two $two:ident eight $eight:ident) => {
        crate::calls::by_hand!(@module $macro none $none);
        crate::calls::by_hand!(@module $macro two $two);
        crate::calls::by_hand!(@module $macro eight $eight);
        crate::calls::runs!();
    };
    (@module $macro:ident $module:ident $make:ident) => {
        mod $module {
            pub(super) mod sync {
                crate::calls::levels!($macro, @sync $make);
                fn leaf(depth: u64, name: &'static str) -> u64 {
                    depth + name.len() as u64
                }
            }
            pub(super) mod ready {
                crate::calls::levels!($macro, @ready $make);
                async fn leaf(depth: u64, name: &'static str) -> u64 {
                    depth + name.len() as u64
                }
            }
            pub(super) mod yielding {
                crate::calls::levels!($macro, @yielding $make);
                async fn leaf(depth: u64, name: &'static str) -> u64 {
                    depth + name.len() as u64
                }
            }
        }
    };
}
pub(crate) use by_hand;

macro_rules! levels {
    ($macro:ident, $($rest:tt)*) => {
        $macro!(level_10 level_9 $($rest)*);
        $macro!(level_9 level_8 $($rest)*);
        $macro!(level_8 level_7 $($rest)*);
        $macro!(level_7 level_6 $($rest)*);
        $macro!(level_6 level_5 $($rest)*);
        $macro!(level_5 level_4 $($rest)*);
        $macro!(level_4 level_3 $($rest)*);
        $macro!(level_3 level_2 $($rest)*);
        $macro!(level_2 level_1 $($rest)*);
        $macro!(level_1 leaf $($rest)*);
    };
}
pub(crate) use levels;

macro_rules! runs {
    () => {
        /// Runs the functions once.
        #[must_use]
        pub fn run(
            shape: crate::calls::Shape,
            attributes: crate::calls::Attributes,
            name: &'static str,
        ) -> u64 {
            use crate::block_on;
            use crate::calls::{Attributes, DEPTH, Shape};
            match (shape, attributes) {
                (Shape::Sync, Attributes::None) => none::sync::level_10(DEPTH, name),
                (Shape::Sync, Attributes::Two) => two::sync::level_10(DEPTH, name),
                (Shape::Sync, Attributes::Eight) => eight::sync::level_10(DEPTH, name),
                (Shape::Ready, Attributes::None) => block_on(none::ready::level_10(DEPTH, name)),
                (Shape::Ready, Attributes::Two) => block_on(two::ready::level_10(DEPTH, name)),
                (Shape::Ready, Attributes::Eight) => block_on(eight::ready::level_10(DEPTH, name)),
                (Shape::Yield, Attributes::None) => block_on(none::yielding::level_10(DEPTH, name)),
                (Shape::Yield, Attributes::Two) => block_on(two::yielding::level_10(DEPTH, name)),
                (Shape::Yield, Attributes::Eight) => {
                    block_on(eight::yielding::level_10(DEPTH, name))
                }
            }
        }
    };
}
pub(crate) use runs;
