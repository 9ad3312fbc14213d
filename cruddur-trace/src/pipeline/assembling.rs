//! Pieces become fragments: by one assembler for the process, and one for each further service in it,
//! whose fragments carry that service's resource.

use std::sync::Arc;

use crate::record::{Fragment, Resource, UnixNanos};
use crate::span::{Assembler, Piece};

/// The assemblers. There are as many as there are services, which are few.
#[derive(Debug, Default)]
pub(super) struct Assembling {
    own: Assembler,
    others: Vec<(Arc<Resource>, Assembler)>,
}

impl Assembling {
    /// Takes a piece; `resource` is that of another service than the process's own.
    pub(super) fn take(
        &mut self,
        piece: Piece,
        resource: Option<Arc<Resource>>,
        now: UnixNanos,
    ) -> Option<Fragment> {
        let Some(resource) = resource else { return self.own.take(piece, now) };
        let known = self.others.iter().position(|(it, _)| Arc::ptr_eq(it, &resource));
        let at = known.unwrap_or_else(|| {
            self.others.push((Arc::clone(&resource), Assembler::default()));
            self.others.len() - 1
        });
        let mut fragment = self.others[at].1.take(piece, now)?;
        fragment.resource = Some(resource);
        Some(fragment)
    }

    /// What has waited for its other half for too long.
    pub(super) fn expire(&mut self, now: UnixNanos) -> Vec<Fragment> {
        self.all(|assembler| assembler.expire(now))
    }

    /// All that waits: nothing more will come.
    pub(super) fn finish(&mut self, now: UnixNanos) -> Vec<Fragment> {
        self.all(|assembler| assembler.finish(now))
    }

    fn all(&mut self, mut take: impl FnMut(&mut Assembler) -> Vec<Fragment>) -> Vec<Fragment> {
        let mut fragments = take(&mut self.own);
        for (resource, assembler) in &mut self.others {
            for mut fragment in take(assembler) {
                fragment.resource = Some(Arc::clone(resource));
                fragments.push(fragment);
            }
        }
        fragments
    }
}
