//! A `tracing` span for each observed one, so that what follows `tracing` spans sees them: span
//! directives of `EnvFilter`, `tracing_error::SpanTrace`, tokio-console.
//!
//! Only with the feature `mirror`; without it the types here take no room and their methods do
//! nothing. With it, nothing happens until a layer asks for it ([`switch_on`]): a subscriber without
//! such a layer gets no mirrored spans. Such a span has the name, target and level of the observed
//! one and no fields; it is open and entered as long as the observed one is current. The layer that
//! asks for it must not take it for a span of its own: [`is_opening`].

#[cfg(not(feature = "mirror"))]
pub(super) use off::{Mirror, MirrorGuard};
#[cfg(feature = "mirror")]
pub(super) use on::{Mirror, MirrorGuard};
#[cfg(feature = "mirror")]
pub(crate) use on::{is_opening, switch_on};

#[cfg(not(feature = "mirror"))]
mod off {
    use crate::record::Callsite;

    /// Of a future.
    #[derive(Debug)]
    pub(in crate::span) struct Mirror;

    /// While it is polled.
    #[derive(Debug)]
    pub(in crate::span) struct InMirror;

    /// Of a synchronous call.
    #[derive(Debug)]
    pub(in crate::span) struct MirrorGuard;

    impl Mirror {
        pub(in crate::span) const NEW: Self = Self;

        #[inline]
        pub(in crate::span) const fn enter(&self, _: &'static Callsite) -> InMirror {
            InMirror
        }

        #[inline]
        pub(in crate::span) const fn enter_to_drop(&self) {}

        #[inline]
        pub(in crate::span) const fn close(&self) {}
    }

    impl InMirror {
        #[inline]
        pub(in crate::span) const fn leave(self) {}
    }

    impl MirrorGuard {
        pub(in crate::span) const NONE: Self = Self;

        #[inline]
        pub(in crate::span) const fn open(_: &'static Callsite) -> Self {
            Self
        }

        #[inline]
        pub(in crate::span) const fn close(&self) {}
    }
}

#[cfg(feature = "mirror")]
mod on {
    use std::cell::Cell;
    use std::collections::HashMap;
    use std::sync::atomic::{AtomicU8, Ordering};
    use std::sync::{OnceLock, PoisonError, RwLock};

    use tracing::span::{Entered, EnteredSpan};
    use tracing::{Dispatch, Span, dispatcher};
    use tracing_core::callsite::{self, Identifier};
    use tracing_core::field::FieldSet;
    use tracing_core::metadata::LevelFilter;
    use tracing_core::subscriber::Interest;
    use tracing_core::{Kind, Metadata};

    use crate::record::{Callsite, Level};

    /// Whether a subscriber wants mirrored spans.
    type Wants = fn(&Dispatch) -> bool;

    static WANTS: OnceLock<Wants> = OnceLock::new();

    thread_local! {
        static OPENING: Cell<bool> = const { Cell::new(false) };
    }

    /// From now on subscribers are asked whether they want mirrored spans.
    pub(crate) fn switch_on(wants: Wants) {
        let _ = WANTS.set(wants);
    }

    /// Whether the `tracing` span that is being opened on this thread mirrors the current span.
    pub(crate) fn is_opening() -> bool {
        OPENING.get()
    }

    /// The `tracing` span of an observed future.
    #[derive(Debug)]
    pub(in crate::span) struct Mirror(Option<Box<Mirrored>>);

    #[derive(Debug)]
    struct Mirrored {
        span: Span,
        /// Entered for the future's destructors.
        is_dropping: bool,
    }

