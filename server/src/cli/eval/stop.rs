//! Ctrl-C for a whole command: the run that is under way keeps what is done, and no other is begun. Who presses it again
//! does not wait.

use tokio::sync::watch;

use super::run::STOPPED;

/// Whether somebody asked to stop.
#[derive(Clone)]
pub(super) struct Stop(watch::Receiver<bool>);

impl Stop {
    /// From now until the program ends.
    pub(super) fn on_interrupt() -> Self {
        let (tell, told) = watch::channel(false);
        tokio::spawn(async move {
            while tokio::signal::ctrl_c().await.is_ok() {
                // Journals are whole line by line, so nothing is lost.
                if tell.send_replace(true) {
                    std::process::exit(STOPPED.into());
                }
            }
        });
        Self(told)
    }

    /// Whether it was asked for.
    pub(super) fn is_asked(&self) -> bool {
        *self.0.borrow()
    }

    /// Ends when it is asked for.
    pub(super) async fn asked(&self) {
        let mut told = self.0.clone();
        if told.wait_for(|stop| *stop).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
