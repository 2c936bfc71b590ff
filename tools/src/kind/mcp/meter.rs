//! How much a child process may write unasked: without a limit a flood of small messages would go on for ever.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, ReadBuf};

use super::result::LARGEST;

/// Most bytes that a child process may write between two requests.
const FLOOD: usize = 4 * LARGEST;

/// Bytes that a child may still write.
#[derive(Clone)]
pub(super) struct Allowance(Arc<AtomicUsize>);

impl Default for Allowance {
    fn default() -> Self {
        Self(Arc::new(AtomicUsize::new(FLOOD)))
    }
}

impl Allowance {
    /// Something was asked of it: it may write again.
    pub(super) fn renew(&self) {
        self.0.store(FLOOD, Ordering::Relaxed);
    }

    /// What to say if it wrote more than it may.
    pub(super) fn flooded(&self) -> Option<String> {
        let spent = self.0.load(Ordering::Relaxed) == 0;
        spent.then(|| {
            format!("the server wrote more than {FLOOD} bytes without being asked for them")
        })
    }

    /// Takes `bytes` off, and returns what is left.
    fn spend(&self, bytes: usize) -> usize {
        let left = self.0.load(Ordering::Relaxed).saturating_sub(bytes);
        self.0.store(left, Ordering::Relaxed);
        left
    }
}

/// What a child writes, up to an allowance; beyond it the stream fails, which ends the connection.
pub(super) struct Metered<R> {
    pub(super) inner: R,
    pub(super) allowance: Allowance,
}

impl<R: AsyncRead + Unpin> AsyncRead for Metered<R> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(context, buffer))?;
        let read = buffer.filled().len() - before;
        if read > 0 && self.allowance.spend(read) == 0 {
            return Poll::Ready(Err(io::Error::other("the allowance is spent")));
        }
        Poll::Ready(Ok(()))
    }
}