    /// Entered for the length of a poll.
    #[derive(Debug)]
    pub(in crate::span) struct InMirror<'a>(Option<Entered<'a>>);

    impl Mirror {
        pub(in crate::span) const NEW: Self = Self(None);

        /// Enters it for a poll; opens it at the first.
        #[inline]
        pub(in crate::span) fn enter(&mut self, callsite: &'static Callsite) -> InMirror<'_> {
            match WANTS.get() {
                None => InMirror(None),
                Some(wants) => self.enter_wanted(*wants, callsite),
            }
        }

        #[inline(never)]
        fn enter_wanted(&mut self, wants: Wants, callsite: &'static Callsite) -> InMirror<'_> {
            let mirrored = self.0.get_or_insert_with(|| {
                Box::new(Mirrored { span: open(wants, callsite), is_dropping: false })
            });
            InMirror(Some(mirrored.span.enter()))
        }

        /// Enters it for the destructors of the future, which run next.
        #[inline]
        pub(in crate::span) fn enter_to_drop(&mut self) {
            if let Some(mirrored) = &mut self.0 {
                mirrored.is_dropping = true;
                mirrored.span.with_subscriber(|(id, dispatch)| dispatch.enter(id));
            }
        }

        /// The future is ready.
        #[inline]
        pub(in crate::span) fn close(&mut self) {
            self.0 = None;
        }
    }

    impl Drop for Mirrored {
        fn drop(&mut self) {
            if self.is_dropping {
                self.span.with_subscriber(|(id, dispatch)| dispatch.exit(id));
            }
        }
    }

    impl InMirror<'_> {
        #[inline]
        pub(in crate::span) fn leave(self) {
            drop(self.0);
        }
    }

    /// The `tracing` span of a synchronous call.
    #[derive(Debug)]
    pub(in crate::span) struct MirrorGuard(Option<Box<EnteredSpan>>);

    impl MirrorGuard {
        pub(in crate::span) const NONE: Self = Self(None);

        #[inline]
        pub(in crate::span) fn open(callsite: &'static Callsite) -> Self {
            let wanted = WANTS.get().map(|wants| Box::new(open(*wants, callsite).entered()));
            Self(wanted)
        }

        #[inline]
        pub(in crate::span) fn close(&mut self) {
            self.0 = None;
        }
    }

    /// A span that mirrors the current one; a disabled one where nobody wants it.
    fn open(wants: Wants, callsite: &'static Callsite) -> Span {
        if level(callsite.level) > LevelFilter::current() || !dispatcher::get_default(wants) {
            return Span::none();
        }
        let site = Site::of(callsite);
        let metadata = site.known();
        let is_enabled = match site.interest.load(Ordering::Relaxed) {
            NEVER => false,
            ALWAYS => true,
            _ => dispatcher::get_default(|dispatch| dispatch.enabled(metadata)),
        };
        if !is_enabled {
            return Span::none();
        }
        let before = OPENING.replace(true);
        let span = Span::new(metadata, &metadata.fields().value_set(&[]));
        OPENING.set(before);
        span
    }

    const NEVER: u8 = 0;
    const SOMETIMES: u8 = 1;
    const ALWAYS: u8 = 2;

    /// What `tracing` knows of an observed callsite.
    struct Site {
        metadata: OnceLock<Metadata<'static>>,
        interest: AtomicU8,
    }

    impl Site {
        /// There are only so many callsites in a program, so they are kept.
        fn of(callsite: &'static Callsite) -> &'static Self {
            static KNOWN: RwLock<Option<HashMap<usize, &'static Site>>> = RwLock::new(None);
            let key = std::ptr::from_ref(callsite).addr();
            let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(site) = known.as_ref().and_then(|known| known.get(&key)) {
                return site;
            }
            drop(known);
            let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
            let mut is_new = false;
            let site: &'static Self =
                known.get_or_insert_default().entry(key).or_insert_with(|| {
                    is_new = true;
                    Self::made(callsite)
                });
            drop(known);
            if is_new {
                // Subscribers are asked, which must not happen under the lock.
                callsite::register(site);
            }
            site
        }

        fn made(callsite: &'static Callsite) -> &'static Self {
            let site: &'static Self = Box::leak(Box::new(Self {
                metadata: OnceLock::new(),
                // Until subscribers were asked once for all, each time.
                interest: AtomicU8::new(SOMETIMES),
            }));
            let module = callsite.function.rsplit_once("::").map(|(module, _)| module);
            let metadata = Metadata::new(
                callsite.name,
                callsite.target,
                level(callsite.level),
                Some(callsite.file),
                Some(callsite.line),
                module,
                FieldSet::new(&[], Identifier(site)),
                Kind::SPAN,
            );
            let _ = site.metadata.set(metadata);
            site
        }

        fn known(&self) -> &Metadata<'static> {
            self.metadata.get().expect("set as it was made")
        }
    }

    impl tracing_core::Callsite for Site {
        fn set_interest(&self, interest: Interest) {
            let interest = if interest.is_never() {
                NEVER
            } else if interest.is_always() {
                ALWAYS
            } else {
                SOMETIMES
            };
            self.interest.store(interest, Ordering::Relaxed);
        }

        fn metadata(&self) -> &Metadata<'_> {
            self.known()
        }
    }

    const fn level(level: Level) -> tracing_core::Level {
        match level {
            Level::Error => tracing_core::Level::ERROR,
            Level::Warn => tracing_core::Level::WARN,
            Level::Info => tracing_core::Level::INFO,
            Level::Debug => tracing_core::Level::DEBUG,
            Level::Trace => tracing_core::Level::TRACE,
        }
    }
}
